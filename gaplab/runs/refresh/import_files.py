"""Publishers' files imported into a copy of the tables, in order of their day, or refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path

import pandas as pd

from gaplab.data import write as store
from gaplab.data.load import check_tables
from gaplab.errors import GaplabError
from gaplab.importers import names, proposals
from gaplab.importers.import_file import prepare, tables_as_text, write_change
from gaplab.importers.recognise import KnownFile
from gaplab.write import replace_file

TAKEN = "taken"
COLUMNS = ["sha256", "publisher", "day", "file"]


def taken_before(folder: Path) -> pd.DataFrame:
    """The files taken by earlier refreshes of these tables: sha256, publisher, day, file."""
    path = names.handmade_path(folder, TAKEN)
    return names.handmade_table(folder, TAKEN) if path.is_file() else pd.DataFrame(columns=COLUMNS, dtype=str)


def take(
    files: Sequence[KnownFile], draft: Path, *, doubted: bool, accepted: Iterable[str], tell: Callable[[str], None]
) -> None:
    """Take files into the tables of a draft; those of one publisher and day together.

    A file that a row of sources.csv names is in the tables already: it is noted and not read.

    Raises
    ------
    GaplabError
        A file is doubtful or cannot be read, with the reason in one sentence; the draft is not to be used then.
    """
    in_tables = set(tables_as_text(draft)["sources"]["sha256"])
    unread = [file for file in files if file.sha256 not in in_tables]
    for (day, publisher), group in groupby(unread, key=lambda file: (file.day, file.publisher)):
        together = list(group)
        shown = ", ".join(Path(file.where).name for file in together)
        try:
            change = prepare(publisher, [file.where for file in together], draft, vintage=day)
        except GaplabError as error:
            raise GaplabError(one_sentence(f"{shown} of {day}", error.problems, draft)) from None
        if change.doubts and not doubted:
            raise GaplabError(one_sentence(f"{shown} of {day}", change.doubts))
        tell(f"{day} {publisher}: {shown}")
        for line in change.lines():
            tell(f"  {line}")
        if change.is_empty:
            tell("  nothing to change")
        write_change(change)
    if problems := check_tables(draft):
        raise GaplabError(one_sentence("the tables", problems))
    _accept(draft, accepted, tell)
    _note_taken(draft, files)
    shutil.rmtree(draft / store.PREVIOUS, ignore_errors=True)


def one_sentence(shown: str, problems: Sequence[str], draft: Path | None = None) -> str:
    """What is wrong first, with how many more lines there are; tables of a draft are named as those they stand for."""
    first, *more = [line for line in problems if not line.endswith("nothing was written:")]
    first = first.replace(f"{draft}/", "") if draft else first
    return " ".join(f"{shown}: {first}".split()) + (f" (and {len(more)} more)" if more else "")


def _accept(draft: Path, accepted: Iterable[str], tell: Callable[[str], None]) -> None:
    tables = tables_as_text(draft)
    found = proposals.proposals_for(tables["models"])
    models = proposals.accept(tables["models"], found, accepted)
    for proposal in found:
        tell(proposal.line(accepted=models.set_index("model").at[proposal.model, "country"] != "unknown"))
    store.save_tables({"models": models}, draft)


def _note_taken(draft: Path, files: Sequence[KnownFile]) -> None:
    if not files:
        return
    held = taken_before(draft)
    new = [{"sha256": f.sha256, "publisher": f.publisher, "day": f.day, "file": Path(f.where).name} for f in files]
    table = pd.concat([held, pd.DataFrame(new, dtype=str)]).drop_duplicates("sha256")
    (draft / "build").mkdir(exist_ok=True)
    store.save_tables({TAKEN: table.sort_values(["day", "publisher", "file", "sha256"])}, draft / "build")


def put_in_force(draft: Path, folder: Path) -> bool:
    """Put the tables of a draft in the place of those of a folder; whether anything changed.

    What the tables rest on goes first and the list of the files taken last: a refresh that is stopped in between reads
    the same files again, finds nothing in them, and writes the list.
    """
    before, after = tables_as_text(folder), tables_as_text(draft)
    changed = _copied(draft, folder, "known_versions")
    if any(not after[name].equals(before[name]) for name in after):
        store.replace_tables(folder, before, after)
        changed = True
    return _copied(draft, folder, TAKEN) or changed


def _copied(draft: Path, folder: Path, name: str) -> bool:
    new, old = (names.handmade_path(place, name) for place in (draft, folder))
    if not new.is_file() or (old.is_file() and old.read_bytes() == new.read_bytes()):
        return False
    replace_file(old, new.read_bytes())
    return True
