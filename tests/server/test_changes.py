#!/usr/bin/python3
"""What may be changed while somebody types: names and numbers of targets, the configuration. A key held stays down, no key is lost, no
connection ends."""

import os
import signal
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "desktop")]
from harness import Failed, Harness, Tap, difference, wait_for  # noqa: E402
import link  # noqa: E402

KEY_A, KEY_LEFTSHIFT = 30, 42
CHANGES = 100


class Office:
    """A console whose keyboard is a window's link, and two targets that write down what they are told."""

    def __init__(self, harness):
        self.harness = harness
        self.console = harness.console()
        for name in ("lab", "shelf"):
            path = os.path.join(harness.directory, name + ".typed")
            target = harness.machine(name, conf=f'injector = record\nrecord-file = "{path}"\n')
            harness.pair(self.console, target)
            if name == "lab":
                self.record = path
        harness.wait_ready(self.console, "lab", "shelf")
        self.typist = link.Link(self.console)
        with open(self.console.config_file, encoding="utf-8") as file:
            self.kept_config = file.read()  # with the port, for a restart
        self.config = self.kept_config.replace(f"port = {self.console.port}\n", "port = 0\n")
        self.lines = self.config.count("\n")
        self.console.ask("switch", target="lab")
        self.typist.wait_grabbed()

    def got(self):
        """[(word, code, value) | (word,)] of lab, in order: keys, and whether it is entered and left."""
        with open(self.record, encoding="utf-8") as file:
            lines = [line.split()[1:] for line in file.read().splitlines()]
        return [(line[0], *map(int, line[1:])) for line in lines if line[0] in ("key", "enter", "leave")]

    def type_through(self, change):
        """Shift is held and A typed, while change(0...) is called again and again."""
        start = len(self.got())
        wanted = [("key", KEY_LEFTSHIFT, 1)]
        self.typist.key(KEY_LEFTSHIFT, True)
        for i in range(CHANGES):
            change(i)
            self.typist.tap(KEY_A)
            wanted += [("key", KEY_A, 1), ("key", KEY_A, 0)]
        self.typist.key(KEY_LEFTSHIFT, False)
        wanted.append(("key", KEY_LEFTSHIFT, 0))
        wait_for("all keys", lambda: len(self.got()) >= start + len(wanted))
        if self.got()[start:] != wanted:
            raise Failed(difference(wanted, self.got()[start:]))
        if self.typist.is_closed() or not self.typist.grabbed:
            raise Failed("the keyboard was given back")

    def numbers(self):
        return {target["name"]: target["number"] for target in self.console.ask("list")["targets"]}


def expect(told, **wanted):
    wrong = {key: told.get(key) for key, value in wanted.items() if told.get(key) != value}
    if wrong:
        raise Failed(f"{wrong} in {told}")


def names_change_while_somebody_types(office):
    names = ["lab", "attic"]
    watch = office.console.watch()
    office.type_through(lambda i: expect(
        office.console.ask("rename", target=names[i % 2], name=names[(i + 1) % 2]), ok=True, number=1,
        name=names[(i + 1) % 2], from_name=names[i % 2]))
    expect(watch.wait_event("renamed"), number=1, name="attic", from_name="lab")
    expect(watch.wait_event("target"), number=1, name="attic", state="ready")
    watch.close()
    office.console.ask("rename", target="1", name="attic")
    expect(office.console.ask("switch", target="attic"), number=1)
    office.console.ask("rename", target="attic", name="lab")


def numbers_change_while_somebody_types(office):
    watch = office.console.watch()

    def change(i):
        """1, 2 -> 2, 1 -> 1, 2 -> 7, 2 -> 1, 2"""
        name, number, from_number, swapped = (("lab", 2, 1, "shelf"), ("shelf", 2, 1, "lab"), ("lab", 7, 1, None),
                                              ("lab", 1, 7, None))[i % 4]
        answer = office.console.ask("order", target=name, number=number)
        expect(answer, number=number, name=name, swapped=swapped, **{"from": from_number})
        expect(office.console.ask("list"), active=office.numbers()["lab"])
    office.type_through(change)
    expect(watch.wait_event("ordered"), number=2, name="lab", active=2, **{"from": 1})
    for name, number in (("lab", 2), ("shelf", 1)):
        expect(watch.wait_event("target"), number=number, name=name)
    watch.close()
    office.console.ask("order", target="shelf", number=1)
    expect(office.console.ask("switch", target="local"), number=0)
    expect(office.console.ask("switch", target="last"), number=2, name="lab")  # the same computer as before
    office.typist.wait_grabbed()
    if office.typist.highest_number != 2:
        raise Failed(f"hotkeys have numbers up to {office.typist.highest_number}")
    office.console.ask("order", target="lab", number=100)
    wait_for("the new highest number", lambda: office.typist.highest_number == 100)


