"""What the fakes share: a name on a bus, commands from standard input, an end with it."""

import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib


def say(text):
    print(text, flush=True)


def connect():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    return dbus.bus.BusConnection(sys.argv[1])


def run(command):
    """command(*words) for each line, until standard input ends."""
    loop = GLib.MainLoop()

    def on_input(source, condition):
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        command(*line.split())
        say("done")
        return True

    GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_IN | GLib.IO_HUP, on_input)
    say("ready")
    loop.run()
