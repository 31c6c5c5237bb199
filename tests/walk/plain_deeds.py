"""Steps of the walk that lose nothing and switch nothing."""

from ledger import CTRL, LETTERS, SHIFT, Ledger
from model import LOCAL, Wrong

BUTTONS = (0x110, 0x111, 0x112)
HELD_MAX = 4


class PlainDeeds(Ledger):
    def do_type(self, draw):
        self.type_whole(self.taps(draw, draw.randint(2, 12)))

    def do_hold(self, draw):
        if len(self.model.down) >= HELD_MAX:
            return self.do_release(draw)
        code = draw.choice([code for code in [*LETTERS, SHIFT, CTRL, *BUTTONS] if code not in self.model.down])
        self.type_whole([(code, 1)])
        return str(code)

    def do_release(self, draw):
        if not self.model.down:
            return self.do_type(draw)
        code = draw.choice(sorted(self.model.down))
        self.type_whole([(code, 0)])
        return str(code)

    def do_move(self, draw):
        for _ in range(draw.randint(1, 8)):
            x, y = draw.randint(-9, 9), draw.randint(-9, 9)
            if self.model.active != LOCAL:
                moved = self.model.moved[self.model.active]
                self.model.moved[self.model.active] = [moved[0] + x, moved[1] + y]
            self.rig.hands.move(x, y)
        self.settle()

    def do_jump(self, draw):
        offset_s = draw.choice([-86400 * 400, -3600, -5, 0, 5, 3600, 86400 * 400])
        self.rig.jump(offset_s)
        self.do_type(draw)
        return f"{offset_s} s"

    def do_reload(self, draw):
        path = self.rig.console.config_file
        with open(path, encoding="utf-8") as file:
            lines = [line for line in file if not line.startswith("log-level")]
        is_bad = draw.random() < 0.3
        lines.append("log-level = " + ("nonsense\n" if is_bad else draw.choice(["info\n", "debug\n", "warning\n"])))
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(lines)
        self.rig.control.send("reload")
        if self.model.active != LOCAL:
            self.type(self.taps(draw, 6))
        answer = self.rig.control.read_line()
        if not answer["ok"] or bool(answer["files"][0]["error"]) != is_bad:
            raise Wrong(f"reload: {answer}")
        if is_bad:
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(lines[:-1])
        self.settle()
        return "bad" if is_bad else ""