def they_are_kept(office):
    office.console.ask("rename", target="lab", name="attic")
    wanted = office.numbers()
    if wanted != {"attic": 100, "shelf": 1}:
        raise Failed(wanted)
    office.typist.close()
    with open(office.console.config_file, "w", encoding="utf-8") as file:
        file.write(office.kept_config)
    office.console.process.stop()
    office.console.start()
    office.harness.wait_ready(office.console, "attic", "shelf")
    if office.numbers() != wanted:
        raise Failed(office.numbers())


def wrong_ones_change_nothing(office):
    before = office.numbers()
    for verb, code, fields in (("rename", "name-taken", {"target": "lab", "name": "shelf"}),
                               ("rename", "bad-request", {"target": "lab", "name": "Lab 3"}),
                               ("rename", "bad-request", {"target": "lab", "name": "local"}),
                               ("rename", "bad-request", {"target": "lab", "name": "7"}),
                               ("rename", "bad-request", {"target": "lab"}),
                               ("rename", "no-such-target", {"target": "nobody", "name": "x"}),
                               ("order", "bad-request", {"target": "lab", "number": 0}),
                               ("order", "bad-request", {"target": "lab", "number": 1000}),
                               ("order", "bad-request", {"target": "lab", "number": "2"}),
                               ("order", "bad-request", {"number": 2}),
                               ("order", "no-such-target", {"target": "9", "number": 2})):
        connection = office.console.connect()
        connection.send(verb, **fields)
        answer = connection.read_line()
        connection.close()
        if answer["ok"] or answer["code"] != code:
            raise Failed(f"{verb} {fields}: {answer}")
    if office.numbers() != before:
        raise Failed(office.numbers())


def write_config(office, more):
    with open(office.console.config_file, "w", encoding="utf-8") as file:
        file.write(office.config + more)


def the_configuration_is_read_while_somebody_types(office):
    """Each way in turn: another one, a wrong one, the first again."""
    texts = (('name = "desk"\nlog-level = debug\npointer = counts\n', "name, pointer, log-level", None),
             ("log-level = loud\n", "", f":{office.lines + 1}: log-level: "),
             ("", "name, pointer, log-level", None))

    def change(i):
        text, changed, error = texts[i % 3]
        write_config(office, text)
        (file,) = office.console.ask("reload")["files"]
        expect(file, program="hotdesk-server", changed=changed, at_start="")
        if (error or "") not in (file["error"] or "") or bool(error) != bool(file["error"]):
            raise Failed(file)
    office.type_through(change)
    write_config(office, "")
    office.console.ask("reload")


def a_wrong_file_changes_nothing(office):
    name = office.console.ask("status")["server"]["name"]
    for text, wrong in (('name = "other"\nseat = 7 8\n', f":{office.lines + 2}: seat"), ('name = "other"\nnonsense = 1\n', f":{office.lines + 2}: nonsense"),
                        ('name = "other"\nuse-group = "no-such-group-here"\n', "use-group: there is no group no-such-group-here"),
                        ('name = "other"\nlisten = "nowhere"\n', "listen")):
        write_config(office, text)
        (file,) = office.console.ask("reload")["files"]
        if wrong not in (file["error"] or ""):
            raise Failed(f"{wrong} in {file}")
    expect(office.console.ask("status")["server"], name=name)


def what_needs_a_restart_is_told(office):
    watch = office.console.watch()
    write_config(office, 'name = "desk"\nseat = "seat9"\nlisten = "127.0.0.1"\n')
    for _ in range(2):  # each time
        (file,) = office.console.ask("reload")["files"]
        expect(file, at_start="listen, seat", error=None)
    expect(watch.wait_event("reloaded"), program="hotdesk-server", changed="name", at_start="listen, seat")
    watch.close()
    expect(office.console.ask("status")["server"], name="desk")


def a_signal_does_it_too(office):
    watch = office.console.watch()
    write_config(office, 'name = "signal"\n')
    office.console.process.send_signal(signal.SIGHUP)
    expect(watch.wait_event("reloaded"), changed="name", error=None)
    expect(office.console.ask("status")["server"], name="signal")
    watch.close()
    write_config(office, "")
    office.console.process.send_signal(signal.SIGHUP)


def by_the_command_line(office):
    for words, wanted in ((("rename", "lab", "attic"), "lab is called attic now\n"),
                          (("order", "attic", "2"), "attic is target 2 now\nshelf is target 1 now\n"),
                          (("order", "2", "1"), "attic is target 1 now\nshelf is target 2 now\n"),
                          (("rename", "1", "lab"), "attic is called lab now\n")):
        said = office.console.command(*words)
        if said != wanted:
            raise Failed(f"{words}: {said}")


def main():
    tap = Tap()
    with Harness() as harness:
        office = Office(harness)
        for check in (names_change_while_somebody_types, wrong_ones_change_nothing, by_the_command_line,
                      the_configuration_is_read_while_somebody_types, a_wrong_file_changes_nothing,
                      what_needs_a_restart_is_told, a_signal_does_it_too,
                      numbers_change_while_somebody_types, they_are_kept):
            tap.check(check.__name__.replace("_", " "), check, office)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
