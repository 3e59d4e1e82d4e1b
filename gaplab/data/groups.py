"""Models under the labels of the groups that a run compares, in the place of their countries."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from gaplab.data.tables import Tables
from gaplab.errors import GaplabError, did_you_mean, quoted
from gaplab.params.groups import Group, is_rule, read_group

NEITHER, UNKNOWN = "other", "unknown"


def with_groups(tables: Tables, leader: str, follower: str) -> Tables:
    """The tables with the label of its group as the country of each model; as they are for two countries.

    A model that is in neither group is of the country `other`, and of
    `unknown` where only a value that nobody knows keeps it out. The column
    `seat` keeps the country of its developer.

    Parameters
    ----------
    leader, follower : str
        Labels of groups, as `Params` spells them.

    Raises
    ------
    GaplabError
        A value that no model has, a group without models, or a model in both groups.
    """
    labels = {"leader": leader, "follower": follower}
    if not any(map(is_rule, labels.values())):
        return tables
    models, groups = tables.models, {role: read_group(label) for role, label in labels.items()}
    problems = [problem for role, group in groups.items() for problem in _unknown_values(role, group, tables)]
    if problems:
        raise GaplabError(*problems)
    member = {role: _members(models, group) for role, group in groups.items()}
    for role, inside in member.items():
        if not (inside == 1).any():
            problems.append(f"parameter {role}: {quoted(labels[role])} holds no model out by {tables.as_of}")
    both = models.loc[(member["leader"] == 1) & (member["follower"] == 1), "model"]
    if len(both):
        named = ", ".join(both[:3]) + (f" and {len(both) - 3} more" if len(both) > 3 else "")
        problems.append(
            f"parameters leader and follower: {quoted(leader)} and {quoted(follower)} overlap in {named}; expected two "
            "groups without a common model"
        )
    if problems:
        raise GaplabError(*problems)
    unknown = member["leader"].isna() | member["follower"].isna()
    label = pd.Series(NEITHER, models.index, dtype=object).mask(unknown, UNKNOWN)
    for role, inside in member.items():
        label = label.mask(inside == 1, labels[role])
    return replace(tables, models=models.assign(country=label, seat=models["country"]))


def _names(models: pd.DataFrame, column: str) -> pd.Series:
    """The values of each model, a set: several developers may share one; empty where unknown."""
    cells = models[column].fillna("").mask(models[column] == UNKNOWN, "")
    split = cells.str.split(",") if column == "developer" else cells.map(lambda cell: [cell])
    return split.map(lambda parts: {part.strip() for part in parts} - {""})


def _members(models: pd.DataFrame, group: Group) -> pd.Series:
    """1 for the models of a group, 0 for others, NaN where the column does not say."""
    values = set(group.values)
    named = _names(models, group.column)
    inside = named.map(lambda names: float(bool(names & values) != group.excluded))
    return inside.where(named.map(bool))


def _unknown_values(role: str, group: Group, tables: Tables) -> list[str]:
    """A line for each value that no model has."""
    legal = sorted(set().union(*_names(tables.models, group.column)), key=str.casefold)
    return [
        f"parameter {role}: {quoted(value)} is no {group.column} of a model out by {tables.as_of}"
        f"{did_you_mean(value, legal)}"
        for value in group.values
        if value not in legal
    ]
