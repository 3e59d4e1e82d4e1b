"""Questions as JSON, and as forecast hubs take them: configuration, model output and outcomes of hubverse 6.0.0."""

from __future__ import annotations

import json
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from gaplab.gap import summary
from gaplab.results.columns import without_nan
from gaplab.validation.live.answers import Query
from gaplab.validation.live.question_set import Question, question_name
from gaplab.validation.live.release import LEVELS, OURS, TODAY, Release
from gaplab.validation.live.wording import YES
from gaplab.write import replace_file

SCHEMAS = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0"
MODEL = "gaplab-stack"
TASK_IDS = ("reference_date", "target", "question", "target_end_date")
_UNITS = {"yes": "probability", "models": "number of models"}


def write_questions(release: Release, out: Path, scored: pd.DataFrame) -> None:
    """Write questions.json and the folders of a hub; each file appears whole.

    Parameters
    ----------
    out : Path
        Folder; made when missing.
    scored : DataFrame
        Rows of resolved.csv, for the outcomes that are known.
    """
    day = f"{release.posterior.params.as_of}"
    metadata = {
        "team_name": "gaplab", "team_abbr": "gaplab", "model_name": "Stack of four forecasts of two frontiers",
        "model_abbr": "stack", "model_version": version("gaplab"), "license": "CC-BY-4.0", "designated_model": True,
        "data_inputs": "Benchmark scores, releases and Epoch AI's index, as in the tables of gaplab",
        "methods": "Joint posterior of the frontiers of two countries; four shapes of their future, equally weighted.",
    }  # fmt: skip
    files = {
        "questions.json": questions_json(release),
        "hub-config/tasks.json": tasks_json(release.questions, day),
        "hub-config/target-data.json": {
            "schema_version": f"{SCHEMAS}/target-data-schema.json", "observable_unit": ["question", "target_end_date"],
            "date_col": "target_end_date", "versioned": False, "oracle-output": {"has_output_type_ids": True},
        },
        f"model-metadata/{MODEL}.yml": metadata,  # YAML holds JSON
        f"model-output/{MODEL}/{day}-{MODEL}.csv": _csv(model_output(release.questions, day)),
        "target-data/oracle-output.csv": _csv(oracle_output(scored)),
    }  # fmt: skip
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        replace_file(out / name, text)


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n", na_rep="NA")


def questions_json(release: Release) -> dict[str, Any]:
    """The questions of a release with text, rule, resolver and both answers."""
    return {
        "schema_version": "1.0",
        "data_day": f"{release.posterior.params.as_of}",
        "issued": f"{release.issued:%F}",
        "identity": {name: release.posterior.identity[name] for name in ("data_hash", "fit_hash")},
        "questions": [_question_json(each) for each in release.questions],
    }


def _question_json(each: Question) -> dict[str, Any]:
    asked = each.query
    if each.unit == YES:
        answer: dict[str, Any] = {"probability": round(float(each.draws.mean()), 4)}
    else:
        answer = {"quantiles": _quantiles(each)}
    return {
        "id": each.name,
        "text": each.text,
        "rule": each.rule,
        "type": "binary" if each.unit == YES else "quantile",
        "unit": each.unit,
        "asked": f"{asked.start:%F}",
        "target_day": f"{asked.day:%F}",
        "resolver": without_nan({"answer": asked.kind, "subject": asked.subject, "threshold": asked.threshold}),
        **answer,
        **without_nan({TODAY: each.today}),
    }


def _quantiles(each: Question) -> dict[str, float]:
    values = summary.quantiles(each.draws, LEVELS)
    return {f"{level:g}": round(float(value), 3) for level, value in zip(LEVELS, values, strict=True)}


def tasks_json(asked: list[Question], day: str) -> dict[str, Any]:
    """The configuration of a hub with one round, in which each kind of question is a target."""
    ordered = sorted(asked, key=lambda each: each.query.kind)
    kinds = [(kind, list(found)) for kind, found in groupby(ordered, key=lambda each: each.query.kind)]
    last = max(each.query.day for each in asked)
    return {
        "schema_version": f"{SCHEMAS}/tasks-schema.json",
        "rounds": [
            {
                "round_id_from_variable": True,
                "round_id": "reference_date",
                "model_tasks": [_model_task(kind, found, day) for kind, found in kinds],
                "submissions_due": {"start": day, "end": f"{last:%F}"},
            }
        ],
        "output_type_id_datatype": "character",
        "derived_task_ids": ["target_end_date"],
    }


def _model_task(kind: str, found: list[Question], day: str) -> dict[str, Any]:
    binary = found[0].unit == YES
    required = ["no", YES] if binary else list(LEVELS)
    ends = dict.fromkeys(f"{each.query.day:%F}" for each in found)
    return {
        "task_ids": {
            "reference_date": {"required": [day], "optional": None},
            "target": {"required": [kind], "optional": None},
            "question": {"required": None, "optional": [each.name for each in found]},
            "target_end_date": {"required": None, "optional": sorted(ends)},
        },
        "output_type": {
            "pmf" if binary else "quantile": {
                "output_type_id": {"required": required},
                "is_required": True,
                "value": {"type": "double"} | ({"minimum": 0, "maximum": 1} if binary else {}),
            }
        },
        "target_metadata": [
            {
                "target_id": kind,
                "target_name": kind.replace("_", " "),
                "target_units": _UNITS.get(found[0].unit, found[0].unit),
                "target_keys": {"target": kind},
                "description": found[0].rule,
                "target_type": "binary" if binary else "discrete" if found[0].unit == "models" else "continuous",
                "is_step_ahead": False,
            }
        ],
    }


def model_output(asked: list[Question], day: str) -> pd.DataFrame:
    """Our answers, one number a row: the columns of `TASK_IDS`, output_type, output_type_id, value."""
    rows = []
    for each in asked:
        key = (day, each.query.kind, each.name, f"{each.query.day:%F}")
        if each.unit == YES:
            share = float(each.draws.mean())
            rows += [(*key, "pmf", YES, round(share, 4)), (*key, "pmf", "no", round(1 - share, 4))]
        else:
            rows += [(*key, "quantile", level, value) for level, value in _quantiles(each).items()]
    return pd.DataFrame(rows, columns=[*TASK_IDS, "output_type", "output_type_id", "value"])


def oracle_output(scored: pd.DataFrame) -> pd.DataFrame:
    """The outcomes of questions that are resolved: of yes and no which it was, of the others the number.

    Parameters
    ----------
    scored : DataFrame
        Rows of resolved.csv.

    Returns
    -------
    DataFrame
        target, question, target_end_date, output_type, output_type_id, oracle_value.
    """
    rows = []
    asked = scored[(scored["kind"] == "question") & (scored["forecaster"] == OURS)]
    for row in asked.itertuples():
        day = pd.Timestamp(row.target_day)
        name = question_name(Query(row.target, row.subject, float(row.threshold or "nan"), day, day))
        key, came = (row.target, name, row.target_day), float(row.outcome)
        if row.unit == YES:
            rows += [(*key, "pmf", YES, came), (*key, "pmf", "no", 1 - came)]
        else:
            rows.append((*key, "quantile", None, came))
    columns = [*TASK_IDS[1:], "output_type", "output_type_id", "oracle_value"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates(columns[:-1], keep="last")
