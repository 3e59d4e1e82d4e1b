"""Workers of a cluster are compared with this machine."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.runs import cluster

pytest.importorskip("distributed")


def test_no_scheduler_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("gaplab.runs.cluster.PATIENCE_SECONDS", 0.5)
    with (
        pytest.raises(GaplabError, match="no dask scheduler answers"),
        cluster.workers("tcp://127.0.0.1:9", tmp_path, []),
    ):
        pass
    with pytest.raises(GaplabError, match="no dask scheduler answers"), cluster.workers("nonsense://x", tmp_path, []):
        pass


def test_simulations_are_refused_without_a_scheduler(tmp_path, monkeypatch):
    monkeypatch.setattr("gaplab.runs.cluster.PATIENCE_SECONDS", 0.5)
    words = ["validate", "truth", "--quick", "-q", "--scheduler", "tcp://127.0.0.1:9"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "no dask scheduler answers" in result.stderr


def test_what_a_worker_may_differ_in(tmp_path):
    here = cluster.describe(str(tmp_path), "none", ["brief.ipynb", "gone.ipynb"], [""], "here")
    assert "No such file" in here["problem"], "the folder's token is not there"
    (tmp_path / "token").write_text("token")
    here = cluster.describe(str(tmp_path), "token", ["brief.ipynb"], [""], "here")
    written = {path.read_text() for path in tmp_path.glob("token-here-*")}

    def told(**changes):
        return "\n".join(cluster.worker_problems(here, here | changes, tmp_path, written))

    assert told() == ""
    assert "does not see the output folder" in told(token="")
    assert "cannot write to the output folder" in told(answer="another")
    assert "another notebook brief.ipynb" in told(notebooks={})
    assert "other data" in told(data={"": "x"})
    assert "numpy 1.0 (here" in told(code=here["code"] | {"versions": here["code"]["versions"] | {"numpy": "1.0"}})
    (problem,) = cluster.worker_problems(here, ModuleNotFoundError("No module named 'gaplab'"), tmp_path, written)
    assert "cannot run gaplab" in problem
