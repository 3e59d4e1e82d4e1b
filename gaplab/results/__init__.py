"""Results as tables and JSON: the same numbers in every form, rounded once."""

from typing import Any


def __getattr__(name: str) -> Any:
    """A table, or the tables of a chart, from whichever file makes them: `tables.gap_table`, `tables.lag_history`."""
    if name.endswith(("_table", "_tables", "_density", "_fan", "_history")):
        from gaplab.results import (
            by_test,
            evidence,
            feeds,
            forecast,
            gap,
            hub,
            milestones,
            nowcast,
            over_time,
            revisions,
            standings,
        )

        for module in list(locals().values()):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
