"""The command `gaplab`: options and YAML in, `Params` out, and the package's verbs called with them.

Each file adds its verbs. Everything heavy is imported inside the verb that needs it, so that `--help` is immediate.
"""

from __future__ import annotations

from gaplab.cli import cache, cite, compare, data, forecast, gap, pages, questions, record, refresh, validate
from gaplab.cli.root import main

__all__ = [
    "cache", "cite", "compare", "data", "forecast", "gap", "main", "pages", "questions", "record", "refresh",
    "validate",
]  # fmt: skip
