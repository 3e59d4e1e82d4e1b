"""Values of parameters as they are typed, in YAML or in a notebook, or what is wrong with them."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterable, Mapping
from dataclasses import Field
from datetime import date, datetime
from typing import Any, Literal, get_args, get_origin

from gaplab.errors import GaplabError, did_you_mean, quoted

FIRST_YEAR, LAST_YEAR = 1950, 2100
"""Years that a date may lie in."""


def coerce(spec: Field, hint: Any, value: Any) -> Any:
    """The value of a parameter in its type.

    Parameters
    ----------
    hint : type
        Of the field, resolved.
    value : object
        As typed, as YAML has it, or in its type already.

    Raises
    ------
    GaplabError
        What was expected instead.
    """
    if type(None) in get_args(hint):
        if value is None:
            return None
        (hint,) = (kind for kind in get_args(hint) if kind is not type(None))
    if get_origin(hint) is Literal:
        return _choice(spec.name, value, get_args(hint))
    if hint is date:
        return _date(spec.name, value)
    if hint is bool:
        return _switch(spec.name, value)
    if hint in (int, float):
        return _number(spec, value, hint)
    if not isinstance(value, str) or not value.strip():
        raise GaplabError(f"parameter {spec.name}: {quoted(value)} is not text; expected {spec.metadata['help']}")
    return value


def names_in(text: str) -> list[str]:
    """The names in a list with semicolons, each once."""
    return list(dict.fromkeys(name for part in text.split(";") if (name := part.strip())))


def _choice(name: str, value: Any, legal: tuple[str, ...]) -> str:
    if value in legal:
        return value
    hint = did_you_mean(value, legal, otherwise="")
    raise GaplabError(f"parameter {name}: {quoted(value)} is not one of {', '.join(legal)}{hint}")


def _date(name: str, value: Any) -> date:
    try:
        day = value if isinstance(value, date) else datetime.strptime(value, "%Y-%m-%d")
    except (TypeError, ValueError):
        raise GaplabError(
            f"parameter {name}: {quoted(value)} is not a date; expected YYYY-MM-DD, for example 2026-06-30"
        ) from None
    day = day.date() if isinstance(day, datetime) else day
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise GaplabError(f"parameter {name}: {day} is out of range; expected a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _switch(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    if word in ("true", "yes", "on", "false", "no", "off"):
        return word in ("true", "yes", "on")
    raise GaplabError(f"parameter {name}: {quoted(value)} is not a yes or no; expected true or false")


def _number(spec, value: Any, kind: type) -> int | float:
    words = "a whole number" if kind is int else "a number"
    low, high = spec.metadata["low"], spec.metadata["high"]
    expected = f"expected {words} from {low} to {high}"
    if isinstance(value, bool):
        raise GaplabError(f"parameter {spec.name}: {quoted(value)} is not {words}; {expected}")
    try:
        exact = float(value)
        number = kind(exact)
    except (TypeError, ValueError, OverflowError):
        raise GaplabError(f"parameter {spec.name}: {quoted(value)} is not {words}; {expected}") from None
    if number != exact or not low <= number <= high:
        raise GaplabError(f"parameter {spec.name}: {quoted(value).strip('"')} is out of range; {expected}")
    return number


ALL_SETTINGS = "# All settings of this notebook: those that the cell above sets keep its value."
"""The first line of the generated cell of a notebook that lists everything it reads."""
_INJECTED = "# Parameters"
_PLAIN = (ast.Constant, ast.UnaryOp, ast.List, ast.Dict)


def given_in(cells: Iterable[str], parameters: list[str]) -> list[str]:
    """The names to read from a notebook: those that it lists, and those that its cells set to plain values.

    The cells are the parameters cells run last, and papermill's cell after them.

    Parameters
    ----------
    cells : iterable of str
        The source of every cell so far, in the order in which they ran.
    parameters : list of str
        The legal names, which tell the parameters cells.

    Raises
    ------
    GaplabError
        One is set that the notebook does not read, or set above the cell of all settings and in it.
    """
    found = _of_parameters(cells, parameters)
    listing = [each for each in found if each.startswith(ALL_SETTINGS)]
    listed = _assigned(listing[0], ast.expr) if listing else parameters
    typed = [name for each in found for name in _assigned(each, _PLAIN)]
    by_hand = [name for each in found if not each.startswith(_INJECTED) for name in set(_assigned(each, _PLAIN))]
    problems = [
        f"parameter {name}: changes nothing in this notebook; take it out"
        for name in dict.fromkeys(typed)
        if name in parameters and name not in listed
    ]
    problems += [
        f"parameter {name}: is set in two cells; set it in the lower one, which lists all settings"
        for name in listed
        if by_hand.count(name) > 1
    ]
    if problems:
        raise GaplabError(*problems)
    return [*listed, *typed]


def _of_parameters(cells: Iterable[str], parameters: list[str]) -> list[str]:
    """The parameters cells run last, the newest first."""
    found = []
    for source in reversed(list(cells)):
        beside = source.startswith((_INJECTED, ALL_SETTINGS))
        if beside or set(_assigned(source, _PLAIN)) & set(parameters):
            found.append(source)
            if not beside:
                break
    return found


def _assigned(source: str, kinds: type | tuple[type, ...]) -> list[str]:
    """The names that a cell sets to values of some kinds, at its top level."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return []
    assignments = [each for each in statements if isinstance(each, ast.Assign) and isinstance(each.value, kinds)]
    return [target.id for each in assignments for target in each.targets if isinstance(target, ast.Name)]


def plain_variables(namespace: Mapping[str, Any]) -> list[str]:
    """The plain variables of a notebook that was exported as a script, where cells are one; constants are none."""
    return [
        name
        for name, value in namespace.items()
        if not (name.startswith("_") or name.isupper() or callable(value) or isinstance(value, types.ModuleType))
    ]
