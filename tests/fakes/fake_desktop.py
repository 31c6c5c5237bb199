#!/usr/bin/python3
"""A desktop's services on a session bus: notices, a locker, keeping the screen on. Commands, one a line:

active NAME 0|1     the locker of that name tells (org.gnome.ScreenSaver, ...)
leave NAME          a service goes away
come NAME           and comes back
Says `notice SUMMARY|BODY`, `closed NUMBER`, `inhibit COOKIE` and `uninhibit COOKIE`.
"""

import dbus
import dbus.service

from service import connect, run, say

SAVER = "org.freedesktop.ScreenSaver"
NOTICES = "org.freedesktop.Notifications"


class Notices(dbus.service.Object):
    @dbus.service.method(NOTICES, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, name, replaces, icon, summary, body, actions, hints, expire_ms):
        say(f"notice {summary}|{body}")
        return dbus.UInt32(replaces or 7)

    @dbus.service.method(NOTICES, in_signature="u", out_signature="")
    def CloseNotification(self, number):
        say(f"closed {number}")


class Saver(dbus.service.Object):
    cookie = 0

    @dbus.service.method(SAVER, in_signature="ss", out_signature="u")
    def Inhibit(self, name, why):
        self.cookie += 1
        say(f"inhibit {self.cookie}")
        return dbus.UInt32(self.cookie)

    @dbus.service.method(SAVER, in_signature="u", out_signature="")
    def UnInhibit(self, cookie):
        say(f"uninhibit {cookie}")

    @dbus.service.method(SAVER, in_signature="", out_signature="b")
    def GetActive(self):
        return False


def main():
    bus = connect()
    for name in (SAVER, NOTICES, "org.gnome.ScreenSaver", "org.xfce.ScreenSaver"):
        bus.request_name(name)
    kept = (Notices(bus, "/org/freedesktop/Notifications"), Saver(bus, "/org/freedesktop/ScreenSaver"))

    def command(word, *values):
        if word == "active":
            name, value = values
            message = dbus.lowlevel.SignalMessage("/" + name.replace(".", "/"), name, "ActiveChanged")
            message.append(dbus.Boolean(value == "1"))
            bus.send_message(message)
        elif word == "leave":
            bus.release_name(values[0])
        elif word == "come":
            bus.request_name(values[0])

    run(command)
    return kept


main()
