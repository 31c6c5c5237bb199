"""Figures of a benchmark: rounds of several contestants, interleaved; goals; tables for people and JSON for machines.

One round runs each contestant once, in turn, so that what else the machine does meets all of them alike. The result of
a contestant is the median of its rounds; a ratio is taken within each round, and its median over the rounds counts.
"""

import json
import os
import platform
import statistics


def machine():
    """What it was measured on, in words."""
    model = "?"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{os.cpu_count()} cores ({model}), Linux {platform.release().split('-')[0]}"


class Series:
    """What all rounds of one row (a load, say) gave: {contestant: [{figure: value}, one a round]}."""

    def __init__(self, name):
        self.name = name
        self.rounds = {}

    def add(self, contestant, figures):
        self.rounds.setdefault(contestant, []).append(figures)

    def median(self, contestant, figure):
        """None: it has no such figure."""
        values = [one[figure] for one in self.rounds.get(contestant, ()) if figure in one]
        return statistics.median(values) if values else None

    def best_peer(self, figure, ours, best=min):
        """The name of the quickest; None when ours or peers are not there."""
        if ours not in self.rounds:
            return None
        peers = [name for name in self.rounds if name != ours]
        return best(peers, key=lambda name: self.median(name, figure)) if peers else None

    def ratio(self, figure, ours, peer):
        """Ours by the peer's, round by round; the median."""
        pairs = zip(self.rounds[ours], self.rounds[peer])
        return statistics.median(one[figure] / other[figure] for one, other in pairs)


class Ratio:
    """`figure` of ours at most `limit` times `peer`'s; without one, the best peer's. `ours`: another than the table's."""

    def __init__(self, row, figure, limit, peer=None, ours=None):
        self.row, self.figure, self.limit, self.peer, self.ours = row, figure, limit, peer, ours

    def _find_peer(self, row, ours):
        if not self.peer:
            return row.best_peer(self.figure, ours)
        return self.peer if self.peer in row.rounds and ours in row.rounds else None

    def judge(self, table):
        row = table.row(self.row)
        ours = self.ours or table.ours
        peer = row and self._find_peer(row, ours)
        if not peer:
            return None
        ratio = row.ratio(self.figure, ours, peer)
        whose = f"{ours}, " if self.ours else ""
        return {"is": ratio, "at_most": self.limit, "reached": ratio <= self.limit,
                "says": f"{whose}{self.row}: {table.heading(self.figure)} {ratio:.2f} of {peer}'s, at most {self.limit:g}"}


class Limit:
    """`figure` of ours at most `limit`, or at least with `least`; or at most that many times its own in another row or
    of another figure. `contestant`: whose, where it is not the table's ours."""

    def __init__(self, row, figure, limit, least=False, of_row=None, of_figure=None, contestant=None):
        self.contestant = contestant
        self.row, self.figure, self.limit, self.least = row, figure, limit, least
        self.of_row, self.of_figure = of_row, of_figure

    def judge(self, table):
        row = table.row(self.row)
        ours = self.contestant or table.ours
        value = row and row.median(ours, self.figure)
        base, of = 1, ""
        if self.of_row or self.of_figure:
            other = table.row(self.of_row or self.row)
            figure = self.of_figure or self.figure
            base = other and other.median(ours, figure)
            of = f" times {table.heading(figure)}" + (f" of {self.of_row}" if self.of_row else "")
        if value is None or not base:
            return None
        value /= base
        return {"is": value, "at_least" if self.least else "at_most": self.limit,
                "reached": value >= self.limit if self.least else value <= self.limit,
                "says": f"{self.row}: {self.contestant + ': ' if self.contestant else ''}{table.heading(self.figure)} {value:.4g}{of}, "
                        f"{'at least' if self.least else 'at most'} {self.limit:g}"}


class Table:
    """figures: [(key, heading, format)]; goals: of Ratio and Limit; ours: the contestant whose goals they are."""

    def __init__(self, name, title, figures, goals=(), ours="hotdesk"):
        self.name, self.title, self.figures, self.goals, self.ours = name, title, figures, goals, ours
        self.rows = []

    def row(self, name):
        return next((row for row in self.rows if row.name == name), None)

    def heading(self, figure):
        return next(heading for key, heading, _ in self.figures if key == figure)

    def add(self, row, contestant, figures):
        """One round of one contestant."""
        if not self.row(row):
            self.rows.append(Series(row))
        self.row(row).add(contestant, figures)

    def judged(self):
        return [said for said in (goal.judge(self) for goal in self.goals) if said]

    def text(self):
        contestants = list(dict.fromkeys(name for row in self.rows for name in row.rounds))
        widths = [max(len(heading), 8) + 2 for _, heading, _ in self.figures]
        first = max([len(row.name) for row in self.rows] + [8]) + 2
        second = max(len(name) for name in contestants) + 2 if contestants else 0
        lines = [self.title, "", " " * (first + second)
                 + "".join(f"{heading:>{width}}" for (_, heading, _), width in zip(self.figures, widths))]
        for row in self.rows:
            for place, name in enumerate(name for name in contestants if name in row.rounds):
                cells = "".join(f"{self._cell(row, name, key, form):>{width}}"
                                for (key, _, form), width in zip(self.figures, widths))
                lines.append(f"{row.name if place == 0 else '':{first}}{name:{second}}{cells}".rstrip())
        lines += [f"  {'reached    ' if said['reached'] else 'NOT reached'}  {said['says']}" for said in self.judged()]
        return "\n".join(lines)

    @staticmethod
    def _cell(row, name, key, form):
        value = row.median(name, key)
        return "" if value is None else format(value, form) if form != "d" else str(round(value))

    def as_json(self):
        return {"title": self.title, "rows": {row.name: row.rounds for row in self.rows}, "goals": self.judged()}


def write_json(path, tables):
    """Beside what the file has of other tables."""
    known = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            known = json.load(file).get("tables", {})
    known.update({table.name: table.as_json() for table in tables})
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"machine": machine(), "tables": known}, file, indent=2)
        file.write("\n")


def marks_of(subject):
    return f"<!-- figures of {subject} -->\n", f"<!-- end of {subject} -->\n"


def has_place(path, subject):
    with open(path, encoding="utf-8") as file:
        return marks_of(subject)[0] in file.read()


def write_page(path, subject, text):
    """Puts `text` between the page's two marks of that subject."""
    first, last = marks_of(subject)
    with open(path, encoding="utf-8") as file:
        before, found, rest = file.read().partition(first)
    if not found:
        raise ValueError(f"{path} has no {first.strip()}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{first}```\n{text}\n```\n{last}{rest.partition(last)[2]}")
