"""The parameters of a run: one frozen, validated specification."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from gaplab.errors import GaplabError, did_you_mean, quoted
from gaplab.params import complete
from gaplab.params.fields import (
    LATEST,
    Benchmarks,
    Clock,
    Domain,
    InjectScale,
    Knowledge,
    Ruler,
    Scope,
    Side,
    Sources,
    Stage,
    Variant,
    evidence_param,
    forecast_param,
    frontier_param,
    lever_param,
    model_param,
    page_param,
    param,
    sampling_param,
    selection_param,
    shown_param,
)
from gaplab.params.groups import named_pair
from gaplab.params.reading import coerce, given_in, names_in, plain_variables

RENAMED = {"horizons": "task_horizons", "links": "pairwise_links"}
"""Earlier names of parameters, with those of now."""


@dataclass(frozen=True, kw_only=True)
class Params:
    """Specification of one run; equal specifications give equal numbers."""

    as_of: date = selection_param(LATEST, "nothing later is used: YYYY-MM-DD, or latest, the newest complete day")
    leader: str = frontier_param("US", "who is in front: a country, or a rule over a column of models.csv")
    follower: str = param("China", "who is behind: a country, or a rule over a column", stage="abilities", group="gap")
    scope: Scope = selection_param("public", "which leader models count; trusted: restricted ones too; internal: all")
    domain: Domain = frontier_param("all", "in which domain: general ability, or ability in one domain")
    clock: Clock = selection_param("release", "what dates a model: public release, first outside or internal use")
    ruler: Ruler = frontier_param("ability", "the scale the lag is read on: our posterior, or a published index")
    knowledge: Knowledge = selection_param(
        "hindsight",
        "hindsight: every score of the models out by as_of; real_time: only scores published by then",
    )
    sources: Sources = evidence_param("all", "whose scores count: everybody's, or one class of sources")
    benchmarks: Benchmarks = evidence_param(
        "all", "which tests count: public or not, or uncontaminated (private or newer)"
    )
    tests: str = evidence_param("all", "which tests count, by name: all, or names separated by semicolons")
    without: str = evidence_param("none", "tests that do not count: none, or names separated by semicolons")
    self_reports: Literal["corrected", "face_value"] = evidence_param(
        "corrected", "developers' own scores: corrected if data allow it, or at face value"
    )
    harnesses: Literal["modelled", "ignored"] = evidence_param(
        "modelled", "differences between evaluators' set-ups: estimated or ignored"
    )
    public_tests: Literal["modelled", "ignored"] = evidence_param(
        "modelled", "the follower's own advantage on public tests: estimated or ignored"
    )
    subject: str = shown_param("default", "models to list: default, all, or one follower model by name")
    nowcast: bool = shown_param(False, "also read the gap with models that are out but have no score yet")
    prob: float = shown_param(0.8, "probability of the interval shown in text and figures", low=0.01, high=0.99)
    data: str | None = param(
        None, "folder of the data tables; empty: $GAPLAB_DATA, else the project's own", stage="tables", group="shown"
    )
    variant: Variant = page_param(
        "full", "which brief: full, one_page, dossier (of the model in subject) or changes (since the date in since)"
    )
    since: date | None = page_param(
        None, "changes: the date to compare with (YYYY-MM-DD); empty: the last release, else a month before"
    )
    domains: Literal["modelled", "ignored"] = model_param(
        "modelled", "abilities that differ between domains: estimated, or every test measures one ability"
    )
    discriminations: Literal["modelled", "equal"] = model_param(
        "modelled", "how sharply tests tell models apart: estimated, or equal for all (one-parameter model)"
    )
    floors: Literal["used", "ignored"] = model_param("used", "scores that guessing alone would get, and ceilings")
    ability_prior: Literal["time", "exchangeable", "country", "lineage"] = model_param(
        "time", "what abilities scatter around: a line in time, nothing, a line by country or by model family"
    )
    task_horizons: Literal["used", "ignored"] = model_param("used", "METR's task horizons in minutes")
    pairwise_links: Literal["used", "ignored"] = model_param("used", "evidence that only compares two models")
    knot_months: float = param(
        2.0, "months between knots of the frontiers", low=0.5, high=12.0, stage="frontiers", group="model"
    )
    sampling: Literal["full", "preview"] = sampling_param(
        "full", "full: draws to quote; preview: a look in seconds, in the last full shape"
    )
    chains: int = sampling_param(4, "chains of the sampler", low=2, high=16)
    draws: int = sampling_param(1000, "draws kept from each chain", low=100, high=20_000)
    seed: int = sampling_param(20260630, "seed of every random number in the run", low=0, high=2**31 - 1)
    target: str = forecast_param("default", "leader models to catch up with: default, or names separated by semicolons")
    horizon_months: int = forecast_param(36, "months the forecast looks ahead", low=24, high=120)
    leader_rate: float = lever_param(1.0, "lever: pace of the leader after the as-of date, times this", low=0, high=10)
    leader_pause_from: date | None = lever_param(None, "lever: the leader stands still from this day (empty: as_of)")
    leader_pause_to: date | None = lever_param(None, "lever: the leader goes on from this day (empty: never again)")
    leader_restricted_share: float = lever_param(
        0.0, "lever: share of the leader's progress that first comes out in restricted models", low=0, high=1
    )
    leader_restricted_months: float = lever_param(
        6.0, "lever: months until restricted progress is public", low=0, high=120
    )
    follower_rate: float = lever_param(1.0, "lever: pace of the follower, times this", low=0, high=10)
    follower_rate_from: date | None = lever_param(None, "lever: day from which follower_rate holds (empty: as_of)")
    follower_diffusion: float = lever_param(
        1.0,
        "lever: the follower's gain from the leader's head start, times this (0: none)",
        low=0,
        high=10,
    )
    follower_delay_months: float = lever_param(
        0.0, "lever: months the follower holds back new releases", low=0, high=120
    )
    inject_model: str = lever_param("A new model", "lever: name of a model assumed to be released, see inject_ability")
    inject_country: Side = lever_param("follower", "lever: whose model it is")
    inject_date: date | None = lever_param(None, "lever: day of its release (empty: as_of)")
    inject_ability: float | None = lever_param(None, "lever: its ability; empty: no such model", low=-1000, high=1000)
    inject_sd: float = lever_param(0.0, "lever: standard deviation of its ability, on the same scale", low=0, high=1000)
    inject_scale: InjectScale = lever_param(
        "points",
        "lever: scale of its ability; from_leader: logits above the leader's frontier today",
    )

    def __post_init__(self):
        problems = []
        if self.as_of == LATEST:
            object.__setattr__(self, "as_of", complete.latest(self.data if isinstance(self.data, str) else None))
        for spec in fields(self):
            try:
                object.__setattr__(self, spec.name, coerce(spec, _hints()[spec.name], getattr(self, spec.name)))
            except GaplabError as error:
                problems.extend(error.problems)
        labels, found = named_pair(leader=self.leader, follower=self.follower)
        problems.extend(found)
        for role, label in labels.items():
            object.__setattr__(self, role, label)
        if not problems and self.variant == "changes" and self.since is None:
            object.__setattr__(self, "since", complete.former(self.as_of))
        if not problems:
            for name in ("tests", "without"):  # the same choice in another order is the same run
                object.__setattr__(self, name, "; ".join(sorted(names_in(getattr(self, name)))))
        if not problems:
            problems.extend([*_early(self), *_contradictions(self)])
        if problems:
            raise GaplabError(*problems)

    @property
    def pair(self) -> tuple[str, str]:
        """Leader and follower."""
        return self.leader, self.follower

    @property
    def roles(self) -> dict[str, str]:
        """Leader and follower by role, as the definitions of the gap take them."""
        return {"leader": self.leader, "follower": self.follower}

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any], *, accepts: Iterable[str] | None = None) -> Params:
        """Parameters read from a YAML mapping, command-line flags or a notebook.

        Parameters
        ----------
        given : mapping
            Names and values; values may be strings as typed by a user.
        accepts : iterable of str, optional
            The names legal here; all fields of `Params` when left out.

        Raises
        ------
        GaplabError
            One line for every unknown name (with the closest legal one) and
            every value of the wrong type or out of range.
        """
        legal = list(accepts) if accepts is not None else parameter_names()
        unknown = [_unknown(name, legal) for name in given if name not in legal]
        known = {name: value for name, value in given.items() if name in legal}
        try:
            params = cls(**known)
        except GaplabError as error:
            raise GaplabError(*unknown, *error.problems) from None
        if unknown:
            raise GaplabError(*unknown)
        return params

    @classmethod
    def from_notebook(cls, namespace: Mapping[str, Any]) -> Params:
        """Parameters from the globals of a notebook whose parameters cell ran first.

        papermill injects misspelt names without complaint. Here every name
        that the parameters cells or papermill's cell sets is refused when it is
        no parameter, or one that the notebook does not read. Other variables
        of the notebook are not looked at.
        """
        names, cells = parameter_names(), namespace.get("In")
        given = plain_variables(namespace) if cells is None else given_in(cells, names)
        return cls.from_mapping({name: namespace[name] for name in given if name in namespace})

    def as_strings(self) -> dict[str, Any]:
        """The fields as JSON-ready values, dates in ISO form."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}

    def reset(self, *names: str) -> Params:
        """The same run with these parameters at their defaults."""
        return replace(self, **{spec.name: spec.default for spec in fields(self) if spec.name in names})


