"""What a fuzzer begins with, and what test_replay.py replays: seeds that are written here or made by the sessions of
sessions.py and test_agent.py, and what a fuzzer has found to go where these do not (corpus/NAME.hex, one a line).

    corpus.py NAME DIRECTORY             writes each into a file, named by its content
    corpus.py keep NAME DIRECTORY        makes corpus/NAME.hex of such files
"""

import hashlib
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
import seeds  # noqa: E402
import sessions  # noqa: E402
import test_agent  # noqa: E402

LONGEST_KEPT = {"decode": 400, "agent": 400}
LONGEST_KEPT_ELSE = 1200
NAMES = ("decode", "agent", *seeds.MAKERS)
# fuzz_agent.c's first two bytes: pieces and answers; what happens to the screen.
AGENT_HEADS = ((0xff, 1), (0x86, 2), (0x7f, 3))


def kept(name):
    path = os.path.join(HERE, "corpus", name + ".hex")
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as file:
        return [bytes.fromhex(line) for line in file if not line.startswith("#")]


def agent_sessions(most_bytes):
    for at, data in enumerate(test_agent.sessions()):
        if len(data) <= most_bytes:
            yield bytes(AGENT_HEADS[at % len(AGENT_HEADS)]) + data


def put(directory, data):
    with open(os.path.join(directory, hashlib.sha1(data).hexdigest()[:16]), "wb") as file:
        file.write(data)


def write(name, directory, most_bytes=4096):
    """How many."""
    os.makedirs(directory, exist_ok=True)
    if name == "decode":
        sessions.write_corpus(directory, most_bytes)
    for data in agent_sessions(most_bytes) if name == "agent" else seeds.MAKERS.get(name, lambda: ())():
        put(directory, data)
    for data in kept(name):
        put(directory, data)
    return len(os.listdir(directory))


def keep(name, directory):
    lines = set()
    for entry in os.scandir(directory):
        if entry.stat().st_size <= LONGEST_KEPT.get(name, LONGEST_KEPT_ELSE):
            with open(entry.path, "rb") as file:
                lines.add(file.read().hex())
    with open(os.path.join(HERE, "corpus", name + ".hex"), "w", encoding="ascii") as file:
        file.write("".join(line + "\n" for line in sorted(lines, key=lambda line: (len(line), line))))
    return len(lines)


if __name__ == "__main__":
    if sys.argv[1] == "keep":
        print(keep(sys.argv[2], sys.argv[3]), "kept")
    else:
        print(write(sys.argv[1], sys.argv[2]), "in", sys.argv[2])
