"""Worlds with a known gap, as tables that the whole pipeline reads through the same door as the real ones.

`WORLDS` is the policy: one row per world, read by one simulator. A world is a
set of tables (all eight, valid) and the truth behind them: both frontiers day
by day, and the ability of every model.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap
from gaplab.data import Tables, load
from gaplab.params import Knowledge, Params
from gaplab.posterior import Health, Posterior
from gaplab.rulers import INDICES
from gaplab.schema import TABLES
from gaplab.units import MONTH_DAYS, YEAR_DAYS

LEADER, FOLLOWER = "Leader", "Follower"
_PAST_YEARS, _FUTURE_YEARS = 3.0, 4.0  # known beyond the first model and the as-of date, so that no truth is cut off
_OMEGA = 0.01
_ITEMS = (100, 200, 500)


@dataclass(frozen=True)
class Setting:
    """What is true in a world.

    Attributes
    ----------
    models_per_country, benchmarks, scores_per_model : int
    years : float
        Releases are spread evenly over so many years before the as-of date.
    pace : float
        Mean growth of the leader's frontier, logits per year.
    frontier : {"smooth", "jumpy", "slope_change"}
        smooth: a line with a gentle wave; jumpy: a gamma process, nearly all
        of whose growth comes in jumps; slope_change: more than twice as fast
        since fifteen months before the as-of date.
    lag_months : (float, float)
        The follower repeats the leader with a lag that goes in a straight
        line from the first number, `years` ago, to the second, today.
    shortfall : {"exponential", "log_normal"}
        How far models fall below their frontier; log_normal has a heavy tail
        and hardly any model at the frontier itself.
    mean_shortfall : float
        Logits.
    era : float
        0: tests are taken at random; larger: the more so those near a model's own level.
    cherry_picking : float
        The follower's models show only their better half of twice as many
        scores, which differ from what abilities predict by so many logits.
    self_reported : float
        Share of the follower's scores that its developers publish.
    developer_bias : float
        Logits by which these are too high; a quarter of them has an independent twin.
    delay_days : float
        Mean wait of the follower's models for their scores, exponential.
    restricted : int
        Leader models that only selected users have, half a year ahead of the leader's public frontier.
    knowledge : {"hindsight", "real_time"}
        What a run may know of the world.
    """

    models_per_country: int = 30
    benchmarks: int = 14
    scores_per_model: int = 8
    years: float = 3.0
    pace: float = 1.2
    frontier: Literal["smooth", "jumpy", "slope_change"] = "smooth"
    lag_months: tuple[float, float] = (8.0, 8.0)
    shortfall: Literal["exponential", "log_normal"] = "exponential"
    mean_shortfall: float = 0.5
    era: float = 0.0
    cherry_picking: float = 0.0
    self_reported: float = 0.0
    developer_bias: float = 0.0
    delay_days: float = 0.0
    restricted: int = 0
    knowledge: Knowledge = "hindsight"


WORLDS: dict[str, Setting] = {
    "smooth": Setting(),
    "jumpy": Setting(frontier="jumpy"),
    "slope_change": Setting(frontier="slope_change"),
    "drifting_lag": Setting(lag_months=(10.0, 6.0)),
    "overtaking": Setting(lag_months=(9.0, -3.0)),
    "heavy_shortfalls": Setting(shortfall="log_normal"),
    "selective_tests": Setting(era=2.0),
    "cherry_picking": Setting(cherry_picking=0.3),
    "developer_bias": Setting(self_reported=0.5, developer_bias=0.3),
    "late_scoring": Setting(delay_days=60.0, knowledge="real_time"),
    "restricted_models": Setting(restricted=6),
    "tiny": Setting(models_per_country=6, benchmarks=5, scores_per_model=4),
    "tenfold": Setting(models_per_country=1000, benchmarks=570, scores_per_model=10),
}
"""Every world by name; the last two differ in size alone."""


@dataclass(frozen=True)
class World:
    """Simulated tables and the truth behind them.

    Attributes
    ----------
    frames : dict of DataFrame
        The eight tables, as they would be written.
    setting : Setting
    as_of : date
    ability : Series
        True ability of each model, in logits.
    frontier : DataArray, dims (country, date)
        True frontiers day by day, from years before the first model to years after the as-of date, in logits.
    """

    frames: dict[str, pd.DataFrame]
    setting: Setting
    as_of: date
    ability: pd.Series
    frontier: xr.DataArray

    @property
    def lag_months(self) -> float:
        """Months by which the follower's frontier repeats the leader's on the as-of date."""
        return self.setting.lag_months[1]

    @property
    def params(self) -> Params:
        """The run that reads this world."""
        return Params(leader=LEADER, follower=FOLLOWER, as_of=self.as_of, knowledge=self.setting.knowledge)

    @cached_property
    def tables(self) -> Tables:
        """The tables as `data.load` gives them for the as-of date."""
        with tempfile.TemporaryDirectory() as folder:
            self.write(Path(folder))
            return load(as_of=self.as_of, knowledge=self.setting.knowledge, root=Path(folder))

    def write(self, folder: Path) -> None:
        """Write the tables as CSV files, for `load` and for the command line."""
        for name, frame in self.frames.items():
            frame.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d")

    def truth(self, posterior: Posterior) -> Posterior:
        """The truth about the models of a posterior, as a posterior with a single draw.

        Every function of `gap` then gives the true value of what it estimates.
        """
        names = posterior.models.index
        single = {"chain": [0], "draw": [0]}
        ability = xr.DataArray(
            self.ability[names].to_numpy()[None, None],
            dims=("chain", "draw", "model"),
            coords=single | {"model": names.to_numpy(object)},
        )
        frontier = self.frontier.expand_dims(single).transpose("chain", "draw", "country", "date")
        mean = xr.full_like(frontier.isel(date=0, drop=True), self.setting.mean_shortfall)
        return Posterior(ability, frontier, mean, None, posterior.models, Health(()), posterior.params, {"notes": []})


def smooth(
    seed: int,
    *,
    lag_months: float = 8.0,
    models_per_country: int = 45,
    benchmarks: int = 16,
    scores_per_model: int = 8,
    pace: float = 1.2,
    shortfall: float = 0.5,
    as_of: date = date(2026, 6, 30),
) -> World:
    """A world in which both frontiers are smooth and the lag never changes.

    Parameters
    ----------
    seed : int
    lag_months : float
        The follower's frontier is the leader's, this many months later.
    models_per_country, benchmarks, scores_per_model : int
        Size of the world; each model is scored on a random choice of benchmarks.
    pace : float
        Mean growth of the leader's frontier, logits per year.
    shortfall : float
        Mean of the exponential distance of a model below its frontier, logits.
    as_of : date
        Releases are spread over the three years before.
    """
    setting = replace(
        WORLDS["smooth"],
        lag_months=(lag_months, lag_months),
        models_per_country=models_per_country,
        benchmarks=benchmarks,
        scores_per_model=scores_per_model,
        pace=pace,
        mean_shortfall=shortfall,
    )
    return simulate(setting, seed, as_of=as_of)


def simulate(setting: Setting, seed: int, *, as_of: date = date(2026, 6, 30)) -> World:
    """One world of a setting.

    Parameters
    ----------
    setting : Setting
        A row of `WORLDS`, or one of your own.
    seed : int
        Equal seeds give equal worlds.
    as_of : date

    Returns
    -------
    World
    """
    rng = np.random.default_rng([seed, 11])
    end = pd.Timestamp(as_of)
    models = _models(setting, rng, end)
    frontier = _frontiers(setting, rng, end)
    at = np.array([_read(frontier, row.country, row.release_date) for row in models.itertuples()])
    below = _shortfalls(setting, rng, len(models))
    ahead = setting.restricted and models["restricted"].to_numpy() * 0.5 * setting.pace
    theta = at - below * ~models["restricted"].to_numpy() + ahead
    tests = tests_like(theta, setting.benchmarks, rng)
    rows = _scores(setting, models, theta, tests, rng)
    ability = pd.Series(theta, index=pd.Index(models["model"], name="model"))
    return World(tables_of(models, tests, rows, ability, end, rng), setting, as_of, ability, frontier)


def _models(setting: Setting, rng: np.random.Generator, end: pd.Timestamp) -> pd.DataFrame:
    """Models of both countries on random days, those of restricted access last."""
    n = setting.models_per_country
    days = np.round(rng.uniform(-setting.years, 0.0, 2 * n) * YEAR_DAYS)
    country = np.repeat([LEADER, FOLLOWER], n)
    names = [f"{name} {number:03d}" for number, name in enumerate(country)]
    restricted = np.zeros(2 * n, bool)
    restricted[: setting.restricted] = True
    days[restricted] = np.round(rng.uniform(-1.0, 0.0, setting.restricted) * YEAR_DAYS)
    return pd.DataFrame({
        "model": names, "developer": [f"{name} Labs" for name in country], "country": country,
        "release_date": end + pd.to_timedelta(days, unit="D"), "restricted": restricted,
    })  # fmt: skip


def _frontiers(setting: Setting, rng: np.random.Generator, end: pd.Timestamp) -> xr.DataArray:
    """True frontiers of both countries, day by day."""
    first, last = (
        round(years * YEAR_DAYS) for years in (-setting.years - 2 * _PAST_YEARS, _FUTURE_YEARS + _PAST_YEARS)
    )
    day = np.arange(first, last + 1)
    years = day / YEAR_DAYS
    if setting.frontier == "smooth":
        leader = setting.pace * years + 0.15 * np.sin(2 * years)
    elif setting.frontier == "slope_change":
        leader = setting.pace * np.where(years < -1.25, 0.6 * years - 1.25 * 0.8, 1.4 * years)
    else:
        # Growth over a time t is Gamma(t / v) with mean pace x t: most of it in rare large jumps.
        variance_years = 0.2
        grown = rng.gamma(1 / YEAR_DAYS / variance_years, setting.pace * variance_years, day.size)
        leader = np.cumsum(np.maximum(grown, 1e-7))
        leader -= leader[day == 0]
    elapsed = np.clip(years / setting.years + 1.0, 0.0, 1.0)
    lag = setting.lag_months[0] + (setting.lag_months[1] - setting.lag_months[0]) * elapsed
    follower = np.interp(day - lag * MONTH_DAYS, day, leader)
    kept = (day >= first + _PAST_YEARS * YEAR_DAYS) & (day <= last - _PAST_YEARS * YEAR_DAYS)
    return xr.DataArray(
        np.stack([leader, follower])[:, kept],
        dims=("country", "date"),
        coords={"country": [LEADER, FOLLOWER], "date": (end + pd.to_timedelta(day[kept], unit="D")).as_unit("ns")},
        attrs={"units": "logit"},
    )


def _read(frontier: xr.DataArray, country: str, day: pd.Timestamp) -> float:
    return float(frontier.sel(country=country, date=day))


def _shortfalls(setting: Setting, rng: np.random.Generator, count: int) -> np.ndarray:
    if setting.shortfall == "exponential":
        return rng.exponential(setting.mean_shortfall, count)
    return rng.lognormal(np.log(setting.mean_shortfall) - 0.5, 1.0, count)


def tests_like(theta: np.ndarray, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Tests spread over the range of some abilities.

    Parameters
    ----------
    theta : array
        Abilities, logits.
    count : int
    rng : Generator

    Returns
    -------
    DataFrame
        benchmark, slope (geometric mean 1), difficulty, floor, n_items, omega.
    """
    log_slope = rng.normal(0, 0.4, count)
    return pd.DataFrame({
        "benchmark": [f"Test {number:03d}" for number in range(count)],
        "slope": np.exp(log_slope - log_slope.mean()),
        "difficulty": np.linspace(theta.min() + 0.3, theta.max() - 0.3, count),
        "floor": np.where(rng.uniform(size=count) < 0.3, 0.25, 0.0),
        "n_items": rng.choice(_ITEMS, count).astype(float),
        "omega": _OMEGA,
    })  # fmt: skip


