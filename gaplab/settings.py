"""A YAML file of settings, read strictly: plain values, nothing twice, nothing that builds objects or swells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from gaplab.errors import GaplabError

MOST_BYTES = 2**20


class _Strict(yaml.SafeLoader):
    """Refuses aliases, which can make a small file huge, and keys given twice, of which YAML keeps the last."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.YAMLError(f"line {mark.line + 1}: aliases (*name) are not accepted; write the values out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen if isinstance(key, yaml.ScalarNode) else True:
                what = f"{str(key.value)[:100]!r} is given twice" if isinstance(key, yaml.ScalarNode) else "not a name"
                raise yaml.YAMLError(f"line {key.start_mark.line + 1}: {what}; expected each name once")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read(file: Path) -> dict[str, Any]:
    """The settings in a file.

    Parameters
    ----------
    file : Path

    Raises
    ------
    GaplabError
        It is too large, is no YAML, is no mapping, or uses tags or aliases.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise GaplabError(f"{file}: cannot be read ({error.strerror}); expected a YAML file") from None
    if len(content) > MOST_BYTES:
        raise GaplabError(f"{file}: is larger than {MOST_BYTES // 2**20} MiB; expected a short YAML file")
    try:
        given = yaml.load(content.decode("utf-8-sig"), Loader=_Strict)
    except RecursionError:
        raise GaplabError(f"{file}: is nested too deeply; expected names, values and lists of values") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise GaplabError(f"{file}: not a YAML file ({' '.join(str(error).split())})") from None
    if not isinstance(given, dict):
        raise GaplabError(f'{file}: expected one "name: value" per line, such as "as_of: 2026-06-30"')
    return given
