"""What a run may vary: one frozen, validated specification.

A notebook's parameters cell, a YAML file and command-line flags are three
spellings of `Params`; nothing else configures a run.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from gaplab.errors import GaplabError

Knowledge = Literal["hindsight", "real_time"]
Scope = Literal["public", "trusted", "internal"]
Clock = Literal["release", "first_access", "first_internal"]
Domain = Literal["all", "cyber", "software", "mathematics", "science", "reasoning", "agentic", "knowledge", "language"]
Ruler = Literal["ability", "epoch_eci", "metr_horizon", "caisi_elo", "arena_elo"]
Sources = Literal["all", "government", "independent", "leaderboard", "developer"]
Benchmarks = Literal["all", "public", "non_public"]
Side = Literal["follower", "leader"]
Variant = Literal["full", "one_page", "dossier", "changes"]
InjectScale = Literal["points", "logits", "from_leader"]


def _param(default, help, *, low=None, high=None):
    return field(default=default, metadata={"help": help, "low": low, "high": high})


@dataclass(frozen=True, kw_only=True)
class Params:
    """Specification of one run; equal specifications give equal numbers."""

    as_of: date = _param(date(2026, 6, 30), "nothing that happened later is used (YYYY-MM-DD)")
    knowledge: Knowledge = _param(
        "hindsight",
        "hindsight: every score of the models out by as_of; real_time: only scores published by then",
    )
    scope: Scope = _param("public", "which leader models count: trusted adds restricted access, internal adds all")
    domain: Domain = _param("all", "in which domain: general ability, or ability in one domain")
    clock: Clock = _param("release", "what dates a model: public release, first outside access, first internal use")
    ruler: Ruler = _param("ability", "the scale the lag is read on: our posterior, or a published index or rating")
    sources: Sources = _param("all", "whose scores count: everybody's, or one class of sources")
    benchmarks: Benchmarks = _param("all", "which tests count: all, public ones, or semi-private and private ones")
    self_reports: Literal["corrected", "face_value"] = _param(
        "corrected", "developers' scores of their own models: less an estimated bias, or at face value"
    )
    harnesses: Literal["modelled", "ignored"] = _param(
        "modelled", "differences between evaluators' set-ups on one test: estimated or ignored"
    )
    public_tests: Literal["modelled", "ignored"] = _param(
        "modelled", "the follower's own advantage on public tests: estimated or ignored"
    )
    domains: Literal["modelled", "ignored"] = _param(
        "modelled", "abilities that differ between domains: estimated, or every test measures one ability"
    )
    discriminations: Literal["modelled", "equal"] = _param(
        "modelled", "how sharply tests tell models apart: estimated, or equal for all (one-parameter model)"
    )
    floors: Literal["used", "ignored"] = _param("used", "scores that guessing alone would get, and ceilings")
    ability_prior: Literal["time", "exchangeable", "country", "lineage"] = _param(
        "time", "what abilities scatter around: a line in time, nothing, a line by country or by model family"
    )
    horizons: Literal["used", "ignored"] = _param("used", "METR's task horizons in minutes")
    links: Literal["used", "ignored"] = _param("used", "evidence that only compares two models")
    leader: str = _param("US", "country in front, as spelt in models.csv")
    follower: str = _param("China", "country behind, as spelt in models.csv")
    subject: str = _param("default", "models to list: default, all, or one follower model by name")
    nowcast: bool = _param(False, "also read the gap with models that are out but have no score yet")
    variant: Variant = _param(
        "full", "which brief: full, one_page, dossier (of the model in subject) or changes (from the date in since)"
    )
    since: date | None = _param(None, "changes: the earlier date to compare with (YYYY-MM-DD)")
    prob: float = _param(0.8, "probability of the interval shown in text and figures", low=0.01, high=0.99)
    data: str | None = _param(None, "folder of the data tables; empty: $GAPLAB_DATA, else the project's own")
    knot_months: float = _param(2.0, "months between knots of the frontiers", low=0.5, high=12.0)
    sampling: Literal["full", "preview"] = _param(
        "full", "full: draws to quote; preview: few draws in the shape of the last full fit, to look at in seconds"
    )
    chains: int = _param(4, "chains of the sampler", low=2, high=16)
    draws: int = _param(1000, "draws kept from each chain", low=100, high=20_000)
    seed: int = _param(20260630, "seed of every random number in the run", low=0, high=2**31 - 1)
    # The forecast and its levers, all neutral: none of them changes a fit.
    target: str = _param("default", "leader models to catch up with: default, or names separated by semicolons")
    horizon_months: int = _param(36, "months the forecast looks ahead", low=24, high=120)
    leader_rate: float = _param(1.0, "lever: pace of the leader after the as-of date, times this", low=0, high=10)
    leader_pause_from: date | None = _param(None, "lever: the leader stands still from this day (empty: as_of)")
    leader_pause_to: date | None = _param(None, "lever: the leader goes on from this day (empty: never again)")
    leader_restricted_share: float = _param(
        0.0, "lever: share of the leader's progress that first comes out in restricted models", low=0, high=1
    )
    leader_restricted_months: float = _param(6.0, "lever: months until restricted progress is public", low=0, high=120)
    follower_rate: float = _param(1.0, "lever: pace of the follower, times this", low=0, high=10)
    follower_rate_from: date | None = _param(None, "lever: day from which follower_rate holds (empty: as_of)")
    follower_diffusion: float = _param(
        1.0,
        "lever: the follower's gain from the leader's head start, times this (0: none)",
        low=0,
        high=10,
    )
    follower_delay_months: float = _param(0.0, "lever: months the follower holds back new releases", low=0, high=120)
    inject_model: str = _param("A new model", "lever: name of a model assumed to be released, see inject_ability")
    inject_country: Side = _param("follower", "lever: whose model it is")
    inject_date: date | None = _param(None, "lever: day of its release (empty: as_of)")
    inject_ability: float | None = _param(None, "lever: its ability; empty: no such model", low=-1000, high=1000)
    inject_sd: float = _param(0.0, "lever: standard deviation of its ability, on the same scale", low=0, high=1000)
    inject_scale: InjectScale = _param(
        "points",
        "lever: scale of its ability; from_leader: logits above the leader's frontier today",
    )

    def __post_init__(self):
        problems = []
        for spec in fields(self):
            try:
                object.__setattr__(self, spec.name, _coerce(spec, getattr(self, spec.name)))
            except GaplabError as error:
                problems.extend(error.problems)
        if not problems and self.leader == self.follower:
            problems.append(
                f'parameter follower: "{self.follower}" is also the leader; expected two different countries'
            )
        if not problems:
            problems.extend([*_early(self), *_contradictions(self)])
        if problems:
            raise GaplabError(*problems)

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
        legal = list(accepts) if accepts is not None else names()
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

        papermill injects misspelt names without complaint; here every plain
        value that is not a parameter is refused.
        """
        shell = {"In", "Out", "exit", "quit", "open", "get_ipython"}
        plain = {
            name: value
            for name, value in namespace.items()
            if not (name.startswith("_") or name in shell or callable(value) or isinstance(value, types.ModuleType))
        }
        return cls.from_mapping(plain)

    def as_strings(self) -> dict[str, Any]:
        """The fields as JSON-ready values, dates in ISO form."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}


LEVERS = (
    "leader_rate", "leader_pause_from", "leader_pause_to", "leader_restricted_share", "leader_restricted_months",
    "follower_rate", "follower_rate_from", "follower_diffusion", "follower_delay_months",
    "inject_model", "inject_country", "inject_date", "inject_ability", "inject_sd", "inject_scale",
)  # fmt: skip
"""The fields that a scenario sets."""

FORECAST = ("target", "horizon_months", *LEVERS)
"""The fields that change forecasts and no fit."""


def names() -> list[str]:
    """The legal parameter names, in the order they are documented."""
    return [spec.name for spec in fields(Params)]


def help_for(name: str) -> str:
    """The one-line explanation of a parameter."""
    return next(spec.metadata["help"] for spec in fields(Params) if spec.name == name)


def choices(name: str) -> tuple[str, ...]:
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
    if params.domain == "all":
        return []
    problems = []
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


def _unknown(name: str, legal: list[str]) -> str:
    close = difflib.get_close_matches(str(name), legal, n=1, cutoff=0.5)
    hint = f'; did you mean "{close[0]}"?' if close else "."
    return f'unknown parameter "{name}"{hint} (accepted: {", ".join(legal)})'


def _coerce(spec, value: Any) -> Any:
    """The value in the field's type, or a GaplabError that says what was expected."""
    hint = _hints()[spec.name]
    if type(None) in get_args(hint):
        if value is None:
            return None
        (hint,) = (kind for kind in get_args(hint) if kind is not type(None))
    if get_origin(hint) is Literal:
        return _choice(spec.name, value, get_args(hint))
    if hint is date:
        return _date(spec.name, value)
    if hint is bool:
        return _switch(spec.name, value)
    if hint in (int, float):
        return _number(spec, value, hint)
    if not isinstance(value, str) or not value.strip():
        raise GaplabError(f"parameter {spec.name}: {value!r} is not text; expected {spec.metadata['help']}")
    return value


