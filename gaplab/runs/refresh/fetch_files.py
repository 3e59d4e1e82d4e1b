"""The publishers' files as they stand at their addresses today, fetched into a folder."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from gaplab.errors import GaplabError
from gaplab.importers.fetch import Download, Unreachable, fetch
from gaplab.importers.names import handmade_table
from gaplab.write import replace_file

TRIES = 3
PAUSE_SECONDS = 5.0
_TOLD = ".told.json"


def fetch_all(folder: Path, into: Path, *, pause: float = PAUSE_SECONDS) -> list[str]:
    """Fetch what stands at every address of `build/addresses.csv`; what did not change is not sent again.

    Each file bears the day on which it was first fetched with this content: the clock is right about what stands at an
    address today, as it is not about a file that somebody kept.

    Parameters
    ----------
    folder : Path
        The data tables.
    into : Path
        Folder of the downloads of earlier refreshes; made when missing.
    pause : float
        Seconds before a second try; twice as many before a third.

    Returns
    -------
    list of str
        A line for each file that cannot be had.
    """
    addresses = list(handmade_table(folder, "addresses")["url"])
    problems, current = [], set()
    for url in addresses:
        home = into / hashlib.sha256(url.encode()).hexdigest()[:12]
        current.add(home.name)
        try:
            _fetch_one(url, home, pause)
        except GaplabError as error:
            problems.append(" ".join(error.problems[0].split()))
    for old in into.iterdir() if into.is_dir() else ():
        if old.name not in current:
            shutil.rmtree(old, ignore_errors=True)
    return problems


def _fetch_one(url: str, home: Path, pause: float) -> None:
    before = _kept(home)
    for attempt in range(1, TRIES + 1):
        try:
            found = fetch(url, before=before)
            break
        except Unreachable:
            if attempt == TRIES:
                raise
            time.sleep(pause * attempt)
    if before and found.content == before.content:
        return
    name = PurePosixPath(urlsplit(url).path)
    file = f"{name.stem}_{found.day}{name.suffix}"
    replace_file(home / file, found.content)
    replace_file(home / _TOLD, json.dumps({"url": url, "file": file, "etag": found.etag, "day": found.day}))
    for path in home.iterdir():
        if path.name not in (file, _TOLD):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _kept(home: Path) -> Download | None:
    """What was fetched before; None where that is not whole."""
    try:
        state = json.loads((home / _TOLD).read_text(encoding="utf-8"))
        content = (home / state["file"]).read_bytes()
        return Download(content, state["file"], state["url"], day=state["day"], etag=state["etag"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
