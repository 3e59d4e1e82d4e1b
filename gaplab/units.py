"""Units of time: the one place that says how long a year and a month are."""

from __future__ import annotations

YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12
