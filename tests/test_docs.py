"""Every command that a page tells the reader to type exists, and every file it points to."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from support.briefs import as_kept
from support.places import REPOSITORY
from support.tables import fewer_claims
from support.worlds import synthetic_posterior

from gaplab import preflight
from gaplab.cli.root import main
from gaplab.data.load import load
from gaplab.runs.brief import Brief

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md")), REPOSITORY / "data" / "README.md"]
TARGETS = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())


def typed(page: Path) -> list[str]:
    """The commands on a page: lines of its shell blocks and short pieces of code in its text."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    return [line.split("#")[0].strip() for line in [*lines, *re.findall(r"`([^`\n]+)`", text)]]


@each_page
def test_make_targets_exist(page):
    for command in typed(page):
        if match := re.match(r"make ([a-z-]+)", command):
            assert match[1] in TARGETS, command


def shell_lines(page: Path) -> list[str]:
    """The commands of the shell blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    return [line.split(" #")[0].strip() for line in lines if line.strip()]


RUN = {
    f"{page.stem}: {line}": (page, line)
    for page in PAGES
    for line in shell_lines(page)
    # These sample at length, score the past, need files and folders by design, or a model that no simulated world has;
    # their own tests run them.
    if line.startswith("gaplab ")
    and not re.match(
        r"gaplab (validate|record|influence --by|data (import|copy)|notebooks|batch|publish|refresh|gap .*Example-1)",
        line,
    )
}


def add_rows_of_first_steps(folder: Path) -> None:
    """The rows that the first steps tell the reader to add, in the tables that they name."""
    text = (REPOSITORY / "docs" / "first-steps.md").read_text(encoding="utf-8")
    rows = re.findall(r"```csv\n(.*?)\n```", text, flags=re.DOTALL)
    for name, row in zip(("scores", "models", "scores"), rows, strict=True):
        with (folder / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write(row + "\n")


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    """Posteriors of a simulated world instead of sampled ones, and pages checked but not made (other tests do)."""

    def simulated(tables, params, report, without=()):
        return as_kept(synthetic_posterior(params=replace(params, chains=4, draws=100)))

    def page(params, out, *, progress=False):
        tables = load(as_of=params.as_of, knowledge=params.knowledge)
        preflight.check(tables, params, page=True)
        out.mkdir(parents=True)
        return Brief(out, ["one"])

    monkeypatch.setattr("gaplab.fit.fit.sample_frontiers", simulated)
    monkeypatch.setattr("gaplab.runs.brief.make_brief", page)
    monkeypatch.setattr("gaplab.runs.brief_files.write_figures", page)
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    shutil.copytree(REPOSITORY / "notebooks" / "params", tmp_path / "notebooks" / "params")
    folder = fewer_claims(REPOSITORY / "data", tmp_path / "my-data")
    add_rows_of_first_steps(folder)
    monkeypatch.setenv("GAPLAB_DATA", str(folder))
    before = Path.cwd()
    os.chdir(tmp_path)
    yield
    os.chdir(before)


@pytest.mark.parametrize("name", RUN)
def test_gaplab_commands_run(name, stand_in):
    _, command = RUN[name]
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == 0, f"{command}\n{result.output}"
    assert result.output.strip()


def test_other_commands_of_the_pages_are_known():
    """What is not gaplab is make, papermill, or activating the environment; each is tested elsewhere."""
    others = [line for page in PAGES for line in shell_lines(page) if not line.startswith("gaplab ")]
    known = r"(make [a-z-]+|papermill notebooks/\w+\.ipynb|source \.venv/bin/activate|python |dask )"
    assert [line for line in others if not re.match(known, line)] == []


def test_the_rows_of_the_first_steps_are_valid(tmp_path):
    folder = shutil.copytree(REPOSITORY / "data", tmp_path / "data")
    add_rows_of_first_steps(folder)
    result = CliRunner().invoke(main, ["data", "check", "--data", str(folder)])
    assert result.exit_code == 0, result.output


def test_the_definition_of_the_first_steps_runs(stand_in):
    text = (REPOSITORY / "docs" / "first-steps.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)\n```", text, flags=re.DOTALL)
    made = {}
    exec(block, made)
    assert float(made["half"].median()) == pytest.approx(4, abs=1)


@each_page
def test_linked_files_exist(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


@each_page
def test_pages_name_no_place_on_one_machine(page):
    assert not re.search(r"/work/|/root/|/home/\w", page.read_text(encoding="utf-8"))


def test_documented_targets_are_those_of_the_makefile():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    described = set(re.findall(r"^([a-z-]+):.*## ", makefile, flags=re.MULTILINE))
    assert described == TARGETS, "every target has its line in `make help`"
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert set(phony.split()) == TARGETS


def test_readme_says_the_question_then_the_limits_then_the_results():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    order = [
        text.index(part) for part in ("How many months", "## Before you quote", "figures/", "make brief", "gaplab gap")
    ]
    assert order == sorted(order)
    assert len(text.splitlines()) <= 90, "two screens"


def test_citation_agrees_with_the_package():
    import gaplab

    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == gaplab.__version__


@pytest.mark.parametrize("table", ["sampling", "scaling"])
def test_the_page_on_speed_shows_the_committed_tables(table):
    """Each design or size has a row with its median time and effective sample size."""
    rows = pd.read_csv(REPOSITORY / "benchmarks" / "results" / f"{table}.csv")
    page = (REPOSITORY / "docs" / "speed.md").read_text(encoding="utf-8").splitlines()
    if table == "scaling":
        new = rows["tests"].map({"new": ", new", "copies": ""})
        rows["design"] = rows["models_times"].astype(str) + " × " + rows["benchmarks_times"].astype(str) + new
    for name, group in rows.groupby("design", sort=False):
        shown = [line for line in page if line.startswith(f"| {name} |")]
        numbers = group[["sample_s", "min_ess"]].apply(pd.to_numeric, errors="coerce").median()
        assert len(shown) == 1, name
        if numbers.notna().all():
            assert f"| {numbers['sample_s']:.1f} |" in shown[0]
            assert f"| {numbers['min_ess']:,.0f} |" in shown[0]


def test_the_page_on_speed_shows_what_an_analyst_waits_for():
    page = (REPOSITORY / "docs" / "speed.md").read_text(encoding="utf-8")
    for row in pd.read_csv(REPOSITORY / "benchmarks" / "results" / "waiting.csv").itertuples():
        assert f"| {row.where} | {row.what} | {row.seconds:.1f} |" in page


def test_the_page_on_speed_shows_what_a_batch_takes():
    page = (REPOSITORY / "docs" / "speed.md").read_text(encoding="utf-8")
    for row in pd.read_csv(REPOSITORY / "benchmarks" / "results" / "batch.csv", keep_default_na=False).itertuples():
        fits = f"{row.fitted} | {row.fitted_twice} | {row.peak_memory_gib:.2f}"
        assert f"| {row.posteriors} | {row.workers} | {row.seconds:.1f} | {row.cpu_per_run:.1f} | {fits} |" in page


def test_the_page_on_speed_shows_how_far_a_seed_moves_the_number():
    page = (REPOSITORY / "docs" / "speed.md").read_text(encoding="utf-8").splitlines()
    runs = pd.read_csv(REPOSITORY / "benchmarks" / "results" / "seeds.csv").groupby(["tests", "draws"])
    for (tests, draws), run in runs:
        fared = f"{run['min_ess'].min():,} | {run['max_rhat'].max():.4f}"
        months = f"{run['months'].mean():.2f} | {run['months'].std():.2f}"
        assert f"| {tests} | {draws:,} | {len(run)} | {fared} | {months} |" in page


def test_the_page_of_the_record_shows_which_likelihood_predicts():
    page = (REPOSITORY / "docs" / "record.md").read_text(encoding="utf-8").replace("−", "-")
    for row in pd.read_csv(REPOSITORY / "benchmarks" / "results" / "likelihood.csv").itertuples():
        shown = [line for line in page.splitlines() if line.startswith(f"| {row.held_out} | {row.likelihood} | ")]
        assert len(shown) == 1
        assert f"| {row.elpd:,.0f} |" in shown[0]
        assert f"| {row.coverage_50:.2f} | {row.coverage_80:.2f} | {row.coverage_95:.2f} |" in shown[0]
