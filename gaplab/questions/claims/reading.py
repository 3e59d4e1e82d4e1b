"""A claim as a noisy number of months, and the readings of our posteriors that it can be compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
import scipy
import xarray as xr

from gaplab import gap
from gaplab.errors import GaplabError, did_you_mean, quoted
from gaplab.params.groups import CLOSED_OPEN, US_CHINA
from gaplab.params.spec import Params, choices_of
from gaplab.posterior import Posterior

OPEN_CLOSED = "open_closed"
"""Scope of the claims that set models with open weights against those with closed ones, and not two countries."""
SIGMA_C = 2.5
"""Scale of the HalfNormal error that claims have beyond their own range, months."""
CENTRAL_80 = 1.28
"""A published range is read as the middle 80%: half of it is 1.28 standard deviations."""
ROUNDING = 0.5
"""Half the range that a number without a range stands for, months: "8" is what rounds to 8."""
IN_MONTHS = tuple((name, unit) for name, unit in gap.DEFINITIONS if unit.startswith("months"))
COUNTRY_READINGS = tuple(each for each in IN_MONTHS if each[0] != "model_lag")
MODEL_READINGS = tuple(each for each in IN_MONTHS if each[0] not in ("frontier_lag", "released_lag", "catch_up"))


@dataclass(frozen=True)
class Reading:
    """One way to read the gap as a number of months.

    Attributes
    ----------
    definition, unit : str
        As in `gap.DEFINITIONS`.
    subject : str
        The follower country or one of its models.
    date : Timestamp
        The day the gap is read on.
    run : Params
        The posterior it is read from, with its scope, clock, ruler and knowledge.
    """

    definition: str
    unit: str
    subject: str
    date: pd.Timestamp
    run: Params

    @property
    def domain(self) -> str:
        """The domain that the run reads."""
        return self.run.domain


def claim_runs(params: Params) -> list[Params]:
    """The runs whose readings every claim is set beside: public models, restricted ones too, and the given scope."""
    return [replace(params, scope=scope) for scope in dict.fromkeys(("public", "trusted", params.scope))]


def domain_runs(params: Params, claims: pd.DataFrame) -> list[Params]:
    """The runs that claims about one domain are set beside: in that domain, with the scope of the claim.

    There are none where domains cannot be read: on a published index, or where every test measures one ability.
    """
    if params.ruler != "ability" or params.domains == "ignored":
        return []
    about = [claim for _, claim in numeric_claims(claims).iterrows() if is_about(claim, params)]
    asked = dict.fromkeys((scope_of(claim), claim["domain"]) for claim in about)
    scopes, domains = choices_of("scope"), choices_of("domain")
    return [replace(params, scope=s, domain=d) for s, d in asked if s in scopes and d in domains]


def check_claims(names: Iterable[str], claims: pd.DataFrame, params: Params) -> None:
    """Refuse ids of claims without months, one line each.

    Parameters
    ----------
    claims : DataFrame
        claims.csv as known on the as-of date.

    Raises
    ------
    GaplabError
    """
    legal = list(numeric_claims(claims)["claim_id"])
    problems = []
    for name in dict.fromkeys(names):
        if name not in legal:
            hint = did_you_mean(name, legal)
            problems.append(f"--claim: {quoted(name)} is no claim with months published by {params.as_of}{hint}")
    if problems:
        raise GaplabError(*problems)


def numeric_claims(claims: pd.DataFrame) -> pd.DataFrame:
    """The claims that give months: all but the qualitative ones."""
    given = claims[["low", "central", "high"]].notna().any(axis=1)
    return claims[(claims["unit"] == "months") & (claims["form"] != "qualitative") & given]


def claim_range(claim: pd.Series) -> tuple[float, float]:
    """The months a claim allows; a single number allows what rounds to it."""
    return {
        "interval": (claim["low"], claim["high"]),
        "at_least": (claim["low"], np.inf),
        "at_most": (-np.inf, claim["high"]),
    }.get(claim["form"], (claim["central"] - ROUNDING, claim["central"] + ROUNDING))


def claim_middle(claim: pd.Series) -> float:
    """The middle of a claim in months; of a one-sided claim, its bound."""
    low, high = claim_range(claim)
    return low if np.isinf(high) else high if np.isinf(low) else (low + high) / 2


def claim_log_likelihood(claim: pd.Series, months: xr.DataArray) -> xr.DataArray:
    """How well each draw of a gap explains a claim: its log density, or for a one-sided claim its log probability.

    With m the gap in a draw and s^2 = (half / 1.28)^2 + sigma_c^2, where half
    is half the claimed range (half a month for a single number):

    - a number or a range around c: Normal(c; m, s), per month;
    - at least c: Phi((m - c) / s); at most c: Phi((c - m) / s).

    sigma_c ~ HalfNormal(2.5 months) is integrated out on 32 Gauss-Legendre
    nodes of its distribution function. A draw that is undefined or infinite
    explains no number at all: -inf, except that an infinite gap is "at least"
    everything and an undefined one, -inf, "at most" everything.

    Parameters
    ----------
    claim : Series
        A row of claims.csv that `numeric_claims` keeps.
    months : DataArray
        Draws of the gap.

    Returns
    -------
    DataArray, dims of `months`
    """
    return xr.DataArray(
        log_likelihood(claim, months.to_numpy()), {name: months[name] for name in months.dims}, months.dims
    )


def log_likelihood(claim: pd.Series, months: np.ndarray) -> np.ndarray:
    """`claim_log_likelihood` of an array."""
    scale, shares = _errors(*claim_range(claim))
    scale = scale.reshape(-1, *(1,) * months.ndim)
    away = (months - claim_middle(claim)) / scale
    if claim["form"] == "at_least":
        each = scipy.special.log_ndtr(away)
    elif claim["form"] == "at_most":
        each = scipy.special.log_ndtr(-away)
    else:
        each = -0.5 * away**2 - np.log(scale * np.sqrt(2 * np.pi))
    highest = np.maximum(each.max(axis=0), -np.finfo(float).max)  # so that -inf less -inf is not asked for
    with np.errstate(divide="ignore"):
        return highest + np.log(np.tensordot(shares, np.exp(each - highest), axes=1))


def claim_density(claim: pd.Series, months: np.ndarray) -> float:
    """Mean over draws of the density or probability whose logarithm `claim_log_likelihood` gives."""
    away, total = months - claim_middle(claim), np.zeros(months.shape)
    if claim["form"] == "at_most":
        away = -away
    errors = zip(*_errors(*claim_range(claim)), strict=True)
    if claim["form"] in ("at_least", "at_most"):
        for scale, share in errors:
            total += share * scipy.special.ndtr(away / scale)
    else:
        squared = -0.5 * away**2
        for scale, share in errors:
            total += share / (scale * np.sqrt(2 * np.pi)) * np.exp(squared / scale**2)
    return float(total.mean())


@cache
def _errors(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Standard deviations of a claim at the nodes of its unknown error, and what each node weighs."""
    half = (high - low) / 2 if np.isfinite(high - low) else ROUNDING
    nodes, shares = np.polynomial.legendre.leggauss(32)
    sigma = SIGMA_C * scipy.special.ndtri((1 + (1 + nodes) / 2) / 2)
    return np.sqrt((half / CENTRAL_80) ** 2 + sigma**2), shares / 2


