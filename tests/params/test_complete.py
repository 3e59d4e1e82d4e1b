"""The day to which the tables are complete."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from gaplab.data.load import check_tables
from gaplab.errors import GaplabError
from gaplab.params import complete
from gaplab.params.spec import Params


def test_the_default_day_is_that_of_the_tables(tables_folder):
    assert Params(data=str(tables_folder)).as_of == Params(as_of="latest").as_of == complete.latest()
    path = tables_folder / "complete.csv"
    path.write_text(path.read_text("utf-8").replace("scores,2026-08-11", "scores,2026-08-20"), "utf-8")
    assert Params(data=str(tables_folder)).as_of == date(2026, 8, 20), "a new vintage moves it, no code does"
    assert Params(data=str(tables_folder), as_of="2026-05-12").as_of == date(2026, 5, 12)
    path.unlink()
    seen = pd.read_csv(tables_folder / "scores.csv")["first_seen"].max()
    index = pd.read_csv(tables_folder / "index_vintages.csv")["vintage"].max()
    assert Params(data=str(tables_folder)).as_of.isoformat() == max(seen, index), "the newest day in the tables"
    assert Params(data=str(tables_folder / "nowhere")).as_of == complete.latest(), "whoever reads the folder refuses it"


def test_changes_are_told_since_the_release_before_or_else_a_month(tmp_path):
    assert complete.former(date(2026, 3, 31), tmp_path) == date(2026, 2, 28)
    assert complete.former(date(2026, 1, 15), tmp_path) == date(2025, 12, 15)
    (tmp_path / "issued.csv").write_text("data_day,due\n2026-01-10,x\n2026-02-11,x\n2026-03-31,x\n", "utf-8")
    assert complete.former(date(2026, 3, 31), tmp_path) == date(2026, 2, 11)
    run = Params(as_of="2026-05-12", variant="changes")
    assert run.since == complete.former(run.as_of)
    assert Params(as_of="2026-05-12").since is None


def test_a_table_of_days_that_cannot_be_read_is_told(tables_folder):
    path = tables_folder / "complete.csv"
    path.write_text("part,to,note\nscores,soon,\n", "utf-8")
    with pytest.raises(GaplabError, match=r"complete\.csv row 2: to is not a date"):
        Params(data=str(tables_folder))
    assert any("complete.csv" in line for line in check_tables(tables_folder))
    path.write_text("part,to,note\nscores,2026-08-11,\n", "utf-8")
    assert any("no row for releases, access" in line for line in check_tables(tables_folder))
