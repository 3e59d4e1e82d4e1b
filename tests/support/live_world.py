"""Tables with a vintage of an index each quarter, from a simulated posterior, and a fit that returns such a one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from gaplab.params.spec import Params
from support.briefs import as_kept
from support.tables import write_tiny
from support.worlds import synthetic_posterior

VINTAGES = ("2025-10-31", "2026-01-31", "2026-03-31", "2026-06-30")
_LAST = Params(as_of=date(2026, 6, 30), chains=2, draws=200)


def simulated_fit(tables, params, report, without=()):
    """Draws of a run in a simulated world, nine months behind with restricted models and eight without."""
    lag = 8.0 if params.scope == "public" else 9.0
    return as_kept(synthetic_posterior(params=replace(params, chains=2), chains=2, draws=200, lag_months=lag))


def live_tables(folder: Path) -> Path:
    """Valid tables of the models of the simulated world, with `VINTAGES` of Epoch's index and a few task horizons."""
    write_tiny(folder)
    posterior = synthetic_posterior(params=_LAST, chains=2, draws=200)
    levels = posterior.points["intercept"] + posterior.points["slope"] * posterior.ability
    models = posterior.models.assign(value=levels.median(("chain", "draw")).to_series()).reset_index()
    _append(folder, "models", models, "{model},{developer},{country},,,closed,{date:%F},day,https://lab.example,,")
    _append(folder, "scores", models, "{model},GPQA diamond,lab,default,0.5,,,independent,Lab,,none,none,{date:%F},,"
            "https://lab.example")  # fmt: skip
    _append(folder, "scores", models.iloc[::6], "{model},Horizon,lab,default,{minutes:.2f},,,independent,Lab,,none,"
            "none,{date:%F},,https://lab.example")  # fmt: skip
    rows = [models[models["date"] <= day].assign(vintage=day) for day in VINTAGES]
    _append(folder, "index_vintages", pd.concat(rows), "{vintage},epoch_eci,{model},{value:.2f},,,,lab")
    return folder


def _append(folder: Path, name: str, rows: pd.DataFrame, line: str) -> None:
    with (folder / f"{name}.csv").open("a", encoding="utf-8") as file:
        for row in rows.assign(minutes=2 ** ((rows["value"] - 130) / 10 + 4)).to_dict("records"):
            file.write(line.format(**row) + "\n")
