"""What the fuzzers of the input path begin with: a good one of each kind, from which they find the bad ones."""

import glob
import os
import re
import struct

MAGIC = 0x4844534b
FRAME_HEAD = "=IIQIIIIIIIIIQII"
# struct report, as on the control connection and on the link: a key, its up, motion, a wheel, a place.
REPORTS = [b"".join([struct.pack(">QB", 3600000000, len(events)), *(struct.pack(">BHi", *event) for event in events)])
           for events in ([(1, 30, 1)], [(1, 30, 0)], [(2, 0, 5), (2, 1, -7)], [(2, 11, 120)], [(3, 0, 100), (3, 1, 90)],
                          [(2, 0, 1), (1, 272, 1)])]


def text(words):
    encoded = words.encode()
    return bytes([len(encoded)]) + encoded


def frame(kind, body=b""):
    return struct.pack(">HB", len(body), kind) + body


def hello(role, number=0, capabilities=1):
    return frame(1, struct.pack(">IHHBIQ", MAGIC, 1, 2, role, capabilities, number) + text("lab3"))


def report(number, sequence, body, wants_ack=1):
    return frame(13, struct.pack(">QIB", number, sequence, wants_ack) + body)


MONITOR = struct.pack(">HHHH", 0, 0, 1920, 1080) + text("A-1")
TO_SERVER = [hello(1), hello(2, 1), hello(3), frame(4, b"\x01" + text("bye")), frame(5, bytes(4)), frame(6, b"\0\0\0\1"),
             frame(11, struct.pack(">QBB", 8, 1, 2) + text("")), frame(11, struct.pack(">QBB", 8, 0, 0) + text("no")),
             frame(14, bytes(4)), frame(20, b"\x01" + text("record") + text("") + bytes(8)),
             frame(20, b"\x00" + text("") + text("locked") + bytes(8)), frame(21, b"\x02"),
             frame(22, struct.pack(">HHB", 1920, 1080, 1) + MONITOR), frame(22, bytes(5)),
             frame(24, b"\x01" + text("x11")), frame(25, bytes(4)), frame(30, bytes(32)),
             *(frame(18, struct.pack(">IBH", job, result, 1) + text("no")) for job, result in ((1, 1), (1, 2), (2, 3))),
             frame(26, text("A-1") + text("")), frame(26, text("") + text("not connected")),
             frame(29, struct.pack(">IIQQQHHII", 2, 1, 4096, 512, 0, 10, 20, 900, 7000))]
TO_AGENT = [frame(2, struct.pack(">IHI", MAGIC, 2, 1) + text("lab3") + text("desk")),
            frame(2, struct.pack(">HI", 2, 1) + text("lab3") + text("desk")), frame(3, b"\x07" + text("wrong code")),
            frame(4, b"\x01" + text("stops")), frame(5, b"\0\0\0\5"), frame(6, bytes(4)), frame(10, struct.pack(">Q", 9)),
            frame(12, struct.pack(">Q", 9)), *(report(9, at, body) for at, body in enumerate(REPORTS)),
            frame(23, b"\0\0\0\1"), frame(31, bytes(32) + text("lab3") + text("desk")),
            frame(15, struct.pack(">QIBHHH", 9, 1, 3, 29, 56, 111)), frame(16, struct.pack(">QIB", 9, 2, 0) + text("ls\n")),
            frame(16, struct.pack(">QIB", 9, 3, 1) + text("l\u00f6")), frame(17, struct.pack(">I", 2)), frame(26, text("A-1") + text("")),
            frame(28, struct.pack(">BH", 2, 500))]


FRAME_DAMAGE, FRAME_MOVE = 3, 8


def frames():
    """Rectangles of a decoder and to a window that watches: one, as many as go, inside of each other, one too many."""
    def rectangles(count, side_px):
        return b"".join(struct.pack(">HHHH", 10 * at, 5 * at, side_px, side_px) for at in range(count))
    for way in (4, 6):
        for count, side_px in ((1, 40), (2, 300), (16, 8), (16, 200), (17, 8), (200, 8)):
            damage = struct.pack(">QB", 7, count) + rectangles(count, side_px)
            move = struct.pack(">QQHHHHHHB", 7, 6, 0, 0, 300, 200, 20, 30, count) + rectangles(count, side_px)
            yield bytes([way, FRAME_DAMAGE, 0, 3]) + damage
            yield bytes([way, FRAME_MOVE, 0, 3]) + move


