"""Chart: the lag in each domain, longest first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from gaplab.gap import summary
from gaplab.params.spec import Params
from gaplab.report.charts.chart import Chart, framed_chart
from gaplab.report.charts.interval_rows import IntervalRows
from gaplab.report.text.names import country_name, long_date, what_counts
from gaplab.report.text.numbers import format_estimate, format_number
from gaplab.results.columns import percent_label


def domains_chart(lags: dict[str, xr.DataArray], params: Params, *, missing: tuple[str, ...] = ()) -> Chart:
    """The lag in each domain as an interval, the longest first.

    Parameters
    ----------
    lags : dict of DataArray
        Draws in months by the name of the domain.
    params : Params
    missing : tuple of str
        Domains without enough data; they get a line that says so.
    """
    rows = summary.bands(lags, params.prob).rename_axis("domain").reset_index()
    rows = rows.sort_values("median", ascending=False)
    gone = pd.DataFrame({"domain": list(missing), "status": "not enough data"})
    rows = pd.concat([rows.assign(status=""), gone], ignore_index=True)

    def draw(axes: Axes, small: bool) -> None:
        column = IntervalRows(axes, small)
        for _, row in rows.iterrows():
            column.interval(row["domain"].capitalize(), row, _domain_reading(row))
        column.finish()

    return framed_chart(
        draw,
        name="domain_lags",
        title=_title(rows),
        subtitle=_subtitle(params),
        alt=_alt(rows, params),
        caption=_caption(params),
        data=rows,
        heights=(1.75 + 0.28 * len(rows), 2.0 + 0.4 * len(rows)),
        sides=(0.1, 0.1),
        above=0.34,
    )


def _title(rows: pd.DataFrame) -> str:
    """The finding of the chart of domains, from rows with a number, longest lag first."""
    known = rows[np.isfinite(rows["median"])].sort_values("median")
    if len(known) < 2:
        return "Too few domains have enough data"
    least, most = known.iloc[0], known.iloc[-1]
    low, high = (format_number(row["median"], row["outer_high"] - row["outer_low"]) for row in (least, most))
    return f"From {low} months in {least['domain']} to {high} in {most['domain']}"


def _subtitle(params: Params) -> str:
    """What is drawn on the chart of domains."""
    return (
        f"Months {country_name(params.follower)} is behind {country_name(params.leader)} by domain, "
        f"{what_counts(params)}, as of {long_date(params.as_of)}"
    )


def _alt(rows: pd.DataFrame, params: Params) -> str:
    """The chart of domains for those who do not see it."""
    readings = "; ".join(f"{r['domain']} {_domain_reading(r)}" for _, r in rows.iterrows())
    return f"Months behind by domain, with {percent_label(params.prob)}% intervals: {readings}."


def _domain_reading(row: pd.Series) -> str:
    """The number of a domain, or why there is none."""
    return row["status"] or format_estimate(row["median"], row["outer_low"], row["outer_high"])


def _caption(params: Params) -> str:
    """How to read the chart of domains."""
    return (
        f"Dot: middle estimate. Thick bar: 50% interval. Thin bar: {percent_label(params.prob)}% interval. A domain "
        "with too few tests has no number."
    )
