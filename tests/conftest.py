"""What every test shares: a private cache, the project's folders, and a drawing back-end without a screen."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import hypothesis
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib, and for the processes that tests start
hypothesis.settings.register_profile("gaplab", deadline=None, derandomize="GAPLAB_EXAMPLES" not in os.environ)
hypothesis.settings.load_profile("gaplab")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds README.md, gaplab/ and data/."""
    return REPOSITORY


@pytest.fixture(scope="session")
def upstream() -> Path:
    """The publishers' files that the tables were transcribed from; the test is skipped where they are absent."""
    folder = REPOSITORY.parent / "shared" / "upstream"
    if not folder.is_dir():
        pytest.skip("the publishers' files are not on this machine")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _private_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Posteriors are sampled afresh once per run of the suite, by whichever process needs them first."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "cache"
    folder.mkdir(exist_ok=True)
    os.environ["GAPLAB_CACHE"] = str(folder)
    os.environ.pop("GAPLAB_DATA", None)
    # Machine code is the same whatever cache a test has: it is compiled once per state of the code.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(REPOSITORY / ".pytest_cache"))


@pytest.fixture
def tables_folder(tmp_path: Path) -> Path:
    """A copy of the data tables, to be spoilt."""
    folder = tmp_path / "data"
    folder.mkdir()
    for table in (REPOSITORY / "data").glob("*.csv"):
        shutil.copy(table, folder)
    return folder
