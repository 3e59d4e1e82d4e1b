"""The scenarios in a real JupyterLab: run all, move a slider, and chart, table and YAML follow."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from briefs import QUICK, keep_simulated
from playwright.sync_api import expect, sync_playwright
from test_browser import FLAGS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.notebook,
    pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed (Debian package chromium)"),
]
TOKEN, WAIT = "of-this-test", 180_000


@pytest.fixture
def lab(tmp_path, repository):
    """The address of a JupyterLab that knows the simulated world; it ends with the test."""
    keep_simulated(QUICK)
    notebook = (repository / "notebooks" / "scenarios.ipynb").read_text(encoding="utf-8")
    assert "draws = 1000 " in notebook
    work = tmp_path / "work"
    work.mkdir()
    (work / "scenarios.ipynb").write_text(
        notebook.replace("draws = 1000 ", f"draws = {QUICK.draws} "), encoding="utf-8"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}": str(tmp_path / name) for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")}
    own |= {
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "spaces"),
    }
    own |= {"PYTHONPATH": str(repository), "IPYTHONDIR": str(tmp_path / "ipython")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={work}", "--ServerApp.port_retries=0"]
    quiet = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, env={**quiet, **own}, stdout=log, stderr=log)
        try:
            yield _once_up(f"http://127.0.0.1:{port}", tmp_path / "log")
        finally:
            server.terminate()
            server.wait(30)


def _once_up(address, log):
    for _ in range(120):
        try:
            with urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=5):
                return address
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"JupyterLab did not start: {log.read_text()[-2000:]}")


def test_sliders_move_chart_table_and_yaml(lab):
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 1400})
        page.set_default_timeout(WAIT)
        page.goto(f"{lab}/lab/tree/scenarios.ipynb?token={TOKEN}")
        page.get_by_role("menuitem", name="Run", exact=True).first.click()
        page.get_by_text("Run All Cells", exact=True).click()
        yaml = page.locator(".widget-textarea textarea")
        expect(yaml).to_have_value("{}\n", timeout=WAIT)
        chart, table = page.locator(".widget-image"), page.locator(".widget-html-content table").first
        expect(chart).to_be_visible()
        before = chart.get_attribute("src"), table.inner_text()
        slider = page.locator(".widget-hslider", has_text="follower_rate").first.locator(".noUi-handle")
        slider.focus()
        page.keyboard.press("PageDown")
        expect(yaml).not_to_have_value("{}\n")
        assert "follower_rate" in yaml.input_value()
        assert table.inner_text() != before[1]
        assert chart.get_attribute("src") != before[0]
        page.get_by_role("button", name="trusted").click()
        expect(yaml).to_have_value("scope: trusted\n" + yaml.input_value().removeprefix("scope: trusted\n"))
        # The whole notebook ran, without an error or a warning in any output.
        last = page.locator(".jp-Notebook .jp-CodeCell").last
        last.scroll_into_view_if_needed()
        expect(last.locator(".jp-OutputArea-output").first).to_be_visible(timeout=WAIT)
        for kind in ("stderr", "error"):
            assert page.locator(f'.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.{kind}"]').count() == 0
        browser.close()
