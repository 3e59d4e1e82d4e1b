"""Files of a zip archive, read in memory and never unpacked; one that could do harm is refused as a whole."""

from __future__ import annotations

import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from pathlib import PurePosixPath

from gaplab.errors import GaplabError

MOST_MEMBERS = 1000
LARGEST_MEMBER = 32 * 2**20
LARGEST_TOTAL = 256 * 2**20
HIGHEST_RATIO = 200
_RATIO_COUNTS_FROM = 2**20


def members(content: bytes, shown: str) -> dict[str, bytes]:
    """The CSV files of an archive by their path in it.

    Parameters
    ----------
    content : bytes
        The archive.
    shown : str
        Its name, for messages.

    Raises
    ------
    GaplabError
        It is no zip archive, is damaged or encrypted, or has members that are
        links, lie outside of it, share a name or unpack to too much: one line each.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            problems = [*_whole(entries), *(problem for entry in entries for problem in _wrong(entry))]
            if problems:
                raise GaplabError(*(f"{shown}: {problem}" for problem in problems[:20]))
            wanted = [entry for entry in entries if _is_table(entry)]
            return {str(PurePosixPath(entry.filename)): _read(archive, entry, shown) for entry in wanted}
    except GaplabError:
        raise
    except _DAMAGE as error:
        raise GaplabError(
            f"{shown}: is no sound zip archive ({error}); expected one as published: fetch it again"
        ) from None


def not_tables(content: bytes) -> list[str]:
    """Paths in a sound archive of files that are no CSV; documentation and files that macOS adds are left out."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        others = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_table(entry)]
    return sorted(entry.filename for entry in others if not _BESIDE.search(entry.filename))


def _is_table(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower().endswith(".csv") and not _BESIDE.search(entry.filename)


_BESIDE = re.compile(
    r"(^|/)(__MACOSX/|\._|\.DS_Store$|(README|LICENSE|CITATION)[^/]*$|[^/]*\.(md|txt|pdf)$)", re.IGNORECASE
)
# What zipfile raises for an archive that is cut or has a changed byte.
_DAMAGE = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, OverflowError, struct.error,
    zlib.error, lzma.LZMAError,
)  # fmt: skip


def _whole(entries: list[zipfile.ZipInfo]) -> list[str]:
    files = [str(PurePosixPath(entry.filename)) for entry in entries if not entry.is_dir()]
    problems = []
    if len(entries) > MOST_MEMBERS:
        problems.append(f"has {len(entries)} members; expected at most {MOST_MEMBERS}")
    if sum(entry.file_size for entry in entries) > LARGEST_TOTAL:
        problems.append(f"unpacks to more than {LARGEST_TOTAL / 2**20:g} MiB; expected tables of scores")
    twice = sorted({name for name in files if files.count(name) > 1 and name.lower().endswith(".csv")})
    if twice and len(entries) <= MOST_MEMBERS:
        problems.append(f"has {', '.join(map(repr, twice[:5]))} more than once; expected each table once")
    return problems


def _wrong(entry: zipfile.ZipInfo) -> list[str]:
    name = entry.orig_filename or entry.filename
    problems = []
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or "\0" in name or name[1:2] == ":":
        problems.append(f"member {name!r} lies outside the archive; expected plain relative names")
    if stat.S_ISLNK(entry.external_attr >> 16):
        problems.append(f"member {name!r} is a link; expected files only")
    if entry.flag_bits & 1:
        problems.append(f"member {name!r} is encrypted; expected a public archive")
    if entry.file_size > LARGEST_MEMBER:
        problems.append(f"member {name!r} unpacks to more than {LARGEST_MEMBER / 2**20:g} MiB")
    elif entry.file_size > max(_RATIO_COUNTS_FROM, HIGHEST_RATIO * entry.compress_size):
        problems.append(f"member {name!r} unpacks to over {HIGHEST_RATIO} times its size; expected a table of scores")
    return problems


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, shown: str) -> bytes:
    """A member, whatever size its header claims."""
    with archive.open(entry) as file:
        content = file.read(LARGEST_MEMBER + 1)
    if len(content) > LARGEST_MEMBER or len(content) != entry.file_size:
        raise GaplabError(f"{shown}: member {entry.filename!r} is not of the size it claims; fetch the archive again")
    return content
