"""A YAML file of settings: names and plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gaplab import plain_yaml
from gaplab.errors import GaplabError

MOST_BYTES = 2**20


def read(file: Path) -> dict[str, Any]:
    """The settings in a file.

    Parameters
    ----------
    file : Path

    Raises
    ------
    GaplabError
        It cannot be read, is too large, is no YAML, is no mapping, or uses tags or aliases.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise GaplabError(f"{file}: cannot be read ({error.strerror}); expected a YAML file") from None
    given = plain_yaml.parse(content, str(file), largest=MOST_BYTES)
    if not isinstance(given, dict):
        raise GaplabError(f'{file}: expected one "name: value" per line, such as "as_of: 2026-06-30"')
    return given
