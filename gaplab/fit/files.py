"""Where the results of each stage are stored: names from all that determines what is in a file."""

from __future__ import annotations

from functools import cache as remembered
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gaplab import identity
from gaplab.data.tables import Tables
from gaplab.fit import cache, stage_abilities, stage_frontiers, stage_readings
from gaplab.params.fields import Stage
from gaplab.params.spec import Params, parameter_names

_LIBRARIES = ("arviz-stats", "numba", "numpy", "pandas", "pymc", "pytensor", "scipy", "xarray")


def cache_file(tables: Tables, params: Params, *, without: tuple[str, ...] = ()) -> Path:
    """Where the draws of this run are stored; the name is a hash of all that determines them."""
    content = _made_from(tables, params) | {"versions": versions()}
    if without:
        content["without"] = sorted(without)
    return cache.folder() / f"frontier-{cache.key(content)[:24]}.npz"


def shipped_name(tables: Tables, params: Params) -> str:
    """Name of the draws of this run in an installed package: made from the same, by libraries that the file names."""
    return f"default-{cache.key(_made_from(tables, params))[:24]}.nc"


def _made_from(tables: Tables, params: Params) -> dict[str, Any]:
    """Data, parameters and code that determine the draws of a run."""
    return {
        "tables": tables.digests,
        "params": _given(params, "selection", "abilities", "frontiers"),
        "source": _source(params),
    }


def ability_file(tables: Tables, params: Params) -> Path:
    """Where the draws of stage 1 are stored; runs that share it share the stage."""
    return cache.folder() / f"ability-{cache.key(_stage_one_from(tables, params))[:24]}.npz"


def readings_file(tables: Tables, params: Params) -> Path:
    """Where what stage 1 says of each model in the domain of this run is stored."""
    content = _stage_one_from(tables, params) | {
        "domain": params.domain,
        "source": identity.of(stage_abilities.__name__, stage_readings.__name__),
    }
    return cache.folder() / f"readings-{cache.key(content)[:24]}.npz"


def _stage_one_from(tables: Tables, params: Params) -> dict[str, Any]:
    """Data, parameters, code and libraries that determine the draws of stage 1."""
    return {
        "tables": {name: digest for name, digest in tables.digests.items() if name != "index_vintages"},
        "params": _given(params, "abilities"),
        "source": identity.of(stage_abilities.__name__),
        "versions": versions(),
    }


def _given(params: Params, *stages: Stage) -> dict[str, Any]:
    """The values of the parameters that enter a run at these stages."""
    given = params.as_strings()
    return {name: given[name] for stage in stages for name in parameter_names(stage=stage)}


def shape_file(stage: str, params: Params) -> Path:
    """Where the shape of a stage is stored, for data of any date and content."""
    both = stage == "frontiers"
    given = _given(params, "abilities", *(["frontiers"] if both else []))
    sampling = parameter_names(group="sampling")
    content = {
        "stage": stage,
        "params": {name: value for name, value in given.items() if name not in sampling},
        "source": _source(params) if both else identity.of(stage_abilities.__name__),
    }
    return cache.folder() / f"shape-{cache.key(content)[:24]}.npz"


def _source(params: Params) -> str:
    """Hash of the code that draws of frontiers come from; only our own ruler rests on stage 1."""
    stages = [stage_frontiers, *([stage_abilities, stage_readings] if params.ruler == "ability" else [])]
    return identity.of(*(stage.__name__ for stage in stages))


@remembered
def versions() -> dict[str, str]:
    """The libraries that draws depend on, with their versions."""
    return {name: version(name) for name in _LIBRARIES}
