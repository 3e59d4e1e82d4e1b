"""A refresh from the publishers' files to the tables and the site: all of it, or none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from gaplab import local_store
from gaplab.data import write as store
from gaplab.errors import GaplabError
from gaplab.importers.import_file import check_unchanged, tables_as_text
from gaplab.importers.recognise import KnownFile, known_files
from gaplab.params import complete
from gaplab.params.spec import Params
from gaplab.runs import site
from gaplab.runs.refresh import fetch_files, import_files, pages

OURS = ("as_of", "since", "variant", "data")
"""Parameters that follow from the tables and the last site, which no settings may name."""


@dataclass(frozen=True)
class Outcome:
    """What a refresh did.

    Attributes
    ----------
    files : int
        Publishers' files that were new.
    changed : bool
        Whether the tables or the site changed.
    moved : list of dict
        Headlines that moved, as in moved.json.
    """

    files: int
    changed: bool
    moved: list[dict[str, Any]]


def refresh(
    folder: Path,
    out: Path | None,
    *,
    source: Path | None = None,
    settings: dict[str, Any] | None = None,
    limit: float = 1.0,
    title: str = "How far behind?",
    url: str = "",
    record: Path | None = None,
    doubted: bool = False,
    accepted: Iterable[str] = (),
    tell: Callable[[str], None] = print,
    progress: bool = False,
) -> Outcome:
    """Take what the publishers have into the tables, and make the site anew.

    All is done in copies. The site is put in its place first and the tables last, each in one step, so that a refresh
    that was killed at any moment and is started again does what is left. The last good tables and site stay when a file
    is doubtful, the tables would not be valid, or a fit fails its checks.

    Parameters
    ----------
    folder : Path
        The data tables.
    out : Path or None
        The site; None refreshes the tables alone.
    source : Path, optional
        A folder of publishers' files, or one file; else they are fetched from the addresses in `build/addresses.csv`.
    settings : dict, optional
        Parameters of the brief that are not at their default.
    limit : float
        Months a headline may move without being told of.
    title, url : str
        Of the site.
    record : Path, optional
        Folder of the live record, which the release is issued to.
    doubted : bool
        Take files in spite of doubts.
    accepted : iterable of str
        Models whose proposed developer and country are taken, or "all".
    tell : callable
        Gets a line about each thing done.

    Raises
    ------
    GaplabError
        What was refused, one sentence each.
    """
    _check(settings or {}, out)
    store.check_not_shipped(folder)
    folder, home = folder.resolve(), local_store.home() / "refresh"
    with _only_refresh(home), store.only_writer(folder):
        files = _new_files(folder, source, home / "downloads", tell)
        draft, since, changed = home / "tables", complete.latest(folder), False
        shutil.rmtree(draft, ignore_errors=True)
        try:
            store.copy_tables(folder, draft)
            unchanged = partial(check_unchanged, tables_as_text(draft), folder)
            import_files.take(files, draft, doubted=doubted, accepted=accepted, tell=tell)
            if out:
                with pages.tables_in_use(draft):
                    params = Params.from_mapping(settings or {})
                    before = since if since < params.as_of else None
                    wanted = pages.SiteInputs(params, before, limit, title, url, record)
                    changed = pages.update(wanted, out, ready=unchanged, tell=tell, progress=progress)
            unchanged()
            changed = import_files.put_in_force(draft, folder) or changed
        except GaplabError as error:
            raise GaplabError(*error.problems, _NOTHING) from None
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return Outcome(len(files), changed, _moved(out) if out and changed else [])


_NOTHING = "nothing was changed: the last good tables and site stay; docs/refresh.md says what to do"


@contextmanager
def _only_refresh(home: Path) -> Iterator[None]:
    """The folder of refreshes, which no other refresh may work in; the system frees it when this process dies."""
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise GaplabError(f"{home / 'lock'}: another refresh is running; expected one at a time: wait for it") from None
    try:
        yield
    finally:
        lock.release()


def _new_files(folder: Path, source: Path | None, downloads: Path, tell: Callable[[str], None]) -> list[KnownFile]:
    """The publishers' files that no refresh has taken yet; what was fetched where no source is given."""
    problems = [] if source else fetch_files.fetch_all(folder, downloads)
    files, passed_over, unclear = known_files(source or downloads, folder, import_files.taken_before(folder)["sha256"])
    if problems or unclear:
        raise GaplabError(*problems, *unclear, _NOTHING)
    for line in passed_over:
        tell(f"passed over: {line}")
    return files


def _check(settings: dict[str, Any], out: Path | None) -> None:
    if out and (problems := site.place_problems(out)):
        raise GaplabError(*problems)
    named = [name for name in OURS if name in settings]
    if named:
        raise GaplabError(f"parameter {', '.join(named)}: a refresh chooses it itself; expected other parameters only")


def _moved(out: Path) -> list[dict[str, Any]]:
    path = out / pages.MOVED
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
