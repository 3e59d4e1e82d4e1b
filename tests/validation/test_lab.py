"""A changed model beside the product's: its data fit the definition, and the same draws give the same numbers."""

from __future__ import annotations

import nbformat
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from support.briefs import as_kept
from support.worlds import synthetic_posterior

from gaplab import gap
from gaplab.data.load import load
from gaplab.params.spec import Params
from gaplab.places import NOTEBOOKS
from gaplab.report.sections.whatif import lab_part
from gaplab.runs.notebook import execute_notebook
from gaplab.validation import lab

PARAMS = Params(as_of="2026-06-30", chains=2, draws=100)


@pytest.fixture
def tables():
    return load(as_of=PARAMS.as_of)


@pytest.fixture
def own(monkeypatch) -> xr.Dataset:
    """Draws of a simulated world in place of those of the product."""
    draws = as_kept(synthetic_posterior(chains=2, draws=100, params=PARAMS))
    monkeypatch.setattr("gaplab.fit.fit.stage_two", lambda *_args, **_more: draws)
    return draws


def sampled_like(own: xr.Dataset, data: lab.FrontierData, shift: float = 0.0) -> xr.DataTree:
    """The same draws as a sampler of PyMC returns them, the follower's frontier moved by some logits."""
    _, _, _, years = data.given
    dates = lab.stage_frontiers.on_knots(data.models, PARAMS)[2]
    assert len(years) == len(dates) - 1
    levels = [gap.frontier_at(own["frontier"].sel(country=country, drop=True), dates) for country in ("US", "China")]
    frontier = np.stack([level.transpose("chain", "draw", "date").to_numpy() for level in levels], axis=2)
    frontier[:, :, 1] += shift
    values = {name: (("chain", "draw"), own[name].to_numpy()) for name in ("log_pace", "pace_contrast", "tau")}
    values |= {
        "frontier": (("chain", "draw", "country", "date"), frontier),
        "nu": (("chain", "draw", "country"), own["shortfall_mean"].to_numpy()),
        "factor": (("chain", "draw", "f"), own["factor"].to_numpy()),
    }
    stats = xr.Dataset({"diverging": (("chain", "draw"), np.zeros((2, 100), bool))})
    return xr.DataTree.from_dict({"posterior": xr.Dataset(values), "sample_stats": stats})


def test_the_definition_takes_the_data_of_a_run(own, tables):
    from gaplab.models.frontier.definition import BLOCKS, frontier_model

    data = lab.frontier_data(tables, PARAMS)
    model = frontier_model(*data.given)
    assert {name for names in BLOCKS.values() for name in names} <= set(model.named_vars)
    assert len(data.models) == own.sizes["model"]


def test_the_same_draws_give_the_same_numbers(own, tables):
    data = lab.frontier_data(tables, PARAMS)
    draws = lab.stage_two_of(sampled_like(own, data), data, tables, PARAMS)
    beside = lab.compared(draws, tables, PARAMS).set_index("number")
    assert beside.loc["frontier_lag", "difference"] == pytest.approx(0, abs=0.15), "knots differ a little"
    assert beside.loc["frontier_lag", "error"] > 0
    assert np.isfinite(beside["difference"]).all()
    assert lab.posterior_of(draws, tables, PARAMS).identity["fit_hash"] == "of a changed model"
    found = beside.reset_index()
    shown = lab_part(found, PARAMS)
    for name in ("Frontier to frontier", "Best released model to frontier", "Expected log score of readings left out"):
        assert name in shown.text
    for cell in [*found["product"][:2].map("{:.1f} (".format), *found["error"].map("{:.2f}".format)]:
        assert cell in shown.html
    assert "nan" not in shown.html


def test_a_model_that_moves_a_frontier_moves_the_lag_and_predicts_worse(own, tables):
    data = lab.frontier_data(tables, PARAMS)
    draws = lab.stage_two_of(sampled_like(own, data, shift=-0.5), data, tables, PARAMS)
    beside = lab.compared(draws, tables, PARAMS).set_index("number")
    assert beside.loc["frontier_lag", "difference"] > 2 * beside.loc["frontier_lag", "error"]
    assert beside.loc["expected log score, left out", "difference"] < 0


@pytest.mark.slow
def test_without_a_change_the_notebook_finds_the_posterior_of_the_product_again(tmp_path):
    """Within four standard errors of the draws; the change of the notebook makes a difference."""
    found = {}
    for name in ("unchanged", "changed"):
        made = nbformat.read(NOTEBOOKS / "model_lab.ipynb", as_version=4)
        if name == "unchanged":
            made.cells = [cell for cell in made.cells if "change" not in cell.metadata.get("tags", ())]
        save = "beside = lab.compared(draws, evidence, params); beside.to_csv(TARGET)"
        made.cells.append(nbformat.v4.new_code_cell(save.replace("TARGET", repr(str(tmp_path / f"{name}.csv")))))
        nbformat.write(made, tmp_path / f"{name}.ipynb")
        execute_notebook(tmp_path / f"{name}.ipynb", Params())
        found[name] = pd.read_csv(tmp_path / f"{name}.csv").set_index("number")
    lags = found["unchanged"].loc[["frontier_lag", "released_lag"]]
    assert (lags["difference"].abs() <= 4 * lags["error"]).all()
    assert abs(found["unchanged"].loc["expected log score, left out", "difference"]) < 0.5
    assert not np.allclose(found["changed"]["difference"], found["unchanged"]["difference"], atol=0.02)
