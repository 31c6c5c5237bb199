"""What `quality` and `scale` of server.conf do to a target: bytes, how quick, and how much of the picture is right, over a
slow link."""

import math
import re
import statistics
import time

from film import PART_S, RATE, TRIP_MS, ages_ms
from harness import wait_for
from keys import KEYS_A_SECOND
from scene import FILM, PAGE, Scene, type_keys
from table import Limit, Table

FIGURES = [("key_ms", "key p50 ms", ".1f"), ("key_bytes", "bytes a key", ".0f"), ("text_db", "text dB", ".1f"),
           ("picture_kib", "KiB a picture", ".0f"), ("a_second", "pictures/s", ".1f"), ("age_ms", "age p50 ms", ".0f"),
           ("film_db", "film dB", ".1f"), ("exact_s", "exact after s", ".1f")]
KEYS = 48
SAME_DB = 99.9
SETTLE_S, EXACT_BOUND_S, DRAWN_S = 3, 60, 0.02
SETTINGS = {"auto": (None, None), "lossless": ("lossless", None), "low": ("low", None), "scale 0.5": (None, "0.5"),
            "low, scale 0.5": ("low", "0.5")}


def conf_of(quality, scale):
    sections = [f'{what} {{ "*" = "{value}" }}' for what, value in (("quality", quality), ("scale", scale)) if value]
    return "".join(section + "\n" for section in sections)


def likeness_db(scene, area):
    """PSNR of what is shown of an area; SAME_DB: each pixel is the same."""
    tool = f"{scene.desk.build_dir}/tests/bench/tools/samearea"
    text = scene.desk.run(tool, "--from", scene.targets[0].display.name, "--to", scene.display.name, "--area", area,
                          "--error")
    error = float(re.search(r"^error (\S+)$", text, re.M)[1])
    return 10 * math.log10(255 * 255 / error) if error > 0 else SAME_DB


def type_text(scene):
    before = scene.desk.passed("console")[1]
    times_ms = type_keys(scene, KEYS, KEYS_A_SECOND)
    sent_bytes = scene.desk.passed("console")[1] - before
    time.sleep(SETTLE_S)
    return {"key_ms": statistics.median(times_ms), "key_bytes": sent_bytes / KEYS, "text_db": likeness_db(scene, PAGE)}


def stop_film(target):
    """Between two pictures, not while one is drawn. The last one's number."""
    last = max(target.film_drawn())
    wait_for("the next picture", lambda: max(target.film_drawn()) > last, pause_s=0.001)
    time.sleep(DRAWN_S)
    target.freeze_film()
    return max(target.film_drawn())


def seconds_to_exact(scene, start):
    same = scene.tool(scene.display, "samearea", "--from", scene.targets[0].display.name, "--to", scene.display.name,
                      "--area", FILM, ready="s ")
    wait_for("each pixel to be the same", lambda: "same " in same.text(), EXACT_BOUND_S)
    took_s = time.monotonic() - start
    same.stop()
    return took_s


def play(scene, is_exact):
    """A film, and its last picture, which becomes exact once it rests."""
    target = scene.targets[0]
    marks = target.film_marks()
    with scene.watch(*marks) as watch:
        time.sleep(SETTLE_S)
        before, start = scene.desk.passed("console")[1], time.monotonic()
        time.sleep(PART_S)
        sent_bytes, took_s = scene.desk.passed("console")[1] - before, time.monotonic() - start
        start_us = start * 1e6
        ages = [age for at_us, age in ages_ms(target, watch, len(marks)) if at_us >= start_us]
        last, frozen = stop_film(target), time.monotonic()
        for index in range(len(marks)):
            watch.wait_seen(last, EXACT_BOUND_S, index)
        seen = len(ages) / len(marks)
        figures = {"film_db": likeness_db(scene, FILM), "picture_kib": sent_bytes / seen / 1024,
                   "a_second": seen / took_s, "age_ms": statistics.median(ages)}
    if is_exact:
        figures["exact_s"] = seconds_to_exact(scene, frozen)
    return figures


def measure(arguments, quality, scale):
    with Scene(arguments.build, trip_ms=TRIP_MS, rate=RATE, conf=conf_of(quality, scale)) as scene:
        target = scene.targets[0]
        target.open_page()
        scene.begin()
        type_keys(scene, 10, KEYS_A_SECOND)
        figures = type_text(scene)
        target.start_film()
        return {**figures, **play(scene, is_exact=not scale)}


def run(arguments):
    table = Table("quality", f"Settings of server.conf, {RATE[:-4]} Mbit/s and {TRIP_MS} ms: {KEYS} keys typed, then "
                  f"{PART_S} s of film", FIGURES,
                  [Limit("low", "picture_kib", 1, of_row="auto"), Limit("scale 0.5", "picture_kib", 0.5, of_row="auto")])
    for name, setting in SETTINGS.items():
        table.add(name, "hotdesk", measure(arguments, *setting))
    return table
