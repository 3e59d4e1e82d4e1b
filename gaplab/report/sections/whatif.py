"""What a hypothetical release, or another model of the frontiers, would change: a finding and a table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gaplab.params.spec import Params
from gaplab.questions.whatif.effect import Effect
from gaplab.report.page.part import Part, table_part
from gaplab.report.text.definitions import DEFINITION_LABELS, headline_label
from gaplab.report.text.finding import Finding
from gaplab.report.text.names import long_date, releases
from gaplab.report.text.numbers import (
    format_estimate,
    format_k_hat,
    format_share,
    join_words,
    lower_first,
    signed_or_dash,
)
from gaplab.results.columns import percent_label


def whatif_finding(effect: Effect, params: Params) -> Finding:
    """What a release would change, or why that cannot be said."""
    new, weights = effect.release, effect.weights
    given = (
        f"ability {new.ability[0]:g} ± {new.ability[1]:g} points"
        if new.ability
        else join_words([f"{name} {score:g}" for name, score in new.scores])
    )
    opening = f"If {releases(new.country, new.model, past=True)} on {long_date(new.date)} with {given}"
    if effect.method == "weights fail":
        return Finding(
            effect.table,
            f"{opening}: no number can be given. Weighing the draws fails (k-hat {weights.k_hat:.2f}, above "
            f"{weights.limit:.2f}), because too few of them hold such a model possible on that day; only a fit with "
            "it could tell.",
        )
    rows = effect.table.set_index("number")
    low, middle, high = effect.ability
    parts = [
        f"{lower_first(headline_label(name, params))} {_moves(rows.loc[name])}"
        for name in ("frontier_lag", "released_lag", "distance")
    ]
    own = ""
    if "model_lag" in rows.index:
        lag = rows.loc["model_lag"]
        own = f" It would itself be {format_estimate(lag['with'], lag['with_lower'], lag['with_upper'])} months behind."
    level_words = f"{format_estimate(middle, low, high)} {effect.unit}"
    future = (
        "" if effect.date <= pd.Timestamp(params.as_of)
        else f" From {long_date(params.as_of)} to then both frontiers go on at their own pace."
    )  # fmt: skip
    return Finding(
        effect.table,
        f"{opening}, its ability would be {level_words}; on {long_date(effect.date)} {join_words(parts)} "
        f"months.{own}{future} {_made_by(effect)}",
    )


def _made_by(effect: Effect) -> str:
    weights = effect.weights
    if effect.method == "weights":
        return f"Weights on the draws, k-hat {format_k_hat(weights.k_hat)}, worth {weights.effective:,.0f} draws."
    fitted = "the frontiers" if effect.release.ability else "everything"
    why = f"; weights on the draws would fail, k-hat {format_k_hat(weights.k_hat)}" if not weights.usable else ""
    return f"From a fit of {fitted} with it among the data, whose checks say {effect.health.status}{why}."


def _moves(row: pd.Series) -> str:
    before = format_estimate(row["without"], row["without_lower"], row["without_upper"])
    after = format_estimate(row["with"], row["with_lower"], row["with_upper"])
    return f"would be {after} instead of {before}"


def readable_whatif(effect: Effect, params: Params) -> pd.DataFrame:
    """Every headline number on the day, without and with the release."""
    rows = [
        (
            headline_label(row["number"], params)
            if row["number"] != "model_lag"
            else f"Model to frontier, {effect.release.model}",
            format_estimate(row["without"], row["without_lower"], row["without_upper"])
            if row["number"] != "model_lag"
            else "–",
            format_estimate(row["with"], row["with_lower"], row["with_upper"]) if np.isfinite(row["with"]) else "–",
            signed_or_dash(row["shift"]),
        )
        for _, row in effect.table.iterrows()
    ]
    return pd.DataFrame(rows, columns=["Months", "Without", "With", "Shift"])


def lab_part(found: pd.DataFrame, params: Params) -> Part:
    """Lags and predictive score under both models, from what `validation.lab.compared` gives."""
    columns = {
        "Number": [_label_of(name) for name in found["number"]],
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


def _label_of(name: str) -> str:
    return DEFINITION_LABELS.get(name, "Expected log score of readings left out")


def _estimate(row: pd.Series, side: str) -> str:
    low, high = row[f"{side}_lower"], row[f"{side}_upper"]
    if not np.isfinite(low):
        return f"{row[side]:.1f}".replace("-", "−")
    return format_estimate(row[side], low, high)
