"""The house rules that a machine can check: who imports whom, no clock, no network, no global seeds, true pages."""

from __future__ import annotations

import ast
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import importlinter.api  # noqa: F401  configures the next import
from importlinter.application.use_cases import lint_imports
from numpydoc.validate import validate
from support.places import REPOSITORY

from gaplab import charts, sections, tables

PACKAGE = REPOSITORY / "gaplab"
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE = 300
LONGEST_FUNCTION = 60
MOST_FILES = 20

PURE = {"gap", "outlook", "bridge", "claims", "weights.py"}
REACHES_THE_NETWORK = "importers/fetch.py"  # for an address that the user typed, and for nothing else
NETWORK = {"requests", "urllib", "http", "socket", "httpx", "aiohttp", "ftplib", "ssl", "urllib3"}
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def place(path: Path) -> str:
    """The file's name, or the folder of the package that it is in."""
    return path.relative_to(PACKAGE).parts[0]


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[Path, Any]]:
    """Every node of these kinds in the package, with its file."""
    return ((path, node) for path, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, kinds))


def imports() -> Iterator[tuple[Path, int, str]]:
    """Dotted names imported anywhere, with file and line; `from a import b` gives a.b."""
    for path, node in nodes(ast.Import, ast.ImportFrom):
        before = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        yield from ((path, node.lineno, before + alias.name) for alias in node.names)


def calls() -> Iterator[tuple[Path, int, str]]:
    """Dotted names called, with file and line."""
    return ((path, node.lineno, ast.unparse(node.func)) for path, node in nodes(ast.Call))


def none(wrong: Iterable[str]) -> None:
    """Fail with every line that is wrong."""
    lines = list(wrong)
    assert not lines, "\n".join(lines)


def test_imports_keep_the_contracts(monkeypatch):
    """The contracts stand in pyproject.toml: order of the rooms, circles, purity, libraries in one place."""
    monkeypatch.chdir(REPOSITORY)
    assert lint_imports(cache_dir=None, no_logo=True), "the report above names each import that breaks a contract"


def test_imports_are_written_in_full():
    none(f"{path.name}:{node.lineno}: relative import" for path, node in nodes(ast.ImportFrom) if node.level)


def test_compiled_functions_are_kept_by_their_identity():
    direct = {"numba.njit", "numba.jit", "numba.vectorize", "numba.guvectorize", "numba.cfunc"}
    none(
        f"{path.name}:{line} imports {name}; take njit and cfunc from compiled.py"
        for path, line, name in imports()
        if name in direct
    )


def test_imports_can_be_followed():
    """What `identity` does not see would be missing from the names of results."""
    hidden = ("import_module", "__import__", "run_module", "run_path")
    none(f"{path.name}:{line} calls {name}; write an import" for path, line, name in calls() if name.endswith(hidden))


def test_estimands_open_and_print_nothing():
    none(
        f"{path.name}:{line} calls {name}"
        for path, line, name in calls()
        if PURE & set(path.relative_to(PACKAGE).parts) and name in {"open", "print"}
    )


def test_one_file_takes_quantiles_of_draws():
    """A median of what is not draws (scores of models, split chains, origins) is not a number that is shown."""
    medians_of_other_things = {"convergence.py", "index_readings.py", "baselines.py"}
    for path, node in nodes(ast.Call):
        if not isinstance(node.func, ast.Attribute) or path.name == "summary.py":
            continue
        name, where = ast.unparse(node.func), f"{path.name}:{node.lineno}"
        assert node.func.attr not in {"quantile", "percentile", "nanquantile", "nanpercentile"}, f"{where} {name}"
        over_draws = node.func.attr == "median" and "SAMPLE" in {ast.unparse(given) for given in node.args}
        assert not over_draws or name == "summary.median", f"{where}: use summary.median"
        other = name in {"np.median", "np.nanmedian"}
        assert not other or path.name in medians_of_other_things, f"{where}: use summary.middle"


def test_nothing_reads_the_clock():
    clock = re.compile(r"(^|\.)(today|now|utcnow|time|time_ns|localtime|gmtime|ctime|strftime)$")
    owners = {"date", "datetime", "dt", "pd", "pandas", "time", "np"}
    none(
        f"{path.name}:{line} calls {name}: dates are arguments"
        for path, line, name in calls()
        if clock.search(name) and name.split(".")[0] in owners
        if path.name != "fetch.py"  # a download has the day it was made: a file cannot be of a later one
    )


def test_nothing_reaches_the_network():
    none(
        f"{path.name}:{line} imports {name}"
        for path, line, name in imports()
        if name.split(".")[0] in NETWORK and not name.startswith("urllib.parse")
        if path.relative_to(PACKAGE).as_posix() != REACHES_THE_NETWORK
    )


def test_randomness_comes_from_the_seed_of_the_run():
    own = ("np.random.default_rng", "np.random.SeedSequence", "np.random.Generator")
    none(
        f"{path.name}:{line} calls {name}: pass a generator made from params.seed"
        for path, line, name in calls()
        if name.startswith(("np.random.", "numpy.random.", "random.")) and not name.startswith(own)
    )
    none(
        f"{path.name}:{node.lineno} makes a generator without a seed"
        for path, node in nodes(ast.Call)
        if ast.unparse(node.func) == "np.random.default_rng" and not node.args
    )


