"""Results as tables and JSON: the same numbers in every form, rounded once."""

from typing import Any


def __getattr__(name: str) -> Any:
    """A table from whichever file makes it: `tables.gap_table`."""
    if name.endswith(("_table", "_tables")):
        from gaplab.results import evidence, forecast, gap, hub, nowcast

        for module in (evidence, forecast, gap, hub, nowcast):
            if name in vars(module):
                return vars(module)[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
