"""Who counts: scope, clock, and access that comes and goes."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from support.tables import write_tiny

from gaplab.data.access import eligible
from gaplab.data.load import load
from gaplab.errors import GaplabError


@pytest.fixture
def folder(tmp_path):
    return write_tiny(tmp_path)


def append(folder, name, line):
    with (folder / f"{name}.csv").open("a", encoding="utf-8") as text:
        text.write(line + "\n")


@pytest.fixture
def tables(folder):
    """A leader model with three dates, one internal only, one restricted; a restricted follower model."""
    append(folder, "models", "Alpha 2,Acme,US,Alpha,,closed,2025-09-01,day,https://acme.example,,")
    append(folder, "models", "Alpha 3,Acme,US,Alpha,,closed,,unknown,https://acme.example,,")
    append(folder, "models", "Beta 2,Bao,China,Beta,,closed,,unknown,https://bao.example,,")
    append(folder, "models", "Nobody 1,someone,unknown,,,open,2025-03-01,day,https://nobody.example,,")
    append(folder, "access", "Alpha 2,internal,2025-06-15,,https://acme.example")
    append(folder, "access", "Alpha 2,trusted,2025-08-01,,https://acme.example")
    append(folder, "access", "Alpha 3,internal,2025-10-01,,https://acme.example")
    append(folder, "access", "Beta 2,trusted,2025-04-01,,https://bao.example")
    return load(as_of=date(2025, 12, 31), root=folder)


def dates(tables, scope, clock):
    found = eligible(tables, scope=scope, clock=clock, leader="US")
    assert list(found.columns) == ["developer", "country", "date"]
    assert found["date"].is_monotonic_increasing
    return {model: day.date().isoformat() for model, day in found["date"].items()}


def test_scope_admits_models_of_the_leader_only(tables):
    assert set(dates(tables, "public", "release")) == {"Alpha 1", "Alpha 2", "Beta 1"}
    assert set(dates(tables, "trusted", "release")) == {"Alpha 1", "Alpha 2", "Beta 1", "Gamma Preview"}
    assert set(dates(tables, "internal", "release")) == {"Alpha 1", "Alpha 2", "Alpha 3", "Beta 1", "Gamma Preview"}


def test_clock_dates_the_models(tables):
    assert dates(tables, "internal", "release") == {
        "Alpha 1": "2025-01-10",
        "Beta 1": "2025-05-20",
        "Gamma Preview": "2025-06-01",
        "Alpha 2": "2025-09-01",
        "Alpha 3": "2025-10-01",
    }
    assert dates(tables, "internal", "first_access")["Alpha 2"] == "2025-08-01"
    assert dates(tables, "internal", "first_internal")["Alpha 2"] == "2025-06-15"


def test_a_state_reached_after_the_as_of_date_does_not_count(tables, folder):
    early = load(as_of=date(2025, 8, 15), root=folder)
    assert "Alpha 2" not in dates(early, "public", "release")
    assert dates(early, "trusted", "release")["Alpha 2"] == "2025-08-01"


def test_a_model_that_was_withdrawn_still_counts(folder):
    """The rule over time: had been public by the day, not public on the day."""
    append(folder, "access", "Beta 1,public,2025-05-20,2025-05-25,https://bao.example")
    append(folder, "access", "Beta 1,suspended,2025-05-25,2025-08-01,https://bao.example")
    append(folder, "access", "Beta 1,public,2025-08-01,,https://bao.example")
    within = load(as_of=date(2025, 6, 15), root=folder)
    assert dates(within, "public", "release")["Beta 1"] == "2025-05-20"


def test_the_projects_access_tells_of_withdrawals_and_previews():
    def public(day):
        return eligible(load(as_of=day), scope="public", clock="release", leader="US").index

    assert "Claude Fable 5" in public(date(2026, 6, 30)), "public from 9 to 12 June, withdrawn until 1 July"
    assert "GPT-5.6 Sol" not in public(date(2026, 7, 8))
    assert "GPT-5.6 Sol" in public(date(2026, 7, 9))
    assert "Claude Mythos 5" not in public(date(2026, 8, 31))


def test_models_of_unknown_country_are_in_the_tables_but_in_no_comparison(tables):
    assert "Nobody 1" in set(tables.models["model"])
    assert "Nobody 1" not in dates(tables, "internal", "release")


def test_a_leader_without_models_is_refused_with_the_countries_there_are(tables):
    with pytest.raises(GaplabError, match="no model of 'Narnia' by 2025-12-31; expected one of China, US"):
        eligible(tables, scope="public", clock="release", leader="Narnia")


def test_claude_mythos_preview_counts_only_when_restricted_models_do():
    tables = load(as_of=date(2026, 5, 12))
    name = "Claude Mythos Preview"
    public = eligible(tables, scope="public", clock="release", leader="US")
    trusted = eligible(tables, scope="trusted", clock="release", leader="US")
    assert name not in public.index
    assert trusted.loc[name, "date"] == pd.Timestamp("2026-04-07")
    assert set(trusted.index) - set(public.index) == {name, "GPT-5.5-Cyber"}
