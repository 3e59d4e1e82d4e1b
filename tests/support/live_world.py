"""Tables with a vintage of an index each quarter, from a simulated posterior, and a fit that returns such a one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from gaplab.params.spec import Params
from gaplab.places import RECORD
from gaplab.validation.live import chain
from gaplab.validation.live.release import COLUMNS, ISSUED
from gaplab.validation.live.resolve import KEPT, Period
from gaplab.validation.live.wording import YES
from support.briefs import as_kept
from support.tables import write_tiny
from support.worlds import synthetic_posterior

VINTAGES = ("2025-10-31", "2026-01-31", "2026-03-31", "2026-06-30")
_LAST = Params(as_of=date(2026, 6, 30), chains=2, draws=200)


def simulated_period(day: date) -> Period:
    """What the committed record says of its next months, as if it had come due by a day, with outcomes made up."""
    issued = chain.read(RECORD / ISSUED, COLUMNS)
    rows, chance, scored = issued[issued["due"] <= "2026-11-10"], np.random.default_rng(1), []
    for row in rows.to_dict("records"):
        yes = row["unit"] == YES
        said = float(row["probability" if yes else "q0.5"])
        came = float(chance.random() < said) if yes else round(said + 1.2 * chance.normal(), 3)
        held = "" if yes else str(float(row["q0.1"]) <= came <= float(row["q0.9"]))
        scored.append({name: row[name] for name in KEPT} | {
            "row": row["hash"], "said": f"{said}", "outcome": f"{came}", "crps": f"{abs(came - said) / 2:.3f}",
            "inside_80": held, "resolved_on": f"{day}",
        })  # fmt: skip
    return Period(rows, pd.DataFrame(scored), "2027-01-01")


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
