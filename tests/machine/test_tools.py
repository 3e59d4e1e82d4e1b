"""The notebooks run in the tools that people use on notebooks, from the repository's root and from notebooks/."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from jupyter_client import BlockingKernelClient
from support.briefs import QUICK, keep_simulated

pytestmark = pytest.mark.machine
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
each_notebook = pytest.mark.parametrize("name", ["gap_today", "brief"])


@pytest.fixture
def places(repository):
    """Folders to start a tool in, with the path of the notebooks from there."""
    keep_simulated(QUICK)
    return {"root": (repository, Path("notebooks")), "notebooks": (repository / "notebooks", Path())}


def quick(path: Path, target: Path) -> Path:
    """The notebook with a posterior that is at hand, as a user would change its parameters cell."""
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
    cell.source = cell.source.replace("draws = 1000 ", f"draws = {QUICK.draws} ")
    nbformat.write(notebook, target)
    return target


def ran(path: Path) -> None:
    """Every cell was executed, none failed, and a chart came out."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code" and cell.source]
    assert all(cell.execution_count for cell in cells)
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type in ("error", "stream")]
    assert any("image/svg+xml" in output.get("data", {}) for output in outputs)


def tool(cwd: Path, *words: str | Path) -> None:
    command = [sys.executable, "-m", *map(str, words)]
    result = subprocess.run(
        command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=900, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]


def environment() -> dict[str, str]:
    return ENVIRONMENT | {"GAPLAB_CACHE": os.environ["GAPLAB_CACHE"]}


@each_notebook
def test_papermill_from_the_folder_of_the_notebooks(name, places, tmp_path):
    cwd, here = places["notebooks"]
    tool(cwd, "papermill", here / f"{name}.ipynb", tmp_path / "out.ipynb", "-p", "draws", QUICK.draws)
    ran(tmp_path / "out.ipynb")


@pytest.mark.slow
@each_notebook
@pytest.mark.parametrize("place", ["root", "notebooks"])
def test_nbconvert_executes(name, place, places, repository, tmp_path):
    cwd, _ = places[place]
    source = quick(repository / "notebooks" / f"{name}.ipynb", tmp_path / f"{name}.ipynb")
    words = ["nbconvert", "--to", "notebook", "--execute", "--output-dir", tmp_path / "out", source]
    tool(cwd, *words)
    ran(tmp_path / "out" / f"{name}.ipynb")


@pytest.mark.slow
@each_notebook
@pytest.mark.parametrize("place", ["root", "notebooks"])
def test_every_cell_runs_in_jupyter_lab(name, place, places, repository, tmp_path):
    """A server as `jupyter lab` starts it, a session as its page opens one, and every cell in order."""
    pytest.importorskip("jupyterlab")
    cwd, here = places[place]
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0", "--IdentityProvider.token=t", "--ServerApp.disable_check_xsrf=True",
        ],
        cwd=cwd,
        env=environment() | {"JUPYTER_RUNTIME_DIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = running(tmp_path)
        path = (here / f"{name}.ipynb").as_posix()
        content = ask(address, f"api/contents/{path}")["content"]
        wanted = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        kernel = ask(address, "api/sessions", wanted)["kernel"]["id"]
        client = BlockingKernelClient(connection_file=str(tmp_path / f"kernel-{kernel}.json"))
        client.load_connection_file()
        client.start_channels(hb=False)  # a busy machine misses beats
        client.wait_for_ready(timeout=120)
        for cell in content["cells"]:
            if cell["cell_type"] == "code":
                source = "".join(cell["source"]).replace("draws = 1000 ", f"draws = {QUICK.draws} ")
                reply = client.execute_interactive(source, timeout=600, output_hook=lambda message: None)
                assert reply["content"]["status"] == "ok", reply["content"]
        client.stop_channels()
    finally:
        server.terminate()
        server.wait(30)


def running(folder: Path) -> str:
    """The address of the server whose files are in this folder, once it answers."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for file in folder.glob("jpserver-*.json"):
            try:
                address = json.loads(file.read_text())["url"]
                ask(address, "api/status")
                return address
            except (OSError, ValueError):
                continue
        time.sleep(0.2)
    raise AssertionError("the server did not start")


def ask(address: str, path: str, content: dict | None = None) -> dict:
    request = urllib.request.Request(
        address + path,
        data=json.dumps(content).encode() if content else None,
        headers={"Authorization": "token t", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
