"""The scenario files of a folder, read as runs and compared with the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from gaplab.outlook import scenarios
from gaplab.outlook.scenarios import Comparison
from gaplab.params.spec import Params
from gaplab.places import NOTEBOOKS
from gaplab.posterior import Posterior

OWN = "own"
"""Levers that no file of the library sets."""


def read_scenario_library(params: Params, files: Iterable[Path] | None = None) -> dict[str, Params]:
    """The scenarios of notebooks/params or of other files that set a lever, moved to the run's as-of date."""
    from gaplab.params import yaml_file  # for a run with levers only

    paths = sorted((NOTEBOOKS / "params").glob("*.yaml")) if files is None else list(files)
    moved = {path.stem: scenarios.moved_to(Params.from_mapping(yaml_file.read(path)), params) for path in paths}
    return {name: each for name, each in moved.items() if scenarios.set_levers(each)}


def scenario_name(params: Params) -> str:
    """The scenario of notebooks/params that the levers of a run are, `OWN` for any other, "" for the baseline."""
    if not scenarios.set_levers(params):
        return ""
    return next((name for name, each in read_scenario_library(params).items() if each == params), OWN)


def compare_scenario_library(posterior: Posterior, chosen: Mapping[str, Params] | None = None) -> dict[str, Comparison]:
    """Scenarios drawn against the baseline of a run: those of notebooks/params when none are given.

    Parameters
    ----------
    chosen : mapping of str to Params, optional
        What `read_scenario_library` gives.
    """
    asked = read_scenario_library(posterior.params) if chosen is None else chosen
    return {name: scenarios.compare(posterior.under(params)) for name, params in asked.items()}
