"""Results as files for other programs: draws for ArviZ or a data frame, tables for a spreadsheet."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.errors import GaplabError
from gaplab.posterior import Posterior
from gaplab.results.columns import inert_text
from gaplab.results.evidence import model_table
from gaplab.results.gap import gap_table
from gaplab.results.milestones import milestones_table
from gaplab.units import SAMPLE
from gaplab.write import replace_file

if TYPE_CHECKING:
    from gaplab.data.tables import Tables
    from gaplab.outlook.nowcast import Nowcast

DRAWS = (".nc", ".parquet")
"""Endings of files of draws."""


def draws_dataset(posterior: Posterior) -> xr.Dataset:
    """All draws of a run: what `Posterior.to_dataset` has, and the gap of the country by every definition with draws.

    Returns
    -------
    Dataset
        ability [chain, draw, model], frontier [chain, draw, country, date] and shortfall_mean [chain, draw, country] in
        logits; one variable [chain, draw] for each definition and unit, such as frontier_lag_months; as attributes
        checks, notes and models in JSON, and the parameters of the run with the checksum of its tables.
    """
    run = {name: str(value) for name, value in posterior.params.as_strings().items() if name != "data"}
    about = run | {"data_hash": str(posterior.identity["data_hash"])}
    numbers = {f"{name}_{unit}": draws.reset_coords(drop=True) for (name, unit), draws in _numbers(posterior).items()}
    return posterior.to_dataset().assign(numbers).assign_attrs(about)


def write_draws(posterior: Posterior, path: Path) -> None:
    """Write draws: .nc in the group `posterior`, as ArviZ reads it; .parquet with one row for each draw.

    The columns of a Parquet file are chain, draw and the numbers of the gap; draws of abilities and frontiers
    have more dimensions than a table.

    Raises
    ------
    GaplabError
        The name has another ending.
    """
    check_draws_file(path)
    if path.suffix.lower() == ".nc":
        tree = xr.DataTree.from_dict({"posterior": draws_dataset(posterior)})
        content = bytes(tree.to_netcdf(engine="h5netcdf"))
    else:
        numbers = {f"{name}_{unit}": draws.to_series() for (name, unit), draws in _numbers(posterior).items()}
        content = pd.DataFrame(numbers).reset_index().to_parquet(index=False)
    replace_file(path, content)


def check_draws_file(path: Path) -> None:
    """Refuse a name of a file of draws that has no known ending."""
    if path.suffix.lower() not in DRAWS:
        raise GaplabError(f"--draws-out {path}: is no file of draws; expected a name that ends in {' or '.join(DRAWS)}")


def workbook(posterior: Posterior, tables: Tables, expected: Nowcast | None = None) -> bytes:
    """The gap, its past, the models, the run and the sources of its data as sheets of a workbook.

    Safe to open: no text in it is a formula.

    Raises
    ------
    GaplabError
        openpyxl is not installed.
    """
    check_workbook()
    run = posterior.params.as_strings() | {"data_hash": tables.hash, "vintage": tables.vintage}
    sheets = {
        "gap": gap_table(posterior, expected),
        "past": milestones_table(posterior),
        "models": model_table(posterior),
        "run": pd.DataFrame([(name, str(value)) for name, value in run.items()], columns=["name", "value"]),
        "sources": tables.sources,
    }
    file = io.BytesIO()
    with pd.ExcelWriter(file, engine="openpyxl") as book:
        for name, table in sheets.items():
            days = {column: cells.dt.strftime("%F") for column, cells in table.select_dtypes("datetime").items()}
            table.assign(**days).map(inert_text).to_excel(book, sheet_name=name, index=False, freeze_panes=(1, 0))
    return file.getvalue()


def check_workbook() -> None:
    """Refuse a workbook before time is spent, where nothing can write one."""
    from importlib.util import find_spec

    if find_spec("openpyxl") is None:
        raise GaplabError(
            '--format xlsx: openpyxl is not installed; expected the extra `xlsx`: pip install "gaplab[xlsx]"'
        )


def _numbers(posterior: Posterior) -> dict[tuple[str, str], xr.DataArray]:
    """The draws of each definition of the gap of the country; what is no draw but the outcome of a test is none."""
    found = gap.readings(posterior, gap.country_subject(posterior))
    plain = {key: draws.drop_vars(set(draws.coords) - set(SAMPLE)) for key, draws in found.items()}
    return {key: draws for key, draws in plain.items() if set(SAMPLE) <= set(draws.dims)}
