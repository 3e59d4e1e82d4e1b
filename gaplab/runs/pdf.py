"""A page printed as PDF by an installed Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from gaplab.errors import GaplabError
from gaplab.write import replace_file

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE_SECONDS = 120
_QUIET = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-pdf-header-footer",
)


def find_browser() -> str:
    """Path of a Chromium.

    Raises
    ------
    GaplabError
        None is installed.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        raise GaplabError(
            f"--pdf: no Chromium is installed; expected one of {', '.join(BROWSERS)} on the PATH: install it "
            "(Debian: apt install chromium), or print the HTML page from any browser"
        )
    return found


def write_pdf(page: Path, target: Path) -> Path:
    """Print a page; the same page gives the same bytes with the same Chromium.

    Parameters
    ----------
    page : Path
        An HTML file that fetches nothing.
    target : Path
        The PDF file; it appears when it is complete.

    Raises
    ------
    GaplabError
        No Chromium is installed.
    RuntimeError
        Chromium failed.
    """
    program = find_browser()
    with tempfile.TemporaryDirectory(prefix="gaplab-pdf-") as scratch:
        made = Path(scratch) / "page.pdf"
        # A sandbox inside a container or for root does not start; the page is ours and runs no script.
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [program, *_QUIET, *sandbox, f"--user-data-dir={scratch}/profile", f"--print-to-pdf={made}"]
        try:
            ended = subprocess.run(
                [*command, page.resolve().as_uri()],
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{program} did not print {page} within {PATIENCE_SECONDS} s") from None
        if ended.returncode or not made.is_file():
            last = ended.stderr.strip().splitlines()[-1:] or [f"status {ended.returncode}"]
            raise RuntimeError(f"{program} did not print {page}: {last[0]}")
        replace_file(target, _without_time(made.read_bytes()))
    return target


def _without_time(content: bytes) -> bytes:
    """The file without the time it was made; of the same length, since a PDF counts its bytes."""
    return re.sub(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}", rb"\g<1>20000101000000", content)
