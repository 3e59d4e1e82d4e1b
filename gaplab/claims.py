"""Published claims about the gap: what each most probably measures, and what believing them would change.

A claim is a noisy reading of one number: "9 to 12 months" is read as
Normal(10.5, sqrt((1.5 / 1.28)^2 + sigma_c^2)) with sigma_c ~ HalfNormal(2.5)
integrated out. Claims weigh draws of the gap and never enter a fit: no ability
ever depends on what somebody said about the gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import log_ndtr, logsumexp, ndtri

from gaplab import gap, summary, weights
from gaplab.errors import GaplabError, did_you_mean, quoted
from gaplab.params import Params, choices
from gaplab.posterior import Posterior

CLAIMED_PAIR = ("US", "China")
"""claims.csv records what has been said about this pair of countries and no other."""

SIGMA_C = 2.5
"""Scale of the HalfNormal error that claims have beyond their own range, months."""

_CENTRAL_80 = 1.28
"""A published range is read as the middle 80%: half of it is 1.28 standard deviations."""

_ROUNDING = 0.5
"""Half the range that a number without a range stands for, months: "8" is what rounds to 8."""

COUNTRY_READINGS = (
    ("frontier_lag", "months"),
    ("released_lag", "months"),
    ("first_match_lag", "months"),
    ("five_percent_lag", "months"),
    ("catch_up", "months"),
    ("distance", "months_at_leader_pace"),
    ("distance", "months_at_follower_pace"),
)
MODEL_READINGS = (
    ("model_lag", "months"),
    ("first_match_lag", "months"),
    ("five_percent_lag", "months"),
    ("distance", "months_at_leader_pace"),
    ("distance", "months_at_follower_pace"),
)


@dataclass(frozen=True)
class Setting:
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


def runs(params: Params) -> list[Params]:
    """The runs whose readings every claim is set beside: public models, restricted ones too, and the given scope."""
    return [replace(params, scope=scope) for scope in dict.fromkeys(("public", "trusted", params.scope))]


def domain_runs(params: Params, claims: pd.DataFrame) -> list[Params]:
    """The runs that claims about one domain are set beside: in that domain, with the scope of the claim."""
    named = numeric(claims)[["scope", "domain"]].drop_duplicates()
    scopes, domains = choices("scope"), choices("domain")
    asked = [each for each in named.itertuples() if each.scope in scopes and each.domain in domains]
    return [replace(params, scope=each.scope, domain=each.domain) for each in asked]


def check(names: Iterable[str], claims: pd.DataFrame, params: Params) -> None:
    """Refuse ids of claims without months, one line each.

    Parameters
    ----------
    names : iterable of str
    claims : DataFrame
        claims.csv as known on the as-of date.
    params : Params

    Raises
    ------
    GaplabError
    """
    legal = list(numeric(claims)["claim_id"])
    problems = []
    for name in dict.fromkeys(names):
        if name not in legal:
            hint = did_you_mean(name, legal)
            problems.append(f"--claim: {quoted(name)} is no claim with months published by {params.as_of}{hint}")
    if problems:
        raise GaplabError(*problems)


def numeric(claims: pd.DataFrame) -> pd.DataFrame:
    """The claims that give months: all but the qualitative ones."""
    given = claims[["low", "central", "high"]].notna().any(axis=1)
    return claims[(claims["unit"] == "months") & (claims["form"] != "qualitative") & given]


def bounds(claim: pd.Series) -> tuple[float, float]:
    """The months a claim allows; a single number allows what rounds to it."""
    return {
        "interval": (claim["low"], claim["high"]),
        "at_least": (claim["low"], np.inf),
        "at_most": (-np.inf, claim["high"]),
    }.get(claim["form"], (claim["central"] - _ROUNDING, claim["central"] + _ROUNDING))


def middle(claim: pd.Series) -> float:
    """The middle of a claim in months; of a one-sided claim, its bound."""
    low, high = bounds(claim)
    return low if np.isinf(high) else high if np.isinf(low) else (low + high) / 2


def log_likelihood(claim: pd.Series, months: xr.DataArray) -> xr.DataArray:
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
        A row of claims.csv that `numeric` keeps.
    months : DataArray
        Draws of the gap.

    Returns
    -------
    DataArray, dims of `months`
    """
    low, high = bounds(claim)
    half = (high - low) / 2 if np.isfinite(high - low) else _ROUNDING
    nodes, shares = np.polynomial.legendre.leggauss(32)
    sigma = SIGMA_C * ndtri((1 + (1 + nodes) / 2) / 2)
    scale = np.sqrt((half / _CENTRAL_80) ** 2 + sigma**2)
    values = months.to_numpy()
    away = (values[..., None] - middle(claim)) / scale
    if claim["form"] == "at_least":
        each = log_ndtr(away)
    elif claim["form"] == "at_most":
        each = log_ndtr(-away)
    else:
        each = -0.5 * away**2 - np.log(scale * np.sqrt(2 * np.pi))
    explained = logsumexp(each, b=shares / 2, axis=-1)
    return xr.DataArray(explained, coords={name: months[name] for name in months.dims}, dims=months.dims)


