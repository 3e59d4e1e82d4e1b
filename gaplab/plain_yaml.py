"""YAML as people write settings: mappings, lists and values; nothing that builds objects or grows when read."""

from __future__ import annotations

import re
from typing import Any

import yaml

from gaplab.errors import GaplabError

LARGEST = 4 * 2**20
DEEPEST = 20


class _Plain(yaml.SafeLoader):
    """Safe loading without anchors, without dates and without keys given twice.

    An alias of an alias of an alias makes a huge value of a few lines. Dates
    stay text: whoever asked for one says better what is wrong with it.
    """

    depth = 0

    def compose_node(self, parent, index):
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not read", problem_mark=event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(problem="tags are not read", problem_mark=event.start_mark)
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"nested deeper than {DEEPEST} levels", problem_mark=event.start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name in seen:
                wrong = "a name must be plain text" if name is None else f"{name[:80]!r} is given twice"
                raise yaml.MarkedYAMLError(problem=wrong, problem_mark=key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


# YAML 1.1 reads 1:30 as 90, 010 as 8 and 2026-06-31 as an error: here such values stay text.
_LEFT_AS_TEXT = (":timestamp", ":merge", ":int", ":float")
_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(_LEFT_AS_TEXT)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789"))
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?$|[-+]?\.inf$|\.nan$"),
    list("-+.0123456789"),
)


def parse(content: bytes, shown: str, *, largest: int = LARGEST) -> Any:
    """The value that a YAML file holds; dates are left as text.

    Parameters
    ----------
    content : bytes
    shown : str
        Name of the file in messages.
    largest : int
        Most bytes accepted.

    Raises
    ------
    GaplabError
        It is no YAML, too large or too deep, or uses anchors, aliases, tags of objects or a name twice.
    """
    if len(content) > largest:
        raise GaplabError(f"{shown}: is larger than {largest / 2**20:g} MiB; expected a file of settings or results")
    try:
        text = content.decode("utf-8-sig")
        if "\0" in text:
            raise GaplabError(f"{shown}: not a YAML file (holds null characters); expected text")
        return yaml.load(text, Loader=_Plain)
    except GaplabError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:300]
        raise GaplabError(f"{shown}: not a YAML file that is read here ({reason})") from None
