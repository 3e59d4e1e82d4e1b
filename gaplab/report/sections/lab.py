"""A changed model beside the product's own, as a table in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.params.spec import Params
from gaplab.report.page.part import Part, table_part
from gaplab.report.text.definitions import DEFINITION_LABELS
from gaplab.report.text.numbers import format_estimate, format_share
from gaplab.results.columns import percent_label


def lab_part(found: pd.DataFrame, params: Params) -> Part:
    """Lags and predictive score under both models, from what `validation.lab.compared` gives."""
    columns = {
        "Number": [_label(name) for name in found["number"]],
        "Product": [_estimate(row, "product") for _, row in found.iterrows()],
        "Changed": [_estimate(row, "changed") for _, row in found.iterrows()],
        "Difference": [f"{value:+.2f}".replace("-", "−") for value in found["difference"]],
        "Its error": [f"{value:.2f}" for value in found["error"]],
    }
    untrusted = found["k_hat"].max()
    caption = (
        f"Lags in months with {percent_label(params.prob)}% intervals; of two scores the higher predicts better. "
        "Error: of the difference, one standard error"
        + (
            f". For {format_share(untrusted)} of the models the score is read from too few draws to be trusted"
            if untrusted > 0
            else ""
        )
    )
    return table_part(columns, caption=caption, name="lab-table")


def _label(name: str) -> str:
    return DEFINITION_LABELS.get(name, "Expected log score of readings left out")


def _estimate(row: pd.Series, side: str) -> str:
    low, high = row[f"{side}_lower"], row[f"{side}_upper"]
    if not np.isfinite(low):
        return f"{row[side]:.1f}".replace("-", "−")
    return format_estimate(row[side], low, high)
