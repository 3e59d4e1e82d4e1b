"""The charts, one a file: a table goes in, a picture with alt text, caption and data comes out."""

from typing import Any


def __getattr__(name: str) -> Any:
    """A chart from whichever file draws it: `charts.frontiers_chart`."""
    if name.endswith("_chart"):
        from gaplab.report.charts import (  # noqa: I001
            bridge, by_test, catch_up, catch_up_ridges, changed, coverage, definitions, domains, forecast, frontiers,
            model_scores, over_time, placed, scenarios,
        )  # fmt: skip
        from gaplab.report.charts.record import calibration, influence, known_truth, past_readings, sensitivity, skill

        for module in list(locals().values()):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