def test_errors_are_not_swallowed():
    for path, node in nodes(ast.ExceptHandler):
        if any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
            continue
        caught, where = ast.unparse(node.type) if node.type else "everything", f"{path.name}:{node.lineno}"
        assert caught not in {"everything", "Exception", "BaseException"}, f"{where} swallows {caught}"
        collects = "problems" in ast.unparse(node)
        assert caught != "GaplabError" or collects or path.parent.name == "cli", f"{where} swallows a GaplabError"


def test_tests_use_public_names():
    """A test reaches what it tests as others do, and shares code by tests/support."""
    for path in sorted((REPOSITORY / "tests").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        taken = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        ours = {
            alias.asname or alias.name for node in taken if node.module.startswith("gaplab") for alias in node.names
        }
        used = [f"{node.module}.{alias.name}" for node in taken for alias in node.names]
        used += [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)
                 if ast.unparse(node.value) in ours]  # fmt: skip
        used += [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) if isinstance(node.value, str)
                 if re.fullmatch(r"gaplab(\.\w+)+", node.value)]  # fmt: skip
        private = [name for name in used if re.search(r"\._[A-Za-z]|^(tests\.|test_)", name)]
        assert not private, f"{path.relative_to(REPOSITORY)}: {', '.join(private)}"


def test_files_are_named_after_what_they_hold():
    none(path.name for path in FILES if re.search(r"util|helper|common|misc", path.stem))


def test_every_file_says_what_it_is_for():
    none(path.name for path, tree in TREES.items() if not ast.get_docstring(tree))


def says_it_itself(node: ast.AST) -> bool:
    """Whether a function needs no docstring: a few lines, or a section, which the first line of its file describes."""
    return isinstance(node, ast.FunctionDef) and (
        node.end_lineno - node.body[0].lineno < 4 or node.name.endswith("_section")
    )


def public_names(path: Path) -> list[str]:
    """Dotted names of the functions, classes and methods of a file that others may use and that need a docstring."""
    module = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
    found = []
    for node in TREES[path].body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) or not says_it_itself(node):
            found.append(f"{module}.{node.name}")
        found += [
            f"{module}.{node.name}.{inner.name}"
            for inner in node.body
            if isinstance(node, ast.ClassDef) and isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_")
            if ast.get_docstring(inner) or not says_it_itself(inner)
        ]
    return found


def test_docstrings_agree_with_the_code():
    checks = set(PYPROJECT["tool"]["numpydoc_validation"]["checks"])
    none(
        f"{name}: {code} {message}"
        for path in FILES
        if path.parent.name != "cli" and path.name != "__main__.py"
        for name in public_names(path)
        for code, message in validate(name)["errors"]
        if code in checks
    )


def test_packages_offer_what_their_files_define():
    """`charts`, `sections` and `tables` need no import of a file."""
    offered = {charts: "_chart$", sections: "_finding$|_part$|^readable_", tables: "_tables?$"}
    none(
        f"{package.__name__} does not offer {node.name} of {path.name}"
        for package, kind in offered.items()
        for path in Path(package.__file__).parent.glob("*.py")
        for node in TREES[path].body
        if isinstance(node, ast.FunctionDef) and re.search(kind, node.name) and not node.name.startswith("_")
        if not hasattr(package, node.name)
    )


def test_one_file_knows_where_the_project_is():
    none(
        f"{path.name}:{node.lineno}: take the folder from places.py"
        for path, node in nodes(ast.Name)
        if node.id == "__file__" and path.name != "places.py"
    )


def test_files_are_short():
    long = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    none(f"{path.relative_to(PACKAGE)}: {lines} lines" for path, lines in long.items() if lines > LONGEST_FILE)


def test_functions_are_short():
    """A docstring does not count."""
    for path, node in nodes(ast.FunctionDef):
        lines = node.end_lineno - node.lineno + 1
        if ast.get_docstring(node):
            lines -= node.body[0].end_lineno - node.body[0].lineno + 1
        assert lines <= LONGEST_FUNCTION, f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}: {lines} lines"


def test_folders_are_small():
    sizes = Counter(path.parent for path in FILES)
    none(f"{folder.relative_to(REPOSITORY)}: {size} files" for folder, size in sizes.items() if size > MOST_FILES)


def test_the_page_shows_the_tree_as_it_is():
    page = REPOSITORY / "docs" / "architecture.md"
    text = page.read_text(encoding="utf-8")
    true = re.sub(r"```text\n.*?```", lambda _: f"```text\n{tree()}```", text, flags=re.DOTALL)
    if os.environ.get("GAPLAB_RENEW_GOLDEN"):
        page.write_text(true, encoding="utf-8")
    else:
        assert text == true, "GAPLAB_RENEW_GOLDEN=1 writes the tree of docs/architecture.md anew"


def tree() -> str:
    """Every folder and file of the package with the first line of its docstring."""
    lines = []
    for path in sorted(FILES, key=lambda path: (path.parent != PACKAGE, path.parent, path.name != "__init__.py")):
        deep = len(path.parent.relative_to(PACKAGE).parts) + (path.name != "__init__.py")
        name = path.name if path.name != "__init__.py" else f"{path.parent.name}/"
        lines.append(f"{'  ' * deep}{name:{28 - 2 * deep}} {ast.get_docstring(TREES[path]).splitlines()[0]}\n")
    return "".join(lines)