def _scores(
    setting: Setting, models: pd.DataFrame, theta: np.ndarray, tests: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Which model took which test, who says so, when, and the score."""
    ours = (models["country"] == FOLLOWER).to_numpy()
    taken = []
    for i in range(len(models)):
        weight = np.exp(-setting.era * np.abs(theta[i] - tests["difficulty"].to_numpy()))
        picking = setting.cherry_picking > 0 and ours[i]
        count = min(len(tests), setting.scores_per_model * (2 if picking else 1))
        chosen = rng.choice(len(tests), count, replace=False, p=weight / weight.sum())
        luck = rng.normal(0, setting.cherry_picking, count) if setting.cherry_picking else np.zeros(count)
        if picking:
            best = np.argsort(-luck)[: setting.scores_per_model]
            chosen, luck = chosen[best], luck[best]
        taken.append(pd.DataFrame({"model": i, "test": chosen, "luck": luck}))
    rows = pd.concat(taken, ignore_index=True)
    own = ours[rows["model"]] & (rng.uniform(size=len(rows)) < setting.self_reported)
    twins = rows[own & (rng.uniform(size=len(rows)) < 0.25)]
    own = np.concatenate([own, np.zeros(len(twins), bool)])
    rows = pd.concat([rows, twins], ignore_index=True)
    shift = rows["luck"].to_numpy() + own * setting.developer_bias
    score = draw_scores(theta[rows["model"]], tests.iloc[rows["test"]], shift, rng)
    wait = rng.exponential(setting.delay_days, len(models)) * ours if setting.delay_days else np.zeros(len(models))
    released = models["release_date"].to_numpy()[rows["model"]]
    return pd.DataFrame({
        "model": models["model"].to_numpy()[rows["model"]],
        "benchmark": tests["benchmark"].to_numpy()[rows["test"]],
        "score": score,
        "developer": own,
        "first_seen": released + pd.to_timedelta(np.round(wait[rows["model"]]), unit="D"),
    })  # fmt: skip


def draw_scores(theta: np.ndarray, tests: pd.DataFrame, shift: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Scores as `models.ability` says they come about, whole items apart.

    Parameters
    ----------
    theta : array [row]
    tests : DataFrame [row]
        slope, difficulty, floor, n_items, omega.
    shift : array [row]
        Added to the logit.
    rng : Generator

    Returns
    -------
    array [row]
        Fractions.
    """
    slope, difficulty, floor, n_items, omega = (
        tests[name].to_numpy() for name in ("slope", "difficulty", "floor", "n_items", "omega")
    )
    eta = slope * (theta - difficulty) + shift
    mu = np.clip(floor + (1 - floor) / (1 + np.exp(-eta)), 1e-9, 1 - 1e-9)  # a share of one leaves no distribution
    concentration = 1 / (1 / n_items + (1 - 1 / n_items) * omega) - 1
    return np.round(rng.beta(mu * concentration, (1 - mu) * concentration) * n_items) / n_items


def tables_of(
    models: pd.DataFrame,
    tests: pd.DataFrame,
    scores: pd.DataFrame,
    ability: pd.Series,
    end: pd.Timestamp,
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """The eight tables of a world, in the columns of `schema.TABLES`.

    Parameters
    ----------
    models : DataFrame
        model, developer, country, release_date, restricted.
    tests : DataFrame
        benchmark, floor, n_items.
    scores : DataFrame
        model, benchmark, score, developer (whether its developer says so), first_seen.
    ability : Series
        By model; a published index of them with errors of a tenth of a logit appears every quarter.
    end : Timestamp
        The as-of date.
    rng : Generator

    Returns
    -------
    dict of DataFrame
    """
    where = "https://example.org/simulated"
    country = models.set_index("model")["developer"]
    vintages = []
    for back in (9, 6, 3, 0):
        when = end - pd.Timedelta(days=round(back * MONTH_DAYS))
        out = models.loc[(models["release_date"] <= when) & ~models["restricted"], "model"]
        scale = INDICES["epoch_eci"]
        value = scale.intercept + scale.per_logit * (ability[out].to_numpy() + rng.normal(0, 0.1, len(out)))
        width = 1.645 * 0.1 * scale.per_logit
        vintages.append(
            pd.DataFrame({"vintage": when, "index": "epoch_eci", "model": out.to_numpy(), "value": value})
            .assign(low=value - width, high=value + width, level=0.9, source="simulated")
        )  # fmt: skip
    first, second = models["model"].iloc[:2]
    public = models["release_date"].where(~models["restricted"])
    frames = {
        "models": models.assign(
            family=None, parent=None, weights="unknown", release_date=public,
            date_precision=np.where(public.isna(), "unknown", "day"), source=where, note=None,
        ),
        # The schema wants a row: the first model is public from its release in any case.
        "access": pd.concat([
            pd.DataFrame({"model": models["model"], "state": np.where(models["restricted"], "trusted", "public"),
                          "from": models["release_date"], "to": None, "source_url": where})
        ]),
        "benchmarks": tests.assign(
            domain="reasoning", access_class="private", ceiling=1.0, release_date=None, link="logit",
            superseded_by=None, saturated_from=None, source_url=where, note=None,
        ),
        "scores": scores.assign(
            source=np.where(scores["developer"], "reports", "simulated"), effort="default", standard_error=None,
            n_items=None, source_class=np.where(scores["developer"], "developer", "independent"),
            evaluator=np.where(scores["developer"], scores["model"].map(country), "nobody"), harness=None,
            adjusted="none", censored="none", published=None, source_url=where,
        ),
        "index_vintages": pd.concat(vintages),
        # Relative evidence needs the anchors of the display scale, which no world has: it is left aside, and said so.
        "links": pd.DataFrame({"model": [first], "reference_model": [second], "difference": 0.0, "sd": 100.0,
                               "scale": "none", "published": end, "source": "simulated", "source_url": where}),
        "claims": pd.DataFrame({"claim_id": ["simulated"], "who": "Nobody", "published": end, "as_of": end,
                                "form": "qualitative", "unit": "months", "scope": "public", "domain": "general",
                                "functional": "unknown", "independence_group": "nobody", "kind": "measurement"}),
        "sources": pd.DataFrame({"source": ["simulated", "reports"], "publisher": "Nobody", "url": where,
                                 "licence": "none", "retrieved": end}),
    }  # fmt: skip
    return {name: frame.reindex(columns=list(TABLES[name])) for name, frame in frames.items()}


def true_readings(world: World, posterior: Posterior) -> dict[str, float]:
    """True value of every definition that is in months, on the as-of date; `model_lag` is of the newest record.

    Parameters
    ----------
    world : World
    posterior : Posterior
        Whose models count.

    Returns
    -------
    dict of float
        As `month_readings` names them; -inf where the leader never gets there.
    """
    draws = month_readings(world.truth(posterior), newest=gap.newest_record(posterior))
    return {name: float(values.squeeze()) for name, values in draws.items()}


def month_readings(posterior: Posterior, *, newest: str) -> dict[str, xr.DataArray]:
    """Draws of every definition that is in months.

    Parameters
    ----------
    posterior : Posterior
    newest : str
        The model whose `model_lag` and `first_match_lag` are read, on its own date.

    Returns
    -------
    dict of DataArray, dims (chain, draw); `five_percent_lag` has none
    """
    country = gap.readings(posterior, gap.country_subject(posterior))
    model = gap.readings(posterior, gap.model_subject(posterior, newest))
    return {
        "frontier_lag": country["frontier_lag", "months"],
        "released_lag": country["released_lag", "months"],
        "model_lag": model["model_lag", "months"],
        "first_match_lag": model["first_match_lag", "months"],
        "five_percent_lag": country["five_percent_lag", "months"],
        "catch_up": country["catch_up", "months"],
        "distance_at_leader_pace": country["distance", "months_at_leader_pace"],
        "distance_at_follower_pace": country["distance", "months_at_follower_pace"],
    }
