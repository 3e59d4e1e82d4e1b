"""Published numbers scored like forecasts: what they said of a day against what is now read of that day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from gaplab import gap
from gaplab.data.tables import Tables
from gaplab.gap import summary
from gaplab.gap.arrays import MONTH_NS
from gaplab.models.index_readings import from_index
from gaplab.models.scales import full_vintages
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.questions.claims.reading import Reading, claim_range, numeric_claims, reading_draws, readings_of
from gaplab.validation import peers, scoring

SINCE = pd.Timestamp("2023-01-01")
"""First day of the mean that Epoch publishes."""

_QUANTILES = (np.arange(200) + 0.5) / 200
_INDEX = "epoch_eci"


def run(tables: Tables, posteriors: Mapping[str, Posterior], vintage_posterior: Posterior) -> pd.DataFrame:
    """Every published number beside the present reading of what it is about.

    A claim that does not say what it measures is held against the lag of the
    model that its note names, else against that from frontier to frontier; one
    about another question (open against closed models, one domain) is listed
    without a score. A range counts as the middle 80% of a normal distribution,
    a single number as what rounds to it. The last rows apply two published
    rules, the mean lag since 2023 and the 5% rule, to each vintage of
    Epoch's index, and hold them against the same rule on the last vintage and
    against our reading of it.

    Parameters
    ----------
    posteriors : mapping of str to Posterior
        One by scope, with everything known at the as-of date.
    vintage_posterior : Posterior
        Of the last full vintage of the index.

    Returns
    -------
    DataFrame
        number, who, published, about (the day), definition, scope; low,
        central, high as published; later, later_lower, later_upper: the
        present reading and its 80% interval; error_months: central (or the
        nearest bound) minus later; inside: whether later is within what was
        said; crps. Months.
    """
    rows = [_of_claim(claim, posteriors) for _, claim in numeric_claims(tables.claims).iterrows()]
    return pd.DataFrame(rows + _of_rules(tables, vintage_posterior)).sort_values(["about", "number"], kind="stable")


def _of_claim(claim: pd.Series, posteriors: Mapping[str, Posterior]) -> dict[str, Any]:
    low, high = claim_range(claim)
    row = {
        "number": claim["claim_id"], "who": claim["who"], "published": _day(claim["published"]),
        "about": _day(claim["as_of"]), "definition": "not comparable", "scope": claim["scope"],
        "low": claim["low"], "central": claim["central"], "high": claim["high"],
    }  # fmt: skip
    posterior = posteriors.get(claim["scope"])
    reading = _reading(claim, posterior) if posterior is not None and claim["domain"] == "general" else None
    if reading is None:
        return row
    draws = reading_draws([reading], posterior)[reading]
    row |= {"definition": reading.definition} | _later(draws.to_numpy().ravel())
    return row | _against(low, high, row["later"])


def _reading(claim: pd.Series, posterior: Posterior) -> Reading | None:
    """The reading that a claim names; of the model in its note if there is one, else of the country."""
    found = readings_of(claim, posterior)
    named = [each for each in found if each.subject != posterior.params.follower]
    wanted = claim["functional"]
    if wanted == "unknown":
        wanted = "model_lag" if named else "frontier_lag"
    return next((each for each in [*named, *found] if each.definition == wanted), None)


def _later(draws: np.ndarray) -> dict[str, float]:
    low, middle, high = summary.quantiles(scoring.bounded(draws), [0.1, 0.5, 0.9])
    return {"later": float(middle), "later_lower": float(low), "later_upper": float(high)}


def _against(low: float, high: float, later: float) -> dict[str, Any]:
    """Error and score of a range; of a one-sided one only whether it holds, and by how much not."""
    inside = bool(low <= later <= high)
    if np.isinf(low) or np.isinf(high):
        return {"error_months": float(np.clip(later, low, high) - later), "inside": inside, "crps": np.nan}
    middle, spread = (low + high) / 2, (high - low) / 2 / ndtri(0.9)
    quantiles = middle + spread * ndtri(_QUANTILES)
    return {"error_months": middle - later, "inside": inside, "crps": float(scoring.crps(quantiles, later))}


def _of_rules(tables: Tables, posterior: Posterior) -> list[dict[str, Any]]:
    """Epoch's mean and 5% rule on each full vintage of the index."""
    params, rows = posterior.params, []
    vintages = tables.index_vintages[tables.index_vintages["index"] == _INDEX]
    full = full_vintages(vintages)
    for day in full[:-1]:
        # The newest vintage may lack intervals: earlier ones say how wide they usually are.
        known = [vintages[vintages["vintage"] <= end] for end in (day, full[-1])]
        for name, rule in (("mean_since_2023", mean_lag), ("five_percent_rule", significant_lag)):
            then, again = (rule(_readings(rows_of, posterior, day, params), params, day) for rows_of in known)
            ours = _ours(posterior, name, day)
            for definition, later in ((f"{name}, last vintage", {"later": again}), (ours[0], _later(ours[1]))):
                rows.append(
                    {
                        "number": f"epoch_{name}", "who": "Epoch AI's rule", "published": _day(day), "about": _day(day),
                        "definition": definition, "scope": "public", "central": then, **later,
                        **_against(then - 0.5, then + 0.5, later["later"]),
                    }
                )  # fmt: skip
    return rows


