"""What a fit returns: joint draws of abilities and frontiers, with their health and identity."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import xarray as xr

from gaplab.once import Once

if TYPE_CHECKING:
    from gaplab.params.spec import Params

Status = Literal["PASS", "REVIEW", "FAIL"]
_SEVERITY = {"PASS": 0, "REVIEW": 1, "FAIL": 2}


@dataclass(frozen=True)
class Check:
    """One diagnostic of the sampler, with what to do when it is not met."""

    name: str
    value: float
    threshold: str
    status: Status
    advice: str


@dataclass(frozen=True)
class Health:
    """The checks of a fit and the worst status among them."""

    checks: tuple[Check, ...]

    @property
    def status(self) -> Status:
        """PASS, REVIEW or FAIL: the worst of the checks."""
        return max((check.status for check in self.checks), key=_SEVERITY.__getitem__, default="PASS")

    @property
    def advice(self) -> str:
        """What to do, from every check that is not met; empty when all are."""
        return " ".join(check.advice for check in self.checks if check.status != "PASS")


@dataclass(frozen=True)
class Posterior(Once):
    """Joint posterior draws of one run.

    Attributes
    ----------
    ability : DataArray, dims (chain, draw, model)
        Latent ability, in logits on the ruler's scale; every fitted model of
        the leader and the follower, joint with `frontier`.
    frontier : DataArray, dims (chain, draw, country, date)
        Attainable ability at the knots, in logits; linear between knots and
        never falling along `date`. The last date is the as-of date. Countries
        are the leader and the follower.
    shortfall : DataArray, dims (chain, draw, country)
        Mean distance of a country's models below its frontier, in logits.
    points : Dataset with `slope` and `intercept`, dims (chain, draw), or None
        Display scale of every draw: points = intercept + slope * ability.
        None when the anchor models are not in the data as of the date.
    models : DataFrame, indexed by model, the order of `ability`
        country, developer, date (Timestamp, by the clock), n_scores,
        record (bool: at its date its country's best so far with probability
        of at least one third). Sorted by date.
    identity : dict
        data_hash, vintage, fit_hash, versions, commit; and notes, a list of
        lines on what was left out and why.
    featured : Series indexed by model
        Country of each model that models.csv features, in the order it gives
        them; a run that names no models lists these, counted or not.
    """

    ability: xr.DataArray
    frontier: xr.DataArray
    shortfall: xr.DataArray
    points: xr.Dataset | None
    models: pd.DataFrame
    health: Health
    params: Params
    identity: dict[str, Any]
    featured: pd.Series = field(default_factory=lambda: pd.Series(dtype=object))
    _without_levers: Posterior | None = field(default=None, init=False, repr=False, compare=False)

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What `make` computes from this posterior whatever its levers, computed when this key is first asked for."""
        return Once.once(self._without_levers or self, key, make)

    def under(self, params: Params) -> Posterior:
        """The posterior of a run that differs from this one in levers alone; both share what `once` keeps."""
        other = replace(self, params=params)
        object.__setattr__(other, "_without_levers", self._without_levers or self)
        return other

    def to_dataset(self) -> xr.Dataset:
        """The draws as the cache keeps them, with what `from_dataset` cannot compute anew."""
        draws = xr.Dataset({"ability": self.ability, "frontier": self.frontier, "shortfall_mean": self.shortfall})
        return described(draws, self.health.checks, self.identity["notes"], self.models)

    @classmethod
    def from_dataset(cls, draws: xr.Dataset, **rest: Any) -> Posterior:
        """A posterior from draws that `described` has completed, and its other attributes.

        `identity` gets the notes of the draws before its own.
        """
        models = pd.DataFrame(json.loads(draws.attrs["models"])).set_index("model")
        models["date"] = pd.to_datetime(models["date"]).astype("datetime64[ns]")
        rest["identity"] = rest["identity"] | {"notes": [*notes_of(draws), *rest["identity"].get("notes", ())]}
        return cls(
            ability=draws["ability"],
            frontier=draws["frontier"],
            shortfall=draws["shortfall_mean"],
            models=models,
            health=Health(checks_of(draws)),
            **rest,
        )


def described(
    draws: xr.Dataset, checks: Iterable[Check], notes: Iterable[str] = (), models: pd.DataFrame | None = None
) -> xr.Dataset:
    """Draws of a stage with their checks, notes and models as attributes, in JSON."""
    about = {"checks": json.dumps([asdict(check) for check in checks]), "notes": json.dumps(list(notes))}
    if models is not None:
        dated = models.reset_index().assign(date=models["date"].dt.strftime("%F").to_numpy())
        about["models"] = json.dumps(dated.to_dict("records"))
    return draws.assign_attrs(about)


def checks_of(draws: xr.Dataset) -> tuple[Check, ...]:
    """The checks that came with some draws."""
    return tuple(Check(**check) for check in json.loads(draws.attrs["checks"]))


def notes_of(draws: xr.Dataset) -> list[str]:
    """The notes that came with some draws."""
    return json.loads(draws.attrs["notes"])
