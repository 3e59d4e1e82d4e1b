"""The code behind a result, as a hash: what its entry module reaches by imports, and nothing else.

An entry of a cache is fresh as long as its name says all that it was made from. Of code, that is the closure of
the imports of an entry module, also of imports inside functions. No list of files is kept by hand. Comments, line
numbers, docstrings and what is imported for type checkers alone are not hashed: they change no result.

What a module is given as arguments is not in its closure. Such values belong in the name of the entry, and
functions that compute something from them in a module that is imported.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from gaplab import local_store
from gaplab.places import PACKAGE

_REMEMBERED = 2_000
"""Files whose `Facts` are kept on disk."""


class Facts(NamedTuple):
    """What a source file contributes: a hash of its code, and what it imports, on import and later."""

    digest: str
    at_once: list[str]
    later: list[str]


def read(root: Path = PACKAGE) -> dict[str, bytes]:
    """Every module of a package by its dotted name, as it is on disk."""
    found = {}
    for folder, _, files in os.walk(root):
        package = os.path.relpath(folder, root.parent).replace(os.sep, ".")
        for name in files:
            if name.endswith(".py"):
                module = package if name == "__init__.py" else f"{package}.{name[:-3]}"
                with open(os.path.join(folder, name), "rb") as file:
                    found[module] = file.read()
    return found


@cache
def package() -> Mapping[str, bytes]:
    """The modules of this package as they were when this process first asked for an identity."""
    return read()


def closure(*entries: str, code: Mapping[str, bytes] | None = None) -> list[str]:
    """The modules that some modules reach by imports, themselves and the packages they are in included.

    Parameters
    ----------
    *entries : str
        Dotted names of modules.
    code : mapping of str to bytes, optional
        Source by module, as `read` returns it; that of this package when left out.

    Returns
    -------
    list of str
        In alphabetical order.
    """
    code = package() if code is None else code
    seen, todo = set(), [(entry, True) for entry in entries]
    while todo:
        module, named = step = todo.pop()
        if step in seen:
            continue
        seen.add(step)
        facts = _facts(code[module])
        todo += [(prefix, False) for prefix in _prefixes(module)[1:] if prefix in code]
        # A package that is only passed on the way runs no function: what its functions import stays out.
        for name in facts.at_once + facts.later * named:
            todo += [(prefix, True) for prefix in _prefixes(name) if prefix in code][:1]
    return sorted({module for module, _ in seen})


def of(*entries: str, code: Mapping[str, bytes] | None = None) -> str:
    """Hash of the code that some modules reach; see `closure` for the parameters."""
    return _own(entries) if code is None else _hash(entries, code)


@cache
def _own(entries: tuple[str, ...]) -> str:
    return _hash(entries, package())


def _hash(entries: tuple[str, ...], code: Mapping[str, bytes]) -> str:
    before = len(_known())
    made_of = "".join(f"{module} {_facts(code[module]).digest}\n" for module in closure(*entries, code=code))
    if len(_known()) > before:
        _write_down()
    return hashlib.sha256(made_of.encode()).hexdigest()


def _prefixes(name: str) -> list[str]:
    """a.b.c, a.b and a: the longest that is a module is what an import of a.b.c runs."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(len(parts), 0, -1)]


# --- One file -------------------------------------------------------------------------------------


class _Reader(ast.NodeTransformer):
    """Takes out docstrings and what only type checkers read, and notes the imports that are left."""

    def __init__(self) -> None:
        self.imports: dict[bool, list[str]] = {False: [], True: []}
        self._inside = False

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if text else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.AST]:
        name = getattr(node.test, "id", getattr(node.test, "attr", ""))
        return self.generic_visit(ast.Module(node.orelse, []) if name == "TYPE_CHECKING" else node)

    def visit_Import(self, node: ast.Import) -> ast.AST:
        self.imports[self._inside] += [alias.name for alias in node.names]
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if node.level:
            raise ValueError(f"line {node.lineno}: a relative import; imports in this package are absolute")
        self.imports[self._inside] += [f"{node.module}.{alias.name}" for alias in node.names]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        outer, self._inside = self._inside, True
        node = self.generic_visit(node)
        self._inside = outer
        return node

    visit_AsyncFunctionDef = visit_FunctionDef


@lru_cache(maxsize=_REMEMBERED)
def _facts(source: bytes) -> Facts:
    """The facts of a file, from the disk where they are known: to parse a whole package takes half a second."""
    name = hashlib.sha256(source).hexdigest()
    known = _known()
    if name not in known:
        reader = _Reader()
        digest = hashlib.sha256(ast.dump(reader.visit(ast.parse(source))).encode()).hexdigest()
        known[name] = Facts(digest, sorted(set(reader.imports[False])), sorted(set(reader.imports[True])))
    return known[name]


@cache
def _known() -> dict[str, Facts]:
    """Facts by the hash of a file's content, to begin with those that earlier processes wrote down."""
    body = local_store.read_own(_written())
    return {name: Facts(*facts) for name, facts in json.loads(body).items()} if body else {}


def _write_down() -> None:
    """Leave the facts to the next process; where they cannot be written, it parses the files again."""
    last = dict(list(_known().items())[-_REMEMBERED:])
    try:
        local_store.write(_written(), json.dumps(last).encode())
    except OSError:
        return


@cache
def _written() -> Path:
    """The file of facts; another one for another version of this module or of Python, whose trees differ."""
    made_by = package()["gaplab.identity"] + sys.version.encode()
    return local_store.home() / f"code-{hashlib.sha256(made_by).hexdigest()[:24]}.json"
