"""How long an analyst waits: for commands in their own processes, and for edits in a session that has sampled before.

All waits are measured in one run, with new cache folders; compiled code stays from earlier runs. Each edit in a session
is repeated with other data or other parameters, and the median counts.

Writes benchmarks/results/waiting.csv: where (command or session), what, seconds, lowest, highest, n.

Usage: python benchmarks/waiting.py [--repeats 5]
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "waiting.csv"
COLUMNS = ("where", "what", "seconds", "lowest", "highest", "n")


def main() -> None:
    """Run the commands in order, then the edits, and write the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="of each edit in a session")
    repeats = parser.parse_args().repeats
    rows: list[dict] = []
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["GAPLAB_CACHE"] = f"{scratch}/compiling"
        subprocess.run([sys.executable, "-m", "gaplab", "gap"], check=True, stdout=subprocess.DEVNULL)
        os.environ["GAPLAB_CACHE"] = f"{scratch}/cache"
        for what, words in commands(scratch):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-m", "gaplab", *words], check=True, stdout=subprocess.DEVNULL)
            write(rows, "command", what, [time.perf_counter() - start])
        os.environ["GAPLAB_CACHE"] = f"{scratch}/session"
        for what, seconds in edits(repeats):
            write(rows, "session", what, seconds)


def commands(scratch: str) -> list[tuple[str, list[str]]]:
    """What each command is, and its words; later ones find what earlier ones stored."""
    return [
        ("gap, empty cache", ["gap"]),
        ("gap again", ["gap"]),
        ("gap, another scope", ["gap", "--scope", "trusted"]),
        ("gap, preview of another day", ["gap", "--as-of", "2026-05-31", "--sampling", "preview"]),
        ("brief, one posterior at hand", ["brief", "--quiet", "--out", f"{scratch}/brief"]),
        ("brief, unchanged", ["brief", "--quiet", "--out", f"{scratch}/brief"]),
    ]


def edits(repeats: int):
    """What each edit is, and how long the headline took after it, so many times."""
    from gaplab import gap
    from gaplab.data.load import load
    from gaplab.fit.fit import fit
    from gaplab.params.spec import Params

    params = Params()
    preview = replace(params, sampling="preview")
    tables = load(as_of=params.as_of)

    def seconds(params, **choice):
        start = time.perf_counter()
        posterior = fit(tables, params, **choice)
        gap.readings(posterior, gap.country_subject(posterior))
        return time.perf_counter() - start

    def seconds_without_score(place):
        start = time.perf_counter()
        tables = load(as_of=params.as_of)
        posterior = fit(replace(tables, scores=tables.scores.drop(tables.scores.index[place])), preview)
        gap.readings(posterior, gap.country_subject(posterior))
        return time.perf_counter() - start

    # An earlier fit of the session, and a preview: imports are over and what is compiled is loaded.
    seconds(params)
    seconds_without_score(0)
    yield "a score left out, preview of all", [seconds_without_score(1 + place) for place in range(repeats)]
    records = fit(tables, params).models.query("record").index[-repeats:]
    yield "a model left out", [seconds(params, without=(model,)) for model in records]
    scopes = ("internal", "release"), ("public", "first_access"), ("trusted", "first_internal")
    yield "another scope or clock", [seconds(replace(params, scope=scope, clock=clock)) for scope, clock in scopes]
    yield "other knots", [seconds(replace(params, knot_months=months)) for months in (1.5, 2.5, 3.0)]
    domains = "software", "mathematics", "cyber"
    yield "another domain", [seconds(replace(params, domain=domain)) for domain in domains]


def write(rows: list[dict], where: str, what: str, seconds: list[float]) -> None:
    """Add a row, show it, and write the table."""
    low, middle, high = (f"{of(seconds):.1f}" for of in (min, statistics.median, max))
    rows.append(dict(zip(COLUMNS, (where, what, middle, low, high, len(seconds)), strict=True)))
    print(f"{where:<10}{what:<42}{middle:>7} s  ({low} to {high}, n = {len(seconds)})", flush=True)
    with RESULTS.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