def _choice(name: str, value: Any, legal: tuple[str, ...]) -> str:
    if value in legal:
        return value
    close = difflib.get_close_matches(str(value), legal, n=1, cutoff=0.5)
    hint = f'; did you mean "{close[0]}"?' if close else ""
    raise GaplabError(f"parameter {name}: {value!r} is not one of {', '.join(legal)}{hint}")


def _date(name: str, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()
    except (TypeError, ValueError):
        raise GaplabError(
            f"parameter {name}: {value!r} is not a date; expected YYYY-MM-DD, for example 2026-06-30"
        ) from None


def _switch(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    raise GaplabError(f"parameter {name}: {value!r} is not a yes or no; expected true or false")


def _number(spec, value: Any, kind: type) -> int | float:
    words = "a whole number" if kind is int else "a number"
    low, high = spec.metadata["low"], spec.metadata["high"]
    expected = f"expected {words} from {low} to {high}"
    if isinstance(value, bool):
        raise GaplabError(f"parameter {spec.name}: {value!r} is not {words}; {expected}")
    try:
        number = kind(value)
        exact = float(value) == number
    except (TypeError, ValueError, OverflowError):
        raise GaplabError(f"parameter {spec.name}: {value!r} is not {words}; {expected}") from None
    if not exact or not low <= number <= high:
        raise GaplabError(f"parameter {spec.name}: {value!r} is out of range; {expected}")
    return number
