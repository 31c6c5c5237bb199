#!/usr/bin/python3
"""Lab scripts on a real desktop: texts in the layout of its X display, `hotdesk wait`, and the very script of
docs/lab.md, against an xterm with a login prompt."""

import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import png  # noqa: E402
from harness import TESTS_DIR, Failed, Harness, Tap, read_text, wait_for  # noqa: E402
from Xlib import display as xlib_display  # noqa: E402

NAME, USER, PASSWORD = "lab3", "ann", "Sw0rd{fish}"
REFUSED, USAGE, TIMEOUT = 1, 2, 5
# A login as getty has it, then a shell whose history has one command.
LOGIN = r"""
printf 'lab3 login: '; read -r user
stty -echo; printf 'Password: '; read -r password; stty echo; printf '\n'
[ "$user $password" = "$2" ] || { echo no >"$1"; exec sleep 1000; }
echo in >"$1"
printf 'make check\n' >"$HOME/.history-of-lab3"
exec env HISTFILE="$HOME/.history-of-lab3" PS1='$ ' PATH="$3:$PATH" bash --norc --noprofile -i
"""


class Lab:
    """A target with a desktop of its own, and the console's commands."""

    def __init__(self, desk):
        self.desk = desk
        self.display = desk.display(640, 480)
        self.console = desk.console()
        self.machine = desk.machine(NAME, display=self.display)
        desk.pair(self.console, self.machine)
        desk.wait_ready(self.console, NAME)
        self.directory = os.path.join(desk.directory, "script")
        os.mkdir(self.directory)

    def start(self, *words, text=None):
        process = self.desk.start("hotdesk", [self.desk.program("hotdesk"), *words], env=self.console.environment,
                                  stdin=subprocess.DEVNULL if text is None else subprocess.PIPE)
        if text is not None:
            process.popen.stdin.write(text.encode())
            process.popen.stdin.close()
        return process

    def run(self, *words, code=0, text=None):
        process = self.start(*words, text=text)
        status = process.wait(60)
        if status != code:
            raise Failed(f"hotdesk {' '.join(words)}: exit {status}, not {code}: {process.text()}")
        return process.text().strip()

    def path(self, name):
        return os.path.join(self.directory, name)

    def cut(self, name, x_px, y_px, width_px, height_px):
        """Out of the screen as it is now."""
        self.run("screenshot", NAME, self.path("screen.png"))
        _, _, rows = png.read(self.path("screen.png"))
        png.write(self.path(name), width_px, height_px,
                  [row[3 * x_px:3 * (x_px + width_px)] for row in rows[y_px:y_px + height_px]])

    def login(self, x_px, y_px):
        """An xterm there with a login prompt, and the file that tells what came of it."""
        result = self.path(f"login.{len(self.desk.processes)}")
        bin_dir = self.path("bin")
        os.makedirs(bin_dir, exist_ok=True)
        with open(os.path.join(bin_dir, "make"), "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\necho "$*" >{self.path("made")}\n')
        os.chmod(file.name, 0o755)
        process = self.display.start("xterm", ["xterm", "-fn", "fixed", "-geometry", f"60x15+{x_px}+{y_px}", "-bw", "0", "-e",
                                               "sh", "-c", LOGIN, "sh", result, f"{USER} {PASSWORD}", bin_dir])
        self.focus()
        return process, result

    def focus(self):
        def takes_it():
            try:
                return self.display.run("xdotool", "search", "--onlyvisible", "--class", "xterm", "windowfocus", "--sync") is not None
            except Failed:
                return False
        wait_for("xterm's window", takes_it, 20, 0.05)

    def paint(self, x_px, y_px, color, width_px=40, height_px=30):
        """A rectangle on the root window."""
        if not hasattr(self, "x"):
            self.x = xlib_display.Display(self.display.name)
            self.root = self.x.screen().root
        gc = self.root.create_gc(foreground=color)
        self.root.fill_rectangle(gc, x_px, y_px, width_px, height_px)
        gc.free()
        self.x.sync()

    def image(self, name, color, width_px=40, height_px=30):
        pixel = bytes((color >> 16, color >> 8 & 255, color & 255))
        png.write(self.path(name), width_px, height_px, [pixel * width_px] * height_px)
        return self.path(name)


def typed_in_its_own_layout(lab):
    """The keys are looked up there each time: another layout, another group, Caps Lock."""
    terminal = lab.display.terminal(options=("-geometry", "40x5+0+0"))
    for layout, text in (("us", "Zy[2]\"~|\n"), ("de", "Zy[2]\"~|\u00e4\u00df\u20ac@\n"), ("fr", "1a.\u00e9&\u20ac\n")):
        lab.display.run("setxkbmap", layout)
        terminal.mark()
        lab.run("type", NAME, text=text)
        wanted = text.replace("\n", "\r")
        try:
            wait_for("the text", lambda: len(terminal.text().encode()) >= len(wanted.encode()))
        finally:
            if terminal.text() != wanted:
                print(f"# {layout}: {terminal.text()!r}")
        if terminal.text() != wanted:
            raise Failed(f"{layout}: {terminal.text()!r}, not {wanted!r}")
    lab.display.run("setxkbmap", "us")
    if "line 1, column 2" not in lab.run("type", NAME, text="a\u00e4", code=REFUSED):
        raise Failed("a German letter on an American keyboard")
    terminal.mark()
    lab.run("send", NAME, "capslock")
    lab.run("type", NAME, text="aA1\n")
    lab.run("send", NAME, "capslock")
    wait_for("the text beside Caps Lock", lambda: terminal.text() == "aA1\r")
    if lab.console.active_name() != "local":
        raise Failed("it was switched to")
    terminal.process.stop()


def an_image_that_is_there(lab):
    lab.paint(0, 0, 0x000000, 640, 480)
    lab.paint(300, 200, 0x336699)
    image = lab.image("blue.png", 0x336699)
    for more in ((), ("--at", "300,200"), ("--at", "250,150,200x100"), ("--timeout", "60")):
        if (place := lab.run("wait", NAME, "--image", image, *more)) != "300,200":
            raise Failed(place)
    near = lab.image("near.png", 0x33669c)
    if lab.run("wait", NAME, "--image", near, "--tolerance", "3") != "300,200":
        raise Failed("within the tolerance")
    said = lab.run("wait", NAME, "--image", near, "--timeout", "0.5", code=TIMEOUT)
    if not re.search(r"near\.png was not on lab3 in 0\.5 s; nearest at \d+,\d+, where \d+ % of it is alike", said):
        raise Failed(said)
    lab.run("wait", NAME, "--image", image, "--at", "301,200", "--timeout", "0.5", code=TIMEOUT)


def an_image_that_comes(lab):
    image = lab.image("red.png", 0xcc2200)
    waits = lab.start("wait", NAME, "--image", image, "--timeout", "60")
    wait_for("the target to know that it is looked at",
             lambda: lab.console.target(NAME)["picture"]["followers"] == 1)
    time.sleep(0.3)
    if not waits.is_running():
        raise Failed(waits.text())
    lab.paint(100, 50, 0xcc2200)
    if waits.wait(20) != 0 or waits.text().strip() != "100,50":
        raise Failed(waits.text())
    agent = lab.desk.run(lab.desk.program("hotdesk-agent"), "status", env=lab.machine.environment)
    if not re.search("sees this screen|saw this screen", agent):
        raise Failed(f"its person does not see that: {agent}")


def a_still_picture(lab):
    """The pointer may move; what changes begins it anew."""
    waits = lab.start("wait", NAME, "--still", "1.5", "--timeout", "60")
    wait_for("it to look", lambda: lab.console.target(NAME)["picture"]["followers"] == 1)
    for change in range(20):
        lab.paint(10, 10, 0x00ff00 if change % 2 else 0x0000ff)
        time.sleep(0.1)
    if not waits.is_running():
        raise Failed("it did not wait for the picture to rest")
    for x_px in range(5):
        lab.display.run("xdotool", "mousemove", str(10 * x_px), "300")
    if waits.wait(30) != 0:
        raise Failed(waits.text())


def words_that_are_wrong(lab):
    image = lab.image("any.png", 0x010203)
    for words in ((), ("--image", image, "--still", "1"), ("--still", "x"), ("--still", "1", "--at", "1,1"),
                  ("--image", image, "--at", "1"), ("--image", image, "--at", "-1,1"),
                  ("--image", image, "--at", "0,0,10x10"), ("--image", image, "--tolerance", "256"),
                  ("--image", image, "--timeout", "-1")):
        lab.run("wait", NAME, *words, code=USAGE)
    lab.run("wait", NAME, "--image", lab.path("none.png"), code=REFUSED)
    lab.run("wait", "nobody", "--still", "1", code=REFUSED)


def script_of_the_page(lab):
    with open(os.path.join(TESTS_DIR, "..", "docs", "lab.md"), encoding="utf-8") as file:
        scripts = re.findall(r"```sh\n(#!/bin/sh.*?)```", file.read(), re.DOTALL)
    if len(scripts) != 1 or len(scripts[0].splitlines()) > 12:
        raise Failed(f"{len(scripts)} scripts")
    path = lab.path("script.sh")
    with open(path, "w", encoding="utf-8") as file:
        file.write(scripts[0])
    os.chmod(path, 0o755)
    return path


def the_script_of_the_page(lab):
    """Its images are cut out of a first login, the script then meets another, elsewhere on the screen."""
    path = script_of_the_page(lab)
    lab.paint(0, 0, 0x204060, 640, 480)
    xterm, _ = lab.login(0, 0)
    lab.run("wait", NAME, "--still", "1")
    lab.cut("login.png", 0, 0, 80, 16)
    lab.run("type", NAME, text="x\n")
    lab.run("wait", NAME, "--still", "1")
    lab.cut("password.png", 0, 15, 60, 14)
    xterm.stop()
    wait_for("the first login to be gone", lambda: not xterm.is_running())
    with open(lab.path("password.txt"), "w", encoding="utf-8") as file:
        file.write(PASSWORD + "\n")
    os.symlink(lab.desk.program("hotdesk"), lab.path("hotdesk"))
    script = lab.desk.start("script", ["env", f"--chdir={lab.directory}", f"PATH={lab.directory}:{os.environ['PATH']}", path],
                            env=lab.console.environment)
    _, result = lab.login(120, 90)
    status = script.wait(120)
    if status != 0 or read_text(result) != "in\n":
        raise Failed(f"exit {status}, {read_text(result)!r}: {script.text()}")
    wait_for("the command that was completed by keys", lambda: read_text(lab.path("made")) == "check --verbose\n")
    if png.read(lab.path("lab3.png"))[:2] != (640, 480):
        raise Failed("its screenshot")
    if lab.console.active_name() != "local":
        raise Failed("it switched")


def the_password_is_in_no_log(lab):
    for process in lab.desk.processes:
        if PASSWORD in process.text():
            raise Failed(f"{process.name}: {process.log}")


def main():
    tap = Tap()
    with Harness() as desk:
        lab = Lab(desk)
        for check in (words_that_are_wrong, typed_in_its_own_layout, an_image_that_is_there, an_image_that_comes,
                      a_still_picture, the_script_of_the_page, the_password_is_in_no_log):
            if not tap.check(check.__name__.replace("_", " "), check, lab):
                print("# " + (lab.console.log()[-800:] + lab.machine.log()[-800:]).replace("\n", "\n# "), flush=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
