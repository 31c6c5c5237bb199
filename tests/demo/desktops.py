"""What is on the screens of the demo's computers: a window manager, and windows of real programs, some of which move."""

import math
import os
import sys

from Xlib import X, display as xlib_display

OFFICE, LAB, ATTIC = "office", "lab3", "attic"  # numbers 1, 2, 3; attic is switched off
# What is typed on each; the special characters show that it is the keys that travel.
TEXTS = {
    OFFICE: "Rack 4 is back {all of it}: 12 of 12 ready & 100 % passed ~ #thanks @lab!",
    LAB: 'for n in {1..42}; do ./measure -r "$n" | tee -a log || echo "no $n!"; done',
}
PROMPT = "\x1b[38;5;114mann@lab3\x1b[0m:\x1b[38;5;110m~/rack4\x1b[0m$ "
# What stands before it.
BEFORE = {
    OFFICE: "\x1b[1mTo:\x1b[0m      lab team\n\x1b[1mSubject:\x1b[0m rack 4\n\nDear all,\n\n"
            "the console in room 12 has all of you on one keyboard now. Hold\n"
            "Scroll Lock on its second tap to see every machine at once.\n\n",
    LAB: f"{PROMPT}ls\n\x1b[38;5;110mplots\x1b[0m  log  \x1b[38;5;114mmeasure\x1b[0m  README\n"
         f"{PROMPT}./measure -r 0\nrun 0: 20.9 C, 1012 hPa, passed\n{PROMPT}",
}
PAPER = {OFFICE: ("#fbfaf7", "#24292f"), LAB: ("#16211d", "#d6e4da")}  # background, text
SKY = {OFFICE: ((0x6f, 0xa8, 0xdc), (0xf7, 0xe3, 0xc8)), LAB: ((0x14, 0x1e, 0x3c), (0xc8, 0x6a, 0x5a))}  # above, below
HILLS = {OFFICE: ("#8fb3a5", "#5f8f7c", "#3c6b58"), LAB: ("#5a3b52", "#3a2a45", "#221c33")}

# No key of its own: every key is the terminal's.
OPENBOX = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <theme><name>Clearlooks</name><titleLayout>NLIMC</titleLayout></theme>
  <focus><focusNew>no</focusNew></focus>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
</openbox_config>
"""
CLOCK = r"""
printf '\033[?25l'
while :; do
    printf '\033[H%s' "$(date +%H:%M:%S)"
    sleep 1
done"""
CALENDAR = r"""
import calendar, re, sys, time
now = time.localtime()
head, days = re.match(r"(.*\n.*\n)(.*)", calendar.month(now.tm_year, now.tm_mon).rstrip(), re.DOTALL).groups()
day = re.sub(rf"(?<!\d){now.tm_mday}(?!\d)", "\033[7m\\g<0>\033[0m", days)
sys.stdout.write(f"\033[?25l\033[1m{head}\033[0m{day}")
sys.stdout.flush()
time.sleep(100000)"""
# Four curves that go on by a column each half second, of numbers that are made up.
CURVES = r"""
import math, sys, time
BARS = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
ROWS = (("inlet  C", 114, 7.0), ("outlet C", 215, 5.0), ("fan  rpm", 110, 3.3), ("load   %", 176, 9.1))
WIDE = 38
def value(row, at):
    return 4 + 2.6 * math.sin(at / ROWS[row][2]) + 1.4 * math.sin(at / 1.7 + row)
at = 0
sys.stdout.write("\033[?25l")
while True:
    out = "\033[H\n"
    for row, (name, color, _) in enumerate(ROWS):
        out += f"  {name}  \033[38;5;{color}m"
        out += "".join(BARS[max(0, min(8, round(value(row, at + x))))] for x in range(WIDE))
        out += f"\033[0m  {10 + 7 * value(row, at + WIDE - 1):4.1f} \n\n"
    sys.stdout.write(out)
    sys.stdout.flush()
    at += 1
    time.sleep(0.5)"""


def letters(points):
    return ("-fa", "DejaVu Sans Mono", "-fs", str(points))


class Desktop:
    """Of the computer `name`, on an X display of 1280x800; `terminal` is what is typed into."""

    def __init__(self, name, display):
        self.name, self.display = name, display
        paint_hills(display, name)
        config = os.path.join(display.harness.directory, "openbox.xml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(OPENBOX)
        display.start("openbox", ["openbox", "--config-file", config])

    def furnish(self):
        """Behind the window manager's start."""
        if self.name == OFFICE:
            self.window("clock", "Clock", "8x1+930+110", 34, "sh", "-c", CLOCK, paper=("#2f4a6d", "#ffffff"))
            self.window("calendar", "Calendar", "20x8+930+250", 14, sys.executable, "-c", CALENDAR)
            place = "80x18+50+110"
        else:
            self.window("rack 4", "Curves", "58x11+772+480", 10, sys.executable, "-c", CURVES, paper=("#101820", "#c9d3dc"))
            place = "96x14+50+110"
        paper, ink = PAPER[self.name]
        self.terminal = self.display.terminal(
            options=(*letters(12), "-title", {OFFICE: "mail to the lab", LAB: "ann@lab3"}[self.name], "-geometry", place,
                     "-bg", paper, "-fg", ink, "-cr", ink, "-b", "10"),
            before=BEFORE[self.name].replace("\n", "\r\n"))
        return self.terminal

    def watch_agent(self, pid):
        """What hotdesk-agent and the X server that it reads take, by top."""
        if self.name == LAB:
            self.window("hotdesk-agent", "Top", "84x11+50+480", 10, "top", "-d", "1", "-p", str(pid), "-p", str(self.display.process.pid),
                        paper=PAPER[LAB])

    def window(self, title, kind, geometry, points, *program, paper=None):
        paper, ink = paper or PAPER[self.name]
        self.display.start(title.split()[0], ["xterm", "-class", kind, "-title", title, *letters(points), "-geometry", geometry,
                                              "-bg", paper, "-fg", ink, "-b", "10", "-e", *program])


def paint_hills(display, name):
    """A sky and hills on the root window: plain colours, so that pictures stay small."""
    x = xlib_display.Display(display.name)
    root, width, height = x.screen().root, display.width_px, display.height_px
    pixmap = root.create_pixmap(width, height, x.screen().root_depth)
    gc = pixmap.create_gc()
    above, below = SKY[name]
    steps = 40
    for step in range(steps):
        color = [a + (b - a) * step // (steps - 1) for a, b in zip(above, below)]
        gc.change(foreground=color[0] << 16 | color[1] << 8 | color[2])
        pixmap.fill_rectangle(gc, 0, height * step // steps, width, height // steps + 1)
    for layer, color in enumerate(HILLS[name]):
        gc.change(foreground=int(color[1:], 16))
        top = height * (62 + 12 * layer) // 100
        points = [(width * at // 64, top + int(36 * math.sin(at / (9 - 2 * layer) + 2 * layer))) for at in range(65)]
        pixmap.fill_poly(gc, X.Complex, X.CoordModeOrigin, [(0, height), *points, (width, height)])
    root.change_attributes(background_pixmap=pixmap)
    root.clear_area()
    x.sync()
    x.close()
