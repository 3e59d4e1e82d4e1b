"""Archives: tables of a sound one, and nothing of a hostile one."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest

from gaplab.errors import GaplabError
from gaplab.importers import archive


def zipped(*members: tuple, method=zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of (name or ZipInfo, content)."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as made:
        for name, body in members:
            made.writestr(name, body)
    return content.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def lying() -> bytes:
    """An archive whose directory claims that 30 MiB of zeros are 100 bytes."""
    content = bytearray(zipped(("a.csv", b"\0" * 30 * 2**20)))
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 100)
    struct.pack_into("<I", content, 22, 100)
    return bytes(content)


def encrypted() -> bytes:
    content = bytearray(zipped(("a.csv", b"x")))
    for at, flag in ((6, content), (content.rfind(b"PK\x01\x02") + 8, content)):
        flag[at] |= 1
    return bytes(content)


HOSTILE = {
    "bomb": (lambda: zipped(("a.csv", b"\0" * 31 * 2**20)), "times its size"),
    "oversized member": (lambda: zipped(("a.csv", b"\0" * 33 * 2**20)), "unpacks to more than 32 MiB"),
    "many members": (lambda: zipped(*((f"{i}.csv", b"") for i in range(1001))), "1001 members"),
    "absolute": (lambda: zipped(("/etc/cron.csv", b"x")), "outside the archive"),
    "parent": (lambda: zipped(("data/../../x.csv", b"x")), "outside the archive"),
    "backslashes": (lambda: zipped(("..\\x.csv", b"x")), "outside the archive"),
    "drive": (lambda: zipped(("C:x.csv", b"x")), "outside the archive"),
    "link": (lambda: zipped((link("a.csv"), b"/etc/passwd")), "is a link"),
    "same name twice": (lambda: zipped(("a/x.csv", b"1"), ("a//x.csv", b"2")), "more than once"),
    "encrypted": (encrypted, "is encrypted"),
    "lying about its size": (lying, "sound zip archive|not of the size"),
    "cut": (lambda: zipped(("a.csv", b"x" * 1000))[:-30], "no sound zip archive"),
    "damaged": (lambda: zipped(("a.csv", b"x")).replace(b"PK\x03\x04", b"PK\x03\x05", 1), "sound zip archive"),
    "no archive": (lambda: b"PK and then nothing", "no sound zip archive"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_as_a_whole(case):
    make, expected = HOSTILE[case]
    with pytest.raises(GaplabError, match=expected):
        archive.members(make(), "benchmark_data.zip")


def test_a_sound_archive_gives_its_tables():
    content = zipped(("data/", b""), ("data/a.csv", b"1\n"), ("data/more/b.csv", b"2\n"), ("README.md", b"x"))
    assert archive.members(content, "x") == {"data/a.csv": b"1\n", "data/more/b.csv": b"2\n"}


def test_an_archive_that_is_cut_or_has_a_changed_byte_is_refused_or_right():
    sound = zipped(("a.csv", b"x,y\n1,2\n" * 9), ("b.csv", b"z\n3\n"))
    whole, damaged = archive.members(sound, "x.zip"), 0
    spoilt = [sound[:at] for at in range(len(sound))]
    spoilt += [sound[:at] + bytes([byte]) + sound[at + 1 :] for at in range(len(sound)) for byte in (0, 8, 14, 99, 255)]
    spoilt += [sound[:at] + b"\xff\xfe" + sound[at:] for at in range(len(sound))]
    for content in spoilt:
        try:
            found = archive.members(content, "x.zip")
        except GaplabError as error:
            damaged += 1
            assert all("\n" not in line for line in error.problems)
        else:
            assert set(found.values()) <= set(whole.values()), "no other bytes than those published"
    assert damaged > len(spoilt) / 2