def model_named(claim: pd.Series, models: Iterable[str]) -> str | None:
    """The model that a claim's note is about, however it is spelt there; the longest name that fits."""
    note = _letters(str(claim["note"]))
    named = [model for model in models if _letters(model) in note]
    return max(named, key=len) if named else None


def settings(claim: pd.Series, posterior: Posterior) -> list[Setting]:
    """Every reading of one posterior that a claim can be set beside.

    The follower country on the day the claim is about, by every definition in
    months; and where the claim's note names a model, that model on its own
    date. A claim about a day after the as-of date is read on the as-of date;
    one about a day before the frontiers begin has no reading.
    """
    params, models = posterior.params, posterior.models
    knots = pd.DatetimeIndex(posterior.frontier["date"].to_numpy())
    day = min(pd.Timestamp(claim["as_of"]), knots[-1])
    found = []
    if day > knots[0]:
        found += [Setting(*reading, params.follower, day, params) for reading in COUNTRY_READINGS]
    ours = models.index[models["country"] == params.follower]
    if (named := model_named(claim, ours)) and models.loc[named, "date"] > knots[0]:
        found += [Setting(*reading, named, models.loc[named, "date"], params) for reading in MODEL_READINGS]
    return found


def subject(setting: Setting, posterior: Posterior) -> gap.Subject:
    """Whose level a setting reads: the best the country had released by the day, or the model."""
    if setting.subject == posterior.params.follower:
        level = gap.best_released(
            posterior.ability, posterior.models, country=setting.subject, date=setting.date
        )  # fmt: skip
    else:
        level = posterior.ability.sel(model=setting.subject, drop=True)
    return gap.Subject(setting.subject, setting.date, level)


def draws(asked: Iterable[Setting], posterior: Posterior) -> dict[Setting, xr.DataArray]:
    """Draws of the gap for each setting that reads this posterior, in months.

    `five_percent_lag` is the outcome of a test and has no dims.
    """
    found: dict[Setting, xr.DataArray] = {}
    cache: dict[tuple[str, pd.Timestamp], dict] = {}
    for setting in asked:
        key = (setting.subject, setting.date)
        if key not in cache:
            cache[key] = gap.readings(posterior, subject(setting, posterior))
        found[setting] = cache[key][setting.definition, setting.unit]
    return found


