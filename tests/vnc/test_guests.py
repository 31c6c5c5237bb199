#!/usr/bin/python3
"""VNC clients that are not as they should be: without the password, too many, gone in the middle, deaf, and hostile. None
holds up another, and none gets out of what it may have."""

import os
import struct
import sys

from lab import NAME, Lab, Library, run_checks
from child import GONE, READY, Child
from harness import Failed, Harness, Tap, wait_for
from rfb import Client, Ended, free_port, password_file

PASSWORD = "s3cret!"
CLIENTS_MAX, STRANGERS_MAX = 8, 4


def is_refused(client, password):
    try:
        client.enter_with(password)
    except (Failed, Ended):
        client.close()
        return True
    return False


def the_password(lab):
    for wrong in ("", "s3cret", "S3CRET!", "x" * 8):
        assert is_refused(Client(lab.port), wrong), wrong
    assert not lab.clients()
    client = Client(lab.port).enter_with(PASSWORD)
    client.ask()
    client.update()
    assert client.image() == lab.screen.pixels()
    client.close()
    skips = Client(lab.port)
    skips.greet()
    skips.send(b"\x01\x01")  # none, as if that were offered
    skips.wait_end()
    lab.wait_nobody()
    assert lab.picture()["followers"] == 0


def the_password_of_older_versions(lab):
    for minor in (3, 7):
        client = Client(lab.port).enter_old(minor, PASSWORD)
        client.ask()
        client.update()
        assert client.image() == lab.screen.pixels(), minor
        client.close()
        wrong = Client(lab.port)
        try:
            wrong.enter_old(minor, "guess")
        except Failed:
            wrong.wait_end()
            wrong.close()
        else:
            raise Failed(f"let in by 3.{minor} with a wrong password")
    for version in (b"RFB 003.006\n", b"RFB 004.001\n", b"GET / HTTP/1"):
        other = Client(lab.port)
        other.send(version)
        other.wait_end()
    lab.wait_nobody()


def the_password_of_a_real_viewer(lab):
    directory = lab.desk.directory
    viewer = lab.viewer("-ViewOnly", "-PasswordFile", password_file(f"{directory}/right", PASSWORD),
                        where=f"127.0.0.1::{lab.port}")
    viewer.wait_shows(lab.screen)
    viewer.stop()
    lab.wait_nobody()
    display = lab.desk.display(400, 300)
    wrong = display.start("xtigervncviewer", ["xtigervncviewer", "-PasswordFile",
                                              password_file(f"{directory}/wrong", "guess"),
                                              f"127.0.0.1::{lab.port}"])
    lab.console.wait_log("its password was wrong")
    wrong.stop()
    display.process.stop()


def the_password_of_libvncclient(lab):
    library = Library(lab, lab.port, password=PASSWORD)
    library.wait_shows(lab.screen)
    library.close()
    try:
        Library(lab, lab.port, password="guess")
    except Failed as failure:
        assert "refused" in str(failure), failure
    else:
        raise Failed("it was let in")
    lab.wait_nobody()


def only_this_computer_reaches_it(lab):
    listening = lab.desk.run("ss", "-Hltn", f"sport = :{lab.port}").split()
    assert listening[3] == f"127.0.0.1:{lab.port}", listening


def the_password_is_on_no_command_line(lab):
    client = Client(lab.port).enter_with(PASSWORD)
    for pid in (lab.child(), lab.console.process.pid):
        for name in ("cmdline", "environ"):
            with open(f"/proc/{pid}/{name}", "rb") as file:
                assert PASSWORD.encode() not in file.read(), (pid, name)
    assert PASSWORD not in lab.console.log()
    client.close()
    lab.wait_nobody()


def strangers_make_room(lab):
    strangers = [Client(lab.port) for _ in range(STRANGERS_MAX + 2)]
    for one in strangers[2:]:
        one.greet()
    for one in strangers[:2]:
        one.wait_end()
    client = Client(lab.port).enter_with(PASSWORD)
    assert len(lab.clients(in_only=False)) <= STRANGERS_MAX + 1
    for one in (*strangers, client):
        one.close()
    lab.wait_nobody()


def no_more_than_eight(lab):
    clients = [Client(lab.port).enter_with(PASSWORD) for _ in range(CLIENTS_MAX)]
    more = Client(lab.port)
    more.wait_end()
    for one in clients:
        one.ask()
        one.update()
        assert one.image() == lab.screen.pixels()
    for one in clients:
        one.close()
    lab.wait_nobody()


