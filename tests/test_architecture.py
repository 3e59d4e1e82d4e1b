"""The house rules that a machine can check: who imports whom, no clock, no network, no global seeds, true pages."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from numpydoc.validate import validate

REPOSITORY = Path(__file__).resolve().parents[1]
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
    "params.py": 1,
    "plain_yaml.py": 1,
    "store.py": 1,
    "schema.py": 2,
    "posterior.py": 2,
    "cache.py": 2,
    "convergence.py": 2,
    "curvature.py": 2,
    "data.py": 3,
    "importers": 4,
    "models": 4,
    "rulers.py": 4,
    "sampler.py": 4,
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
    "progress.py": 13,
    "settings.py": 1,
    "publish.py": 10,
    "cli.py": 14,
    "__main__.py": 15,
    "__init__.py": 15,
    "levers.py": 9,
    "sections.py": 10,
}
PURE = {"gap.py", "weights.py", "nowcast.py", "forecast.py", "claims.py", "bridge.py"}
TOUCHES_FILES = {"pathlib", "os", "io", "tempfile", "shutil", "platformdirs"}
REACHES_THE_NETWORK = "importers/fetch.py"  # for an address that the user typed, and for nothing else
NETWORK = {"requests", "urllib", "http", "socket", "httpx", "aiohttp", "ftplib", "ssl", "urllib3"}


def place(path: Path) -> str:
    """The file's name, or the folder of the package that it is in."""
    return path.relative_to(PACKAGE).parts[0]


def imports(path: Path) -> list[tuple[str, int]]:
    """Dotted names imported anywhere in a file, with their lines; `from a import b` gives a.b."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno}: relative import; write gaplab.… in full"
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return found


def own_imports(path: Path) -> list[tuple[str, int]]:
    """Places of the package that a file imports from."""
    found = []
    for name, line in imports(path):
        parts = name.split(".")
        if parts[0] == "gaplab" and len(parts) > 1:
            is_folder = (PACKAGE / parts[1]).is_dir()
            found.append((parts[1] if is_folder else f"{parts[1]}.py", line))
    return found


def calls(path: Path) -> list[tuple[str, int]]:
    """Dotted names called in a file, with their lines."""
    return [
        (ast.unparse(node.func), node.lineno)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())


@each_file
def test_every_file_has_its_layer(path):
    assert place(path) in LAYER, f"{path.name}: give it a layer in tests/test_architecture.py and a line in the page"


@each_file
def test_libraries_are_imported_only_where_they_belong(path):
    for name, line in imports(path):
        allowed = ONLY.get(name.split(".")[0])
        assert allowed is None or place(path) in allowed, f"{path.name}:{line} imports {name}; only {allowed} may"


@each_file
def test_imports_point_downwards(path):
    for imported, line in own_imports(path):
        assert LAYER[imported] <= LAYER[place(path)], f"{path.name}:{line} imports {imported}, which lies above it"


@each_file
def test_compiled_functions_are_kept_by_their_identity(path):
    direct = {"numba.njit", "numba.jit", "numba.vectorize", "numba.guvectorize", "numba.cfunc"}
    for name, line in imports(path):
        assert name not in direct, f"{path.name}:{line} imports {name}; take njit and cfunc from compiled.py"


@each_file
def test_imports_can_be_followed(path):
    """What `identity` does not see would be missing from the names of results."""
    for name, line in calls(path):
        hidden = name.endswith(("import_module", "__import__", "run_module", "run_path"))
        assert not hidden, f"{path.name}:{line} calls {name}; write an import"


def test_no_circles():
    graph = {place(path): {name for name, _ in own_imports(path)} - {place(path)} for path in FILES}

    def visit(name, trail):
        assert name not in trail, f"circle of imports: {' -> '.join([*trail, name])}"
        for imported in graph.get(name, ()):
            visit(imported, [*trail, name])

    for name in graph:
        visit(name, [])


@each_file
def test_estimands_are_pure(path):
    if path.name not in PURE:
        return
    for name, line in imports(path):
        assert name.split(".")[0] not in TOUCHES_FILES, f"{path.name}:{line} imports {name}; draws in, draws out"
    for name, line in calls(path):
        assert name not in {"open", "print"}, f"{path.name}:{line} calls {name}"


@each_file
def test_nothing_reads_the_clock(path):
    clock = re.compile(r"(^|\.)(today|now|utcnow|time|time_ns|localtime|gmtime|ctime|strftime)$")
    for name, line in calls(path):
        owner = name.split(".")[0]
        read = clock.search(name) and owner in {"date", "datetime", "dt", "pd", "pandas", "time", "np"}
        assert not read, f"{path.name}:{line} calls {name}: dates are arguments"


@each_file
def test_nothing_reaches_the_network(path):
    if path.relative_to(PACKAGE).as_posix() == REACHES_THE_NETWORK:
        return
    for name, line in imports(path):
        root = name.split(".")[0]
        harmless = name.startswith("urllib.parse")
        assert harmless or root not in NETWORK, f"{path.name}:{line} imports {name}"


@each_file
def test_randomness_comes_from_the_seed_of_the_run(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name, where = ast.unparse(node.func), f"{path.name}:{node.lineno}"
        own = name.startswith(("np.random.default_rng", "np.random.SeedSequence", "np.random.Generator"))
        shared = name.startswith(("np.random.", "numpy.random.", "random."))
        assert own or not shared, f"{where} calls {name}: pass a generator made from params.seed"
        assert name != "np.random.default_rng" or node.args, f"{where} makes a generator without a seed"


@each_file
def test_errors_are_not_swallowed(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = ast.unparse(node.type) if node.type else "everything"
        if any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
            continue
        where = f"{path.name}:{node.lineno}"
        assert caught not in {"everything", "Exception", "BaseException"}, f"{where} swallows {caught}"
        collects = "problems" in ast.unparse(node)
        assert caught != "GaplabError" or collects or path.name == "cli.py", f"{where} swallows a GaplabError"


@each_file
def test_files_are_named_after_what_they_hold(path):
    assert not re.search(r"util|helper|common|misc", path.stem)


@each_file
def test_every_file_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def public_names(path: Path) -> list[str]:
    """Dotted names of the functions, classes and methods of a file that others may use."""
    module = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
    found = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
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


@each_file
def test_docstrings_agree_with_the_code(path):
    checks = set(PYPROJECT["tool"]["numpydoc_validation"]["checks"])
    problems = [
        f"{name}: {code} {message}"
        for name in ([] if path.name in {"cli.py", "__main__.py"} else public_names(path))
        for code, message in validate(name)["errors"]
        if code in checks
    ]
    assert not problems, "\n".join(problems)


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
