"""Files that are kept between runs: their folder, and the checksum at the end of each."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

import platformdirs

from gaplab.write import replace_file

user = getattr(os, "geteuid", lambda: 0)
"""Number of the user whose process this is; 0 where users have none."""
_MARK = b"gaplab sha256 "
_CHECKSUM_BYTES = len(_MARK) + hashlib.sha256().digest_size


def home() -> Path:
    """Folder of everything that is kept: $GAPLAB_CACHE, else the user's own cache folder."""
    named = os.environ.get("GAPLAB_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("gaplab", appauthor=False))


def with_checksum(body: bytes) -> bytes:
    """Some content followed by its checksum."""
    return body + _MARK + hashlib.sha256(body).digest()


def without_checksum(opened: BinaryIO) -> bytes | None:
    """What an open file has before its checksum, or None where the checksum is missing or wrong."""
    size = os.fstat(opened.fileno()).st_size
    body, checksum = opened.read(max(size - _CHECKSUM_BYTES, 0)), opened.read()
    return body if checksum == _MARK + hashlib.sha256(body).digest() else None


def write(path: Path, body: bytes) -> None:
    """Write content and its checksum for its owner alone to read and change; see `replace_file` for what it raises."""
    replace_file(path, with_checksum(body), mode=0o600)


def read_own(path: Path) -> bytes | None:
    """What `write` left there, if it is whole and no other user can have written it: fit to be unpickled."""
    try:
        with path.open("rb") as opened:
            status = os.fstat(opened.fileno())
            return without_checksum(opened) if status.st_uid == user() and not status.st_mode & 0o022 else None
    except OSError:
        return None
