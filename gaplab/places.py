"""Where the project's files are: the package, its templates, and the notebooks, data and record beside it."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
PROJECT = PACKAGE.parent
TEMPLATES = PACKAGE / "templates"
NOTEBOOKS = PROJECT / "notebooks"
PROJECT_DATA = PROJECT / "data"
RECORD = PROJECT / "docs" / "record"
