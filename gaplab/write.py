"""Files and folders that appear whole: a reader finds the version before or the new one, whatever interrupts."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from gaplab.errors import GaplabError

_TRIES = 100
_EXCHANGE = 2


def check_kind(path: Path) -> None:
    """Refuse an output that is neither a file, nor a pipe or device that takes text, nor absent.

    Raises
    ------
    GaplabError
        It is a folder, a disk, a socket, or a pipe that nobody reads.
    """
    mode = mode_of(path)
    if mode is None:
        return
    if stat.S_ISFIFO(mode) and not _is_read(path):
        raise GaplabError(f"{path}: is a pipe that nobody reads; expected a file: start the reader first")
    if not (stat.S_ISREG(mode) or _is_stream(mode)):
        raise GaplabError(f"{path}: is neither a file nor a stream; expected a file that can be written")


def mode_of(path: Path) -> int | None:
    """Kind and permissions of what a path leads to; None where nothing is yet.

    Raises
    ------
    OSError
        It leads through a file, or by links round in a circle.
    """
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def descriptor(path: Path) -> int | None:
    """Number of the open file that a path such as /dev/stdout names; it may be a file that others write to as well."""
    match = re.fullmatch(r"/(?:dev|proc/self)/(?:fd/(\d{1,6})|(stdout|stderr))", os.path.abspath(path))
    return match and (int(match[1]) if match[1] else 1 + (match[2] == "stderr"))


def replace_file(path: Path, content: str | bytes, *, mode: int | None = None) -> None:
    """Write the whole file or leave what was there; a link is followed, a pipe or terminal is written to.

    Parameters
    ----------
    path : Path
        Its folder is made when missing.
    content : str or bytes
        Text is written as UTF-8.
    mode : int, optional
        Permissions; those of the file before when left out, or of any new file.

    Raises
    ------
    GaplabError
        `check_kind` refuses the path.
    OSError
        There is no room, or no permission.
    """
    data = content.encode() if isinstance(content, str) else content
    if (number := descriptor(path)) is not None:
        with os.fdopen(os.dup(number), "wb") as stream:
            stream.write(data)
        return
    check_kind(path)
    before = mode_of(path)
    if before and _is_stream(before):
        with path.open("wb", buffering=0) as stream:
            for start in range(0, len(data), 2**16):
                stream.write(data[start : start + 2**16])
        return
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(target.parent).free < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name[:40]}.") as private:
        draft = Path(private) / "draft"
        with draft.open("xb") as file:  # made by an ordinary open, which respects the umask
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode or before:
            draft.chmod(mode or stat.S_IMODE(before))
        os.replace(draft, target)


def replace_folder(draft: Path, target: Path, *, ours: Callable[[Path], set[str]]) -> None:
    """Put a finished folder in the place of another of which only some entries are ours.

    On Linux both change places in one step, so that a reader always finds one
    whole folder, and of several writers at once the last one wins. Elsewhere
    there is a moment without the folder. What was ours is then under the name
    of `draft`.

    Parameters
    ----------
    draft : Path
        The finished folder, on the disk of `target`.
    ours : callable
        Names in a folder that may go; every other entry is kept.
    """
    for _ in range(_TRIES):
        try:
            if not target.exists():
                os.rename(draft, target)
                return
            _keep_others(target, draft, ours)
            if not _exchanged(draft, target):
                aside = draft.with_name(f"{draft.name}.aside")
                shutil.rmtree(aside, ignore_errors=True)
                os.rename(target, aside)
                os.rename(draft, target)
                os.rename(aside, draft)
            _keep_others(draft, target, ours)
            return
        except OSError as error:
            # Another writer made, moved or filled the folder between two steps.
            if error.errno not in (errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY) or not draft.exists():
                raise
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(target))


def _is_stream(mode: int) -> bool:
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def _is_read(pipe: Path) -> bool:
    """Whether somebody reads a named pipe; opening it to write would wait for ever otherwise."""
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError as error:
        return error.errno != errno.ENXIO
    return True


def _keep_others(old: Path, new: Path, ours: Callable[[Path], set[str]]) -> None:
    """Whatever in `old` is not ours stands in `new` too; hard links, so that nothing is copied or lost on the way."""
    may_go = ours(old)
    for entry in old.iterdir():
        kept = new / entry.name
        if entry.name in may_go or os.path.lexists(kept):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, kept, symlinks=True, copy_function=_linked)
        else:
            _linked(entry, kept)


def _linked(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # a disk without hard links
        shutil.copy2(source, target, follow_symlinks=False)


def _exchanged(one: Path, other: Path) -> bool:
    """Two folders change places in one step; False where the system cannot."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    if call(-100, os.fsencode(one.absolute()), -100, os.fsencode(other.absolute()), _EXCHANGE) == 0:
        return True
    if (number := ctypes.get_errno()) in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(other))