def hellos():
    """What recorded agents of each version say first (tests/protocol/hellos): a connection each."""
    directory = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "protocol", "hellos")
    for path in sorted(glob.glob(os.path.join(directory, "*.txt"))):
        with open(path, encoding="ascii") as file:
            said = {line.split()[0]: bytes.fromhex(line.split()[1]) for line in file if line[0] != "#" and len(line.split()) == 2}
        yield said["control"] + said["said"]
        yield from (said[role] for role in ("pairing", "screen") if role in said)


def wire():
    for data in TO_SERVER:
        yield b"\0" + data
    yield b"\0" + b"".join(TO_SERVER)
    for data in TO_AGENT:
        yield b"\1" + data
    yield b"\1" + b"".join(TO_AGENT)
    yield b"\1" + b"".join(TO_AGENT) * 2
    for kind in range(30):
        for way in (2, 3):
            for body in (bytes(8), bytes(8) + REPORTS[0], bytes(16) + REPORTS[0], bytes([0, 0, 0, 0, 0, 0, 0, 1])):
                yield bytes([way, kind]) + body
    for kind in (*range(9), 20, 21, 40, 41, 42):
        for way in (4, 5, 6):
            for body in (bytes(8), bytes([0, 0, 0, 64, 0, 48]), bytes(9) + b"\2" + bytes(range(1, 17)), b"\0\0" + text("gone")):
                yield bytes([way, kind]) + body
    yield from frames()
    yield from picture_files()
    yield from (b"\0" + said for said in hellos())
    for words in ("lab3", "\x1b[31m", "\u202eabc", "\u00e9\u4e2d\U0001f600", "\u2028"):
        yield b"\7" + words.encode()
    for data in (b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe2\x80"):
        yield b"\7" + data


def steps(*pairs):
    return b"".join(bytes(pair) if len(pair) == 2 else bytes(pair[:1]) + bytes([len(pair[2])]) + pair[2] for pair in pairs)


def session():
    enter = struct.pack(">Q", 9)
    for state in range(8):
        for data in TO_AGENT + TO_SERVER:
            if len(data) < 256:
                yield bytes([state]) + steps((10, 0, data))
        yield bytes([state]) + b"".join(steps((10, 0, data)) for data in TO_AGENT[4:14])
    held = steps((10, 0, report(7, 0, REPORTS[0])), (10, 0, report(7, 1, REPORTS[5])))
    for what in range(10):
        for much in (0, 1, 2, 22, 58, 110):
            yield b"\3" + held + steps((what, much))
            yield b"\3" + held + steps((what, much), (0, 0), (10, 0, TO_AGENT[0]), (10, 0, frame(10, enter)))
    yield b"\3" + held + steps((10, 0, frame(10, enter)), (10, 0, report(9, 2, REPORTS[0])), (10, 0, frame(12, enter)))


def words():
    lists = [["7K3F-9QWX-M2RT-0HAB", "0000000000000000", "oil0 1111 2222 3333", "7k3f 9qwx m2rt 0hab\n", "U", "-" * 40],
             ["lab3", "lab3:2000", "192.0.2.7", "[2001:db8::1]:24810", "2001:db8::1", "[fe80::1%eth0]", "lab3:0", ":1", "a" * 300,
              "lab3:65536", "[::1", "[::1]:", "1.2.3.4:99999"],
             ["lab3", "LAB 3", "local", "7", "-a", "next", "\u00e4\u00f6", "a" * 40, "", "status", "3d"],
             ["ann@lab3", "lab3", "ann@[fe80::1%eth0]", "a@b@c", "-oProxyCommand=x", "ann@-x", "$(x)", "lab3:22", "@lab3", "dom\\ann@lab3",
              "lab3/x", "a b@c", "[x]", "a" * 600, "24810", "ann@"],
             ["SHA256:" + "A" * 43, "SHA256:" + "A" * 42 + "B", "SHA256:", "MD5:aa"],
             ["Meta+F1", "Ctrl+Alt+Pause", "LeftCtrl+RightShift+KP3", "Mouse8", "Key183", "Ctrl+Ctrl", "Meta+", "", "A+B+C+D+E+F+G",
              "Key999999", "Shift", "Key0", "F13+Mouse1", "Alt+Ctrl+Meta+Shift+Escape+Backspace"]]
    for kind, some in enumerate(lists):
        for one in some:
            yield bytes([kind]) + one.encode()
    entry = '{"number": %d, "name": "lab%d", "fingerprint": "SHA256:%s", "address": "192.0.2.7", "paired": 1700000000}'
    keys = ["A" * 43, "Q" + "A" * 42]
    for some in ([], [1], [1, 2], [2, 1], [1, 1], [0], [1000]):
        inside = ", ".join(entry % (number, at, keys[at]) for at, number in enumerate(some))
        yield b"\6" + ('{"version": 1, "targets": [%s]}' % inside).encode()
    for bad in ("", "{}", '{"version": 2, "targets": []}', '{"version": 1, "targets": [{}]}', '{"version": 1, "targets": 3}', "[" * 50,
                '{"version": 1, "targets": [%s]}' % (entry % (1, 1, "x")),
                '{"version": 1, "targets": [%s]}' % (entry % (1, 1, keys[0])).replace("lab1", "local"),
                '{"version": 1, "targets": [%s]}' % (entry % (1, 1, keys[0])).replace("192.0.2.7", "a" * 70),
                '{"version": 1, "targets": [%s, %s]}' % (entry % (1, 1, keys[0]), entry % (2, 1, keys[1])),
                '{"version": 1, "targets": [%s, %s]}' % (entry % (1, 1, keys[0]), entry % (2, 2, keys[0]))):
        yield b"\6" + bad.encode()
    pin = '{"host": "desk", "port": 24810, "fingerprint": "SHA256:%s", "server": "desk", "name": "lab3"}' % keys[0]
    for one in (pin, pin.replace("24810", "0"), pin.replace("desk", "\\u001b"), "{}", pin[:-9], pin.replace("SHA", "sha")):
        yield b"\7" + one.encode()


def config():
    server = ["", 'listen = "192.0.2.7"\nport = 24810\n', 'name = "desk \\" x"\ninput = none\n', "log-level = debug\npointer = counts\n",
              "port = 99999\n", "port = 1\nport = 2\n", "nonsense = 1\n", 'name = "a\n', "name = 'a b' c\n", "use-group = \"${HOME}\"\n",
              "# a comment\n\n  port = 0x10 # another\n", "port =\n", "seat = \"\"\nlisten = here\n", "input = x\n", "port = 5", "own-group += x\n"]
    keys = ["", "leader = right-ctrl\nprofile = aten\n", 'hotkeys { "Meta+F1" = "target lab3" }\n',
            'hotkeys {\n  "Meta+F1" = "target 3"\n  "Meta+F2" = "next"\n  "Meta+F3" = "scan 5 s watch"\n'
            '  "Meta+F4" = "hotkeys off"\n  "Meta+F5" = "hotkeys on"\n}\n',
            'hotkeys {\n  "Ctrl+Alt+F1" = "last"\n  "Shift+A" = "toggle"\n "A" = "lock"\n "Escape+Backspace" = "previous"\n}\n',
            'panic = "Ctrl+Alt+Pause Meta+Escape"\n', 'panic = "A"\n', 'hotkeys {\n  "Meta+F1" = "local"\n', 'hotkeys { "x" = "y" }\n',
            'hotkeys { "Meta+F1" = "next" "Meta+F1" = "local" }\n', 'hotkeys { Meta = "next" }\n', 'hotkeys { "Meta+F1" = "fly" }\n',
            'hotkeys {\n "Scrolllock" = "scan 0 s"\n "ScrollLock+A" = "scan 99999 s"\n}\n', "leader = num-lock-minus\nprofile = adder\n",
            "profile = belkin\nleader = none\n", 'hotkeys {\n "Ctrl+Alt+Delete" = "next"\n "Alt+SysRq" = "last"\n "Ctrl" = "local"\n'
            ' "Ctrl+F1" = "hotkeys on"\n "LeftCtrl+F1" = "next"\n}\npanic = "Ctrl+F1 Shift"\n', "}\n", "hotkeys {}\n", 'hotkeys { "F1" = }\n']
    rules = ['devices {\n "name:*Knob*" = include\n "id:046d:c52b" = exclude\n "path:/dev/input/by-id/x" = exclude\n}\n',
             'devices { "path:/dev/input/by-path/b" = include\n "path:/dev/input/event3" = include }\n',
             'devices { "Receiver" = include }\n', 'devices { "path:event3" = include }\n', 'devices { "id:46d" = include }\n', 'devices { "name:" = maybe }\n', 'send-keys = "Sleep BrightnessUp Key247"\n', 'send-keys = "A"\n']
    agent = ["", "injector = uinput\nscreen = none\ndisplay = \":0\"\n", "injector = fly\n", "monitor = \"HDMI-1\"\nlog-level = debug\n",
             'rights {\n "desk" = "view"\n "SHA256:' + "A" * 43 + '" = "view input"\n "*" = "none"\n}\n', 'rights { "*" = "see" }\n',
             'rights { "" = "none" }\n', "record-file = \"/x\"\nscreen = pattern\n"]
    colors = ['colors { "lab3" = "#00ff7f" }\nborder = on\nosd = off\n', 'colors { "lab3" = "red" }\n', 'font = "/x.ttf"\n']
    view = ["scale = fit\nnotice = all\n", "picture = off\nbeep = refused\n", "picture = maybe\n", "pointer = captured\n"]
    for kind, some in ((0, server), (1, keys + rules), (2, keys[:6] + view + colors), (3, agent)):
        for one in some:
            yield bytes([kind]) + one.encode()


def server():
    def bytes_of(data, agent=0):
        return bytes([15, agent, len(data)]) + data
    for state in range(8):
        for data in TO_SERVER + TO_AGENT[:1]:
            if len(data) < 256:
                yield bytes([state]) + bytes_of(data)
        for at in (*range(10), 11, 12, 13):
            for much in (0, 1, 2, 3, 60):
                yield bytes([state, at, 1, much, at, 0, much]) + bytes_of(TO_SERVER[9])
    for said in hellos():
        for state in (0, 1, 2, 7):
            yield bytes([state]) + bytes_of(said[:255], state == 7) + bytes_of(said[255:], state == 7)
    # Paired by the code, known afterwards; another with the same key; two ready, switched between; a screen that is dialled.
    yield bytes([2, 4, 0, 0, 0, 0, 3, 2, 0, 0, 6, 0, 4, 13, 0, 0, 9, 0, 1])
    yield bytes([6, 0, 1, 0, 2, 1, 0, 9, 0, 1, 11, 0, 60])
    yield bytes([6, 0, 1, 1, 2, 1, 0, 6, 0, 2, 13, 1, 0, 9, 0, 1, 9, 0, 0, 7, 0, 0, 7, 0, 1, 6, 0, 0, 11, 0, 20])
    yield bytes([6, 12, 0, 1, *[10, 0, 5, 9, 1, 1, 9, 1, 0] * 12, 12, 0, 0, 11, 0, 200])
    yield bytes([6, *[10, 0, 5] * 20, 11, 0, 30]) + bytes_of(frame(14, bytes(4))) + bytes_of(frame(14, b"\0\0\0\x63"))
    yield bytes([4, 5, 1, 1, 0, 1, 0, 5, 1, 4])
    yield bytes([5, 11, 0, 30]) + bytes_of(TO_SERVER[6]) + bytes([9, 0, 1])
    for kind in range(30):
        yield bytes([6, 14, 0, 60, kind]) + bytes(8) + REPORTS[0] + bytes(60 - 9 - len(REPORTS[0]))
        yield bytes([6, 14, 0, 60, kind]) + bytes(7) + b"\1" + bytes(8) + REPORTS[0] + bytes(60 - 17 - len(REPORTS[0]))


def control():
    verbs = ["list", "status", "devices", "watch", "watch-devices", "input", "frames", "reload", "pair", "session", "scan", "lock", "switch",
             "forget", "rename", "order"]
    lines = ['{"verb": "%s"}' % verb for verb in verbs]
    lines += ['{"verb": "switch", "target": %s}' % target for target in ('"lab1"', "1", '"local"', '"next"', '"last"', "999", "1.5", '"x"', "null")]
    lines += ['{"verb": "scan", "seconds": %s, "watch": true}' % number for number in ("5", "0", "-1", "3601", "1e3", '"x"')]
    lines += ['{"verb": "lock", "on": true}', '{"verb": "pair", "name": "new"}', '{"verb": "pair", "name": "local"}', '{"verb": "pair", "name": 3}',
              '{"verb": "forget", "target": "lab1"}', '{"verb": "rename", "target": "lab1", "name": "lab2"}',
              '{"verb": "rename", "target": 1, "name": "other"}', '{"verb": "rename", "target": 1, "name": "\\u001b"}',
              '{"verb": "order", "target": 1, "number": 3}', '{"verb": "order", "target": "lab2", "number": 1000}',
              '{"verb": "session", "locked": true}', '{"verb": "session", "locked": false, "why": "x"}', '{"verb": "frames", "target": "lab1"}',
              '{"verb": "frames", "target": 1}', '{"verb": "frames", "target": "active"}', "[]", "{}", '{"verb": 3}', '{"verb": "x", "verb": "y"}', "x", "",
              '{"verb": "list"', '{"verb": "li\0st"}', "[" * 3000, '"' + "a" * 4200]
    for line in lines:
        yield b"\0" + line.encode() + b"\n"
        yield b"\0" + line.encode() + b"\n\0" + b'{"verb": "watch"}\n\0{"verb": "status"}\n\0{"verb": "list"}\n'
    yield b"\0" + b"".join(line.encode() + b"\n" for line in lines[:5] + lines[7:])
    for kind in range(30):
        message = bytes([kind]) + bytes(8) + REPORTS[0]
        hello_first = bytes([1]) + bytes(543)
        yield b"\1" + b'{"verb": "input"}\n' + hello_first + message + bytes(544 - len(message))


def add():
    greeting = '{"hotdesk-agent": "1.0", "versions": [1, 2], "user": "ann", "address": "192.0.2.7", "fingerprint": "SHA256:' + "A" * 43 + '"'
    said = [greeting + ', "server": null, "problem": null}', greeting + ', "server": "desk", "problem": "\\u001b]0;x\\u0007"}',
            '{"event": "paired", "name": "lab3"}', '{"event": "kept"}', '{"event": "failed", "error": "\\u202e \\u2028"}',
            '{"event": "service", "runs": true, "text": {"a": ["\u009b1m"]}}', "Last login: today\r", "[1]", '{"a": "b"', "\x1b[2J", '{"a": "\0"}', ""]
    for piece in (0, 6, 255):
        for line in said:
            yield bytes([0, piece]) + line.encode() + b"\n"
        yield bytes([0, piece]) + "\n".join(said).encode()
        yield bytes([0, piece]) + b"x" * 4095 + b"\n" + said[2].encode() + b"\n" + b"\0" * 5000
    code, key = "7K3F-9QWX-M2RT-0HAB", "SHA256:" + "A" * 43
    for order in (f"pair {key} 24810 - {code}", f"pair {key} 24810 lab3 {code}", f"pair {key} 1 [fe80::1%eth0]:2000 {code}", f"pair {key} 0 - {code}",
                  f"pair {key} 24810 - ", f"pair {key[:-1]} 24810 - {code}", f"keep {key} 24810 - {code}", f"pair {key} 24810 :: {code} more", "", "keep"):
        for come_from in range(5):
            yield bytes([1, come_from]) + order.encode()


def picture_files():
    """Heads of the picture file: good, without a picture, being written, and with a number wrong."""
    rectangle = struct.pack("=HHHH", 5, 4, 30, 20)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../protocol/frame.h"), encoding="utf-8") as header:
        version = int(re.search(r"FRAME_FILE_VERSION +(\d+)", header.read()).group(1))
    good = [0x68646672, version, 4, 640, 480, 2560, 1, 16, 16, 3, 4, 1, 2, 480, 300]
    for at, number in ((2, 4), (0, 0), (1, 1), (2, 0), (2, 5), (3, 0), (3, 65535), (4, 0), (4, 65535), (5, 0), (5, 2564), (7, 257), (8, 0),
                       (9, 16), (10, 99), (11, 2), (11, 0), (12, 3), (1, version - 1), (13, 481), (14, 0)):
        head = [*good]
        head[at] = number
        yield b"\10" + rectangle + struct.pack(FRAME_HEAD, *head)
    yield b"\10" + rectangle + struct.pack(FRAME_HEAD, *good[:3], *[0] * 12)
    yield b"\10" + struct.pack("=HHHH", 630, 470, 11, 10) + struct.pack(FRAME_HEAD, *good)


MAKERS = {"add": add, "wire": wire, "session": session, "text": words, "config": config, "server": server, "control": control}
