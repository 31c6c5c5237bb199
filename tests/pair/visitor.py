"""A console that comes to a target, looks at it and goes."""

from following import CURRENT, Follower
from harness import wait_for


class Visitor:
    """Of `console` with its `link`, at the target `name`, which is its `number`."""

    def enter(self):
        self.console.ask("switch", target=self.name)
        self.link.wait_grabbed()

    def go_home(self):
        self.console.ask("switch", target="local")
        wait_for("the order to let go", lambda: not self.link.grabbed)

    def look(self):
        follower = Follower(self.console, self.name)
        wait_for("the picture", lambda: follower.has(CURRENT, self.number), 15)
        return follower
