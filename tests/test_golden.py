"""What the package says of a simulated world is, byte for byte, what it said when somebody last looked.

After a change that is meant, `GAPLAB_RENEW_GOLDEN=1 python -m pytest tests/test_golden.py` writes the files of
tests/golden anew; read their difference before committing, and say in the commit why they changed.
"""

from __future__ import annotations

import os
from itertools import zip_longest
from pathlib import Path

import pytest
from support import golden
from support.tables import fewer_claims

FOLDER = Path(__file__).resolve().parent / "golden"


@pytest.fixture(scope="module")
def made(tmp_path_factory, repository):
    """Every file as it comes out now."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("golden")
        patch.setenv("GAPLAB_DATA", str(fewer_claims(repository / "data", folder / "data")))
        patch.setattr("gaplab.sampling.sample.sample", lambda *_, **__: pytest.fail("a posterior was sampled"))
        files = golden.made()
    if os.environ.get("GAPLAB_RENEW_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        for old in FOLDER.iterdir():
            old.unlink()
        for name, text in files.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
    return files


def test_there_are_no_more_and_no_fewer(made):
    assert sorted(made) == sorted(path.name for path in FOLDER.iterdir())


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*")))
def test_it_is_the_same_byte_for_byte(made, name):
    before, now = (FOLDER / name).read_text(encoding="utf-8"), made[name]
    for number, (old, new) in enumerate(zip_longest(before.split("\n"), now.split("\n")), start=1):
        assert new == old, f"tests/golden/{name}, line {number}; GAPLAB_RENEW_GOLDEN=1 writes it anew"
    assert now == before