def which_definition(claims: pd.DataFrame, posteriors: Iterable[Posterior]) -> pd.DataFrame:
    """For every claim with months, every definition, scope and domain ranked by how well it makes the claim true.

    All readings are of the day the claim is about, from frontiers fitted to
    what is known at the as-of date of the run: how the day looks now, not how
    it looked then.

    Parameters
    ----------
    claims : DataFrame
        claims.csv.
    posteriors : iterable of Posterior
        One run for each scope and domain to try; the same countries in all.

    Returns
    -------
    DataFrame
        claim_id; rank (1 is the best); definition, unit, subject, scope,
        domain, date; density: mean over the draws of the claim's density (per
        month; of a one-sided claim, its probability); share: density as a
        share of the densities of all readings of that claim; median, lower,
        upper in months, with the probability of the run; p_below: probability
        that the reading is below the claim's middle, ties counted half; named:
        whether the claim itself says that it is read so.
    """
    rows = []
    for _, claim in numeric(claims).iterrows():
        for posterior in posteriors:
            if (posterior.params.leader, posterior.params.follower) != CLAIMED_PAIR:
                continue
            asked = settings(claim, posterior)
            rows += [_row(claim, setting, values) for setting, values in draws(asked, posterior).items()]
    columns = ["claim_id", "definition", "unit", "subject", "scope", "domain", "date", "density",
               "median", "lower", "upper", "p_below", "named"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    total = table.groupby("claim_id")["density"].transform("sum")
    table.insert(8, "share", (table["density"] / total).where(total > 0, 0.0))
    order = {name: place for place, name in enumerate(claims["claim_id"])}
    table = table.assign(place=table["claim_id"].map(order))
    table = table.sort_values(["place", "density"], ascending=[True, False], kind="stable").drop(columns="place")
    table.insert(1, "rank", table.groupby("claim_id").cumcount() + 1)
    return table.reset_index(drop=True)


def set_beside(claim: pd.Series, ranked: pd.DataFrame) -> pd.DataFrame:
    """The readings of what a claim says it is about: in its own scope and domain, where any is.

    Whom a claim counts and in which field is a fact about the claim; only what
    it leaves open is for the densities to tell.

    Parameters
    ----------
    claim : Series
        A row of claims.csv.
    ranked : DataFrame
        What `which_definition` gives, or some of its rows.

    Returns
    -------
    DataFrame
        Rows of `ranked`, the one that the claim names first, then by density;
        `rank` is among these rows.
    """
    rows = ranked[ranked["claim_id"] == claim["claim_id"]]
    for column, own in (("scope", claim["scope"]), ("domain", domain_of(claim))):
        if (rows[column] == own).any():
            rows = rows[rows[column] == own]
    rows = rows.sort_values("rank").assign(rank=np.arange(1, len(rows) + 1))
    return rows.sort_values(["named", "rank"], ascending=[False, True])


def domain_of(claim: pd.Series) -> str:
    """The domain whose reading a claim is set beside, as `Params` spells it."""
    return "all" if claim["domain"] == "general" else claim["domain"]


def _row(claim: pd.Series, setting: Setting, values: xr.DataArray) -> tuple:
    density = float(np.exp(log_likelihood(claim, values)).mean())
    at, prob = middle(claim), setting.run.prob
    below = float(((values < at) + 0.5 * (values == at)).mean())
    found = summary.quantiles(values, [0.5, *summary.tails(prob)])
    centre, low, high = np.where(np.isfinite(found), found, np.nan)
    return (
        claim["claim_id"], setting.definition, setting.unit, setting.subject, setting.run.scope, setting.domain,
        setting.date, density, centre, low, high, below, is_named(claim, setting),
    )  # fmt: skip


def is_named(claim: pd.Series, setting: Setting) -> bool:
    """Whether the claim says itself that it measures this: its definition, its scope, and the model where it is one."""
    about_model = setting.subject != setting.run.follower
    return bool(
        claim["functional"] == setting.definition
        and setting.unit == "months"
        and claim["scope"] == setting.run.scope
        and domain_of(claim) == setting.domain
        and about_model == (claim["functional"] == "model_lag" or "one model" in str(claim["note"]))
    )


# --- Data and claims together ---------------------------------------------------------------------


@dataclass(frozen=True)
class Combined:
    """What the draws of one posterior weigh when the claims are believed as well.

    Attributes
    ----------
    weights : Weights
    claims : DataFrame
        The claims that count, with the columns `weight` (one unit in all for
        every independence group) and `reading` (what it is taken to measure).
    """

    weights: weights.Weights
    claims: pd.DataFrame


def combine(claims: pd.DataFrame, posterior: Posterior) -> Combined:
    """Importance weights that the comparable claims give to the draws of a posterior.

    A claim counts when it is about the same countries, scope and domain as the
    run. A claim that names its definition is a
    reading of that number; one that does not is a mixture of all definitions,
    each as probable as the others. Claims of one independence group share one
    unit of weight. Nothing but weights on the draws results: the abilities and
    frontiers are those of the data.

    Parameters
    ----------
    claims : DataFrame
        claims.csv as known on the as-of date.
    posterior : Posterior

    Returns
    -------
    Combined
        With equal weights where no claim counts.
    """
    params = posterior.params
    used = numeric(claims)
    in_domain = np.array([domain_of(claim) == params.domain for _, claim in used.iterrows()], bool)
    comparable = (used["scope"] == params.scope) & in_domain
    if (params.leader, params.follower) != CLAIMED_PAIR:
        comparable &= False
    logs, kept = [], []
    whole = xr.zeros_like(posterior.ability.isel(model=0, drop=True))
    for index, claim in used[comparable].iterrows():
        asked = settings(claim, posterior)
        named = [setting for setting in asked if is_named(claim, setting)]
        if claim["functional"] == "unknown":
            about = {setting.subject for setting in asked} - {params.follower} or {params.follower}
            named = [setting for setting in asked if setting.subject in about]
        each = [log_likelihood(claim, values) for values in draws(named, posterior).values()]
        if not each:
            continue
        stacked = np.stack([(whole + one).transpose(*whole.dims).to_numpy() for one in each])
        logs.append(logsumexp(stacked, axis=0) - np.log(len(each)))
        kept.append((index, named[0].definition if len(named) == 1 else f"one of {len(named)} definitions"))
    used = used.loc[[index for index, _ in kept]].assign(reading=[reading for _, reading in kept])
    size = used.groupby("independence_group")["claim_id"].transform("size")
    used = used.assign(weight=1 / size)
    total = sum((weight * log for log, weight in zip(logs, used["weight"], strict=True)), start=np.zeros(whole.shape))
    return Combined(weights.smoothed(whole.copy(data=total)), used)


def beside(posterior: Posterior, combined: Combined, readings: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """Each number by the data only and by data and claims: median and interval of the run's probability.

    Parameters
    ----------
    posterior : Posterior
    combined : Combined
        What `combine` returned for it.
    readings : mapping of str to DataArray, dims (chain, draw)
        Draws of the numbers to show.

    Returns
    -------
    DataFrame, one row for each number
        number; median, lower, upper of the data only; median_claims,
        lower_claims, upper_claims, NaN where the weights fail; k_hat.
    """
    asked = [0.5, *summary.tails(posterior.params.prob)]
    even = weights.even(combined.weights.weight)
    rows = []
    for name, values in readings.items():
        alone = weights.quantiles(values, even, asked)
        both = weights.quantiles(values, combined.weights, asked)
        both = both if combined.weights.usable else np.full(3, np.nan)
        rows.append((name, *alone, *both, combined.weights.k_hat))
    names = ["median", "lower", "upper"]
    return pd.DataFrame(rows, columns=["number", *names, *(f"{name}_claims" for name in names), "k_hat"])


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