def who_does_not_read_holds_up_nobody(lab):
    deaf = [Client(lab.port).enter_with(PASSWORD) for _ in range(3)]
    client = Client(lab.port).enter_with(PASSWORD)
    for at in range(8):
        for one in deaf:
            for _ in range(20):
                one.ask()
        lab.screen.fill(0x101010 * (at + 1), 50, 50, 10, 10)
        client.wait_pixel(55, 55, 0x101010 * (at + 1))
    for one in (*deaf, client):
        one.close()
    lab.wait_nobody()


def bad_words(lab):
    """Each ends whoever says it, and nobody else."""
    bystander = Client(lab.port).enter_with(PASSWORD)
    words = {"a cut text of 4 GiB": b"\x06\0\0\0\xff\xef\xff\xff" + bytes(4096),
             "a cut text of 2 GiB": b"\x06\0\0\0\x7f\xff\xff\xff",
             "65535 encodings": b"\x02\0\xff\xff",
             "a file transfer": b"\x07\x01\0\0\xff\xff\xff\xff",
             "a scale of nothing": b"\x08\0\0\0", "a chat": b"\x0b\0\0\0\x7f\xff\xff\xff",
             "no message": b"\xfa\x01\x02\x03"}
    for name, word in words.items():
        one = Client(lab.port).enter_with(PASSWORD)
        one.send(word)
        try:
            one.wait_end()
        except Failed as failure:
            raise Failed(f"{name}: {failure}") from None
        one.close()
    bystander.ask()
    bystander.update()
    assert bystander.image() == lab.screen.pixels() and lab.status()["faults"] == 0, lab.status()
    bystander.close()
    lab.wait_nobody()


def bad_requests(lab):
    """Places outside, formats that are none: whatever comes of it, hotdesk-vnc goes on."""
    bystander = Client(lab.port).enter_with(PASSWORD)
    formats = [bytes(16), b"\xff" * 16, struct.pack(">BBBBHHHBBBxxx", 8, 8, 0, 0, 0, 0, 0, 0, 0, 0),
               struct.pack(">BBBBHHHBBBxxx", 24, 24, 0, 1, 255, 255, 255, 16, 8, 0),
               struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 65535, 65535, 65535, 31, 31, 31),
               struct.pack(">BBBBHHHBBBxxx", 16, 16, 1, 1, 31, 63, 31, 11, 5, 0)]
    for pixel_format in formats:
        for encoding in (0, 2, 5, 6, 7, 16):
            one = Client(lab.port).enter_with(PASSWORD)
            try:
                one.encodings(encoding, -239, -32, -256)
                one.send(b"\0\0\0\0" + pixel_format)
                one.send(struct.pack(">BBHHHH", 3, 0, 60000, 60000, 65535, 65535))
                one.ask()
                one.read(1, 2)
            except (Failed, OSError):
                pass
            one.close()
    lab.wait_nobody_but(1)
    bystander.ask()
    bystander.update()
    assert bystander.image() == lab.screen.pixels() and lab.status()["faults"] == 0, lab.status()
    bystander.close()
    lab.wait_nobody()


HALVES = {"a version": (0, b"RFB 003.0"), "an answer to the challenge": (2, bytes(9)),
          "a format": (3, bytes(13)), "encodings": (3, b"\x02\0\0\x05" + bytes(7)), "a request": (3, b"\x03\0\0\0\0"),
          "a key": (3, b"\x04\x01\0"), "a place": (3, b"\x05"), "a text's head": (3, b"\x06\0\0\0\0"),
          "a text": (3, b"\x06\0\0\0\0\0\x01\0hello")}


def half_said(lab, stage, words):
    """One that has come so far, and then stops in the middle of a word."""
    one = Client(lab.port)
    if stage == 3:
        one.enter_with(PASSWORD)
    elif stage == 2:
        one.greet()
        one.send(b"\x02")
        one.read(16)
    one.send(words)
    return one


def half_messages(lab):
    """Who stops in the middle of a word holds up nobody, and may say the rest; or end there."""
    bystander = Client(lab.port).enter_with(PASSWORD)
    request = struct.pack(">BBHHHH", 3, 0, 0, 0, 640, 400)
    slow = half_said(lab, 3, request[:7])
    for name, (stage, words) in HALVES.items():
        one = half_said(lab, stage, words)
        bystander.ask()
        bystander.update()
        one.close()
        assert lab.status()["faults"] == 0, (name, lab.status())
    assert bystander.image() == lab.screen.pixels()
    slow.send(request[7:])
    slow.update()
    assert slow.image() == lab.screen.pixels()
    for one in (slow, bystander):
        one.close()
    lab.wait_nobody()


