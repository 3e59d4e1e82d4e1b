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
from playwright.sync_api import expect, sync_playwright
from support.briefs import QUICK, keep_simulated
from support.chromium import FLAGS

from gaplab.report.text.names import SCOPE_NAMES
from gaplab.report.text.numbers import upper_first

pytestmark = [
    pytest.mark.machine,
    pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed (Debian package chromium)"),
]
TOKEN, WAIT = "of-this-test", 180_000
ALL_OUTPUTS = """async () => {
    const panel = window.jupyterapp.shell.currentWidget, cells = panel.content.model.cells;
    const whole = () => [...Array(cells.length).keys()].map(i => cells.get(i)).filter(cell => cell.type === "code");
    while (!whole().every(cell => cell.executionCount !== null && cell.executionState !== "running"))
        await new Promise(resolve => setTimeout(resolve, 200));
    return whole().flatMap(cell => cell.outputs.toJSON());
}"""
KERNEL_IS_IDLE = """() => {
    const widget = window.jupyterapp?.shell?.currentWidget;
    return widget?.sessionContext?.session?.kernel?.status === "idle";
}"""


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
    command += ["--LabApp.expose_app_in_browser=True"]
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
        page.wait_for_function(KERNEL_IS_IDLE)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        yaml = page.locator(".widget-textarea textarea")
        expect(yaml).to_have_value("draws: 100\n", timeout=WAIT)
        chart, table = page.locator(".widget-image"), page.locator(".widget-html-content table").first
        expect(chart).to_be_visible()
        before = chart.get_attribute("src"), table.inner_text()
        pace_of_follower = page.locator(".widget-slider", has_text="Pace, times").nth(1)
        pace_of_follower.locator(".noUi-handle").focus()
        page.keyboard.press("PageDown")
        expect(yaml).to_have_value("draws: 100\nfollower_rate: 0.75\n")
        assert table.inner_text() != before[1]
        assert chart.get_attribute("src") != before[0]
        scope = page.locator(".widget-dropdown", has_text="Models counted").locator("select")
        scope.select_option(label=upper_first(SCOPE_NAMES["trusted"]))
        expect(yaml).to_have_value("scope: trusted\ndraws: 100\nfollower_rate: 0.75\n")
        page.get_by_role("button", name="Reset").click()
        expect(yaml).to_have_value("draws: 100\n")
        # The whole notebook ran, without an error or a warning in any output.
        outputs = page.evaluate(ALL_OUTPUTS)
        assert len(outputs) >= 8
        assert [one for one in outputs if one["output_type"] in ("error", "stream")] == []
        browser.close()
