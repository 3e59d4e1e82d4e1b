"""Whatever is in a table of ours: it comes through as it is, or is refused in one line."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st
from support.hostile import CELLS, SPOILERS, awkward, explained, lines_of, tried, write
from support.tables import TINY

from gaplab.data.contract import TABLES
from gaplab.data.csv_file import read_tables

where = {name: (len(lines) - 1, len(lines_of(name)[0])) for name, lines in TINY.items()}
one_cell_in_each_table = st.fixed_dictionaries({
    name: st.tuples(st.integers(1, rows), st.integers(0, columns - 1), awkward)
    for name, (rows, columns) in where.items()
})  # fmt: skip


def cells_come_through_or_are_refused(cells: dict[str, tuple[int, int, str]]) -> None:
    """Each accepted cell has the value that it shows; each other one has its line."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, changed = Path(scratch), {name: lines_of(name) for name in TINY}
        for name, (row, column, cell) in cells.items():
            changed[name][row][column] = cell
        write(folder, changed)
        read, problems = explained(folder)
    for name, (row, column, cell) in cells.items():
        told = any(f"{name}.csv" in line for line in problems)
        if name not in read:
            assert told
            continue
        label = lines_of(name)[0][column]
        if row - 1 not in read[name].index:
            assert not any(changed[name][row])  # only a row of blanks is passed over
            continue
        value, spec = read[name].at[row - 1, label], TABLES[name][label]
        if pd.isna(value):
            assert told or (cell == "" and spec.blank), (name, label, cell)
        elif spec.kind == "date":
            assert f"{value:%Y-%m-%d}" == cell
        elif spec.kind in ("number", "count"):
            assert cell.isascii()
            assert "_" not in cell
            assert math.isfinite(value)
            assert value == float(cell)
            assert value != 0 or not cell.strip("+-").lstrip("0.").strip("0").startswith(tuple("123456789")), (
                "underflow"
            )
        else:
            assert value == cell


@tried(20)
@given(one_cell_in_each_table)
@example({"index_vintages": (1, 3, "1e-400"), "scores": (1, 4, "1e-400"), "claims": (1, 5, "1e-400")})
@example({"models": (1, 6, "1066-10-14"), "scores": (1, 4, "٣"), "index_vintages": (1, 3, "1e300")})
def test_a_cell_comes_through_as_it_is_or_is_refused(cells):
    cells_come_through_or_are_refused(cells)


@pytest.mark.slow
@pytest.mark.parametrize("column", range(max(columns for _, columns in where.values())))
def test_every_awkward_cell_in_every_column(column):
    """The same cell in that column of all tables at once."""
    for cell in CELLS:
        cells_come_through_or_are_refused({
            name: (1, column, cell) for name, (_, columns) in where.items() if column < columns
        })  # fmt: skip


HARMLESS = {"windows", "blank lines", "columns reversed"}


@tried(16)
@given(st.sampled_from(sorted(TINY)), st.sampled_from(sorted(SPOILERS)), st.integers(0, 5000))
def test_a_spoilt_file_is_refused_or_read_right(name, spoiler, at):
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(folder, {})
        whole, _ = read_tables(folder)
        path = folder / f"{name}.csv"
        path.write_bytes(SPOILERS[spoiler](path.read_bytes(), at))
        read, problems = explained(folder)
        event("fault", f"{spoiler}: {'refused' if problems else 'read'}")
        if spoiler in HARMLESS and not problems:
            assert read[name].reset_index(drop=True).equals(whole[name])
        if spoiler in {"windows", "blank lines"} and name != "claims":
            assert not problems
