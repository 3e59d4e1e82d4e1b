"""The groups of models that a run compares: a country by name, or a rule over a column of models.csv."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gaplab.errors import GaplabError, did_you_mean, quoted

COLUMNS = ("country", "developer", "family", "weights")
WEIGHTS = ("open", "closed")
US_CHINA, CLOSED_OPEN = ("US", "China"), ("weights=closed", "weights=open")
"""The pair, leader first, that the record and the library of scenarios are about, and that of claims about openness."""
_RULE = re.compile(r"\s*([^=!]*?)\s*(!?=)(.*)", flags=re.DOTALL)
_QUOTES = ("''", '""', "“”", "‘’", "„“", "«»")


@dataclass(frozen=True)
class Group:
    """The models whose `column` holds one of the values, or, with `excluded`, a known value that is none of them."""

    column: str
    values: tuple[str, ...]
    excluded: bool = False

    @property
    def label(self) -> str:
        """The one spelling of the group, which stands for it inside a run: China, weights=open, country!=China,US."""
        if self.column == "country" and len(self.values) == 1 and not self.excluded:
            return self.values[0]
        return f"{self.column}{'!=' if self.excluded else '='}{','.join(self.values)}"


def is_rule(label: str) -> bool:
    """Whether the label of a group is a rule and no country."""
    return "=" in label


def read_group(text: str) -> Group:
    """A group as it is typed: China, weights=open, developer="Mistral AI", country!=US,China.

    Raises
    ------
    GaplabError
        The text is no rule over one of `COLUMNS`; whether its values occur, the tables say.
    """
    match = _RULE.fullmatch(text)
    if not match:
        return Group("country", (_unquoted(text),))
    column, sign, rest = match.groups()
    if column not in COLUMNS:
        raise GaplabError(f"{quoted(column)} is no column that groups models{did_you_mean(column, COLUMNS)}")
    values = sorted({value for part in rest.split(",") if (value := _unquoted(part))}, key=str.casefold)
    if not values:
        raise GaplabError(f"{quoted(text)} names no {column}; expected {column}=VALUE, or more after commas")
    if column != "weights":
        return Group(column, tuple(values), sign == "!=")
    if wrong := [value for value in values if value not in WEIGHTS]:
        raise GaplabError(f"{quoted(wrong[0])} is no kind of weights{did_you_mean(wrong[0], WEIGHTS)}")
    left = [value for value in WEIGHTS if (value in values) == (sign == "=")]
    if len(left) != 1:
        raise GaplabError(f"{quoted(text)} parts no models from others; expected weights=open or weights=closed")
    return Group("weights", (left[0],))


def named_pair(**typed: object) -> tuple[dict[str, str], list[str]]:
    """The labels of leader and follower, and one line for everything that is wrong with them."""
    labels, problems = {}, []
    for role, text in typed.items():
        try:
            labels |= {role: read_group(text).label} if isinstance(text, str) else {}
        except GaplabError as error:
            problems += [f"parameter {role}: {problem}" for problem in error.problems]
    if len(labels) > len(set(labels.values())):
        same = quoted(labels["follower"])
        problems.append(f"parameter follower: {same} is also the leader; expected two different countries or groups")
    return labels, problems


def _unquoted(text: str) -> str:
    """A value without white space and quotes around it."""
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] + text[-1] in _QUOTES else text
