"""How long an analyst waits: for commands in their own processes, and for edits in a session that has sampled before.

Every round has new folders for the cache and for the briefs; compiled code stays. Another checkout can be measured
beside this one, in turn with it, so that both meet the same machine. The processor time of a command counts all of its
processes. Each edit in a session is repeated with other data or other parameters, and the median counts.

Writes benchmarks/results/waiting.csv: tree (now or before), where (command or session), what, seconds, lowest, highest,
cpu_seconds, n.

Usage: python benchmarks/waiting.py [--rounds 3] [--against CHECKOUT] [--repeats 5]
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "waiting.csv"
COLUMNS = ("tree", "where", "what", "seconds", "lowest", "highest", "cpu_seconds", "n")
OTHER_DAY = ["--as-of", "2026-05-31"]
COMMANDS = [
    ("help", ["--help"]),
    ("gap, empty cache", ["gap"]),
    ("gap again", ["gap"]),
    ("gap, another scope", ["gap", "--scope", "trusted"]),
    ("gap, another domain", ["gap", "--domain", "software"]),
    ("gap, preview of another day", ["gap", *OTHER_DAY, "--sampling", "preview"]),
    ("brief of another day, nothing at hand", ["brief", "--quiet", *OTHER_DAY, "--out", "{briefs}"]),
    ("brief, unchanged", ["brief", "--quiet", *OTHER_DAY, "--out", "{briefs}"]),
    ("brief, posteriors at hand", ["brief", "--quiet", *OTHER_DAY, "--out", "{again}"]),
]
"""What each command is, and its words; later ones find what earlier ones stored."""


def main() -> None:
    """Run the commands in order, so many rounds, then the edits, and write the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="of all commands")
    parser.add_argument("--against", type=Path, help="another checkout, measured in turn with this one")
    parser.add_argument("--repeats", type=int, default=5, help="of each edit in a session; 0 for none")
    given = parser.parse_args()
    trees = ({"before": given.against.resolve()} if given.against else {}) | {"now": HERE.parent}
    found: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(given.rounds + 1):  # the first round compiles, and does not count
            for tree, root in trees.items():
                for what, words in COMMANDS if number else COMMANDS[4:6]:
                    took = measured(root, f"{scratch}/{tree}", number, words)
                    if number:
                        found.setdefault((tree, "command", what), []).append(took)
                        write(found)
        os.environ["GAPLAB_CACHE"] = f"{scratch}/session"
        for what, took in edits(given.repeats) if given.repeats else ():
            found["now", "session", what] = took
            write(found)


def measured(root: Path, place: str, number: int, words: list[str]) -> tuple[float, float]:
    """Seconds and processor seconds of a command of a checkout, with the folders of a round."""
    folders = {name: f"{place}/{number}/{name}" for name in ("cache", "briefs", "again")}
    variables = {"PYTHONPATH": str(root), "GAPLAB_CACHE": folders["cache"], "NUMBA_CACHE_DIR": f"{place}/compiled"}
    command = [sys.executable, "-m", "gaplab", *(word.format(**folders) for word in words)]
    start, before = time.perf_counter(), processor_seconds()
    subprocess.run(command, cwd=root, env={**os.environ, **variables}, check=True, capture_output=True)
    return time.perf_counter() - start, processor_seconds() - before


def processor_seconds() -> float:
    """Of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def edits(repeats: int):
    """What each edit is, and the seconds and processor seconds until the headline was there, so many times."""
    from gaplab import gap
    from gaplab.data.load import load
    from gaplab.fit.fit import fit
    from gaplab.params.spec import Params

    params = Params()
    preview = replace(params, sampling="preview")
    tables = load(as_of=params.as_of)

    def seconds(params, **choice):
        start = time.perf_counter(), time.process_time()
        posterior = fit(tables, params, **choice)
        gap.readings(posterior, gap.country_subject(posterior))
        return time.perf_counter() - start[0], time.process_time() - start[1]

    def seconds_without_score(place):
        start = time.perf_counter(), time.process_time()
        tables = load(as_of=params.as_of)
        posterior = fit(replace(tables, scores=tables.scores.drop(tables.scores.index[place])), preview)
        gap.readings(posterior, gap.country_subject(posterior))
        return time.perf_counter() - start[0], time.process_time() - start[1]

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


def write(found: dict[tuple[str, str, str], list[tuple[float, float]]]) -> None:
    """Show the newest row, and write the table."""
    rows = []
    for key, took in found.items():
        seconds, used = zip(*took, strict=True)
        spread = [f"{of(seconds):.1f}" for of in (statistics.median, min, max)]
        rows.append(dict(zip(COLUMNS, (*key, *spread, f"{statistics.median(used):.1f}", len(took)), strict=True)))
    print(*rows[-1].values(), sep=", ", flush=True)
    with RESULTS.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