def gone_in_the_middle_of_an_update(lab):
    """At every place of it, and the next one too."""
    bystander = Client(lab.port).enter_with(PASSWORD)
    for size in (1, 4, 15, 17, 5000, 400000):
        one = Client(lab.port).enter_with(PASSWORD)
        one.ask()
        one.read(size)
        one.ask()
        one.close()
        lab.screen.fill(size, 100, 100, 10, 10)
        bystander.wait_pixel(105, 105, size)
    lab.wait_nobody_but(1)
    assert bystander.image() == lab.screen.pixels() and lab.status()["faults"] == 0, lab.status()
    bystander.close()
    lab.wait_nobody()


def floods(lab):
    """Messages as fast as they go: the server answers others all the while, and memory has an end."""
    bystander = Client(lab.port).enter_with(PASSWORD)
    flood = Client(lab.port).enter_with(PASSWORD)
    flood.socket.setblocking(False)
    colors = b"\0\0\0\0" + struct.pack(">BBBBHHHBBBxxx", 8, 8, 0, 0, 0, 0, 0, 0, 0, 0)
    encodings = struct.pack(">BxH", 2, 60) + struct.pack(">i", -239) * 60
    for words in (struct.pack(">BBxxI", 4, 1, 97) * 500, encodings * 100, colors * 200,
                  b"\x03\0\0\0\0\0\xff\xff\xff\xff" * 400, b"\x06\0\0\0\0\0\0\x08 a text " * 1000):
        for _ in range(40):
            try:
                flood.send(words)
            except OSError:
                break
        bystander.ask()
        bystander.update()
        lab.status()
    with open(f"/proc/{lab.child()}/status", encoding="utf-8") as file:
        used_kib = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    assert used_kib < 200 << 10, used_kib
    flood.close()
    bystander.close()
    lab.wait_nobody()
    assert lab.status()["faults"] == 0, lab.status()


def a_file_that_others_can_read(lab):
    """Nothing is opened with it."""
    os.chmod(lab.password_file, 0o640)
    lab.console.command("reload")
    wait_for("the port to be closed", lambda: lab.status()["problem"])
    lab.console.wait_log("can be read by others")
    try:
        Client(lab.port)
    except ConnectionRefusedError:
        pass
    else:
        raise Failed("the port is open")
    os.chmod(lab.password_file, 0o600)
    lab.console.command("reload")
    wait_for("the port to be open", lambda: not lab.status()["problem"])
    Client(lab.port).enter_with(PASSWORD).close()


class Silent:
    """Clients of a hotdesk-vnc of their own, since the beginning of this test, that do not show that they may be here."""

    def __init__(self, desk):
        self.child = Child(desk)
        self.child.hear(READY)
        self.clients = [self.child.add(number) for number in (1, 2, 3)]
        self.clients[1].send(b"RFB 003.0")
        self.clients[2].greet()


def who_shows_nothing_in_time_is_closed(lab):
    gone = {lab.silent.child.hear(GONE) for _ in lab.silent.clients}
    assert gone == {1, 2, 3}, gone
    for one in lab.silent.clients:
        one.wait_end()
        one.close()


class PasswordLab(Lab):
    def __init__(self, desk):
        self.port = free_port()
        self.password_file = os.path.join(desk.directory, "password")
        with open(self.password_file, "w", encoding="utf-8") as file:
            file.write(PASSWORD + "\n")
        os.chmod(self.password_file, 0o600)
        super().__init__(desk, f'vnc-port {{ "{NAME}" = "{self.port}" }}\nvnc-password-file = "{self.password_file}"\n')

    def wait_nobody_but(self, count):
        wait_for("the others to be gone", lambda: len(self.clients(in_only=False)) == count, 15)


def main():
    tap = Tap()
    with Harness() as desk:
        silent = Silent(desk)
        lab = PasswordLab(desk)
        lab.silent = silent
        run_checks(tap, lab, (the_password, the_password_of_older_versions, the_password_of_a_real_viewer,
                              the_password_of_libvncclient, only_this_computer_reaches_it,
                              the_password_is_on_no_command_line, strangers_make_room, no_more_than_eight,
                              who_does_not_read_holds_up_nobody, bad_words, bad_requests, half_messages,
                              gone_in_the_middle_of_an_update, floods,
                              a_file_that_others_can_read, who_shows_nothing_in_time_is_closed))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
