"""The folder of a finished run: whole or absent, and its manifest, written last, vouches for every file."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"


@contextmanager
def draft(target: Path, *, scratch: Path | None = None) -> Iterator[Path]:
    """An empty folder that takes the place of `target` when all that writes into it went well.

    Parameters
    ----------
    target : Path
        The final name; an earlier folder of that name goes.
    scratch : Path, optional
        Where the draft is made, on the same disk; beside the target when left out.
    """
    home = scratch or target.parent
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=f".{target.name}.") as private:
        folder = Path(private) / target.name
        folder.mkdir()
        yield folder
        if target.exists():
            target.rename(folder.with_name("replaced"))
        folder.rename(target)


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file but the manifest."""
    files = sorted(path for path in folder.iterdir() if path.name != MANIFEST)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder that holds exactly the files that it vouches for, else None."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return told if told["sha256"] == checksums(folder) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_json(path: Path, content: Any) -> None:
    """Readable JSON, the same bytes for the same content."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def replace_file(path: Path, content: str | bytes) -> None:
    """Write the whole file or leave what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
