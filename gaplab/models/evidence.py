"""Scores as the likelihood of abilities needs them, and the biases that can be told apart in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gaplab.errors import GaplabError
from gaplab.rulers import ANCHORS
from gaplab.units import YEAR_DAYS

if TYPE_CHECKING:
    from gaplab.data.tables import Tables
    from gaplab.params.spec import Params

    pass

AGENTIC = ("agentic", "software", "cyber")
"""Domains where a score depends on the scaffold around the model, not only on how questions are asked."""

HARNESS_SD = {"agentic": 0.35, "other": 0.15}
"""Logits. GPQA moves by 6 points with the library, SWE-bench by 11 to 15 with the scaffold. Fixed: too few
tests are run in two harnesses to learn a scale."""

GROWTH = (1.0, 0.5)
"""Prior mean and standard deviation of the slope of ability in time, logits per year."""

COUNTRY_SD, FAMILY_SD = 1.0, 0.5
"""Prior standard deviations, logits, of a country's and of a model family's distance from the line in time."""

FEWEST_TESTS = 3
"""A domain with fewer tests has no ability of its own: it could not be told from its tests."""


@dataclass(frozen=True)
class Effects:
    """Biases in logits, as columns of a sparse design.

    Attributes
    ----------
    names : Index
    mean, sd : array [effect]
        Of the Normal prior.
    start, index : int arrays
        Effects of score row r are index[start[r]:start[r + 1]].
    """

    names: pd.Index
    mean: np.ndarray
    sd: np.ndarray
    start: np.ndarray
    index: np.ndarray

    def design(self) -> np.ndarray:
        """Dense zeros and ones [row, effect]."""
        matrix = np.zeros((len(self.start) - 1, len(self.names)))
        matrix[np.repeat(np.arange(len(matrix)), np.diff(self.start)), self.index] = 1.0
        return matrix


@dataclass(frozen=True)
class Domains:
    """Abilities by domain: one cell for each model in each domain it was tested in.

    Without names there is one cell for each model, and no domain ability.

    Attributes
    ----------
    names : Index
    model, domain : int arrays [cell]
    row, horizon : int arrays
        Cell of each score, and of each task horizon.
    follower : bool array [model]
        Models of the follower, whose domain abilities have means of their own.
    """

    names: pd.Index
    model: np.ndarray
    domain: np.ndarray
    row: np.ndarray
    horizon: np.ndarray
    follower: np.ndarray


@dataclass(frozen=True)
class Prior:
    """Abilities before any score: Normal(design @ coefficient, sigma), coefficient ~ Normal(mean, sd)."""

    names: pd.Index
    design: np.ndarray
    mean: np.ndarray
    sd: np.ndarray


@dataclass(frozen=True)
class Horizons:
    """Task horizons as log2 minutes; `at_least` marks lower bounds."""

    names: pd.Index
    reference: np.ndarray
    model: np.ndarray
    horizon: np.ndarray
    log2_minutes: np.ndarray
    error: np.ndarray
    at_least: np.ndarray


@dataclass(frozen=True)
class Links:
    """Differences between two models in points, where the anchors are `span` points apart."""

    model: np.ndarray
    reference: np.ndarray
    points: np.ndarray
    sd: np.ndarray
    low_anchor: int
    high_anchor: int
    span: float


@dataclass(frozen=True)
class Observations:
    """Everything stage 1 conditions on; codes point into `models` and `benchmarks`."""

    models: pd.Index
    benchmarks: pd.Index
    years: np.ndarray
    model: np.ndarray
    benchmark: np.ndarray
    score: np.ndarray
    n_items: np.ndarray
    floor: np.ndarray
    ceiling: np.ndarray
    at_least: np.ndarray
    at_most: np.ndarray
    equal_slopes: bool
    prior: Prior
    domains: Domains
    effects: Effects
    horizons: Horizons
    links: Links
    notes: tuple[str, ...]


def observations(tables: Tables, params: Params) -> Observations:
    """Scores on the raw scale of each benchmark, with the terms that the data support.

    Scores that their publisher has rescaled so that chance is 0 are put back on
    the raw scale, where sampling error is binomial. A rescaled score of 0 says
    only "at or below chance" and a score of 0 or 1 only "none (all) of the
    items": these enter as bounds half an item wide, never as points.

    Parameters
    ----------
    tables : Tables
    params : Params
        `sources` and `benchmarks` choose rows; `self_reports`, `harnesses`,
        `public_tests`, `domains`, `horizons`, `links`, `floors` and
        `discriminations` switch terms; `ability_prior` chooses what abilities
        scatter around.

    Returns
    -------
    Observations
        Rows sorted by model and benchmark. What was left out, and every term
        that was dropped because the data cannot tell it apart, has a line in
        `notes`.

    Raises
    ------
    GaplabError
        When no score is left.
    """
    facts = tables.benchmarks.set_index("benchmark")
    first = tables.access.groupby("model")["from"].min()
    rows, notes = _chosen(tables.scores, facts, first, params)
    # A test that one model took compares nobody; with its scatter unknown its difficulty would only slow the sampler.
    alone = rows.groupby("benchmark")["model"].transform("nunique") == 1
    if alone.any():
        names = ", ".join(sorted(rows.loc[alone, "benchmark"].unique()))
        notes.append(f"Tests that a single model took compare nobody: {names}.")
        rows = rows[~alone]
    link = rows["benchmark"].map(facts["link"])
    fractions = rows[(link == "logit") & (rows["censored"] == "none")]
    minutes = rows[link == "log2_minutes"] if params.horizons == "used" else rows.iloc[:0]
    if unused := sorted(set(rows["benchmark"]) - set(fractions["benchmark"]) - set(minutes["benchmark"])):
        notes.append(f"Not used by the ability model: {', '.join(unused)}.")
    if fractions.empty:
        raise GaplabError(
            f"scores.csv: not enough data: no score is left with sources={params.sources} and "
            f"benchmarks={params.benchmarks} by {params.as_of}; widen one of them"
        )
    exact = (fractions["standard_error"] == 0) & fractions["score"].between(0, 1, inclusive="neither")
    if exact.any():
        names = ", ".join(sorted(fractions.loc[exact, "benchmark"].unique()))
        notes.append(f"Standard errors of zero, beside scores between 0 and 1, are read as unknown: {names}.")
    raw = _raw(fractions, facts, params)
    everyone = sorted(set(fractions["model"]) | set(minutes["model"]))
    models = pd.Index(everyone, name="model")
    benchmark, names = pd.factorize(fractions["benchmark"], sort=True)
    released = pd.to_datetime(first.loc[models])
    years = ((released - released.mean()).dt.days / YEAR_DAYS).to_numpy()
    described = tables.models.set_index("model")
    follower = (described["country"].reindex(models) == params.follower).to_numpy()
    effects, lines = _effects(fractions, facts, described, params)
    horizons = _horizons(minutes, models, years)
    links, more = _links(tables.links if params.links == "used" else tables.links.iloc[:0], models)
    domains, merged = _domains(fractions, minutes, facts["domain"], models, follower, params)
    return Observations(
        models=models,
        benchmarks=pd.Index(names, name="benchmark"),
        years=years,
        model=models.get_indexer(fractions["model"]),
        benchmark=benchmark,
        equal_slopes=params.discriminations == "equal",
        prior=_prior(years, follower, described.reindex(models), params),
        domains=domains,
        effects=effects,
        horizons=horizons,
        links=links,
        notes=(*notes, *lines, *more, *merged),
        **raw,
    )


def _chosen(
    scores: pd.DataFrame, facts: pd.DataFrame, first: pd.Series, params: Params
) -> tuple[pd.DataFrame, list[str]]:
    """The rows that the run asks for, sorted, with lines on what was left out."""
    notes = []
    rows = scores
    if params.sources != "all":
        rows = rows[rows["source_class"] == params.sources]
    if params.benchmarks != "all":
        access = rows["benchmark"].map(facts["access_class"])
        wanted = ("public",) if params.benchmarks == "public" else ("semi_private", "private")
        rows = rows[access.isin(wanted)]
    twice = _superseded(rows, facts["superseded_by"], facts["link"], params)
    if twice.any():
        names = ", ".join(sorted(rows.loc[twice, "benchmark"].unique()))
        notes.append(f"{int(twice.sum())} scores of tests whose successor the model took too are not counted: {names}.")
    dated = rows["model"].map(first).notna()
    if not dated.all():
        notes.append(f"Without any date, left out: {', '.join(sorted(rows.loc[~dated, 'model'].unique()))}.")
    return rows[dated & ~twice].sort_values(["model", "benchmark", "source", "effort"], kind="stable"), notes


def _superseded(rows: pd.DataFrame, successor: pd.Series, link: pd.Series, params: Params) -> pd.Series:
    """Whether the same model also has the test that replaces this one: they share items."""
    usable = rows if params.horizons == "used" else rows[rows["benchmark"].map(link) == "logit"]
    taken = set(zip(usable["model"], usable["benchmark"], strict=True))
    newer = rows["benchmark"].map(successor)
    return pd.Series([pair in taken for pair in zip(rows["model"], newer, strict=True)], rows.index, dtype=bool)


def _raw(rows: pd.DataFrame, facts: pd.DataFrame, params: Params) -> dict[str, np.ndarray]:
    """Scores, item counts, floors, ceilings and bounds on the raw scale."""
    test = facts.loc[rows["benchmark"]]
    floor = test["floor"].fillna(0.0).to_numpy(float)
    ceiling = test["ceiling"].fillna(1.0).to_numpy(float)
    published = rows["score"].to_numpy(float)
    rescaled = (rows["adjusted"] == "chance").to_numpy()
    raw = np.where(rescaled, floor + (ceiling - floor) * published, published)
    n_items = rows["n_items"].to_numpy(float)
    n_items = np.where(np.isnan(n_items), test["n_items"].to_numpy(float), n_items)
    implied = _items_from_error(published, rows["standard_error"].to_numpy(float))
    n_items = np.where(np.isnan(n_items), implied, n_items)
    half = 0.5 / np.where(np.isfinite(n_items), n_items, 1000.0)
    at_most = (rescaled & (published <= 0.001)) | (raw <= half)
    at_least = ~at_most & (raw >= 1.0 - half)
    bounded = np.where(at_most, np.maximum(raw, floor) + half, np.where(at_least, 1.0 - half, raw))
    ignored = params.floors == "ignored"
    return {
        "score": bounded,
        "n_items": n_items,
        "floor": np.zeros_like(floor) if ignored else floor,
        "ceiling": np.ones_like(ceiling) if ignored else ceiling,
        "at_least": at_least,
        "at_most": at_most,
    }


def _items_from_error(score: np.ndarray, error: np.ndarray) -> np.ndarray:
    """The item count a binomial standard error implies; infinite when there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        implied = score * (1 - score) / error**2
    return np.where(np.isfinite(implied) & (implied >= 2), implied, np.inf)


