"""A finding and a headline: sentences together with the numbers that they state."""

from __future__ import annotations

import html
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Finding:
    """Sentences and the table they were made from, so that the two cannot disagree."""

    table: pd.DataFrame
    text: str

    def _repr_html_(self) -> str:
        return "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in self.text.split("\n"))


@dataclass(frozen=True)
class Headline:
    """One of the numbers a reader takes away.

    Attributes
    ----------
    label : str
        Whose number it is.
    value, unit : str
        The number in large type and what follows it: 8.1, months behind the US.
    interval : str
        The interval with its probability.
    meaning : str
        One sentence that defines the number.
    """

    label: str
    value: str
    unit: str
    interval: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.label}: {self.value} {self.unit} ({self.interval})"
