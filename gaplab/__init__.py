"""Bayesian measurement of lags between national AI frontiers."""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """What a notebook begins with: `from gaplab import Params, charts, load, panel, sections, tables`."""
    match name:
        case "Params":
            from gaplab.params.spec import Params as found
        case "load":
            from gaplab.data.load import load as found
        case "charts":
            from gaplab.report import charts as found
        case "panel":
            from gaplab.report import panel as found
        case "sections":
            from gaplab.report import sections as found
        case "tables":
            from gaplab import results as found
        case _:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found