def _effects(
    rows: pd.DataFrame, facts: pd.DataFrame, models: pd.DataFrame, params: Params
) -> tuple[Effects, list[str]]:
    """The bias terms that the rows can tell apart from ability and difficulty."""
    ours = (rows["model"].map(models["country"]) == params.follower).to_numpy()
    access = rows["benchmark"].map(facts["access_class"]).to_numpy()
    notes: list[str] = []
    columns: list[tuple[str, np.ndarray, float, float]] = []
    if params.self_reports == "corrected":
        own = _self_reported(rows, models)
        if _pairs(rows, own):
            columns.append(("self_report", own, 0.25, 0.15))
            if _pairs(rows, own & ours):
                columns.append(("self_report_follower", own & ours, 0.0, 0.15))
        elif own.any():
            notes.append(
                f"{int(own.sum())} self-reported scores are taken at face value: no model has the same test both "
                "from its developer and from somebody else, so that the bias cannot be told from the rest."
            )
    if params.public_tests == "modelled":
        public, closed = access == "public", np.isin(access, ("semi_private", "private"))
        if all((group & side).any() for group in (ours, ~ours) for side in (public, closed)):
            columns.append(("public_test_follower", ours & public, 0.0, 0.3))
        elif ours.any():
            notes.append("The follower's advantage on public tests is not estimated: one side lacks such scores.")
    if params.harnesses == "modelled":
        domain = rows["benchmark"].map(facts["domain"])
        for name, column in _unusual_harnesses(rows):
            sd = HARNESS_SD["agentic" if domain[column].isin(AGENTIC).any() else "other"]
            columns.append((name, column, 0.0, sd))

    names, members, mean, sd = (list(part) for part in zip(*columns, strict=True)) if columns else ([],) * 4
    design = np.array(members, bool).T.reshape(len(rows), len(names))
    effects = Effects(
        names=pd.Index(names, name="effect", dtype=object),
        mean=np.array(mean, float),
        sd=np.array(sd, float),
        start=np.concatenate([[0], np.cumsum(design.sum(axis=1))]).astype(int),
        index=np.nonzero(design)[1],
    )
    return effects, notes


