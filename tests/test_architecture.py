"""The house rules that a machine can check: who imports whom, no clock, no network, no global seeds, true pages."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from numpydoc.validate import validate
from support.places import REPOSITORY

PACKAGE = REPOSITORY / "gaplab"
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
FILES = sorted(PACKAGE.rglob("*.py"))

# Who may import a library; a folder stands for the files in it.
ONLY = {
    "pymc": {"models", "sampler.py", "fit.py"},
    "pytensor": {"models", "sampler.py", "fit.py"},
    "nutpie": {"models", "sampler.py", "fit.py"},
    "matplotlib": {"plots.py"},
    "papermill": {"notebook.py"},
    "nbconvert": {"notebook.py"},
    "distributed": {"cluster.py"},
    "dask": {"cluster.py"},
    "ipywidgets": {"levers.py"},
}

# Lower may not import higher. Files with the same number may import one another as long as there is no circle.
LAYER = {
    "errors.py": 0,
    "kept.py": 0,
    "identity.py": 1,
    "compiled.py": 2,
    "units.py": 0,
    "places.py": 0,
    "complete.py": 1,
    "params.py": 1,
    "store.py": 1,
    "schema.py": 2,
    "posterior.py": 2,
    "cache.py": 2,
    "convergence.py": 2,
    "curvature.py": 2,
    "data.py": 3,
    "importers": 4,
    "models": 4,
    "sampling": 4,
    "summary.py": 1,
    "gap.py": 4,
    "stage_sampling.py": 5,
    "stage_abilities.py": 5,
    "stage_frontiers.py": 5,
    "fit.py": 5,
    "nowcast.py": 5,
    "forecast.py": 5,
    "scenarios.py": 6,
    "weights.py": 4,
    "claims.py": 5,
    "bridge.py": 6,
    "influence.py": 6,
    "whatif.py": 6,
    "runs.py": 7,
    "preflight.py": 7,
    "validation": 7,
    "tables.py": 7,
    "words.py": 7,
    "dossier.py": 6,
    "changes.py": 7,
    "glossary.py": 1,
    "page.py": 7,
    "plots.py": 8,
    "folder.py": 1,
    "write.py": 1,
    "notebook.py": 8,
    "pdf.py": 1,
    "brief.py": 9,
    "runfile.py": 9,
    "job.py": 10,
    "cluster.py": 11,
    "ledger.py": 11,
    "batch.py": 12,
    "yaml_file.py": 1,
    "progress.py": 1,
    "publish.py": 10,
    "cli.py": 14,
    "__main__.py": 15,
    "__init__.py": 15,
    "levers.py": 9,
    "sections.py": 10,
}
PURE = {"summary.py", "gap.py", "weights.py", "nowcast.py", "forecast.py", "claims.py", "bridge.py"}
TOUCHES_FILES = {"pathlib", "os", "io", "tempfile", "shutil", "platformdirs"}
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


def own_imports() -> Iterator[tuple[Path, int, str]]:
    """Places of the package that are imported from, with file and line."""
    for path, line, name in imports():
        parts = name.split(".")
        if parts[0] == "gaplab" and len(parts) > 1:
            yield path, line, parts[1] if (PACKAGE / parts[1]).is_dir() else f"{parts[1]}.py"


def calls() -> Iterator[tuple[Path, int, str]]:
    """Dotted names called, with file and line."""
    return ((path, node.lineno, ast.unparse(node.func)) for path, node in nodes(ast.Call))


def none(wrong: Iterable[str]) -> None:
    """Fail with every line that is wrong."""
    lines = list(wrong)
    assert not lines, "\n".join(lines)


def test_every_file_has_its_layer():
    none(f"{path.name}: give it a layer here and a line in the page" for path in FILES if place(path) not in LAYER)


def test_imports_are_written_in_full():
    none(f"{path.name}:{node.lineno}: relative import" for path, node in nodes(ast.ImportFrom) if node.level)


def test_libraries_are_imported_only_where_they_belong():
    none(
        f"{path.name}:{line} imports {name}; only {allowed} may"
        for path, line, name in imports()
        if (allowed := ONLY.get(name.split(".")[0])) and place(path) not in allowed
    )


def test_imports_point_downwards():
    none(
        f"{path.name}:{line} imports {imported}, which lies above it"
        for path, line, imported in own_imports()
        if LAYER[imported] > LAYER[place(path)]
    )


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


def test_no_circles():
    graph: dict[str, set[str]] = {}
    for path, _, imported in own_imports():
        if imported != place(path):
            graph.setdefault(place(path), set()).add(imported)

    def visit(name, trail):
        assert name not in trail, f"circle of imports: {' -> '.join([*trail, name])}"
        for imported in graph.get(name, ()):
            visit(imported, [*trail, name])

    for name in graph:
        visit(name, [])


def test_estimands_are_pure():
    """Draws in, draws out."""
    none(
        f"{path.name}:{line} imports {name}"
        for path, line, name in imports()
        if path.name in PURE and name.split(".")[0] in TOUCHES_FILES
    )
    none(
        f"{path.name}:{line} calls {name}"
        for path, line, name in calls()
        if path.name in PURE and name in {"open", "print"}
    )


def test_one_file_takes_quantiles_of_draws():
    """A median of what is not draws (scores of models, split chains, origins) is not a number that is shown."""
    medians_of_other_things = {"convergence.py", "readings.py", "baselines.py"}
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
        assert caught != "GaplabError" or collects or path.name == "cli.py", f"{where} swallows a GaplabError"


def test_files_are_named_after_what_they_hold():
    none(path.name for path in FILES if re.search(r"util|helper|common|misc", path.stem))


def test_every_file_says_what_it_is_for():
    none(path.name for path, tree in TREES.items() if not ast.get_docstring(tree))


def public_names(path: Path) -> list[str]:
    """Dotted names of the functions, classes and methods of a file that others may use."""
    module = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
    found = []
    for node in TREES[path].body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            found.append(f"{module}.{node.name}")
            found += [
                f"{module}.{node.name}.{inner.name}"
                for inner in getattr(node, "body", ())
                if isinstance(node, ast.ClassDef)
                and isinstance(inner, ast.FunctionDef)
                and not inner.name.startswith("_")
            ]
    return found


def test_docstrings_agree_with_the_code():
    checks = set(PYPROJECT["tool"]["numpydoc_validation"]["checks"])
    none(
        f"{name}: {code} {message}"
        for path in FILES
        if path.name not in {"cli.py", "__main__.py"}
        for name in public_names(path)
        for code, message in validate(name)["errors"]
        if code in checks
    )


def test_the_page_lists_the_package_as_it_is():
    page = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    layout = re.search(r"```text\n(.*?)```", page, flags=re.DOTALL).group(1)
    listed, folder = set(), ""
    for line in layout.splitlines():
        entry = line.split("  ")[0] if not line.startswith(" ") else line.strip().split("  ")[0]
        if not entry:
            continue
        if not line.startswith(" "):
            folder = entry if entry.endswith("/") else ""
            listed.update(() if folder else {entry})
        else:
            listed.add(folder + entry)
    missing = {name for name in listed if not (REPOSITORY / name).exists()}
    assert not missing, "docs/architecture.md names what does not exist"

    present = {f"gaplab/{place(path)}" for path in FILES} - {"gaplab/__init__.py", "gaplab/__main__.py"}
    present |= {f"notebooks/{path.name}" for path in (REPOSITORY / "notebooks").glob("*.ipynb")}
    present |= {f"data/{path.name}" for path in (REPOSITORY / "data").glob("*.csv")}
    unlisted = {name for name in present if name not in listed and f"{name}/" not in listed}
    assert not unlisted, "docs/architecture.md leaves out what exists"
