"""The sections of a page, one a file, and the variants of the page that choose among them."""

from typing import Any


def __getattr__(name: str) -> Any:
    """A finding, part or table of a section, from whichever file has it: `sections.forecast_finding`."""
    if name.endswith(("_finding", "_part")) or name.startswith("readable_"):
        from gaplab.report.page import part  # noqa: I001
        from gaplab.report.sections import (
            by_test, changes, claims, definitions, dossier, forecast, influence, live_record, method, milestones,
            nowcast, one_page, opening, record, scopes, whatif,
        )  # fmt: skip

        for module in [part, *locals().values()]:
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