def _ours(posterior: Posterior, name: str, day: pd.Timestamp) -> tuple[str, np.ndarray]:
    """What we read from the last vintage for the same: the mean lag since 2023, or the released lag of the day."""
    params = posterior.params
    first = pd.Timestamp(posterior.frontier["date"].to_numpy()[0])
    days = pd.DatetimeIndex(_days(max(SINCE, first), day) if name == "mean_since_2023" else [day])
    lag = gap.released_lag(posterior.ability, posterior.frontier, posterior.models, **params.roles, dates=days)
    definition = "released_lag, mean since 2023" if name == "mean_since_2023" else "released_lag"
    return definition, scoring.bounded(lag.transpose("chain", "draw", "date").to_numpy()).mean(axis=-1).ravel()


def _readings(vintages: pd.DataFrame, posterior: Posterior, day: pd.Timestamp, params: Params) -> pd.DataFrame:
    """Value, error, country and date of the models of the newest of some vintages that were out by a day."""
    readings, _ = from_index(vintages, _INDEX)
    rows = pd.DataFrame({"mean": readings.mean, "sd": readings.sd}, index=readings.models)
    rows = rows.join(posterior.models[["country", "date"]], how="inner")
    return rows[(rows["date"] <= day) & rows["country"].isin(params.pair)].sort_values("date")


def mean_lag(rows: pd.DataFrame, params: Params, day: pd.Timestamp) -> float:
    """Mean over the months since 2023 of the time since the leader's first model at the follower's best, months.

    Parameters
    ----------
    rows : DataFrame
        mean, country, date; sorted by date.

    Returns
    -------
    float
        Months in which no leader model is at or above are left out, as they have no lag.

    References
    ----------
    Epoch AI (2026). https://epoch.ai/data-insights/us-vs-china-eci
    """
    lead, own = (rows[rows["country"] == name] for name in params.pair)
    lags = []
    for when in _days(SINCE, day):
        best = own.loc[own["date"] <= when, "mean"].max()
        matched = lead.loc[(lead["mean"] >= best) & (lead["date"] <= when), "date"]
        if len(matched):
            lags.append((when - matched.min()) / MONTH_NS)
    return float(np.mean(lags)) if lags else np.nan


def significant_lag(rows: pd.DataFrame, params: Params, day: pd.Timestamp) -> float:
    """Months since the first leader model that is better than the follower's best with 95% probability.

    Parameters
    ----------
    rows : DataFrame
        mean, sd, country, date; sorted by date.

    References
    ----------
    Epoch AI (2026). https://epoch.ai/data-insights/open-closed-eci-gap
    """
    lead, own = (rows[rows["country"] == name] for name in params.pair)
    best = own.loc[own["mean"].idxmax()]
    z = (lead["mean"] - best["mean"]) / np.hypot(lead["sd"], best["sd"])
    better = lead.loc[z > ndtri(peers.SIGNIFICANT), "date"]
    return float((day - better.min()) / MONTH_NS) if len(better) else 0.0


def _days(first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
    return [last - back * MONTH_NS for back in range(int((last - first) / MONTH_NS), -1, -1)]


def _day(when: pd.Timestamp) -> str:
    return f"{pd.Timestamp(when):%Y-%m-%d}"
