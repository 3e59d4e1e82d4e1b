"""Claims: their likelihood, the reading that makes each true in a world of known gap, and what they never touch."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from scipy.integrate import quad
from scipy.stats import halfnorm, norm
from support.briefs import as_kept
from support.tables import fewer_claims
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.cli.root import main
from gaplab.data.load import load
from gaplab.errors import GaplabError
from gaplab.fit.files import cache_file
from gaplab.gap import summary
from gaplab.params.spec import Params
from gaplab.questions import weights
from gaplab.questions.claims.ranking import combine, data_and_claims, set_beside, which_definition
from gaplab.questions.claims.reading import (
    check_claims,
    claim_log_likelihood,
    domain_runs,
    model_named,
    numeric_claims,
    readings_of,
)
from gaplab.report.text.claims import claims_in_scope

PARAMS = Params()


def claim(**given):
    row = {
        "claim_id": "one", "who": "Someone", "published": "2026-05-12", "as_of": "2026-05-12", "form": "point",
        "low": np.nan, "central": np.nan, "high": np.nan, "unit": "months", "scope": "public", "domain": "general",
        "functional": "unknown", "independence_group": "a", "kind": "measurement", "note": "", "featured": np.nan,
    }  # fmt: skip
    return pd.Series(row | given)


def table(*rows):
    return pd.DataFrame(list(rows))


def months(*values):
    return xr.DataArray(np.array(values, float), dims="draw")


@pytest.fixture(scope="module")
def world():
    return synthetic_posterior(lag_months=8.0, lag_sd=1.0)


@pytest.mark.parametrize(
    ("given", "centre", "half"),
    [({"form": "interval", "low": 9.0, "high": 12.0}, 10.5, 1.5), ({"form": "point", "central": 8.0}, 8.0, 0.5)],
)
def test_the_density_is_that_of_the_specification(given, centre, half):
    found = claim_log_likelihood(claim(**given), months(6, 9, 10.5, 13)).to_numpy()
    for value, log in zip((6, 9, 10.5, 13), found, strict=True):
        exact, _ = quad(
            lambda s, at=value: norm.pdf(centre, at, np.hypot(half / 1.28, s)) * halfnorm.pdf(s, scale=2.5), 0, 40
        )
        assert np.exp(log) == pytest.approx(exact, rel=2e-3)


def test_one_sided_claims_are_probabilities():
    least = np.exp(claim_log_likelihood(claim(form="at_least", low=8.0), months(-np.inf, 0, 8, 30, np.inf)))
    assert least[0] == 0
    assert least[2] == pytest.approx(0.5)
    assert least[-1] == pytest.approx(1)
    assert (np.diff(least) >= 0).all()
    most = np.exp(claim_log_likelihood(claim(form="at_most", high=8.0), months(-np.inf, 0, 8, 30, np.inf)))
    assert np.allclose(most, least[::-1][[0, 1, 2, 3, 4]], atol=1)
    assert most[0] == pytest.approx(1)
    assert most[-1] == 0


def test_undefined_draws_explain_no_number():
    found = claim_log_likelihood(claim(central=8.0), months(-np.inf, 8, np.inf))
    assert np.isneginf(found[[0, 2]]).all()
    assert np.isfinite(found[1])


def test_a_claim_that_is_true_of_one_definition_is_traced_to_it(world):
    subject = gap.country_subject(world)
    truth = gap.readings(world, subject)
    pace = float(summary.median(truth["distance", "months_at_follower_pace"]))
    lag = float(summary.median(truth["frontier_lag", "months"]))
    assert abs(pace - lag) > 0.3, "the world tells them apart"
    said = table(claim(claim_id="lag", central=lag), claim(claim_id="far", form="interval", low=30.0, high=33.0))
    said["as_of"] = str(PARAMS.as_of)
    found = which_definition(said, [world])
    best = found[(found["claim_id"] == "lag") & (found["rank"] == 1)].iloc[0]
    others = found[found["claim_id"] == "lag"]
    assert abs(best["median"] - lag) < 1.0
    frontier = others[others["definition"] == "frontier_lag"].iloc[0]
    assert frontier["p_below"] == pytest.approx(0.5, abs=0.02)
    assert found.groupby("claim_id")["share"].sum().to_numpy() == pytest.approx(1)
    assert found[found["claim_id"] == "far"]["density"].max() < found[found["claim_id"] == "lag"]["density"].max()


def test_every_claim_with_months_gets_a_ranked_definition_scope_and_domain(world):
    wide = synthetic_posterior(params=Params(scope="trusted"))
    said = load(as_of=PARAMS.as_of).claims.query("published >= '2026-04-01'")
    found = which_definition(said, [world, wide])
    assert set(found["claim_id"]) == set(numeric_claims(said)["claim_id"])
    first = found[found["rank"] == 1].set_index("claim_id")
    for name in ("caisi_v4_2026", "nyt_2026_05_12"):
        assert first.loc[name, ["definition", "scope", "domain"]].notna().all()
        assert first.loc[name, "density"] > 0
    assert set(found["scope"]) == {"public", "trusted"}
    named = found[found["named"] & (found["claim_id"] == "caisi_v4_2026")]
    assert list(named["subject"]) == ["DeepSeek-V4-Pro"]
    assert list(named["definition"]) == ["model_lag"]
    for _, rows in found.groupby("claim_id"):
        assert (rows["density"].diff().dropna() <= 0).all()


def test_a_model_is_found_however_it_is_spelt():
    models = ["DeepSeek-V4", "DeepSeek-V4-Pro"]
    assert model_named(claim(note="one model (DeepSeek V4 Pro) against all"), models) == "DeepSeek-V4-Pro"
    assert model_named(claim(note="the whole country"), models) is None


def test_claims_before_the_frontiers_begin_have_no_reading(world):
    assert readings_of(claim(central=8.0, as_of="2001-01-01"), world) == []
    late = readings_of(claim(central=8.0, as_of="2031-01-01"), world)
    assert {setting.date for setting in late} == {pd.Timestamp(PARAMS.as_of)}


# --- Data and claims together ---------------------------------------------------------------------


def test_claims_move_the_gap_towards_them_and_touch_no_ability(world):
    before = world.ability.copy(deep=True), world.frontier.copy(deep=True)
    said = table(claim(form="interval", low=11.0, high=13.0, functional="frontier_lag", as_of=str(PARAMS.as_of)))
    combined = combine(said, world)
    lag = {"frontier_lag": gap.readings(world, gap.country_subject(world))["frontier_lag", "months"]}
    row = data_and_claims(world, combined, lag).iloc[0]
    assert combined.weights.usable
    assert row["median"] == float(summary.median(lag["frontier_lag"]))
    assert row["median"] < row["median_claims"] < 12
    assert world.ability.identical(before[0])
    assert world.frontier.identical(before[1])


def test_no_claim_decides_where_a_fit_is_stored(tables_folder):
    before = load(as_of=PARAMS.as_of, root=tables_folder)
    path = tables_folder / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",8,,months", ",3,,months"), encoding="utf-8")
    after = load(as_of=PARAMS.as_of, root=tables_folder)
    assert not after.claims.equals(before.claims)
    assert cache_file(before, PARAMS) == cache_file(after, PARAMS)


def test_a_group_has_one_voice(world):
    one = claim(central=12.0, functional="frontier_lag", as_of=str(PARAMS.as_of))
    echoed = table(*(replace_id(one, name) for name in "abc"))
    alone, chorus = combine(table(one), world), combine(echoed, world)
    assert chorus.claims["weight"].sum() == pytest.approx(1)
    assert np.allclose(alone.weights.weight, chorus.weights.weight)
    apart = echoed.assign(independence_group=["a", "b", "c"])
    assert combine(apart, world).claims["weight"].sum() == pytest.approx(3)


def replace_id(row, name):
    return pd.Series({**row, "claim_id": name})


def test_what_is_about_something_else_does_not_count(world):
    others = table(
        claim(central=8.0, scope="open_closed"), claim(central=8.0, scope="trusted"),
        claim(central=8.0, domain="cyber"), claim(form="qualitative"), claim(central=8.0, unit="years"),
    )  # fmt: skip
    combined = combine(others, world)
    assert combined.claims.empty
    assert combined.weights.effective == pytest.approx(world.ability[..., 0].size)
    elsewhere = replace(world, params=Params(leader="China", follower="France"))
    assert combine(table(claim(central=8.0)), elsewhere).claims.empty


def test_where_weights_fail_only_the_data_are_reported(world):
    far = table(*(claim(claim_id=str(n), central=60.0, functional="frontier_lag", independence_group=str(n))
                  for n in range(40)))  # fmt: skip
    combined = combine(far, world)
    assert not combined.weights.usable
    lag = {"frontier_lag": gap.readings(world, gap.country_subject(world))["frontier_lag", "months"]}
    row = data_and_claims(world, combined, lag).iloc[0]
    assert np.isfinite(row["median"])
    assert np.isnan(row["median_claims"])


def test_weighted_lags_agree_with_the_posterior_that_can_be_written_down():
    world = synthetic_posterior(lag_months=8.0, lag_sd=1.0, draws=1000, seed=5)
    lag = gap.frontier_lag(world.frontier, leader="US", follower="China").isel(date=-1, drop=True)
    found = weights.smoothed_weights(-0.5 * ((lag - 9.0) / 1.0) ** 2)
    assert found.usable
    assert float((lag * found.weight).sum()) == pytest.approx((float(lag.mean()) / float(lag.var()) + 9.0)
                                                     / (1 / float(lag.var()) + 1), abs=0.1)  # fmt: skip


def _ranked(*rows):
    names = ["scope", "domain", "density", "named"]
    table = pd.DataFrame(rows, columns=names).sort_values("density", ascending=False, kind="stable")
    return table.assign(claim_id="one", rank=range(1, len(rows) + 1))


def test_a_claim_is_set_beside_readings_of_its_own_scope_and_domain():
    ranked = _ranked(
        ("public", "all", 0.4, False), ("trusted", "all", 0.3, False), ("trusted", "cyber", 0.35, False),
        ("trusted", "all", 0.1, True), ("public", "cyber", 0.2, False),
    )  # fmt: skip
    found = set_beside(claim(scope="trusted"), ranked)
    assert found["density"].tolist() == [0.1, 0.3], "the named one first, then by density"
    assert found["rank"].tolist() == [2, 1], "ranks count these readings only"
    assert set_beside(claim(scope="trusted", domain="cyber"), ranked)["density"].tolist() == [0.35]
    # A run of restricted models reads public ones only in the domain of another claim, which this one does not mean.
    of_trusted = ranked[(ranked["scope"] == "trusted") | (ranked["domain"] == "cyber")]
    assert set_beside(claim(scope="public"), of_trusted)["density"].tolist() == [0.1, 0.3]
    # What the readings cannot tell apart stays open.
    assert len(set_beside(claim(scope="internal", domain="science"), ranked)) == 5


def test_comparable_readings_are_those_that_claims_are_set_beside(world):
    runs = [replace(PARAMS, scope=scope, domain=domain)
            for scope, domain in (("public", "cyber"), ("trusted", "all"), ("trusted", "cyber"))]  # fmt: skip
    runs = [replace(world, params=run) for run in runs]
    said = table(*(
        claim(claim_id=f"{scope} {domain}", central=8.0, scope=scope, domain=domain)
        for scope in ("public", "trusted", "internal") for domain in ("general", "cyber", "science")
    ))  # fmt: skip
    every, comparable = which_definition(said, runs), which_definition(said, runs, comparable=True)
    assert len(comparable) < len(every)
    for _, one in said.iterrows():
        kept = comparable[comparable["claim_id"] == one["claim_id"]]
        beside = set_beside(one, every)
        assert len(kept) == len(beside)
        same = kept.sort_values(["named", "rank"], ascending=[False, True]).drop(columns="share")
        pd.testing.assert_frame_equal(same.reset_index(drop=True), beside.drop(columns="share").reset_index(drop=True))


def test_claims_about_a_domain_ask_for_runs_in_it():
    rows = table(
        claim(central=8.0), claim(central=5.0, scope="trusted", domain="cyber"),
        claim(central=3.0, scope="open_closed", domain="agentic"), claim(form="qualitative", domain="science"),
    )  # fmt: skip
    (run,) = domain_runs(PARAMS, rows)
    assert (run.scope, run.domain) == ("trusted", "cyber")
    for without_domains in ({"ruler": "epoch_eci"}, {"domains": "ignored"}):
        assert domain_runs(replace(PARAMS, **without_domains), rows) == []


def test_claims_that_cannot_be_shown_are_explained():
    published = load(as_of=PARAMS.as_of).claims
    with pytest.raises(GaplabError) as caught:
        check_claims(["caisi_v4", "nothing", "nyt_2026_05_12"], published, PARAMS)
    assert len(caught.value.problems) == 2
    assert 'did you mean "caisi_v4_2026"?' in caught.value.problems[0]


def test_the_verb_names_a_reading_with_its_density_for_every_claim(monkeypatch, tmp_path, repository):
    def simulated(tables, params, report, without=()):
        return as_kept(synthetic_posterior(params=replace(params, chains=4, draws=100)))

    monkeypatch.setattr("gaplab.fit.fit.sample_frontiers", simulated)
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GAPLAB_DATA", str(fewer_claims(repository / "data", tmp_path / "data")))
    result = CliRunner().invoke(main, ["claims", "--format", "json", "--quiet"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    numeric = numeric_claims(load(as_of=PARAMS.as_of).claims)
    assert {claim["claim_id"] for claim in told["claims"]} == set(numeric["claim_id"])
    for claim in told["claims"]:
        densities = [reading["density"] for reading in claim["readings"]]
        assert densities == sorted(densities, reverse=True)
        assert {"definition", "scope", "domain", "p_below"} <= set(claim["readings"][0])
    assert told["data_and_claims"]["numbers"][0]["number"] == "frontier_lag"
    shown = CliRunner().invoke(main, ["claims", "--quiet", "--claim", "nyt_2026_05_12"])
    assert shown.exit_code == 0, shown.output
    assert "9 to 12 months" in shown.stdout
    assert "metr_deepseek_v3" not in shown.stdout
    pair = ["--leader", "developer=OpenAI", "--follower", "developer=DeepSeek", "--quiet"]
    nothing = CliRunner().invoke(main, ["claims", *pair])
    assert nothing.exit_code == 0, nothing.output
    assert "No claim about these groups" in nothing.stdout
    refused = CliRunner().invoke(main, ["claims", *pair, "--claim", "nyt_2026_05_12"])
    assert refused.exit_code == 2
    assert refused.stderr.splitlines() == [
        "Error: --claim: nyt_2026_05_12 says no number of months for developer=DeepSeek behind developer=OpenAI"
    ]


def test_claims_about_openness_are_read_by_the_run_of_that_pair():
    openness = replace(PARAMS, leader="weights=closed", follower="weights=open")
    split = synthetic_posterior(lag_months=5.0, lag_sd=1.0, params=openness)
    rows = table(
        claim(claim_id="open", central=5.0, scope="open_closed", functional="frontier_lag"),
        claim(claim_id="cyber", central=5.0, scope="open_closed", domain="cyber"),
        claim(claim_id="countries", central=8.0),
    )
    ranked = which_definition(rows, [split])
    assert set(ranked["claim_id"]) == {"open", "cyber"}
    first = set_beside(rows.iloc[0], ranked).iloc[0]
    assert (first["definition"], first["subject"], first["scope"]) == ("frontier_lag", "weights=open", "public")
    assert first["named"]
    assert combine(rows, split).claims["claim_id"].tolist() == ["open"]
    assert [(run.scope, run.domain, run.follower) for run in domain_runs(openness, rows)] == [
        ("public", "cyber", "weights=open")
    ]
    developers = replace(PARAMS, leader="developer=OpenAI", follower="developer=DeepSeek")
    assert which_definition(rows, [replace(split, params=developers)]).empty
    assert claims_in_scope(load(as_of=PARAMS.as_of).claims, developers).empty
    shown = claims_in_scope(load(as_of=PARAMS.as_of).claims, openness)
    assert len(shown)
    assert set(shown["scope"]) == {"open_closed"}
