"""Where the project's files are: in a checkout beside the package, where people edit them; else inside it."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

PACKAGE = Path(str(resources.files("gaplab"))).resolve()
PROJECT = PACKAGE.parent
SHIPPED = PACKAGE / "shipped"
"""What a wheel carries beside code (setup.py puts it there); nothing writes to it."""
IN_CHECKOUT = not SHIPPED.is_dir()
_HOME = PROJECT if IN_CHECKOUT else SHIPPED
TEMPLATES = PACKAGE / "templates"
NOTEBOOKS = _HOME / "notebooks"
PROJECT_DATA = _HOME / "data"
RECORD = _HOME / "docs" / "record"
CITATION = _HOME / "CITATION.cff"
POSTERIOR = SHIPPED / "posterior"
"""The posterior of a run with default parameters, stored when the wheel was built; a checkout has none."""


def package_path() -> str:
    """$PYTHONPATH for a new process that is to import this very package."""
    return os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])])
