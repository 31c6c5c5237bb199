"""What every benchmark does: its options, one table after the other, words for what could not be measured, JSON, a page."""

import argparse
import contextlib
import os

from harness import Failed
from table import has_place, machine, write_json, write_page


@contextlib.contextmanager
def slow_times(factor):
    """hotdesk's times are stretched by it, for what is slow while it is measured."""
    old = os.environ.get("HOTDESK_TIME_FACTOR")
    os.environ["HOTDESK_TIME_FACTOR"] = str(factor)
    try:
        yield
    finally:
        del os.environ["HOTDESK_TIME_FACTOR"]
        if old:
            os.environ["HOTDESK_TIME_FACTOR"] = old


def parser(doc, subject, tables):
    """With the options that all have."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("build", nargs="?", default="build")
    made.add_argument("--quick", action="store_true", help="one short round of each")
    made.add_argument("--tables", "--only", nargs="+", choices=list(tables), default=list(tables))
    made.add_argument("--rounds", type=int, default=5, help="of what is done in rounds; 5")
    made.add_argument("--json", default=f"build/bench-{subject}.json", metavar="FILE", help=f"build/bench-{subject}.json")
    made.add_argument("--write", metavar="FILE", help="puts the figures into the page of docs/ that has a place for them")
    return made


def parse(made, quick):
    """`quick`: what --quick makes of the options."""
    arguments = made.parse_args()
    if arguments.quick:
        vars(arguments).update(quick)
    return arguments


def run_table(name, run, arguments):
    """Its tables; or, in words, why there are none."""
    try:
        made = run(name, arguments)
    except Failed as failure:  # the others still tell something
        return [], f"{name}: not measured: {failure}"
    return (made if isinstance(made, list) else [made]), None


def heading():
    """What it is measured on, and what else that has to do as it begins."""
    return f"{machine()}; load average before: {os.getloadavg()[0]:.1f}"


def write(path, subject, texts):
    """`texts`: {name of tables: text}. Those that have a place of their own in the page go there, the others together
    to the subject's, if there are any."""
    others = [texts[""]]
    for name, text in texts.items():
        if name and has_place(path, name):
            write_page(path, name, f"{texts['']}\n\n{text}")
        elif name:
            others.append(text)
    if len(others) > 1:
        write_page(path, subject, "\n\n".join(others))


def run_tables(subject, run, arguments):
    """run(name, arguments): a table, or several. The program's exit status."""
    texts, failed = {"": heading()}, False
    print(texts[""], flush=True)
    for name in arguments.tables:
        tables, why = run_table(name, run, arguments)
        texts[name] = "\n\n".join(table.text() for table in tables) if tables else why
        print(f"\n{texts[name]}", flush=True)
        failed = failed or why is not None
        write_json(arguments.json, tables)
    if arguments.write:
        write(arguments.write, subject, texts)
    return 1 if failed else 0
