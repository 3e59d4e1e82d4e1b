"""What a publisher's file is and of which day, by what it says and by what it is called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.importers import arena, artificial_analysis, facts
from gaplab.importers.cells import DAY_IN_NAME, csv_table, days, first_few
from gaplab.importers.epoch import columns as epoch
from gaplab.importers.fetch import LARGEST
from gaplab.importers.names import handmade_table

RESTRICTED = ("arena", "aa")
"""Publishers that restrict what may be passed on: no refresh takes their rows into tables that a site is made from."""

KINDS = {
    "epoch": (
        epoch.OF_RUNS, epoch.CORRECTED, epoch.GRID, epoch.OF_MATRIX, epoch.OF_STATES, epoch.OF_VERSIONS,
        epoch.OF_MODELS,
    ),
    "facts": (facts.EVENTS, facts.RELEASES, facts.CLAIMS, facts.FINDINGS, facts.OF_AISI),
    "aa": (("name", artificial_analysis.INDEX),),
    "arena": tuple((model, elo, day) for model in arena.MODEL for elo in arena.ELO for day in arena.DAY),
}  # fmt: skip
# Columns of which the latest day is the day of the file, where its name tells none.
_DAYS = ("last_seen", "date_published", "event_date", "snapshot_date", "leaderboard_publish_date")
# What a file of this name must turn out to be: one that is something else was damaged, or its format has changed.
_CALLED = {
    "epoch": r"(eci_scores|eci_benchmarks|epoch_capabilities_index|eci_states|benchmarks_runs|model_versions.grid)"
    r".*\.csv|benchmark_data.*\.zip",
    "metr": r"benchmark_results.*\.ya?ml",
    "facts": r"(access_events|model_releases|gap_claims|caisi_benchmark_scores|aisi_cyber).*\.csv",
}
_TO = re.compile(r"_to_(20[0-9]{2}-[0-9]{2}-[0-9]{2})(?![0-9])")
_SPAN = re.compile(r"(?<![0-9])20[0-9]{2}-[0-9]{2}-[0-9]{2}" + _TO.pattern)


@dataclass(frozen=True)
class KnownFile:
    """A publisher's file that is known.

    Attributes
    ----------
    where : str
        Its path.
    publisher : str
        A key of `import_file.FEEDS`.
    day : str
        The day it stood so, in ISO form.
    """

    where: str
    sha256: str
    publisher: str
    day: str


def known_files(root: Path, folder: Path, taken: Iterable[str] = ()) -> tuple[list[KnownFile], list[str], list[str]]:
    """The publishers' files below a folder that were not taken yet.

    Parameters
    ----------
    root : Path
        The folder, or one file.
    folder : Path
        The data tables, of which `build/file_days.csv` tells the day of files that do not tell it.
    taken : iterable of str
        Checksums of the files taken before.

    Returns
    -------
    files : list of KnownFile
        In order of their day, of which each publisher's are together.
    passed_over : list of str
        Files that are none of a publisher, or are not to be taken, with why.
    problems : list of str
        Files that ought to be a publisher's and are not, and files without a day.
    """
    listed_days = handmade_table(folder, "file_days").set_index("sha256").to_dict("index")
    found, passed_over, problems, before = [], [], [], set(taken)
    unknown: list[str] = []
    for path in _shown_files(root):
        shown = path.relative_to(root).as_posix() if path != root else path.name
        try:
            content = _content(path)
        except GaplabError as error:
            problems.append(f"{shown}: {error.problems[0]}")
            continue
        digest = hashlib.sha256(content).hexdigest()
        if digest in before:
            continue
        before.add(digest)
        hand = listed_days.get(digest, {})
        if hand and not hand["day"]:
            passed_over.append(f"{shown}: {hand['note']} (build/file_days.csv)")
            continue
        try:
            publisher, rows_day = _read(path.name, content)
        except GaplabError as error:
            problems.append(f"{shown}: {error.problems[0].removeprefix(f'{path.name}: ')}")
            continue
        if publisher in RESTRICTED:
            passed_over.append(f"{shown}: its publisher restricts what may be passed on")
        elif publisher is None:
            unknown.append(shown)
        elif day := hand.get("day") or day_of(PurePath(path.resolve().relative_to(root.resolve().parent)), rows_day):
            found.append(KnownFile(str(path), digest, publisher, day))
        else:
            problems.append(
                f"{shown}: neither it nor its name nor its folders tell the day it is of; add its date to its name, or "
                f"a row to build/file_days.csv: {digest},YYYY-MM-DD,"
            )
    if unknown:
        are = "file is" if len(unknown) == 1 else "files are"
        passed_over.append(f"{len(unknown)} {are} of no known publisher: {first_few(unknown)}")
    order = list(_CALLED)
    return sorted(found, key=lambda file: (file.day, order.index(file.publisher), file.where)), passed_over, problems


def _shown_files(root: Path) -> list[Path]:
    """The files below a folder, without hidden ones and what lies in hidden folders; or the one file."""
    below = root.rglob("*") if root.is_dir() else ()
    files = [path for path in below if path.is_file() and not re.search(r"(^|/)\.", path.relative_to(root).as_posix())]
    return sorted(files) if root.is_dir() else [root]


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise GaplabError("is no file; expected a file or folder of a publisher's files")
        if path.stat().st_size > LARGEST:
            raise GaplabError(f"is larger than {LARGEST / 2**20:g} MiB; expected publishers' files: move it elsewhere")
        return path.read_bytes()
    except OSError as error:
        raise GaplabError(f"cannot be read ({error.strerror}); expected readable files: move it elsewhere") from None


def _read(name: str, content: bytes) -> tuple[str | None, str]:
    """The publisher of a file, None for none, and the day that its rows tell, "" for none."""
    called = next((publisher for publisher, form in _CALLED.items() if re.fullmatch(form, name)), None)
    if content[:2] == b"PK":
        return called, ""
    if name.endswith((".yaml", ".yml")):
        if called or b"p50_horizon_length" in content:
            return "metr", ""
        return None, ""
    try:
        table = csv_table(content, name, spare=("ML Models copy",))
    except GaplabError:
        if called:
            raise
        return None, ""
    publisher = next((p for p, kinds in KINDS.items() if any(set(kind) <= set(table) for kind in kinds)), None)
    if publisher is None and called:
        raise GaplabError(
            f"{name}: its columns are {first_few(list(table))}; a file of this name has others: the format has "
            "changed, or this is another file"
        )
    return publisher, _last_day(table, name) if publisher else ""


def _last_day(table: pd.DataFrame, name: str) -> str:
    released = ("release_date",) if set(facts.RELEASES) <= set(table) else ()
    column = next((column for column in (*_DAYS, *released) if column in table), None)
    return max(days(table[column], name)) if column else ""


def day_of(path: PurePath, rows_day: str = "") -> str:
    """The day of a file: the latest its rows tell, else the date in its name or in that of the innermost folder.

    Of a span of days the end counts, of other dates the first. What is compiled `to` a day is complete up to that day,
    which may be later than its last row.
    """
    names = [path.name, *[part.name for part in path.parents]]
    name = next((name for name in names if DAY_IN_NAME.search(name)), "")
    if not name:
        return rows_day
    compiled = _TO.search(name)
    if rows_day:
        return max(rows_day, compiled[1]) if compiled else rows_day
    span = _SPAN.search(name)
    return span[1] if span else DAY_IN_NAME.findall(name)[0]