def model_named(claim: pd.Series, models: Iterable[str]) -> str | None:
    """The model that a claim's note is about, however it is spelt there; the longest name that fits."""
    note = _letters(str(claim["note"]))
    named = [model for model in models if _letters(model) in note]
    return max(named, key=len) if named else None


def readings_of(claim: pd.Series, posterior: Posterior) -> list[Reading]:
    """Every reading of one posterior that a claim can be set beside.

    The follower country on the day the claim is about, by every definition in
    months; and where the claim's note names a model, that model on its own
    date. A claim about a day after the as-of date is read on the as-of date;
    one about a day before the frontiers begin has no reading.
    """
    params = posterior.params
    first, last, ours = posterior.once("days of claims", lambda: _days(posterior))
    day = min(pd.Timestamp(claim["as_of"]), last)
    found = []
    if day > first:
        found += [Reading(*reading, params.follower, day, params) for reading in COUNTRY_READINGS]
    if (named := model_named(claim, ours)) and ours[named] > first:
        found += [Reading(*reading, named, ours[named], params) for reading in MODEL_READINGS]
    return found


def _days(posterior: Posterior) -> tuple[pd.Timestamp, pd.Timestamp, dict[str, pd.Timestamp]]:
    """The first and the last knot of the frontiers, and the day of each model of the follower."""
    knots, models = posterior.frontier["date"].to_numpy(), posterior.models
    ours = models.loc[models["country"] == posterior.params.follower, "date"]
    return pd.Timestamp(knots[0]), pd.Timestamp(knots[-1]), dict(ours)


def reading_draws(asked: Iterable[Reading], posterior: Posterior) -> dict[Reading, xr.DataArray]:
    """Draws of the gap for each reading of this posterior, in months.

    `five_percent_lag` is the outcome of a test and has no dims.
    """
    asked, read = list(asked), posterior.once("readings of claims", dict)
    fresh = list(dict.fromkeys((each.subject, each.date) for each in asked if (each.subject, each.date) not in read))
    if fresh:
        draws = gap.readings(posterior, _subjects(fresh, posterior))
        read |= {subject: (draws, place) for place, subject in enumerate(fresh)}
    found = {}
    for each in asked:
        draws, place = read[each.subject, each.date]
        of_all = draws[each.definition, each.unit]
        found[each] = xr.DataArray(of_all.to_numpy()[..., place], dims=of_all.dims[:-1])
    return found


def _subjects(asked: list[tuple[str, pd.Timestamp]], posterior: Posterior) -> list[gap.Subject]:
    """The follower on some days, where its best released model stands, and models on their own."""
    follower = posterior.params.follower
    days = pd.DatetimeIndex(sorted({date for _, date in asked}))
    best = gap.best_released(posterior.ability, posterior.models, country=follower, date=days)
    return [
        gap.Subject(name, date, best.isel(date=days.get_loc(date), drop=True))
        if name == follower
        else gap.Subject(name, date, posterior.ability.sel(model=name, drop=True))
        for name, date in asked
    ]


def is_about(claim: pd.Series, params: Params) -> bool:
    """Whether a claim is about the pair that a run compares: open against closed weights, or else China and the US."""
    return params.pair == (CLOSED_OPEN if claim["scope"] == OPEN_CLOSED else US_CHINA)


def scope_of(claim: pd.Series) -> str:
    """Which models a claim counts, as `Params` spells it; one about open and closed weights is about public ones."""
    return "public" if claim["scope"] == OPEN_CLOSED else claim["scope"]


def domain_of(claim: pd.Series) -> str:
    """The domain whose reading a claim is set beside, as `Params` spells it."""
    return "all" if claim["domain"] == "general" else claim["domain"]


def is_named(claim: pd.Series, reading: Reading) -> bool:
    """Whether the claim says itself that it measures this: its definition, its scope, and the model where it is one."""
    about_model = reading.subject != reading.run.follower
    return bool(
        claim["functional"] == reading.definition
        and reading.unit == "months"
        and scope_of(claim) == reading.run.scope
        and domain_of(claim) == reading.domain
        and about_model == (claim["functional"] == "model_lag" or "one model" in str(claim["note"]))
    )


@cache
def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
