"""Fixtures of the verbs: a simulated posterior instead of a fit, and a sampler that must not be reached."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from support.commands import world

from gaplab.params.spec import Params


@pytest.fixture
def asked(monkeypatch) -> list[Params]:
    """A simulated posterior instead of a fit; the list receives the parameters that were asked for."""
    seen = []

    def load(*, as_of, knowledge="hindsight", root=None):
        return SimpleNamespace(as_of=as_of, knowledge=knowledge, root=root, hash="5a" * 32, vintage="2026-08-11")

    def fit(tables, params, *, progress=False):
        seen.append(params)
        return world(params)

    def eligible(tables, *, scope, clock, leader):
        return world(Params()).models

    monkeypatch.setattr("gaplab.fit.runs.load", load)
    monkeypatch.setattr("gaplab.preflight.eligible", eligible)
    monkeypatch.setattr("gaplab.preflight.require_enough", lambda *_: None)  # the tables of this fixture have no rows
    monkeypatch.setattr("gaplab.report.sections.scopes.eligible", eligible)
    monkeypatch.setattr("gaplab.fit.fit.fit", fit)
    return seen


@pytest.fixture
def never_samples(monkeypatch) -> None:
    """Bad input has to be found before the sampler is reached."""

    def reached(*_, **__):
        raise AssertionError("the sampler was reached")

    monkeypatch.setattr("gaplab.sampling.sample.sample", reached)
