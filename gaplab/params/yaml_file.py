"""Settings in YAML: names, lists and values, all of them text; nothing grows when it is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from gaplab.errors import GaplabError, quoted

MOST_BYTES = 2**20
DEEPEST = 20
_NULL = ("", "~", "null", "Null", "NULL")
_DIRECTIVE = re.compile("(?:^|[\n\r\x85\u2028\u2029])%")
# The parser in C takes time that grows with the length of the text; the one in Python, used where there is none, grows
# faster, and a file of MOST_BYTES takes it half a minute.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read(file: Path) -> dict[str, Any]:
    """The settings in a file.

    Returns
    -------
    dict of str to str, None, list or dict
        What is left empty is None.

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
    given = parse(content, str(file))
    if not isinstance(given, dict):
        raise GaplabError(f'{file}: expected one "name: value" per line, such as "as_of: 2026-06-30"')
    return given


def parse(content: bytes, shown: str) -> Any:
    """The value that a YAML file holds: text, None, lists and mappings of these.

    Parameters
    ----------
    shown : str
        Name of the file in messages.

    Raises
    ------
    GaplabError
        It is no YAML, too large or too deep, or uses anchors, aliases, tags or a name twice.
    """
    if len(content) > MOST_BYTES:
        raise GaplabError(f"{shown}: is larger than {MOST_BYTES / 2**20:g} MiB; expected a file of settings or results")
    try:
        text = content.decode("utf-8-sig")
        if "\0" in text:
            raise GaplabError(f"{shown}: not a YAML file (holds null characters); expected text")
        if _DIRECTIVE.search(text):
            raise GaplabError(f"{shown}: has a line that begins with %; directives are not read: remove it")
        return _value(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise GaplabError(f"{shown}: not a YAML file that is read here ({reason})") from None


def _value(text: str) -> Any:
    """The value of the one document, put together from the parser's events.

    An alias of an alias of an alias makes a huge value of a few lines, and a
    tag an object: neither is read.
    """
    document: list[Any] = []
    open_ones: list[_Open] = []
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.DocumentStartEvent) and document:
            raise _problem("more than one document", event)
        if isinstance(event, yaml.CollectionEndEvent):
            open_ones.pop()
        if not isinstance(event, yaml.NodeEvent):
            continue
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise _problem("anchors and aliases are not read", event)
        if event.tag:
            raise _problem(f"tags such as {quoted(event.tag)} are not read", event)
        value: Any = _text(event) if isinstance(event, yaml.ScalarEvent) else None
        if isinstance(event, yaml.CollectionStartEvent):
            value = {} if isinstance(event, yaml.MappingStartEvent) else []
        if open_ones:
            open_ones[-1].add(value, event)
        else:
            document.append(value)
        if isinstance(event, yaml.CollectionStartEvent):
            open_ones.append(_Open(value))
            if len(open_ones) > DEEPEST:
                raise _problem(f"nested deeper than {DEEPEST} levels", event)
    return document[0] if document else None


class _Open:
    """A list or a mapping whose end has not come yet."""

    def __init__(self, value: dict[str, Any] | list[Any]):
        self.value = value
        self.name: str | None = None

    def add(self, part: Any, event: yaml.Event) -> None:
        """Append to a list; in a mapping, take a name and then its value."""
        if isinstance(self.value, list):
            self.value.append(part)
        elif self.name is not None:
            self.value[self.name], self.name = part, None
        elif not isinstance(event, yaml.ScalarEvent):
            raise _problem("a name must be plain text", event)
        elif event.value in self.value:
            raise _problem(f"{quoted(event.value)} is given twice", event)
        else:
            self.name = event.value


def _text(event: yaml.ScalarEvent) -> str | None:
    """What a value says; None where it is empty."""
    is_plain = event.implicit[0]
    return None if is_plain and event.value in _NULL else event.value


def _problem(what: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)
