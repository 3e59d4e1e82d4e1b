"""Several runs: every domain is asked for, and what the data cannot answer is an answer."""

from __future__ import annotations

from dataclasses import replace

from gaplab.errors import GaplabError
from gaplab.fit import runs
from gaplab.fit.runs import with_restricted
from gaplab.params.spec import Params, choices_of


def test_every_domain_is_a_run_of_its_own():
    asked = runs.by_domain(Params(scope="trusted"))
    assert [run.domain for run in asked] == [name for name in choices_of("domain") if name != "all"]
    assert {run.scope for run in asked} == {"trusted"}
    assert runs.by_domain(Params(ruler="epoch_eci")) == runs.by_domain(Params(domains="ignored")) == []


def test_a_run_without_enough_data_has_a_reason_instead_of_a_posterior(monkeypatch):
    def fit(tables, params, *, progress):
        if params.domain == "cyber":
            raise GaplabError("not enough data", "and more")
        return params.domain.upper()

    monkeypatch.setattr(runs, "fit", fit)
    cyber, science = (replace(Params(), domain=name) for name in ("cyber", "science"))
    assert runs.fit_or_reason([cyber, science, cyber]) == {cyber: "not enough data", science: "SCIENCE"}


def test_tables_at_hand_are_not_read_again(monkeypatch):
    at_hand = runs.tables_of(Params())
    monkeypatch.setattr(runs, "fit", lambda tables, params, *, progress: tables)
    cyber = replace(Params(), domain="cyber")
    assert runs.fit_or_reason([cyber], tables=at_hand)[cyber] is at_hand
    assert runs.fit_or_reason([cyber])[cyber] is not at_hand


def test_a_run_that_counts_restricted_models_is_compared_with_itself():
    assert with_restricted(Params()).scope == "trusted"
    assert with_restricted(Params(scope="internal")).scope == "internal"
