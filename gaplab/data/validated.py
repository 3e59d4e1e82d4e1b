"""Tables that an earlier process found valid, kept so that the next one need not check every cell again."""

from __future__ import annotations

import hashlib
import pickle
import sys
from contextlib import suppress
from pathlib import Path

import pandas as pd

from gaplab import identity, local_store

_KEPT_FILES = 8


def read(content: bytes) -> tuple[dict[str, pd.DataFrame], str] | None:
    """Valid tables and their hash, as `write` was given them for the same content of files; None when it was not."""
    body = local_store.read_own(_file(content))
    return None if body is None else pickle.loads(body)


def write(content: bytes, tables: dict[str, pd.DataFrame], digest: str) -> None:
    """Keep valid tables; where nothing can be kept, the next process checks them again."""
    file = _file(content)
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        local_store.write(file, pickle.dumps((tables, digest)))
        others = sorted(file.parent.glob("*.pickle"), key=lambda each: each.stat().st_mtime_ns, reverse=True)
        for old in others[_KEPT_FILES:]:
            old.unlink()


def _file(content: bytes) -> Path:
    """Another one for other files, other code that reads and checks them, and another pandas or Python."""
    made_by = repr((identity.of("gaplab.data.load"), pd.__version__, sys.version)).encode()
    return local_store.home() / "tables" / f"{hashlib.sha256(made_by + content).hexdigest()[:24]}.pickle"
