"""The folder of a finished run: whole or absent, with a manifest that lists every file."""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gaplab.params.spec import Params
from gaplab.write import replace_folder

if TYPE_CHECKING:
    from gaplab.posterior import Posterior

MANIFEST = "manifest.json"
_LOCK = "lock"
_GONE = ".gone"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def stem_of(params: Params) -> str:
    """What the name of a run's folder says of it: date, scope, ruler, and what else tells it from the default run."""
    from gaplab.questions.scenario_library import scenario_name

    kind = [] if params.variant == "full" else [params.variant]
    kind += [text for text, usual in ((params.domain, "all"), (params.subject, "default")) if text != usual]
    words = [params.scope, params.ruler, *kind, scenario_name(params)]
    plain = [re.sub(r"[^A-Za-z0-9]+", "-", word)[:30].strip("-") for word in words if word]
    return "_".join([str(params.as_of), *filter(None, plain)])


def listed(folder: Path) -> set[str]:
    """Names of the files of a run that its manifest lists, and the manifest's own."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {MANIFEST, *map(str, manifest["sha256"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {MANIFEST}


@contextmanager
def draft_folder(
    target: Path, *, scratch: Path | None = None, ours: Callable[[Path], set[str]] = listed
) -> Iterator[Path]:
    """An empty folder that takes the place of `target` when all that writes into it went well.

    Parameters
    ----------
    target : Path
        The final name; what an earlier folder of that name holds and is not ours stays in it.
    scratch : Path, optional
        Where the draft is made, on the same disk; beside the target when left out.
    ours : callable
        Names in an earlier folder that are ours.
    """
    target = target.resolve()
    home = scratch or target.parent
    home.mkdir(parents=True, exist_ok=True)
    with _private(home, target.name) as private:
        folder = private / target.name
        folder.mkdir()
        try:
            yield folder
            replace_folder(folder, target, ours=ours)
        except OSError as error:
            if error.filename is None and error.errno in _FULL:
                error.filename = str(target)  # the system says that a disk is full, not which
            raise


@contextmanager
def _private(home: Path, name: str) -> Iterator[Path]:
    """A folder for a draft, locked as long as its writer lives; drafts of writers that were killed go first."""
    from filelock import FileLock  # not where a run is only read

    pattern = f".{glob.escape(name)}.????????"
    for lock in home.glob(f"{pattern}/{_LOCK}"):
        with suppress(OSError), FileLock(lock, blocking=False):
            shutil.rmtree(lock.parent)
    for left in home.glob(pattern + _GONE):
        shutil.rmtree(left, ignore_errors=True)
    private = Path(tempfile.mkdtemp(dir=home, prefix=f".{name}."))
    gone = private.with_name(private.name + _GONE)
    with FileLock(private / "new") as held:
        try:
            with suppress(OSError):  # where an open file cannot be renamed, drafts stay
                os.rename(held.lock_file, private / _LOCK)  # nobody sees the lock before it is held
            yield private
        finally:
            with suppress(OSError):  # under another name nobody looks for its lock while it is deleted
                os.rename(private, gone)
            shutil.rmtree(gone, ignore_errors=True)
    shutil.rmtree(private, ignore_errors=True)


def file_checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file but the manifest."""
    files = sorted(path for path in folder.iterdir() if path.name != MANIFEST and path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder that holds every file that it vouches for, else None; other files do not matter."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return manifest if manifest["sha256"].items() <= file_checksums(folder).items() else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_json(path: Path, content: Any) -> None:
    """Write `json_text` of the content."""
    path.write_text(json_text(content), encoding="utf-8")


def json_text(content: Any) -> str:
    """Readable JSON, the same bytes for the same content."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def identity_of(posterior: Posterior) -> dict[str, Any]:
    """What a result was made from; the data folder is known by its content, not by its place."""
    parameters = {name: value for name, value in posterior.params.as_strings().items() if name != "data"}
    return {"parameters": parameters, **posterior.identity}
