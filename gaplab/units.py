"""What every module counts in: the length of a year and a month, and the dimensions of draws."""

from __future__ import annotations

YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12

SAMPLE = ("chain", "draw")
"""Dimensions that number the draws of a posterior."""
