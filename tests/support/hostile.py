"""Cells and spoilt files that would like to break a reader, and tables that hold them."""

from __future__ import annotations

import csv
import io
import os
import re
from datetime import date
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from gaplab.data.csv_file import read_tables
from gaplab.data.load import load
from gaplab.errors import GaplabError
from support.tables import TINY

EXAMPLES = int(os.environ.get("GAPLAB_EXAMPLES", "0"))
CELLS = [
    "", " ", "nan", "NaN", "inf", "-inf", "1e400", "1e-400", "-0", "-1", "1e308", "999999999999", "0x10", "1_000",
    "1,5", "０.5", "٣", "½", "1.", ".5", "+5", "5e-1", "1e2", "true", "None", "#N/A", "2026-13-01", "2026-02-30",
    "0001-01-01", "9999-12-31", "2025-06-30T00:00", "30/06/2025", "٢٠٢٥-٠٦-٣٠", "2025-06-30 ", "\0", "a\0b", "\ufeff",
    "\u202eevil",
    "a\u200bb", "\x1b[31m", "line\nbreak", "tab\tbed", "\r", "x" * 10_000, "שלום", "مرحبا", "千问-3 模型", "\U0001f600",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "$\\frac{1}{0}$", "\\input{x}",
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "../../etc/passwd", "..\\x", "/dev/zero", "file:///etc/passwd",
    "{{7*7}}", "{% raw %}", "%s%n", "'; DROP TABLE models; --", '"', "'", "a,b", "a;b", "Alpha 1", "alpha 1", "Beta 1",
    "GPQA diamond", "lab", "China", "public", "logit", "0.5", "2025-06-30",
]  # fmt: skip
# Of what YAML is made, in any order: most of it is broken, and all of it has to be read or refused in one line.
TOKENS = [
    "a", "b: 1", "\n", "\n  ", "\n- ", "? ", ": ", "- ", "[", "]", "{", "}", ", ", "'", '"', "|", ">", "&x ", "*x ",
    "<<: ", "!", "!!", "!<", "!!int ", "!!float ", "!!timestamp ", "!!binary ", "!!set ", "!!omap ", "!!pairs ",
    "!!map ", "!!seq ", "!!null ", "!!bool ", "!!merge ", "!!python/tuple ", "!!python/object/new:", "%YAML 1.1\n",
    "%TAG ! tag:x,1:\n", "---", "...", "~", "0x1", ".nan", "\t", "#", "=", "@", "`", "\\x", "\u2028", "\ufeff", "é",
    "\x85", "\ud7ff", "1:2:3",
]  # fmt: skip
awkward = st.sampled_from(CELLS) | st.text(max_size=30) | st.floats().map(repr) | st.integers().map(str)


def tried(examples: int):
    """So many inputs, or as many as GAPLAB_EXAMPLES says, which are others every time."""
    return settings(max_examples=EXAMPLES or examples, suppress_health_check=list(HealthCheck))


def lines_of(name: str) -> list[list[str]]:
    return list(csv.reader(TINY[name]))


def write(folder: Path, changed: dict[str, list[list[str]]]) -> None:
    for name in TINY:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(changed.get(name) or lines_of(name))
        (folder / f"{name}.csv").write_bytes(text.getvalue().encode("utf-8", "surrogatepass"))


def explained(folder: Path) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The tables and problems of a folder; each problem is one short line, and without any the tables load."""
    read, problems = read_tables(folder)
    for line in problems:
        assert "\n" not in line
        assert len(line) < 1500
        assert re.search(r"\.csv", line), line
    if not problems:
        try:
            load(as_of=date(2025, 12, 31), root=folder)
        except GaplabError as error:
            assert all(line.startswith("as_of: ") for line in error.problems)
    return read, problems


SPOILERS = {
    "cut": lambda raw, at: raw[: at % len(raw)],
    "byte": lambda raw, at: raw[: at % len(raw)] + bytes([at % 256]) + raw[at % len(raw) + 1 :],
    "invalid UTF-8": lambda raw, at: raw[: at % len(raw)] + b"\xff\xfe" + raw[at % len(raw) :],
    "null": lambda raw, at: raw[: at % len(raw)] + b"\0" + raw[at % len(raw) :],
    "quote": lambda raw, at: raw[: at % len(raw)] + b'"' + raw[at % len(raw) :],
    "byte-order mark": lambda raw, at: b"\xef\xbb\xbf" + raw,
    "utf-16": lambda raw, at: raw.decode().encode("utf-16"),
    "latin-1": lambda raw, at: raw.replace(b"Lab", "Läb".encode("latin-1")),
    "carriage returns": lambda raw, at: raw.replace(b"\n", b"\r"),
    "windows": lambda raw, at: raw.replace(b"\n", b"\r\n"),
    "semicolons": lambda raw, at: raw.replace(b",", b";"),
    "tabs": lambda raw, at: raw.replace(b",", b"\t"),
    "column twice": lambda raw, at: b"\n".join(line + b"," + line.split(b",")[0] for line in raw.splitlines()),
    "extra column": lambda raw, at: b"\n".join(line + b",x" for line in raw.splitlines()),
    "first column gone": lambda raw, at: b"\n".join(line.split(b",", 1)[1] for line in raw.splitlines()),
    "header gone": lambda raw, at: raw.split(b"\n", 1)[1],
    "header only": lambda raw, at: raw.split(b"\n", 1)[0],
    "rows twice": lambda raw, at: raw + raw.split(b"\n", 1)[1],
    "all twice": lambda raw, at: raw + raw,
    "blank lines": lambda raw, at: raw.replace(b"\n", b"\n\n"),
    "columns reversed": lambda raw, at: b"\n".join(b",".join(line.split(b",")[::-1]) for line in raw.splitlines()),
    "endless cell": lambda raw, at: raw.replace(b"Acme", b"A" * 200_000).replace(b"lab", b"l" * 200_000),
    "empty": lambda raw, at: b"",
    "random": lambda raw, at: bytes((at * i) % 251 for i in range(1, 500)),
}  # fmt: skip
