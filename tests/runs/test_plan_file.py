"""Run files: grids and lists become runs, and all that is wrong is said before the first starts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fakes import FINE, notebook, runs_file
from support.hostile import tried

from gaplab.errors import GaplabError
from gaplab.places import NOTEBOOKS
from gaplab.runs import plan_file


@pytest.fixture
def home(tmp_path):
    return notebook(tmp_path / "notebooks", "fine", FINE)


def problems(path, home=NOTEBOOKS):
    with pytest.raises(GaplabError) as refused:
        plan_file.read(path, home=home)
    return refused.value.problems


def test_a_grid_combines_everything(tmp_path):
    grid = {
        "notebook": ["brief", "forecast"],
        "as_of": [date(2026, 5, 12), "2026-06-30"],
        "scope": ["public", "trusted"],
        "scenario": ["baseline", "us_pause"],
        "draws": 200,
    }
    runs = plan_file.read(runs_file(tmp_path / "runs.yaml", grid=grid))
    assert len(runs) == 16
    assert {run.params.draws for run in runs} == {200}
    paused = [run.params for run in runs if run.params.leader_pause_from]
    assert len(paused) == 8
    assert {params.leader_pause_from for params in paused} == {date(2026, 5, 12), date(2026, 6, 30)}, "moved along"


def test_lists_defaults_and_levers_beside_a_scenario(tmp_path):
    path = runs_file(
        tmp_path / "runs.yaml",
        {"name": "first", "as_of": "2026-05-12"},
        {"scenario": "us_pause", "leader_rate": 0.5},
        {"scenario": "us_pause", "leader_rate": 0.5, "name": "the same again"},
        defaults={"draws": 150},
        grid=[{"scope": ["public", "internal"]}, {"scope": "trusted"}],
    )
    runs = plan_file.read(path)
    assert [run.name for run in runs] == ["first", "", "", "", ""], "equal runs are one"
    assert runs[1].params.leader_rate == 0.5
    assert runs[1].params.leader_pause_to
    assert {run.params.draws for run in runs} == {150}
    assert [run.params.scope for run in runs[2:]] == ["public", "internal", "trusted"]


def test_every_problem_of_every_run_is_told_at_once(tmp_path):
    path = runs_file(
        tmp_path / "runs.yaml",
        {"notebook": "breif"},
        {"as_off": "2026-05-12"},
        {"scope": "publik", "draws": 1},
        {"subject": "No such model"},
        {"follower": "Atlantis"},
        {"scenario": "us_paus"},
        {"target": "Nobody"},
        {"as_of": [1, 2]},
        grid={"as_of": ["2026-05-12", "yesterday"], "scope": ["public", "trusted"]},
    )
    told = "\n".join(problems(path))
    for expected in (
        'item 1: unknown notebook "breif"; did you mean "brief"?',
        'unknown parameter "as_off"; did you mean "as_of"?',
        '"publik" is not one of',
        "parameter draws: 1 is out of range",
        '"No such model" is no model of China',
        '"Atlantis" has 0 models',
        'unknown scenario "us_paus"; did you mean "us_pause"?',
        "Nobody",
        "lists belong under `grid:`",
        'grid, as_of=yesterday, scope=public (and 1 more): parameter as_of: "yesterday" is not a date',
    ):
        assert expected in told, told


@pytest.mark.parametrize(
    ("sections", "problem"),
    [
        ({}, "holds no runs"),
        ({"run": []}, 'unknown section "run"; did you mean "runs"?'),
        ({"runs": []}, "holds no runs"),
        ({"runs": {"a": 1}}, "expected a list"),
        ({"runs": ["brief"]}, "item 1 is no mapping"),
        ({"defaults": [1], "runs": [{}]}, "defaults: expected"),
        ({"grid": ["brief"]}, "is no mapping"),
        ({"grid": {"scope": []}}, "scope has no values"),
        (
            {"grid": {name: list(range(30)) for name in ("seed", "draws", "prob", "chains")}},
            "at most",
        ),
    ],
)
def test_what_is_no_run_file_is_refused(sections, problem, tmp_path):
    (told,) = problems(runs_file(tmp_path / "runs.yaml", **sections))
    assert problem in told


@pytest.mark.parametrize("bad", ["a\0b", "x" * 10_000, "line\nbreak", "\x1b[31m"])
@pytest.mark.parametrize("name", ["name", "inject_model", "notebook", "subject", "data"])
def test_text_that_no_page_can_hold_is_refused(bad, name, tmp_path, home):
    told = "\n".join(problems(runs_file(tmp_path / "runs.yaml", {"notebook": "fine", name: bad}), home))
    assert "control character" in told or "expected at most" in told
    assert len(told) < 1000


@pytest.mark.parametrize("bad", ["../../etc/passwd", "/etc/passwd", "..", "fine/../fine", "fine.ipynb", "", None, 3])
def test_notebooks_are_names_and_never_paths(bad, tmp_path, home):
    (told,) = problems(runs_file(tmp_path / "runs.yaml", {"notebook": bad}), home)
    assert "unknown notebook" in told


def test_names_in_any_script_are_kept(tmp_path, home):
    names = ["<script>alert(1)</script>", "../../x", "=1+1", "深度求索", "\u202eevil", "مرحبا"]
    runs = plan_file.read(
        runs_file(tmp_path / "r.yaml", *({"notebook": "fine", "name": n, "inject_model": n} for n in names)), home=home
    )
    assert [run.name for run in runs] == names


@tried(60)
@given(
    text=st.text(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    ).map(lambda value: {"runs": [value], "grid": value})
)
def test_whatever_is_in_the_file_it_is_runs_or_a_clear_refusal(text, tmp_path, home):
    path = tmp_path / "runs.yaml"
    if isinstance(text, str):
        path.write_text(text, encoding="utf-8", errors="replace")
    else:
        runs_file(path, **text)
    try:
        assert plan_file.read(path, home=home)
    except GaplabError as error:
        assert all(problem.startswith(str(path)) for problem in error.problems)
