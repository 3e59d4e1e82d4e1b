"""Every name that the pages write as code exists: files, modules, definitions, verbs, flags, parameters, values."""

from __future__ import annotations

import ast
import csv
import re
import shlex
from dataclasses import fields
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click
import pytest
from support.places import REPOSITORY

from gaplab.cli.root import main
from gaplab.params.spec import Params

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md")), REPOSITORY / "data" / "README.md"]
SUFFIXES = r"py|md|csv|zip|cff|json|yaml|yml|ipynb|html|svg|png|toml|txt|sh|nc|xml"
ELSEWHERE = {
    "PYTHONDONTWRITEBYTECODE",  # a variable of Python
    "CACHE_DIR",  # a setting of numba
}
"""Names of others that no lookup finds; at most ten."""


def spans(text: str) -> list[str]:
    """The pieces of code in the text of a page; its blocks are not among them."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by its dotted name, such as gaplab.gap."""
    files = sorted((REPOSITORY / "gaplab").rglob("*.py"))
    names = [".".join(file.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__") for file in files]
    return {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in zip(names, files, strict=True)}


def defined(body: list[ast.stmt]) -> set[str]:
    """Names that a module or a class defines or imports; of a class, with what its methods set on self."""
    names = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {leaf.id for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)}
    return names


@cache
def members() -> dict[str, set[str]]:
    """What each module and each class has, by every dotted ending of its name."""
    found: dict[str, set[str]] = {}
    for name, tree in modules().items():
        inside = {part.removeprefix(f"{name}.").split(".")[0] for part in modules() if part.startswith(f"{name}.")}
        owners = {name: defined(tree.body) | inside}
        owners |= {f"{name}.{node.name}": defined(node.body) for node in tree.body if isinstance(node, ast.ClassDef)}
        for owner, has in owners.items():
            parts = owner.split(".")
            for start in range(len(parts)):
                found.setdefault(".".join(parts[start:]), set()).update(has)
    return found


@cache
def literals() -> set[str]:
    """Short texts in the code, and names inside longer ones: files it writes, settings, values; no docstrings."""
    statements = [node for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    docstrings = {id(node.value) for node in statements}
    nodes = [node for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    texts = {node.value for node in nodes if isinstance(node.value, str) and id(node) not in docstrings}
    named = {word.strip(".") for text in texts for word in re.findall(r"[\w.-]+", text) if re.search(r"\w[._]\w", word)}
    others = [*(REPOSITORY / "gaplab").rglob("*.j2"), REPOSITORY / "Makefile", *(REPOSITORY / "setup").glob("*.sh")]
    words = {word for file in others for word in re.findall(r"[\w.-]+", file.read_text(encoding="utf-8"))}
    return named | words | {text for text in texts if len(text) < 60}


@cache
def aliases() -> set[str]:
    """Short names under which the package imports libraries, such as np."""
    imports = [node for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.Import)]
    return {
        name.asname for node in imports for name in node.names if name.asname and not name.name.startswith("gaplab")
    }


@cache
def table_words() -> set[str]:
    """Columns and short values of every committed table."""
    words = set()
    for folder in ("data", "docs/record", "benchmarks/results"):
        for file in (REPOSITORY / folder).rglob("*.csv"):
            with file.open(encoding="utf-8", newline="") as lines:
                words |= {cell for row in csv.reader(lines) for cell in row if len(cell) < 60}
    return words


def commands(group: click.Group = main) -> list[click.Command]:
    """Every verb of the command, those of groups too."""
    inner = [verb for one in group.commands.values() if isinstance(one, click.Group) for verb in commands(one)]
    return [*group.commands.values(), *inner]


def flags(verbs: list[click.Command]) -> set[str]:
    """The flags of verbs."""
    names = {name for verb in verbs for option in verb.params for name in (*option.opts, *option.secondary_opts)}
    return names | {"--help"}


@cache
def choices() -> set[str]:
    """The words that parameters take as values."""

    def words(kind: Any) -> set[str]:
        return {text for part in get_args(kind) for text in ({part} if isinstance(part, str) else words(part))}

    return set().union(*(words(kind) for kind in get_type_hints(Params).values()))


PARAMETERS = {field.name for field in fields(Params)}


def command_is_known(span: str) -> bool:
    """Whether the verbs and flags of a command exist."""
    verb, words = main, shlex.split(span)[1:]
    while isinstance(verb, click.Group) and words and not words[0].startswith("-"):
        if words[0].split("|")[0] not in verb.commands:
            return False
        verb, words = verb.commands[words[0].split("|")[0]], words[1:]
    own = flags(commands(verb) if isinstance(verb, click.Group) else [verb])
    return all(word.split("=")[0] in own for word in words if word.startswith("--"))


def file_is_known(span: str, page: Path) -> bool:
    """Whether a path leads to a file, seen from the page or a folder of the project, or is one that the code names."""
    pattern = re.sub(r"<\w+>", "*", span).rstrip("/")
    if {pattern, Path(pattern).name} & (literals() | table_words()):
        return True
    if "/" not in pattern and any((REPOSITORY / "gaplab").rglob(pattern)):
        return True
    folders = ("", "gaplab", "docs", "docs/record", "data", "data/build", "benchmarks/results")
    roots = [page.parent, *(REPOSITORY / folder for folder in folders)]
    return any((root / pattern).exists() or ("*" in pattern and any(root.glob(pattern))) for root in roots)


def dotted_is_known(span: str) -> bool:
    """Whether a dotted name is of the package, or of a library that is installed or imported under that name."""
    owner, _, name = span.rpartition(".")
    if span in members() or name in members().get(owner, ()):
        return True
    first = span.split(".")[0]
    return first not in members() and (first in aliases() or find_spec(first) is not None)


def word_is_known(span: str) -> bool:
    """Whether a single name stands anywhere that names can stand."""
    if span in PARAMETERS | choices() | ELSEWHERE | set(main.commands) | literals() | table_words() | set(members()):
        return True
    if any(span in has for has in members().values()) or find_spec(span) is not None:
        return True
    return any((REPOSITORY / "notebooks").glob(f"{span}.ipynb")) or (REPOSITORY / span).exists()


def is_known(span: str, page: Path) -> bool:
    """Whether what a piece of code names exists; pieces that name nothing of ours count as known."""
    span = span.strip()
    if span.startswith("gaplab "):
        return command_is_known(span)
    if span.startswith("--"):
        return span.split()[0].split("=")[0] in flags(commands())
    if re.fullmatch(rf"[\w.<>*-]*(/[\w.<>*-]*)+|[\w.*-]*\w\.({SUFFIXES})", span):
        return file_is_known(span, page)
    if match := re.fullmatch(r"(\w+)(=|: )[^\s,]+", span):
        return match[1] in PARAMETERS | literals()
    if re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+(\(\))?", span):
        return dotted_is_known(span.removesuffix("()"))
    if re.fullmatch(r"[A-Za-z_]\w*[A-Za-z_0-9]:?(\(\))?", span):
        return word_is_known(span.removesuffix("()").removesuffix(":"))
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_names_exist(page):
    unknown = sorted({span for span in spans(page.read_text(encoding="utf-8")) if not is_known(span, page)})
    assert not unknown, f"{page.relative_to(REPOSITORY)} names what does not exist: {', '.join(unknown)}"


@pytest.mark.parametrize(
    "span",
    ["gaplab nothing", "gaplab gap --nothing", "--nothing", "gaplab/nothing.py", "docs/nothing.md", "nothing.csv",
     "gap.nothing", "gaplab.nothing", "Params.nothing", "nothing_known", "nothing_known=1", "NothingKnown"],
)  # fmt: skip
def test_a_name_that_does_not_exist_is_found(span):
    assert not is_known(span, REPOSITORY / "README.md")


def test_the_list_of_names_of_others_stays_short():
    assert len(ELSEWHERE) <= 10
