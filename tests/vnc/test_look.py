#!/usr/bin/python3
"""VNC programs look at a target through a socket of this user alone: whole pictures, in every encoding and format, and
nothing is captured while none does."""

import os
import stat
import struct
import sys

from lab import HEIGHT_PX, NAME, WIDTH_PX, Lab, Library, run_checks
from harness import Harness, Tap, wait_for
from rfb import Client


def the_socket_is_for_one_user_alone(lab):
    mode = os.stat(lab.path).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600, oct(mode)
    status = lab.status()
    assert status["path"] == lab.path and not status["control"] and not status["problem"], status


def nobody_looks_until_a_client_is_in(lab):
    assert lab.picture()["state"] == "off" and lab.child() is None
    stranger = Client(lab.path)
    stranger.greet()
    wait_for("it to be listed", lambda: lab.clients(in_only=False))
    assert not lab.clients() and lab.picture()["followers"] == 0
    stranger.close()
    lab.wait_nobody()
    client = Client(lab.path).enter()
    assert (client.width_px, client.height_px, client.name) == (WIDTH_PX, HEIGHT_PX, NAME)
    assert lab.picture()["state"] == "shown" and len(lab.clients()) == 1, lab.status()
    client.close()
    lab.wait_nobody()
    wait_for("nobody to look", lambda: lab.picture()["followers"] == 0)
    assert lab.child() is None


def nobody_looks_for_a_stranger_who_stays(lab):
    """He was there before who was in, and is when that one has gone."""
    stranger = Client(lab.path)
    stranger.greet()
    wait_for("him to be listed", lambda: lab.clients(in_only=False))
    client = Client(lab.path).enter()
    assert lab.picture()["followers"] == 1, lab.status()
    client.close()
    wait_for("him to be alone", lambda: not lab.clients())
    assert lab.picture()["followers"] == 0, lab.status()
    stranger.close()
    lab.wait_nobody()


def each_pixel_is_as_it_is_there(lab):
    client = Client(lab.path).enter()
    client.ask()
    client.update()
    assert client.image() == lab.screen.pixels()
    lab.screen.fill(0x12ab34, 100, 100, 30, 20)
    client.wait_pixel(129, 119, 0x12ab34)
    assert client.image() == lab.screen.pixels()
    client.close()
    lab.wait_nobody()


def older_versions(lab):
    for minor in (3, 7):
        client = Client(lab.path).enter_old(minor)
        client.ask()
        client.update()
        assert client.image() == lab.screen.pixels(), minor
        client.close()
    lab.wait_nobody()


def a_real_viewer_shows_it(lab):
    for encoding in ("Tight", "ZRLE", "Hextile", "Raw"):
        viewer = lab.viewer("-ViewOnly", f"-PreferredEncoding={encoding}")
        viewer.wait_shows(lab.screen)
        lab.screen.fill(0x00ff7f ^ len(encoding), 300, 200, 50, 50)
        viewer.wait_shows(lab.screen)
        viewer.stop()
        lab.wait_nobody()


def a_program_of_libvncclient_shows_it(lab):
    for encoding in ("tight", "zrle", "hextile", "zlib", "rre", "raw"):
        library = Library(lab, lab.path, encoding)
        assert library.said("connected ") == [f"connected {WIDTH_PX} {HEIGHT_PX} {NAME}"], library.process.text()
        library.wait_shows(lab.screen)
        library.close()
    lab.wait_nobody()


def a_screen_that_is_resized(lab):
    """At the target; a client's own wish for a size is none of the target's."""
    library = Library(lab, lab.path)
    client = Client(lab.path).enter()
    for size in ((640, 480), (WIDTH_PX, HEIGHT_PX)):
        lab.display.run("xrandr", "-s", "x".join(map(str, size)))
        lab.screen.fill(0x445566, 0, 0, *size)
        lab.screen.draw()
        library.wait_shows(lab.screen, size)
        client.wait_image(lambda: lab.screen.pixels(0, 0, *size))
    library.tell("size 800 600")
    client.send(struct.pack(">BxHHBxIHHHHI", 251, 800, 600, 1, 0, 0, 0, 800, 600, 0))
    lab.screen.fill(0x778899, 20, 30, 40, 50)
    library.wait_shows(lab.screen)
    client.wait_image(lab.screen.pixels)
    assert (client.width_px, client.height_px) == (WIDTH_PX, HEIGHT_PX)
    for one in (library, client):
        one.close()
    lab.wait_nobody()


def main():
    tap = Tap()
    with Harness() as desk:
        lab = Lab(desk, 'vnc-port { "*" = "unix" }\n', kind="tigervnc")  # xrandr resizes it
        run_checks(tap, lab, (the_socket_is_for_one_user_alone, nobody_looks_until_a_client_is_in,
                              nobody_looks_for_a_stranger_who_stays, each_pixel_is_as_it_is_there, older_versions,
                              a_real_viewer_shows_it, a_program_of_libvncclient_shows_it, a_screen_that_is_resized))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
