"""The one error a user of gaplab has to know, and how its messages name a word that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST_LISTED = 12
_LONGEST_WORD = 80


class GaplabError(ValueError):
    """Input that cannot be used, explained so that it can be mended.

    Each problem is one line that says what is wrong, where (file, row, column
    or parameter), what was expected and what to do. All problems found are
    reported together.

    Parameters
    ----------
    *problems : str
        One line each.
    """

    def __init__(self, *problems: str):
        self.problems = problems
        super().__init__("\n".join(problems))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the problems, without the way through the package."""
        return [f"{type(self).__name__}: {problem}" for problem in self.problems]


def quoted(word: object) -> str:
    """A word in a message: in quotes, on one line and not too long."""
    text = str(word)
    text = text if len(text) <= _LONGEST_WORD else f"{text[: _LONGEST_WORD - 3]}…"
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    return f'"{shown}"'


def closest(word: object, choices: Iterable[object], *, cutoff: float = 0.5) -> str | None:
    """The legal word that looks most like this one, or None."""
    legal = {str(choice)[:200]: str(choice) for choice in choices}
    found = difflib.get_close_matches(str(word)[:200], legal, n=1, cutoff=cutoff)
    return legal[found[0]] if found else None


def did_you_mean(word: object, choices: Iterable[object], *, otherwise: str | None = None) -> str:
    """The end of a message about an unknown word: the closest legal one, or what is legal.

    Parameters
    ----------
    word : object
        What was given.
    choices : iterable
        What is legal.
    otherwise : str, optional
        What to say when nothing looks like it, in place of the first few choices.

    Returns
    -------
    str
        Begins with a semicolon, unless there is nothing to say.
    """
    legal = list(choices)
    if found := closest(word, legal):
        return f"; did you mean {quoted(found)}?"
    if otherwise is None:
        more = f" and {len(legal) - _MOST_LISTED} more" if len(legal) > _MOST_LISTED else ""
        otherwise = f"expected one of {', '.join(map(str, legal[:_MOST_LISTED])) or 'none'}{more}"
    return otherwise and f"; {otherwise}"