def _self_reported(rows: pd.DataFrame, models: pd.DataFrame) -> np.ndarray:
    """Whether the evaluator is (one of) the model's own developers."""
    developers = rows["model"].map(models["developer"])
    named = [
        isinstance(evaluator, str) and evaluator in str(developer)
        for evaluator, developer in zip(rows["evaluator"], developers, strict=True)
    ]
    return np.array(named, bool) & (rows["source_class"] == "developer").to_numpy()


def _pairs(rows: pd.DataFrame, flag: np.ndarray) -> bool:
    """Whether some model has one test both with and without the flag: what tells a bias from ability and difficulty."""
    share = pd.Series(flag, rows.index).groupby([rows["model"], rows["benchmark"]]).mean()
    return bool(((share > 0) & (share < 1)).any())


def _unusual_harnesses(rows: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    """A column for each test run in another harness than its usual one, on some model in both."""
    harness = rows["harness"].fillna("unnamed").to_numpy(str)
    test = rows["benchmark"].to_numpy(str)
    counts = pd.Series(1, index=pd.MultiIndex.from_arrays([test, harness])).groupby(level=[0, 1]).sum()
    columns = []
    for name, group in counts.groupby(level=0):
        unusual = group.droplevel(0).sort_index().sort_values(ascending=False, kind="stable").index[1:]
        for other in sorted(unusual):
            column = (test == name) & (harness == other)
            if _pairs(rows, column):
                columns.append((f"harness: {name} in {other}", column))
    return columns


def _domains(
    rows: pd.DataFrame, minutes: pd.DataFrame, domain: pd.Series, models: pd.Index, follower: np.ndarray, params: Params
) -> tuple[Domains, list[str]]:
    """A cell for each model in each domain it was tested in; small domains together are `other`."""
    at_row, at_horizon = models.get_indexer(rows["model"]), models.get_indexer(minutes["model"])
    tests = pd.concat([rows["benchmark"], minutes["benchmark"]]).drop_duplicates()
    sizes = tests.map(domain).value_counts()
    small = sorted(sizes.index[sizes < FEWEST_TESTS])
    if params.domains == "ignored" or len(sizes) - len(small) + bool(small) < 2:
        everyone = np.arange(len(models))
        none = pd.Index([], name="domain", dtype=object)
        return Domains(none, everyone, np.zeros_like(everyone), at_row, at_horizon, follower), []
    notes = [f"Domains with fewer than {FEWEST_TESTS} tests count as one, other: {', '.join(small)}."] if small else []
    named = domain.where(~domain.isin(small), "other")
    codes, names = pd.factorize(pd.concat([rows["benchmark"], minutes["benchmark"]]).map(named), sort=True)
    pairs = np.stack([np.concatenate([at_row, at_horizon]), codes], axis=1)
    cells, cell = np.unique(pairs, axis=0, return_inverse=True)
    return (
        Domains(
            names=pd.Index(names, name="domain", dtype=object),
            model=cells[:, 0],
            domain=cells[:, 1],
            row=cell[: len(rows)],
            horizon=cell[len(rows) :],
            follower=follower,
        ),
        notes,
    )


def _prior(years: np.ndarray, follower: np.ndarray, described: pd.DataFrame, params: Params) -> Prior:
    """What abilities scatter around: a line in time, and what the run adds to it or takes away."""
    columns = {} if params.ability_prior == "exchangeable" else {"growth": (years, *GROWTH)}
    if params.ability_prior == "country":
        columns["follower"] = (follower - follower.mean(), 0.0, COUNTRY_SD)
    if params.ability_prior == "lineage":
        family = described["family"]
        sizes = family.value_counts()
        for name in sorted(sizes.index[sizes > 1]):
            columns[f"family: {name}"] = ((family == name).to_numpy(float), 0.0, FAMILY_SD)
    design = np.array([column for column, _, _ in columns.values()], float).reshape(len(columns), len(years)).T
    return Prior(
        names=pd.Index(list(columns), name="prior_term", dtype=object),
        design=np.ascontiguousarray(design),
        mean=np.array([mean for _, mean, _ in columns.values()], float),
        sd=np.array([sd for _, _, sd in columns.values()], float),
    )


def _horizons(rows: pd.DataFrame, models: pd.Index, years: np.ndarray) -> Horizons:
    model = models.get_indexer(rows["model"])
    horizon, names = pd.factorize(rows["benchmark"], sort=True)
    error = rows["standard_error"].to_numpy(float)
    return Horizons(
        names=pd.Index(names, name="horizon", dtype=object),
        reference=pd.Series(years[model]).groupby(horizon).mean().to_numpy(float),
        model=model,
        horizon=horizon,
        log2_minutes=np.log2(rows["score"].to_numpy(float)),
        error=np.where(np.isnan(error), 0.0, error),
        at_least=(rows["censored"] == "lower").to_numpy(bool),
    )


def _links(rows: pd.DataFrame, models: pd.Index) -> tuple[Links, list[str]]:
    """Relative evidence in points; it needs both models and both anchors of the points."""
    anchors = models.get_indexer([name for name, _ in ANCHORS])
    usable = rows[rows["model"].isin(models) & rows["reference_model"].isin(models)] if len(rows) else rows
    notes = []
    if len(rows) and (anchors < 0).any():
        usable = rows.iloc[:0]
        notes.append("Links between models are not used: an anchor of the points is not in the data.")
    elif len(usable) < len(rows):
        notes.append(f"{len(rows) - len(usable)} links between models are not used: one of the two has no score.")
    notes += _contradictions(usable) if len(usable) > 1 else []
    column = (lambda name: usable[name]) if len(usable) else (lambda name: [])
    return (
        Links(
            model=models.get_indexer(column("model")).astype(int),
            reference=models.get_indexer(column("reference_model")).astype(int),
            points=np.asarray(column("difference"), float),
            sd=np.asarray(column("sd"), float),
            low_anchor=int(anchors[0]),
            high_anchor=int(anchors[1]),
            span=ANCHORS[1][1] - ANCHORS[0][1],
        ),
        notes,
    )


def _contradictions(links: pd.DataFrame) -> list[str]:
    """A line for each pair of models that two links put more than three of their errors apart."""
    turned = links["model"] > links["reference_model"]
    pairs = pd.DataFrame({
        "first": links["model"].where(~turned, links["reference_model"]),
        "second": links["reference_model"].where(~turned, links["model"]),
        "points": links["difference"].where(~turned, -links["difference"]),
        "sd": links["sd"],
    }).sort_values("points")  # fmt: skip
    return [
        f"Links between {first} and {second} contradict each other ({low.points:+g} ± {low.sd:g} and "
        f"{high.points:+g} ± {high.sd:g} points); both are used, so that the difference lies between them."
        for (first, second), each in pairs.groupby(["first", "second"])
        for low, high in [(each.iloc[0], each.iloc[-1])]
        if high.points - low.points > 3 * np.hypot(low.sd, high.sd)
    ]
