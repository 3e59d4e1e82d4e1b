"""What every table of results shares: the columns of a run, of quantiles and intervals, rounding, CSV and JSON rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gaplab.data.cells import FORMULA
from gaplab.gap import summary
from gaplab.params.spec import parameter_names
from gaplab.posterior import Posterior

PROBABILITIES = (0.5, 0.8, 0.95)
DECIMALS = 4
RUN_COLUMNS = (*(name for name in parameter_names(group="gap") if name not in ("as_of", "domain")), "as_of")


def json_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows ready for JSON: null for what has no number, dates in ISO form."""
    dates = {name: column.dt.strftime("%Y-%m-%d") for name, column in table.select_dtypes("datetime").items()}
    return [without_nan(row) for row in round_numbers(table).assign(**dates).to_dict("records")]


def to_csv_text(table: pd.DataFrame) -> str:
    """The table as CSV, safe to open in a spreadsheet.

    Text that a spreadsheet would run as a formula, in a cell or as the name of
    a column, gets an apostrophe in front: =, +, -, @ or their full-width forms
    at its start, after a line end, or after a semicolon or tab, which separate
    cells in other locales.

    References
    ----------
    OWASP, CSV Injection. https://owasp.org/www-community/attacks/CSV_Injection
    """
    return table.map(inert_text).rename(columns=inert_text).to_csv(index=False, lineterminator="\n")


def csv_text(table: pd.DataFrame) -> str:
    """The same with numbers as tables have them and dates in ISO form."""
    dates = {name: column.dt.strftime("%Y-%m-%d") for name, column in table.select_dtypes("datetime").items()}
    return to_csv_text(round_numbers(table).assign(**dates))


def interval_probabilities(posterior: Posterior) -> list[float]:
    """Probabilities of the intervals in the tables: 50, 80, 95% and the run's own."""
    return sorted({*PROBABILITIES, posterior.params.prob})


def percent_label(prob: float) -> str:
    """A probability as it is written in column names and JSON keys: 0.8 is "80"."""
    return f"{100 * prob:.10g}"


def quantile_columns(posterior: Posterior, draws: xr.DataArray, *, endless: bool = False) -> dict[str, Any]:
    """Median and interval bounds; infinite bounds stay infinite where `endless` says they mean something.

    Numbers, or lists of them where the draws have one more dimension.
    """
    levels = interval_probabilities(posterior)
    asked = [0.5, *(side for prob in levels for side in summary.tails(prob))]
    values = summary.quantiles(draws, asked)
    values = values if endless else np.where(np.isfinite(values), values, np.nan)
    names = ["median", *(f"{side}_{percent_label(prob)}" for prob in levels for side in ("lower", "upper"))]
    return dict(zip(names, values.tolist(), strict=True))


def estimate_columns(name: str, draws: xr.DataArray, prob: float) -> dict[str, xr.DataArray]:
    """Median and interval of draws as columns: name, name_lower, name_upper; NaN among undefined draws."""
    bounds = summary.interval(draws, prob)
    ends = {f"{name}_{end}": bounds.sel(ci_bound=end, drop=True) for end in ("lower", "upper")}
    return {name: summary.median(draws)} | ends


def horizon_date(draws: xr.Dataset | xr.DataArray, horizon: int) -> str:
    return horizon_dates(draws, [horizon])[0]


def horizon_dates(draws: xr.Dataset | xr.DataArray, horizons: Sequence[int]) -> list[str]:
    dates = pd.DatetimeIndex(draws["date"].sel(horizon=list(horizons)).to_numpy())
    return dates.round("D").strftime("%Y-%m-%d").tolist()


def rows_without_nan(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [without_nan(row) for row in table.to_dict("records")]


def round_numbers(table: pd.DataFrame) -> pd.DataFrame:
    numbers = table.select_dtypes("float")
    return table.assign(**(numbers.round(DECIMALS) + 0.0))  # + 0.0 turns -0.0 into 0.0


def without_nan(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and not np.isfinite(value) else value for name, value in row.items()}


def inert_text(cell: Any) -> Any:
    return FORMULA.sub(r"\1\2'", cell) if isinstance(cell, str) else cell
