"""page.py PAGE.scd CONFIG_DIR PAGE: writes a man page. A line `@CONFIG server.conf@` becomes the list of options in
CONFIG_DIR/server.conf, which is what `hotdesk-server --print-config` prints (a test compares them)."""

import os
import re
import subprocess
import sys


def escape(text):
    return re.sub(r"([\\_*])", r"\\\1", text)


def options(path):
    """scdoc of a file that config_print made: comments, then `name = value` or a section, then an empty line."""
    with open(path, encoding="utf-8") as file:
        paragraphs = file.read().strip().split("\n\n")
    items = []
    for paragraph in paragraphs:
        lines = paragraph.split("\n")
        about = [line[1:].strip() for line in lines if line.startswith("#")]
        name = re.split("[={]", next(line for line in lines if not line.startswith("#")))[0].strip()
        items.append(f"*{name}*\n\t" + "++\n".join(escape(line) for line in about))
    return "\n\n".join(items)


def main():
    source, config_dir, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        page = re.sub(r"^@CONFIG (\S+)@$", lambda found: options(os.path.join(config_dir, found[1])), file.read(),
                      flags=re.MULTILINE)
    made = subprocess.run(["scdoc"], input=page.encode(), capture_output=True, check=False)
    if made.returncode:
        sys.exit(f"{source}: {made.stderr.decode().strip()}")
    with open(target, "wb") as file:
        file.write(made.stdout)


if __name__ == "__main__":
    main()