def parameter_names(*, stage: Stage | None = None, group: str | None = None) -> list[str]:
    """The legal parameter names, all or those of a stage or group, in the order they are documented."""
    return [
        spec.name
        for spec in fields(Params)
        if stage in (None, spec.metadata["stage"]) and group in (None, spec.metadata["group"])
    ]


def _unknown(name: str, legal: list[str]) -> str:
    hint = f"; it is called {quoted(RENAMED[name])} now" if name in RENAMED else did_you_mean(name, legal)
    return f"unknown parameter {quoted(name)}{hint}"


LEVERS = tuple(parameter_names(group="levers"))
"""The fields that a scenario sets."""


def help_for(name: str) -> str:
    """The one-line explanation of a parameter."""
    return next(spec.metadata["help"] for spec in fields(Params) if spec.name == name)


def choices_of(name: str) -> tuple[str, ...]:
    """The legal values of a parameter that takes one of a few words, else ()."""
    hint = _hints()[name]
    if hint is bool:
        return ("true", "false")
    return get_args(hint) if get_origin(hint) is Literal else ()


def _early(params: Params) -> list[str]:
    """Levers that would have to act before the as-of date, or a pause that ends before it begins."""
    problems = [
        f"parameter {name}: {onset} is before the as-of date {params.as_of}; expected that day or later: a lever "
        "changes what comes after"
        for name in ("leader_pause_from", "follower_rate_from", "inject_date")
        if (onset := getattr(params, name)) is not None and onset < params.as_of
    ]
    start, end = params.leader_pause_from or params.as_of, params.leader_pause_to
    if end is not None and end <= start:
        problems.append(f"parameter leader_pause_to: {end} is not after {start}, the day the pause begins")
    return problems


def _contradictions(params: Params) -> list[str]:
    """Readings that another parameter takes away."""
    problems = [
        f"parameter {name}: names no test; expected {word} or names separated by semicolons"
        for name, word in (("tests", "all"), ("without", "none"))
        if not getattr(params, name)
    ]
    problems += [
        f"parameter without: {quoted(name)} is among the tests that count by name; expected it in one of the two"
        for name in names_in(params.without)
        if name in names_in(params.tests)
    ]
    if params.domain == "all":
        return problems
    if params.ruler != "ability":
        problems.append(
            f'parameter domain: "{params.domain}" cannot be read on the ruler {params.ruler}, which knows no domains; '
            "expected ruler=ability, or domain=all"
        )
    if params.domains == "ignored":
        problems.append(
            f'parameter domain: "{params.domain}" has no ability of its own with domains=ignored; '
            "expected domains=modelled, or domain=all"
        )
    return problems


@cache
def _hints() -> dict[str, Any]:
    """Types of the fields; resolving them takes longer than all else a `Params` does."""
    return get_type_hints(Params)
