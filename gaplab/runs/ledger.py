"""The ledger of a batch: the state of every run in batch.json and index.html, and what happens, on a terminal."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from gaplab.params.spec import LEVERS, Params
from gaplab.places import TEMPLATES
from gaplab.progress import Report, bars
from gaplab.questions.scenario_library import OWN
from gaplab.report.figure import csv_link
from gaplab.report.page.finish import load_template
from gaplab.runs.gap_by_run import gap_by_run_csv, gap_cells
from gaplab.write import replace_file

Status = Literal["pending", "done", "failed", "skipped"]
_DEFAULTS = {spec.name: spec.default for spec in fields(Params)}


@dataclass(frozen=True)
class Row:
    """A run as batch.json lists it; paths are relative to the batch's folder.

    Attributes
    ----------
    id : str
        Name of the run's folder: notebook, date, scope, ruler and content.
    status : {"pending", "done", "failed", "skipped"}
        pending: no result was recorded; skipped: it was complete before this
        batch, or the batch stopped before it (then `error` says so).
    notebook, name : str
        What was run, and what its author calls it.
    parameters : dict
        Those that are not the defaults, and as_of, scope and ruler.
    seconds : float or None
        How long it took.
    brief, log : str or None
        The page and the log, where there are any.
    error : str or None
        Why it failed.
    scenario : str
        The scenario of the library that its levers are, "own" for other levers, "" without any.
    answer : str or None
        The first number of its page, when it has one.
    gap : dict or None
        The lag that comes first, with its 80% interval, on the day of the run and in a year, as `gap_of` reads it.
    """

    id: str
    status: Status
    notebook: str
    name: str
    parameters: dict[str, Any]
    seconds: float | None = None
    brief: str | None = None
    log: str | None = None
    error: str | None = None
    scenario: str = ""
    answer: str | None = None
    gap: dict[str, Any] | None = None


@dataclass
class Ledger:
    """The rows of a batch, and the files that show them.

    A row that the files do not show yet is pending in them, which is true: its
    result is not recorded.
    """

    home: Path
    rows: dict[str, Row] = field(default_factory=dict)
    unwritten: str = ""
    _next_write: float = 0.0

    @property
    def counts(self) -> Counter[str]:
        """How many runs have each status."""
        return Counter(row.status for row in self.rows.values())

    def set(self, name: str, **changes: Any) -> Row:
        """Change a row and record it, unless writing would take more than a tenth of the time.

        A disk that is full for a moment does not stop a batch: what could not
        be written is written with a later change, or `close` complains.

        Parameters
        ----------
        name : str
            The run's id.
        **changes
            Fields of `Row`.
        """
        self.rows[name] = replace(self.rows[name], **changes)
        self.unwritten = self.unwritten or "there was no time yet"
        if time.monotonic() >= self._next_write:
            self.write()
        return self.rows[name]

    def write(self) -> None:
        """Replace batch.json and index.html."""
        rows, start = [asdict(row) for row in self.rows.values()], time.monotonic()
        try:
            text = json.dumps({"runs": rows}, ensure_ascii=False, indent=2)
            replace_file(self.home / "batch.json", text + "\n")
            replace_file(self.home / "index.html", _index(rows, self.counts))
            self.unwritten = ""
        except OSError as error:
            self.unwritten = f"{error.filename or self.home}: {error.strerror}"
        self._next_write = time.monotonic() + 9 * (time.monotonic() - start)

    def close(self) -> None:
        """Make sure that everything is on disk.

        Raises
        ------
        RuntimeError
            It is not.
        """
        if self.unwritten:
            self.write()
        if self.unwritten:
            raise RuntimeError(
                f"batch.json and index.html are not up to date ({self.unwritten}); finished runs are kept: "
                "make room, or make the folder writable, and start the same batch again"
            )


@dataclass(frozen=True)
class Event:
    """What happened in a batch: a line of text, and the state of the batch after it."""

    line: str
    ledger: Ledger
    running: int
    posteriors_done: int
    posteriors: int


@contextmanager
def display(quiet: bool) -> Iterator[Callable[[Event], None]]:
    """A function that takes events and shows them: bars on a terminal, plain lines elsewhere, on standard error."""
    if quiet:
        yield lambda event: None
    elif not sys.stderr.isatty():
        yield _line
    else:
        with bars(True, counted=True) as report:
            yield lambda event: _on_bars(report, event)


def _line(event: Event) -> None:
    if event.line:
        ended = sum(event.ledger.counts.values()) - event.ledger.counts["pending"]
        print(f"[{ended}/{len(event.ledger.rows)}] {event.line}", file=sys.stderr, flush=True)


def _on_bars(report: Report, event: Event) -> None:
    counts, total = event.ledger.counts, len(event.ledger.rows)
    report("posteriors", event.posteriors_done, event.posteriors)
    report("runs", total - counts["pending"], total)
    report("running", event.running, total)
    report("failed", counts["failed"], total)
    if event.line.startswith(("failed", "again")):
        print(event.line, file=sys.stderr)


def earlier_seconds(home: Path) -> dict[str, float]:
    """How long runs took in an earlier batch in this folder, by id."""
    try:
        ledger = json.loads((home / "batch.json").read_text(encoding="utf-8"))
        return {row["id"]: row["seconds"] for row in ledger["runs"] if isinstance(row["seconds"], int | float)}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def answer_of(folder: Path) -> str | None:
    """The first number of a finished run, as its summary has it."""
    try:
        return str(json.loads((folder / "summary.json").read_text(encoding="utf-8"))["headlines"][0])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def parameters_shown(params: Params) -> dict[str, Any]:
    """The parameters that tell runs apart: those that are not the default, and date, scope and ruler."""
    own = params.as_strings()
    always = ("as_of", "scope", "ruler")
    return {name: own[name] for name in own if name in always or getattr(params, name) != _DEFAULTS[name]}


def _index(rows: list[dict[str, Any]], counts: Counter[str]) -> str:
    named = {name for row in rows for name in row["parameters"] if row["scenario"] in ("", OWN) or name not in LEVERS}
    first = ["scenario"] if any(row["scenario"] for row in rows) else []
    script = (TEMPLATES / "batch" / "index.js").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()  # no other script may run
    columns = [*first, "as_of", "scope", "ruler", *sorted(named - {"as_of", "scope", "ruler"})]
    csv = gap_by_run_csv(rows)
    return load_template("batch/index.html.j2").render(
        rows=[row | {"cells": gap_cells(row["gap"])} for row in rows],
        counts=counts,
        gaps=["months behind", "in a year"] if csv else [],
        columns=columns,
        numbers=csv_link("gap_by_run", csv, "Gap by run (CSV)") if csv else "",
        script=script,
        script_hash=allowed,
    )
