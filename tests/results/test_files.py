"""Files for other programs: the draws as ArviZ and pandas read them, and a workbook without formulas."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.results.files import draws_dataset, workbook, write_draws


@pytest.fixture(scope="module")
def posterior():
    return synthetic_posterior(chains=2, draws=50)


def test_draws_for_arviz_are_those_of_the_posterior(posterior, tmp_path):
    write_draws(posterior, tmp_path / "draws.nc")
    with xr.open_datatree(tmp_path / "draws.nc", engine="h5netcdf") as tree:
        draws = tree["posterior"].to_dataset().load()
    np.testing.assert_array_equal(draws["ability"], posterior.ability)
    lag = gap.frontier_lag(posterior.frontier, leader="US", follower="China").isel(date=-1)
    np.testing.assert_allclose(draws["frontier_lag_months"], lag)
    assert draws.attrs["as_of"] == str(posterior.params.as_of)
    assert draws.attrs["data_hash"] == posterior.identity["data_hash"]


def test_a_table_of_draws_has_a_row_for_each(posterior, tmp_path):
    write_draws(posterior, tmp_path / "draws.parquet")
    table = pd.read_parquet(tmp_path / "draws.parquet")
    assert len(table) == 100
    whole = draws_dataset(posterior)
    numbers = [name for name in whole if set(whole[name].dims) == {"chain", "draw"}]
    assert list(table) == ["chain", "draw", *numbers]
    assert table["released_lag_months"].tolist() == whole["released_lag_months"].to_numpy().ravel().tolist()


def test_another_kind_of_file_is_refused(posterior, tmp_path):
    with pytest.raises(GaplabError, match=r"ends in .nc or .parquet"):
        write_draws(posterior, tmp_path / "draws.csv")


def test_a_workbook_holds_the_numbers_and_no_formula(posterior):
    openpyxl = pytest.importorskip("openpyxl")
    evil = replace(posterior, models=posterior.models.assign(developer="=1+1"))
    tables = SimpleNamespace(hash="5a", vintage="2026-08-11", sources=pd.DataFrame({"source": ["@x"]}))
    book = openpyxl.load_workbook(io.BytesIO(workbook(evil, tables)))
    assert book.sheetnames == ["gap", "past", "models", "run", "sources"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert any(cell.value == "'=1+1" for cell in cells)


def test_without_its_package_a_workbook_is_refused_in_one_line(posterior, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(GaplabError, match=r"gaplab\[xlsx\]"):
        workbook(posterior, SimpleNamespace())
