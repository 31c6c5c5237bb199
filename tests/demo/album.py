"""The pictures that the demo leaves, each looked at before it is kept: what must be seen on it is there, pixel by pixel."""

import os

from desktops import ATTIC, LAB, OFFICE
from harness import ENTER, KEYCODES, SCROLL_LOCK, Failed, wait_for
from pictures import GOOD, WARNING, Screen

COLORS = {OFFICE: 0x3b82f6, LAB: 0xf59e0b}  # of their numbers (server/viewer/colors.c)
WHITE = 0xffffff
LETTERS_PX = 60  # of a name over the picture that are purely white, at least
OSD_TRIES = 5


class Album:
    """Of the window on `screen` and of the displays of `machines` by name."""

    def __init__(self, directory, console, screen, machines):
        self.directory, self.console = directory, console
        self.window = Screen(screen.name)
        self.screens = {name: Screen(machine.display.name) for name, machine in machines.items()}
        os.makedirs(directory, exist_ok=True)
        for name in os.listdir(directory):
            if name.endswith(".png"):
                os.remove(os.path.join(directory, name))

    def close(self):
        for screen in (self.window, *self.screens.values()):
            screen.close()

    def keep(self, pixels, name):
        path = os.path.join(self.directory, f"{name}.png")
        pixels.save(path)
        return os.path.relpath(path)

    def keep_exact(self, name):
        """Until the window shows just what is on that computer's screen."""
        return self.keep(wait_for(f"{name}'s picture", lambda: self.exact(name), 20, 0.05), name)

    def exact(self, name):
        here, there = self.window.pixels(), self.screens[name].pixels()
        return here if here == there else None

    def keep_named(self, name, switch):
        """Number and name are over the picture, and all the rest is that computer's screen. They go after 1.5 s: on a machine
        that is too busy to be looked at meanwhile it is switched once more."""
        for _ in range(OSD_TRIES):
            try:
                pixels = wait_for("the name over the picture", lambda: self.named(name) or self.exact(name), 10, 0.01)
                if not pixels == self.screens[name].pixels() and self.panel_of(pixels, name):
                    return self.keep(pixels, "osd")
            except Failed:
                pass
            self.console.ask("switch", target="local")
            switch()
        raise Failed(f"the name of {name} was not seen over its picture")

    def named(self, name):
        here = self.window.pixels()
        return here if self.panel_of(here, name) else None

    def panel_of(self, here, name):
        """The box of what differs, if it is a panel with letters and the colour of that computer."""
        box = here.difference(self.screens[name].pixels())
        if not box or box[3] - box[1] > here.height_px // 4 or box[2] - box[0] > here.width_px // 2:
            return None
        return box if here.count(box, WHITE) >= LETTERS_PX and here.count(box, COLORS[name]) >= LETTERS_PX else None

    def keep_switcher(self, hand, active):
        """The leader held, all computers, and Enter takes the one that was active before `active`."""
        events = self.console.watch()
        try:
            hand.do(f"key {SCROLL_LOCK}", "sleep 20", f"press {SCROLL_LOCK}")
            wait_for("the switcher", lambda: is_open(events.read_line()))
            hand.do(f"release {SCROLL_LOCK}")
            pixels = self.wait_tiles(self.window, [None, OFFICE, LAB, None], active)
            path = self.keep(pixels, "switcher")
            hand.do(f"key {ENTER}")
            event = events.wait_event("switched")
        finally:
            events.close()
        return path, event["name"]

    def keep_wall(self, display, active):
        screen = Screen(display.name)
        try:
            return self.keep(self.wait_tiles(screen, [OFFICE, LAB, None], active), "wall")
        finally:
            screen.close()

    def wait_tiles(self, screen, names, active):
        """The tiles of these computers, the last one being attic, which is switched off; None: no picture."""
        why = "nothing yet"

        def are_right():
            nonlocal why
            pixels = screen.pixels()
            why = self.what_is_wrong(pixels, names, active)
            return None if why else pixels
        try:
            return wait_for("the tiles", are_right, 20, 0.1)
        except Failed as failure:
            raise Failed(f"{failure}: {why}; {self.keep(screen.pixels(), 'wrong')}") from None

    def what_is_wrong(self, pixels, names, active):
        tiles = pixels.tiles()
        if len(tiles) != len(names):
            return f"{len(tiles)} tiles, not {len(names)}"
        for tile, name in zip(tiles, names):
            if not name:
                continue
            there = self.screens[name].pixels()
            picture, words = pixels.picture_in(tile, there.width_px / there.height_px)
            if not pixels.has_copy(picture, there):
                return f"what is in {name}'s tile is not its screen"
            if pixels.count(words, COLORS[name]) < area(words) // (2 if name == active else 50):
                return f"the words below {name} have not its colour"
            if name != active and not pixels.count(words, GOOD):
                return f"{name} is not marked as ready"
        left, top, right, bottom = tiles[-1]
        if not pixels.count((left, (top + bottom) // 2, right, bottom), WARNING):
            return f"{ATTIC} is not marked as offline"
        return None


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def is_open(event):
    return event.get("event") == "switcher" and event["open"]
