#!/usr/bin/python3
"""noVNC, in a browser, by websockify alone: looks, types, points. A part of `./dev test --all`, where chromium, novnc and
websockify are installed."""

import os
import shutil
import sys

from lab import HEIGHT_PX, NAME, WIDTH_PX, Keys, Lab, Screen
from harness import IS_LONG, Failed, Harness, Tap, wait_for
from rfb import differing, free_port

PAGES = "/usr/share/novnc"
BROWSER_PX = 800, 600
FRAME = 0x13579b  # by it the picture is found in the page
TEXT = "noVNC says: Hello, World! 2+2=4 {[~|]} qwertz\r"


def missing():
    """What is not there, in words, or None."""
    wanted = {"chromium": shutil.which("chromium"), "websockify": shutil.which("websockify"),
              "novnc": os.path.exists(PAGES)}
    return ", ".join(name for name, found in wanted.items() if not found) or None


class Browser:
    """noVNC's small page in chromium, on a display of its own."""

    def __init__(self, lab):
        self.port = free_port()
        self.proxy = lab.desk.start("websockify", ["websockify", f"--web={PAGES}", f"--unix-target={lab.path}",
                                                   f"127.0.0.1:{self.port}"])
        wait_for("websockify", lambda: "proxying from" in self.proxy.text(), 20)
        self.display = lab.desk.display(*BROWSER_PX)
        self.screen = Screen(self.display)
        self.process = self.display.start("chromium", [
            "chromium", *(["--no-sandbox", "--test-type"] if os.geteuid() == 0 else []), "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--password-store=basic",
            "--disable-background-networking", "--force-device-scale-factor=1", "--window-position=0,0",
            "--window-size=" + ",".join(map(str, BROWSER_PX)), f"--user-data-dir={lab.desk.directory}/browser",
            f"--app=http://127.0.0.1:{self.port}/vnc_lite.html"])

    def image(self):
        return memoryview(self.screen.pixels(0, 0, *BROWSER_PX)).cast("I").tolist()

    def place(self):
        """(x, y) of the picture in the page, or None."""
        image = self.image()
        at = image.index(FRAME) if FRAME in image else -1
        return at >= 0 and (at % BROWSER_PX[0], at // BROWSER_PX[0])

    def wait_place(self):
        def place():
            if not self.process.is_running():
                raise Failed("the browser ended: " + self.process.text()[-500:])
            return self.place()
        self.x_px, self.y_px = wait_for("the picture in the page", place, 60, 0.2)

    def wait_shows(self, target):
        def seen():
            return self.screen.pixels(self.x_px, self.y_px, WIDTH_PX, HEIGHT_PX)
        try:
            wait_for("the same picture", lambda: seen() == target.pixels(), 30, 0.2)
        except Failed as failure:
            raise Failed(f"{failure}: {differing(seen(), target.pixels())} pixels differ") from None

    def focus(self):
        self.display.run("xdotool", "search", "--onlyvisible", "--class", "chromium", "windowfocus", "--sync")

    def point(self, x_px, y_px):
        self.display.run("xdotool", "mousemove", str(self.x_px + x_px), str(self.y_px + y_px))

    def keep(self, name):
        """As a file beside the test's output, to be looked at."""
        import png  # pylint: disable=import-outside-toplevel
        folder = os.path.join(os.environ.get("HOTDESK_BUILD", "build"), "pictures")
        os.makedirs(folder, exist_ok=True)
        width_px, height_px = BROWSER_PX
        image = self.image()
        png.write(os.path.join(folder, name), width_px, height_px,
                  [b"".join(value.to_bytes(3, "big") for value in image[row * width_px:(row + 1) * width_px])
                   for row in range(height_px)])


def it_looks(lab):
    lab.screen.fill(FRAME, height_px=2)
    lab.browser = Browser(lab)
    lab.browser.wait_place()
    lab.browser.wait_shows(lab.screen)
    assert len(lab.clients()) == 1, lab.status()
    lab.screen.fill(0x00ff7f, 300, 200, 50, 50)
    lab.browser.wait_shows(lab.screen)


def it_points(lab):
    lab.browser.focus()
    for place in ((10, 10), (600, 380)):
        lab.browser.point(*place)
        wait_for("the pointer", lambda: lab.display.pointer() == place, 20)
    lab.browser.display.run("xdotool", "mousedown", "1")
    lab.keys.wait_button(True)
    lab.browser.display.run("xdotool", "mouseup", "1")
    lab.keys.wait_button(False)


def it_types(lab):
    lab.terminal = lab.display.terminal(options=("-geometry", "60x12+20+100", "-bw", "0"))
    lab.browser.display.run("xdotool", "type", "--delay", "30", TEXT)
    lab.terminal.wait_text(TEXT, 30)
    lab.keys.wait()
    lab.browser.wait_shows(lab.screen)
    lab.browser.keep("novnc.png")


def its_end_lifts_all(lab):
    lab.browser.display.run("xdotool", "keydown", "F7")
    wait_for("the key", lab.keys.down)
    lab.browser.process.kill()
    lab.keys.wait()
    lab.wait_nobody()


def main():
    tap = Tap()
    if not IS_LONG:
        print("1..0 # SKIP a browser is started only by ./dev test --all")
        return 0
    if missing():
        tap.skip("noVNC", f"not installed: {missing()}")
        return tap.end()
    with Harness() as desk:
        lab = Lab(desk, 'vnc-port { "*" = "unix" }\nvnc-control { "*" = "yes" }\n')
        lab.keys = Keys(lab)
        for check in (it_looks, it_points, it_types, its_end_lifts_all):
            if not tap.check(check.__name__.replace("_", " "), check, lab):
                lab.browser.keep("novnc-failed.png")
                print("# " + lab.console.log()[-1500:].replace("\n", "\n# "))
    return tap.end()


if __name__ == "__main__":
    assert NAME
    sys.exit(main())
