"""What a release of the data publishes, as rows of the live record: readings, forecasts and answers to questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from gaplab import gap, identity
from gaplab.data.load import data_folder
from gaplab.errors import GaplabError
from gaplab.fit import cache, runs
from gaplab.fit.files import cache_file
from gaplab.fit.fit import fit
from gaplab.fit.runs import with_restricted
from gaplab.gap import summary
from gaplab.outlook.forecast import Forecast, forecast
from gaplab.outlook.history import HORIZONS
from gaplab.params import complete
from gaplab.params.spec import Params
from gaplab.places import RECORD
from gaplab.posterior import Posterior
from gaplab.results.listed import catch_up_targets, listed_models
from gaplab.validation import scoring
from gaplab.validation.backtest.forecasts import baseline_draws, chosen_targets, path_draws
from gaplab.validation.backtest.origins import months_later
from gaplab.validation.live import chain
from gaplab.validation.live.answers import Sources
from gaplab.validation.live.question_set import Question, questions
from gaplab.validation.live.wording import YES

ISSUED = "issued.csv"
OURS, TODAY = "stack", "as_today"
LEVELS = (0.01, 0.025, *(round(0.05 * step, 2) for step in range(1, 20)), 0.975, 0.99)
"""Levels of the quantiles, those of forecast hubs."""
QUANTILES = {f"q{level:g}": level for level in LEVELS}
READ_AGAIN = 3
"""Months after which a reading is held against what is then read of the same day."""
COLUMNS = (
    "release", "issued", "data_day", "data_hash", "posterior", "kind", "target", "subject", "threshold", "scope",
    "ruler", "forecaster", "horizon_months", "start", "target_day", "due", "unit", "probability", *QUANTILES,
)  # fmt: skip
DECIMALS = 3


@dataclass(frozen=True)
class Release:
    """One release: its run, the run with restricted models, the forecast and the questions."""

    known: Sources
    restricted: Posterior
    path: Forecast
    issued: pd.Timestamp
    questions: list[Question]

    @property
    def posterior(self) -> Posterior:
        """Of the run."""
        return self.path.posterior


def release_of(params: Params, *, on: date | None = None, progress: bool = False) -> Release:
    """Everything that a release of the data publishes; fits what is not in the cache.

    Parameters
    ----------
    params : Params
        The default run, but for the folder of the data.
    on : date, optional
        The day of issue; the newest day that the tables tell of when left out.
    progress : bool
        Show bars on the terminal.
    """
    tables = runs.tables_of(params)
    posterior = fit(tables, params, progress=progress)
    restricted = with_restricted(params)
    other = fit(runs.tables_of(restricted), restricted, progress=progress)
    known, path, issued = Sources(tables, params, posterior), forecast(posterior), issue_day(params, on)
    return Release(known, other, path, issued, questions(path, known, issued))


def issue_day(params: Params, on: date | None = None) -> pd.Timestamp:
    """The day of issue: as given, else the newest day to which a part of the tables is complete.

    Raises
    ------
    GaplabError
        It is before the day of the data.
    """
    days, _ = complete.parts(data_folder(Path(params.data) if params.data else None))
    issued = on or max([*days.values(), params.as_of])
    if issued < params.as_of:
        raise GaplabError(f"--on {issued}: is before {params.as_of}, the day of the data; expected that day or later")
    return pd.Timestamp(issued)


def release_id(params: Params) -> str:
    """Hash of all that determines what a release says: tables, fits, code; known without a fit."""
    fits = [cache_file(runs.tables_of(run), run).stem for run in (params, with_restricted(params))]
    return cache.key({"data": runs.tables_of(params).hash, "fits": fits, "code": identity.of(__name__)})[:16]


def issue(params: Params, folder: Path = RECORD, *, on: date | None = None, progress: bool = False) -> int:
    """Append what this release publishes to issued.csv; nothing where the release is there already.

    Pages that show the record are made after it.

    Parameters
    ----------
    params : Params
        The default run, but for the folder of the data.
    folder : Path
        Of the record; made when missing.
    on : date, optional
        The day of issue; see `issue_day`.
    progress : bool
        Show bars on the terminal.

    Returns
    -------
    int
        Rows appended.

    Raises
    ------
    GaplabError
        The record was changed, it has a later issue, or another process added to it meanwhile.
    """
    path = folder / ISSUED
    known = chain.read(path, COLUMNS)
    name, day = release_id(params), issue_day(params, on)
    if name in set(known["release"]):
        return 0
    if len(known) and known["issued"].iloc[-1] > f"{day:%F}":
        raise GaplabError(
            f"{path}: its last rows were issued on {known['issued'].iloc[-1]}; expected that day or later, not {day:%F}"
        )
    rows = rows_of(release_of(params, on=on, progress=progress), name)
    chain.append(path, rows, known)
    return len(rows)


def rows_of(release: Release, name: str) -> pd.DataFrame:
    """The rows of a release as text, with `COLUMNS`.

    Parameters
    ----------
    name : str
        Of the release.
    """
    posterior, params = release.posterior, release.posterior.params
    same = {
        "release": name, "issued": f"{release.issued:%F}", "data_day": f"{params.as_of}",
        "data_hash": posterior.identity["data_hash"][:16], "ruler": params.ruler, "threshold": np.nan,
        "probability": np.nan, "start": f"{params.as_of}", "horizon_months": np.nan,
    }  # fmt: skip
    rows = [*_readings(release), *_forecasts(release.path), *_answers(release)]
    table = pd.DataFrame([same | row for row in rows], columns=list(COLUMNS))
    numbers = ["threshold", "probability", "horizon_months", *QUANTILES]
    return table.assign(**{each: table[each].map(_number) for each in numbers}).fillna("").astype(str)


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{round(value, DECIMALS) + 0.0:.10g}"


def _quantiles(draws: np.ndarray, unit: str) -> dict[str, float]:
    values = scoring.bounded(draws) if unit.startswith("months") else draws
    return dict(zip(QUANTILES, summary.quantiles(values, LEVELS).tolist(), strict=True))


def _flat(draws: xr.DataArray) -> np.ndarray:
    """Draws of one number [sample]; an array of one for a number without draws."""
    return np.atleast_1d(draws.to_numpy().ravel())


def _readings(release: Release) -> Iterator[dict]:
    """Every definition of the country in both scopes and of the newest record, and both lags of the listed models."""
    posterior = release.posterior
    newest = gap.newest_record(posterior)
    read = [(run, gap.country_subject(run), None) for run in runs.distinct_runs(posterior, release.restricted)]
    names = [newest, *(name for name in listed_models(posterior) if name != newest)]
    read += [(posterior, gap.model_subject(posterior, name), ("model_lag", "first_match_lag")) for name in names]
    for run, subject, only in read:
        same = {
            "kind": "reading", "subject": subject.name, "scope": run.params.scope, "forecaster": OURS,
            "posterior": run.identity["fit_hash"], "start": f"{subject.date:%F}", "target_day": f"{subject.date:%F}",
            "due": f"{months_later(pd.Timestamp(run.params.as_of), READ_AGAIN):%F}",
        }  # fmt: skip
        for (definition, unit), draws in gap.readings(run, subject).items():
            if only is None or definition in only:
                yield same | {"target": definition, "unit": unit} | _quantiles(_flat(draws), unit)


def _forecasts(path: Forecast) -> Iterator[dict]:
    """Lags, matches and the next record, by our forecast and by the simple ones."""
    posterior = path.posterior
    models = [*chosen_targets(posterior).values(), *catch_up_targets(posterior)]
    chosen = {f"match {name}": name for name in dict.fromkeys(models) if name in posterior.models.index}
    found = {OURS: path_draws(path, chosen, HORIZONS), **baseline_draws(posterior, chosen, HORIZONS)}
    at = pd.Timestamp(posterior.params.as_of)
    for (target, horizon), ours in found[OURS].items():
        end = f"{months_later(at, horizon):%F}"
        same = {
            "kind": "forecast", "target": "match" if target in chosen else target, "unit": "months", "target_day": end,
            "subject": chosen.get(target, posterior.params.follower), "scope": posterior.params.scope,
            "posterior": posterior.identity["fit_hash"], "horizon_months": horizon, "due": end,
        }  # fmt: skip
        for name, draws in found.items():
            values = ours if name == OURS else draws[target, horizon]
            yield same | {"forecaster": name} | _quantiles(values, "months")


def _answers(release: Release) -> Iterator[dict]:
    """Our answer to every question, and the simple one."""
    params = release.posterior.params
    for each in release.questions:
        asked, day = each.query, f"{each.query.day:%F}"
        same = {
            "kind": "question", "target": asked.kind, "subject": asked.subject, "threshold": asked.threshold,
            "scope": params.scope, "posterior": release.posterior.identity["fit_hash"], "start": f"{asked.start:%F}",
            "target_day": day, "due": day, "unit": each.unit,
        }  # fmt: skip
        for name, draws in ((OURS, each.draws), (TODAY, np.array([each.today]))):
            if np.isnan(draws).any():
                continue
            answer = {"probability": float(draws.mean())} if each.unit == YES else _quantiles(draws, each.unit)
            yield same | {"forecaster": name} | answer
