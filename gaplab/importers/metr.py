"""METR's time horizons: the YAML file of benchmark results, suites 1.0 and 1.1."""

from __future__ import annotations

import math
import re
from typing import Any

from gaplab.errors import GaplabError, quoted
from gaplab.importers.cells import day, rows, written
from gaplab.importers.feed import Feed, ModelsMet, Request
from gaplab.params import yaml_file

URL = "https://metr.org/time-horizons/"
_Z95 = 1.96
SUITES = ("1.0", "1.1")
_SUITE = re.compile(r"v?([0-9]+(?:\.[0-9]+)?)$")


def read(request: Request) -> Feed:
    """Horizons at 50 and 80% success as index values, those at 50% as scores too.

    Raises
    ------
    GaplabError
        The file is no YAML of METR's, or a number in it is none.
    """
    content = yaml_file.parse(request.download.content, request.shown)
    results = content.get("results") if isinstance(content, dict) else None
    if not isinstance(results, dict) or not results:
        raise GaplabError(f'{request.shown}: has no "results"; expected METR\'s benchmark_results YAML file')
    met, problems = ModelsMet(request.names, URL), []
    values, scores, suites, beyond = [], [], set(), []
    for name, result in results.items():
        try:
            suite = _suite(result, content, name)
            release = day(str(result.get("release_date") or ""), f"{name}: release_date")
            horizons = {share: _horizon(result, share, name) for share in ("50", "80")}
        except GaplabError as error:
            problems += [f"{request.shown}: {problem}" for problem in error.problems]
            continue
        model = met.model(str(name), release=release, freely=True)
        if model:
            suites.add(suite)
            values += [_value(request, model, share, suite, *ends) for share, ends in horizons.items()]
            row = horizon(request, model, suite, *horizons["50"])
            beyond += [model] * (row["censored"] == "lower")
            scores.append(row | {"source": _source(suite)["source"], "first_seen": request.vintage()})
    if problems:
        raise GaplabError(*problems[:20])
    return Feed(
        vintage=request.vintage(),
        sources=rows("sources", [_source(suite) for suite in sorted(suites)]),
        models=met.table(),
        index_vintages=_highest(rows("index_vintages", values), ["index", "model"], "value"),
        scores=_highest(rows("scores", scores), ["benchmark", "model"], "score"),
        held_back=met.held_back(),
        notes=[
            *met.left_out(),
            "METR states no licence for these numbers: cite METR.",
            *(
                f"{model}: beyond what the suite can tell; its score is the suite's limit, as a lower bound"
                for model in beyond
            ),
        ],
    )


def horizon(request: Request, model: str, suite: str, estimate: float, low: float, high: float) -> dict[str, str]:
    """A horizon in minutes as a row of scores.csv; the standard error is of log2 minutes, from the 95% interval.

    Beyond the ceiling that benchmarks.csv has for the suite, only the ceiling is known, as a lower bound.
    """
    name = f"METR time horizon {suite} (50%)"
    ours = request.tables["benchmarks"].set_index("benchmark")["ceiling"]
    ceiling = float(ours.get(name) or math.inf)
    beyond, wide = estimate > ceiling, low > 0 and high > 0
    return {
        "model": model,
        "benchmark": name,
        "effort": "default",
        "score": written(min(estimate, ceiling), 6),
        "standard_error": written(math.log2(high / low) / (2 * _Z95), 6) if wide and not beyond else "",
        "source_class": "independent",
        "evaluator": "METR",
        "harness": "METR",
        "adjusted": "none",
        "censored": "lower" if beyond else "none",
        "source_url": URL,
    }


def _source(suite: str) -> dict[str, str]:
    name = suite.replace(".", "_")
    return {
        "source": f"metr_horizons_{name}",
        "publisher": "METR",
        "url": f"https://metr.org/assets/benchmark_results_{name}.yaml",
        "licence": "facts; no licence stated: cite METR",
    }


def _suite(result: Any, content: dict, name: str) -> str:
    """The task suite; suites are not comparable, so a file that does not say is not read."""
    if not isinstance(result, dict):
        raise GaplabError(f"results.{name} is {type(result).__name__}; expected a mapping with metrics")
    suite_name = str(result.get("benchmark_name") or content.get("benchmark_name") or "")
    suite = suite_of(suite_name) if suite_name.strip() else ""
    if not suite:
        raise GaplabError(
            f"results.{name}: benchmark_name {suite_name!r} names no suite; expected METR-Horizon-v1.1 or the like"
        )
    return suite


def suite_of(text: str) -> str:
    """The suite that a text names, "1.0" for a blank one and "" for one that is not known."""
    if not text.strip():
        return "1.0"
    found = _SUITE.search(text.strip())
    suite = (found[1] if "." in found[1] else f"{found[1]}.0") if found else ""
    return suite if suite in SUITES else ""


def _horizon(result: dict, share: str, name: str) -> tuple[float, float, float]:
    metrics = result.get("metrics")
    length = metrics.get(f"p{share}_horizon_length") if isinstance(metrics, dict) else None
    if not isinstance(length, dict) or "estimate" not in length:
        raise GaplabError(
            f"results.{name}: has no metrics.p{share}_horizon_length.estimate; expected the file as published"
        )
    ends = []
    for end in ("estimate", "ci_low", "ci_high"):
        value = length.get(end)
        try:
            number = math.nan if value is None and end != "estimate" else float(value)
        except (TypeError, ValueError):
            number = math.inf
        if math.isinf(number):
            raise GaplabError(f"results.{name}: p{share} {end} is {quoted(value)}; expected minutes as a number")
        ends.append(number)
    if not ends[0] > 0:
        raise GaplabError(f"results.{name}: p{share} estimate is {ends[0]:g}; expected more than 0 minutes")
    return tuple(ends)


def _value(
    request: Request, model: str, share: str, suite: str, estimate: float, low: float, high: float
) -> dict[str, str]:
    # The index has had its name since suite 1.1; values of the older suite must not be mixed with it.
    index = f"metr_p{share}_minutes" + ("" if suite == "1.1" else f"_{suite.replace('.', '_')}")
    known = not (math.isnan(low) or math.isnan(high))
    return {
        "vintage": request.vintage(),
        "index": index,
        "model": model,
        "value": written(estimate, 4),
        "low": written(low, 4),
        "high": written(high, 4),
        "level": "0.95" if known else "",
        "source": _source(suite)["source"],
    }


def _highest(table, key: list[str], value: str):
    order = table[value].astype(float).sort_values(ascending=False, kind="stable").index
    return table.loc[order].drop_duplicates(key).sort_index()
