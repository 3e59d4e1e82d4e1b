"""The nowcast: delays recovered from dated vintages, predictions that only ever add models, and no draw lost."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.gap import summary
from gaplab.outlook.delays import MIN_BENCHMARKS, delay_posterior, p_scored_after, waits
from gaplab.outlook.nowcast import draw_alikeness, predict
from gaplab.outlook.unscored import (
    best_with,
    frontier_moves,
    model_lags,
    newest_record_lag,
    unscored_subject,
)
from gaplab.params.spec import Params
from gaplab.report.sections.nowcast import nowcast_finding, readable_unscored
from gaplab.report.sections.scopes import readable_scopes
from gaplab.report.text.phrases import estimate_of_row
from gaplab.results.as_json import gap_json
from gaplab.results.evidence import scopes_table
from gaplab.results.gap import gap_table
from gaplab.results.nowcast import delay_table, unscored_table

DAY = pd.Timedelta(days=1)
SAMPLE = ("chain", "draw")
HIDDEN = ["Kimi K2.6", "DeepSeek-V4-Pro"]
FAMILIES = {"Kimi": "Kimi", "DeepSeek": "DeepSeek", "GLM": "GLM", "Qwen": "Qwen"}


def without(posterior, names):
    """The posterior of a world in which some models have no score yet."""
    kept = posterior.models.index[~posterior.models.index.isin(names)]
    return dataclasses.replace(
        posterior, models=posterior.models.loc[kept], ability=posterior.ability.sel(model=kept.to_numpy(object))
    )


def tables_of(posterior, scored, *, vintages=("2025-12-05", "2026-05-31")):
    """Tables in which the models named in `scored` have scores, first seen in the first vintage after release."""
    everyone = posterior.models
    looks = pd.DatetimeIndex(vintages)
    tests = [f"test {n}" for n in range(MIN_BENCHMARKS)]
    first = {name: looks[looks >= everyone.loc[name, "date"]].min() for name in scored}
    rows = [(name, test, seen) for name, seen in first.items() if not pd.isna(seen) for test in tests]
    scores = pd.DataFrame(rows, columns=["model", "benchmark", "first_seen"]).assign(censored="none")
    models = everyone.reset_index()[["model", "country", "developer"]].assign(
        release_date=everyone["date"].to_numpy(),
        family=[next((f for start, f in FAMILIES.items() if name.startswith(start)), None) for name in everyone.index],
    )
    access = models.rename(columns={"release_date": "from"})[["model", "from"]].assign(state="public", to=pd.NaT)
    benchmarks = pd.DataFrame({"benchmark": tests, "link": "logit"})
    return SimpleNamespace(
        models=models, access=access, benchmarks=benchmarks, scores=scores, as_of=posterior.params.as_of
    )


@pytest.fixture(scope="module")
def world():
    whole = synthetic_posterior(draws=200)
    known = without(whole, HIDDEN)
    return whole, known, predict(tables_of(whole, known.models.index), known)


# --- delays ---------------------------------------------------------------------------------------


def test_bounds_of_the_delay_are_those_the_vintages_leave():
    models = pd.DataFrame(
        {"country": "China", "date": pd.to_datetime(["2026-01-01"] * 3 + ["2025-11-01", "2026-03-20", "2026-02-20"])},
        index=["early", "late", "unseen", "left", "too new", "before its release"],
    )
    first = pd.Series(
        pd.to_datetime(["2026-01-31", "2026-03-01", "2025-12-01", "2026-02-01"]),
        index=["early", "late", "left", "before its release"],
    )
    vintages = pd.to_datetime(["2025-12-01", "2026-02-01", "2026-03-01"])
    found = waits(models, first, pd.DatetimeIndex(vintages), since=pd.Timestamp("2025-01-01"))
    assert found[["low", "high"]].to_dict("index") == {
        "early": {"low": 0.0, "high": 30.0},  # a report between full vintages: seen at the latest then
        "late": {"low": 31.0, "high": 59.0},
        "unseen": {"low": 59.0, "high": np.inf},
        "left": {"low": 0.0, "high": 30.0},
    }
    assert waits(models, first, pd.DatetimeIndex(vintages), since=pd.Timestamp("2026-04-01")).empty


def simulated_waits(rng, *, n, never, median, spread):
    """Releases of a year seen in four vintages, whose delays are known."""
    start = pd.Timestamp("2025-06-30")
    models = pd.DataFrame({"country": "China", "date": start + rng.integers(0, 360, n) * DAY})
    delay = np.where(rng.uniform(size=n) < never, np.inf, median * np.exp(spread * rng.normal(size=n)))
    vintages = pd.DatetimeIndex(["2025-12-05", "2026-02-22", "2026-04-29", "2026-06-30"]).as_unit("ns")
    scored = models["date"] + pd.to_timedelta(np.where(np.isinf(delay), 9000, delay), unit="D")
    place = vintages.searchsorted(scored.dt.as_unit("ns"))
    first = pd.Series(vintages.insert(4, pd.NaT)[place], models.index).dropna()
    return waits(models, first, vintages, since=start), delay


def test_a_known_delay_is_recovered_where_that_of_the_scored_alone_is_too_short():
    rng = np.random.default_rng(3)
    bounds, _ = simulated_waits(rng, n=600, never=0.3, median=60.0, spread=0.8)
    found = delay_posterior(bounds, ["China"], draws=4000, rng=rng)
    low, high = np.quantile(found.median_days, [0.01, 0.99])
    assert low < 60 < high
    assert high - low < 40
    low, high = np.quantile(found.never, [0.01, 0.99])
    assert low < 0.3 < high
    scored = bounds[np.isfinite(bounds["high"])]
    naive = delay_posterior(scored, ["China"], draws=4000, rng=rng)
    assert naive.median_days.median() < found.median_days.median() - 3


def test_intervals_of_the_delay_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(4)
    held = []
    for _ in range(60):
        never, median = rng.uniform(), 45 * np.exp(rng.normal())
        bounds, _ = simulated_waits(rng, n=40, never=never, median=median, spread=np.exp(0.4 * rng.normal()))
        found = delay_posterior(bounds, ["China"], draws=500, rng=rng)
        for truth, draws in ((never, found.never), (median, found.median_days)):
            low, high = np.quantile(draws, [0.1, 0.9])
            held.append(low <= truth <= high)
    assert 0.70 <= np.mean(held) <= 0.90


def test_a_country_without_releases_keeps_the_prior():
    rng = np.random.default_rng(5)
    nobody = pd.DataFrame({"country": [], "low": [], "high": []})
    found = delay_posterior(nobody, ["China"], draws=4000, rng=rng)
    assert float(found.never.mean()) == pytest.approx(0.5, abs=0.02)
    assert float(found.median_days.median()) == pytest.approx(45, rel=0.15)


def test_the_longer_the_wait_the_less_likely_a_score():
    rng = np.random.default_rng(6)
    bounds, _ = simulated_waits(rng, n=60, never=0.3, median=60.0, spread=0.8)
    found = delay_posterior(bounds, ["China"], draws=500, rng=rng)
    chances = [p_scored_after(found, "China", days).to_numpy() for days in (0, 10, 60, 365, 36500)]
    assert np.allclose(chances[0], 1 - found.never.sel(country="China"))
    assert all((after <= before).all() for before, after in itertools.pairwise(chances))
    assert chances[-1].mean() < 0.01


# --- who is unscored, and how able ----------------------------------------------------------------


def test_the_unscored_are_those_that_are_out_without_a_reading(world):
    _, known, expected = world
    assert list(expected.models.index) == HIDDEN
    assert (expected.models["days_unscored"] == [41.0, 37.0]).all()
    assert expected.models["p_scored"].between(0.05, 0.95).all()
    assert list(expected.models["relatives"]) == [2, 3]
    assert expected.ability.sizes == known.ability.isel(model=slice(2)).sizes
    assert np.isfinite(expected.ability).all()


def test_predictions_lie_below_the_frontier(world):
    _, known, expected = world
    for name, model in expected.models.iterrows():
        attainable = gap.frontier_at(known.frontier.sel(country="China", drop=True), model["date"])
        assert (expected.ability.sel(model=name) <= attainable).all()


def test_a_family_close_to_the_frontier_lifts_its_next_model(world):
    whole, known, _ = world
    family = known.models.index.str.startswith("Kimi")
    shift = np.where(family, 0.0, 1.5)
    far = dataclasses.replace(known, ability=known.ability - shift)
    # Mean shortfalls that belong to such a country.
    far = dataclasses.replace(far, shortfall=far.shortfall + 1.0)
    expected = predict(tables_of(whole, known.models.index), far)
    kimi, deepseek = (expected.ability.sel(model=name).median() for name in HIDDEN)
    assert kimi > deepseek + 0.2


def test_families_that_do_not_differ_are_found_alike():
    rng = np.random.default_rng(7)
    family = pd.Series(np.repeat([f"family {n}" for n in range(40)], 10))
    nu = np.full((1, 400, 400), 0.5)
    alike = rng.exponential(0.5, (1, 400, 400))
    apart = alike * np.repeat(rng.gamma(1.5, 1.0, 40), 10)
    same, different = (draw_alikeness(below, nu, family, np.random.default_rng(1)) for below in (alike, apart))
    assert np.median(same) > 10 * np.median(different)


def test_the_same_run_gives_the_same_nowcast(world):
    whole, known, expected = world
    again = predict(tables_of(whole, known.models.index), known)
    assert expected.ability.equals(again.ability)
    assert expected.counted.equals(again.counted)


def test_without_a_full_vintage_there_is_no_nowcast(world):
    whole, known, _ = world
    few = tables_of(whole, known.models.index)
    few.scores = few.scores[few.scores["benchmark"] == "test 0"]
    with pytest.raises(GaplabError, match="no vintage of the ruler"):
        predict(few, known)


# --- the gap with them ----------------------------------------------------------------------------


def test_counting_more_models_never_widens_the_released_lag(world):
    _, known, expected = world
    before = gap.readings(known, gap.country_subject(known))
    after = gap.readings(known, unscored_subject(known, expected))
    lag = ("released_lag", "months")
    assert (after[lag] <= before[lag]).all()
    assert (after[lag] < before[lag]).any()
    assert after[lag].sizes == before[lag].sizes
    for untouched in (("frontier_lag", "months"), ("catch_up", "months")):
        assert after[untouched].equals(before[untouched])


def test_the_nowcast_comes_nearer_to_what_scores_say_later():
    errors = {"without": [], "with": []}
    for seed in range(6):
        whole = synthetic_posterior(seed, draws=100)
        china = whole.models[whole.models["country"] == "China"]
        hidden = china.index[china["date"] > pd.Timestamp("2026-01-01")]
        known = without(whole, hidden)
        expected = predict(tables_of(whole, known.models.index), known)
        expected = dataclasses.replace(expected, counted=expected.counted | True)
        lag = {}
        for name, run, subject in (
            ("later", whole, gap.country_subject(whole)),
            ("without", known, gap.country_subject(known)),
            ("with", known, unscored_subject(known, expected)),
        ):
            lag[name] = float(summary.median(gap.readings(run, subject)["released_lag", "months"]))
        for name in errors:
            errors[name].append(lag[name] - lag["later"])
    assert np.mean(errors["without"]) > 1
    assert abs(np.mean(errors["with"])) < 0.5 * np.mean(errors["without"])


def test_without_unscored_models_nothing_changes(world):
    whole, _, _ = world
    expected = predict(tables_of(whole, whole.models.index), whole)
    assert expected.models.empty
    assert best_with(whole, expected).equals(gap.country_subject(whole).ability)
    assert len(frontier_moves(whole, expected, outcomes=20)) == 20
    assert unscored_table(whole, expected).empty
    marked = gap_table(whole, expected)
    finding = nowcast_finding(
        marked, unscored_table(whole, expected), delay_table(whole, expected), (1, 2), whole.params
    )
    assert "has a score" in finding.text


def test_the_newest_record_is_the_best_of_all_on_its_own_day(world):
    _, known, expected = world
    lag = newest_record_lag(known, expected)
    lags = gap.model_lag(known.ability, known.frontier, known.models, leader="US", follower="China")
    new = model_lags(known, expected)
    for chain, draw in ((0, 0), (1, 7), (3, 150)):
        name = str(lag["record"][chain, draw].item())
        source = new if name in HIDDEN else lags
        assert float(lag[chain, draw]) == pytest.approx(float(source.sel(model=name)[chain, draw]))


def test_scores_to_come_can_move_the_frontier_lag_either_way(world):
    _, known, expected = world
    moves = frontier_moves(known, expected, outcomes=300)
    lag = gap.frontier_lag(known.frontier, leader="US", follower="China").isel(date=-1)
    assert abs(float(moves.mean()) - float(lag.median())) < 0.5 * float(lag.std())
    assert float(moves.min()) < float(lag.median()) < float(moves.max())
    assert (moves["effective"] >= 1).all()


# --- tables, words and the command ----------------------------------------------------------------


def test_rows_that_count_unscored_models_are_marked(world):
    _, known, expected = world
    plain, marked = gap_table(known), gap_table(known, expected)
    assert "nowcast" not in plain
    pd.testing.assert_frame_equal(plain, marked[~marked["nowcast"]].drop(columns="nowcast"))
    subjects = set(marked.loc[marked["nowcast"], "subject"])
    assert subjects == {"China", "China: newest record", *HIDDEN}
    data = SimpleNamespace(hash="ab" * 32, vintage="2026-08-11")
    results = gap_json(known, data, expected)["results"]
    assert sum(result["nowcast"] for result in results) == int(marked["nowcast"].sum())


def test_the_sentence_states_both_numbers(world):
    _, known, expected = world
    marked, listed = gap_table(known, expected), unscored_table(known, expected)
    finding = nowcast_finding(marked, listed, delay_table(known, expected), (6.0, 9.0), known.params)
    for _, row in finding.table.iterrows():
        assert estimate_of_row(row, 0.8) in finding.text
    shown = readable_unscored(listed, known.params)
    assert list(shown["Model"]) == HIDDEN[::-1]


@pytest.mark.parametrize(("value", "read"), [("true", True), ("false", False), (True, True), (False, False)])
def test_yes_and_no_are_read(value, read):
    assert Params(nowcast=value).nowcast is read


@pytest.mark.parametrize("value", ["yes", "True", 1, 0, None, ""])
def test_what_is_neither_is_refused(value):
    with pytest.raises(GaplabError, match=r"parameter nowcast: .* expected true or false"):
        Params(nowcast=value)


def test_the_flag_takes_no_value_or_a_legal_one():
    result = CliRunner().invoke(main, ["gap", "--nowcast", "maybe"])
    assert result.exit_code == 2
    assert "parameter nowcast: 'maybe'" in result.stderr
    verb = main.commands["gap"]
    for typed, read in ((["--nowcast"], "true"), (["--nowcast", "false"], "false"), ([], None)):
        assert verb.make_context("gap", typed).params["nowcast"] == read


# --- scopes ---------------------------------------------------------------------------------------


def test_scopes_and_clocks_that_change_nothing_share_a_row(world):
    whole, known, _ = world
    runs = [
        dataclasses.replace(run, params=dataclasses.replace(run.params, scope=scope, clock=clock))
        for run, scope in ((known, "public"), (whole, "trusted"))
        for clock in ("release", "first_access")
    ]
    table = scopes_table(runs)
    assert len(table) == 8
    assert set(table["added"]) == {"", ", ".join(HIDDEN)}
    shown = readable_scopes(table, whole.params)
    assert list(shown["Models dated by"]) == ["public release, first outside access"] * 2


# --- the record on real vintages ------------------------------------------------------------------


def test_the_published_record_shows_every_date_and_ruler(repository):
    from gaplab.validation import nowcasts

    gaps = pd.read_csv(repository / "docs" / "record" / "nowcast.csv")
    assert set(gaps["as_of"].map(date.fromisoformat)) == set(nowcasts.DATES)
    assert len(gaps) == len(nowcasts.DATES) * len(nowcasts.RULERS) * 2
    assert np.allclose(gaps["nowcast"] - gaps["later"], gaps["error_nowcast"], atol=0.011)
    released = gaps[gaps["definition"] == "released_lag"]
    assert (released["nowcast"] <= released["without"]).all()
    assert len(nowcasts.summary(gaps).splitlines()) == len(nowcasts.RULERS)


def test_what_the_page_says_of_past_nowcasts_is_what_the_tables_say(repository):
    said = " ".join((repository / "docs" / "nowcast.md").read_text(encoding="utf-8").replace("−", "-").split())
    gaps, models = (
        pd.read_csv(repository / "docs" / "record" / f"{name}.csv") for name in ("nowcast", "nowcast_models")
    )

    def read(row, name):
        return f"{row[name]:.1f} ({row[f'{name}_lower']:.1f} to {row[f'{name}_upper']:.1f})"

    released, frontier = (gaps[gaps["definition"] == name] for name in ("released_lag", "frontier_lag"))
    for _, row in released.iterrows():
        cells = [
            row["as_of"],
            row["ruler"],
            row["newest"],
            *(read(row, name) for name in ("without", "nowcast", "later")),
        ]
        cells += [f"{row['error_without']:+.1f}", f"{row['error_nowcast']:+.1f}"]
        cells += [f"{row['unscored']}; {row['expected']:.0f}; {row['scored_since']}"]
        assert f"| {' | '.join(cells)} |" in said
    without, with_it = (released.groupby("ruler")[f"error_{name}"].mean() for name in ("without", "nowcast"))
    assert f"{without['ability']:.1f} months too large on average without it, {-with_it['ability']:.1f} too" in said
    assert f"{without['epoch_eci']:.1f} too large without, {-with_it['epoch_eci']:.1f} too small with it" in said
    ours = released[released["ruler"] == "ability"]
    assert (ours["covered_nowcast"].sum(), ours["covered_without"].sum()) == (3, 0)
    short, index = -frontier["error_without"], -frontier.loc[frontier["ruler"] == "epoch_eci", "error_without"]
    assert f"on every day by either ruler**, by {short.min():.1f} to {short.max():.1f} months" in said
    assert f"on all three days, by {index.min():.1f} to {index.max():.1f} months" in said
    assert frontier["covered_without"].all()
    inside = models["later"].between(models["nowcast_lower"], models["nowcast_upper"]).sum()
    assert f"interval {inside} times of {len(models)}" in said
    share = models.groupby("ruler")["share_below"].mean()
    assert f"share {share['ability']:.2f} of the prediction with our ruler, {share['epoch_eci']:.2f} with" in said
    assert (gaps["health"] == "PASS, PASS").all()
