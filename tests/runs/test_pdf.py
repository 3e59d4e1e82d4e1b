"""The PDF of a page: from an installed Chromium, the same bytes for the same page, or a clear refusal."""

from __future__ import annotations

import shutil
import stat

import pytest
from click.testing import CliRunner

from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.runs import pdf

chromium = pytest.mark.skipif(
    not any(map(shutil.which, pdf.BROWSERS)), reason="chromium is not installed (Debian package chromium)"
)


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "a page & more.html"
    path.write_text("<!DOCTYPE html><html lang=en><title>Page</title><h1>Eight months</h1>", encoding="utf-8")
    return path


@chromium
@pytest.mark.machine
def test_the_same_page_gives_the_same_pdf(page, tmp_path):
    first = pdf.write_pdf(page, tmp_path / "one.pdf").read_bytes()
    assert first.startswith(b"%PDF-")
    assert first == pdf.write_pdf(page, tmp_path / "two.pdf").read_bytes()
    assert b"CreationDate (D:20000101000000" in first
    assert {path.name for path in tmp_path.iterdir()} == {page.name, "one.pdf", "two.pdf"}


def test_without_a_chromium_it_says_so_before_anything_is_fitted(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GaplabError, match="no Chromium is installed"):
        pdf.find_browser()
    result = CliRunner().invoke(main, ["brief", "--pdf", "--out", str(tmp_path / "briefs")])
    assert result.exit_code == 2
    assert "no Chromium is installed" in result.stderr
    assert not (tmp_path / "briefs").exists()


@pytest.mark.parametrize(("script", "problem"), [("echo broken >&2; exit 3", "broken"), ("exit 0", "status 0")])
def test_a_chromium_that_fails_leaves_nothing(script, problem, page, tmp_path, monkeypatch):
    fake = tmp_path / "bin" / "chromium"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    with pytest.raises(RuntimeError, match=problem):
        pdf.write_pdf(page, tmp_path / "one.pdf")
    assert not (tmp_path / "one.pdf").exists()
