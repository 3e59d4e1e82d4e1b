"""Quantiles: draws, the same wherever they are shown."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support.worlds import synthetic_posterior

from gaplab.errors import GaplabError
from gaplab.gap import summary
from gaplab.outlook import scenarios
from gaplab.report.charts.forecast import forecast_chart
from gaplab.report.charts.frontiers import frontiers_chart
from gaplab.report.charts.over_time import over_time_chart
from gaplab.results.columns import DECIMALS, percent_label
from gaplab.results.evidence import model_table
from gaplab.results.forecast import forecast_fan, forecast_table
from gaplab.results.gap import gap_table
from gaplab.results.over_time import ability_history, lag_history


def sample(values) -> xr.DataArray:
    return xr.DataArray(np.asarray(values, float).reshape(2, -1), dims=("chain", "draw"))


values = st.lists(st.floats(-50, 50) | st.sampled_from([-np.inf, np.inf]), min_size=2, max_size=40)


@given(values, st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_a_quantile_is_a_draw_and_every_function_gives_the_same(draws, prob):
    draws = sample(draws[: len(draws) // 2 * 2])
    low, high = summary.tails(prob)
    found = summary.quantiles(draws, [low, 0.5, high])
    assert set(found) <= set(draws.to_numpy().ravel())
    assert list(found) == sorted(found)
    assert summary.middle(draws) == found[1]
    assert list(summary.quantiles(draws.to_numpy().ravel(), [low, 0.5, high])) == list(found)
    shown = [*summary.interval(draws, prob).to_numpy(), float(summary.median(draws))]
    expected = [value if np.isfinite(value) else np.nan for value in found[[0, 2, 1]]]
    np.testing.assert_array_equal(shown, expected)
    row = summary.bands({"x": draws}, prob).loc["x"]
    assert [row["outer_low"], row["median"], row["outer_high"]] == list(found)


@given(
    hnp.arrays(float, st.tuples(st.integers(1, 40), st.integers(0, 3)), elements=st.floats()),
    st.lists(st.floats(0, 1), min_size=1),
)
def test_quantiles_are_those_of_the_inverted_distribution(draws, probabilities):
    expected = np.quantile(draws, probabilities, axis=0, method="inverted_cdf")
    np.testing.assert_array_equal(summary.quantiles(draws, probabilities), expected)


@pytest.mark.parametrize("prob", [0.0, 1.0, -1, 80, np.nan])
def test_a_probability_is_between_0_and_1(prob):
    for asked in (summary.tails, lambda share: summary.interval(sample([1.0, 2.0]), share)):
        with pytest.raises(GaplabError, match="prob"):
            asked(prob)


def test_chart_and_table_show_the_same_quantiles():
    posterior = synthetic_posterior(draws=31)

    def drawn(row, names=("median", "outer_low", "outer_high")):
        return [round(row[name], DECIMALS) for name in names]

    level = percent_label(posterior.params.prob)
    bounds = ["median", f"lower_{level}", f"upper_{level}"]
    table = gap_table(posterior)
    row = table[(table["definition"] == "frontier_lag") & (table["unit"] == "months")].iloc[0]
    end = over_time_chart(lag_history(posterior), posterior.params).data.query("series == 'frontier_lag'").iloc[-1]
    assert drawn(end) == list(row[bounds])

    models = model_table(posterior).set_index("model")
    shown = "points" if posterior.points is not None else "ability"
    marks = frontiers_chart(ability_history(posterior), table, posterior.params).data.set_index("series")
    model = models.index[-1]
    assert drawn(marks.loc[model], ["median"]) == [models.loc[model, shown]]

    comparison = scenarios.compare(posterior)
    coming = forecast_table(comparison.scenario)
    fan = forecast_chart(forecast_fan(comparison)).data
    for name in ("frontier_lag", "released_lag"):
        told = coming[coming["definition"] == name].set_index("horizon")
        band = fan[fan["series"] == name].reset_index(drop=True)
        for month in told.index:
            assert drawn(band.loc[month]) == list(told.loc[month, bounds]), (name, month)


def test_numbers_without_draws_and_no_numbers_at_all():
    assert summary.middle(xr.DataArray(3.0)) == 3.0
    none = xr.DataArray(np.zeros((2, 5, 0)), dims=("chain", "draw", "model"))
    assert summary.median(none).shape == (0,)
    assert summary.interval(none, 0.8).shape == (2, 0)


@given(
    values=hnp.arrays(float, st.integers(1, 60), elements=st.floats(-50, 50)),
    prob=st.floats(0.02, 0.98),
    n_undefined=st.integers(0, 60),
)
def test_quantiles_are_those_of_all_draws(values, prob, n_undefined):
    draws = xr.DataArray(np.concatenate([values, np.full(n_undefined, -np.inf)])[None], dims=("chain", "draw"))
    ordered = np.sort(draws.to_numpy().ravel())
    bounds = summary.interval(draws, prob)
    assert bounds.dims == ("ci_bound",)
    assert bounds["ci_bound"].to_numpy().tolist() == ["lower", "upper"]
    assert bounds.attrs["prob"] == prob
    for found, share in zip(
        [*bounds.to_numpy(), float(summary.median(draws))], [(1 - prob) / 2, (1 + prob) / 2, 0.5], strict=True
    ):
        if np.isnan(found):
            assert share <= n_undefined / ordered.size + 1e-9
        else:
            assert (ordered <= found).mean() >= share - 1e-9
            assert (ordered < found).mean() <= share + 1e-9
