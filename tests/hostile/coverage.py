#!/usr/bin/python3
"""coverage.py EXPORT FILE...: the lines of each file that llvm-cov export -summary-only saw, and fails when fewer than
80 % of one were reached."""

import json
import os
import sys

LEAST_PERCENT = 80


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        found = {os.path.relpath(os.path.normpath(entry["filename"])): entry["summary"]["lines"]
                 for entry in json.load(file)["data"][0]["files"]}
    few = 0
    for name in sys.argv[2:]:
        lines = found.get(name, {"count": 0, "covered": 0, "percent": 0})
        is_few = lines["percent"] < LEAST_PERCENT
        few += is_few
        print(f"{name:40} {lines['covered']:5} of {lines['count']:5} lines {lines['percent']:6.1f} %" + "  TOO FEW" * is_few)
    print(f"{len(sys.argv) - 1} files, {few} under {LEAST_PERCENT} %")
    return 1 if few else 0


if __name__ == "__main__":
    sys.exit(main())
