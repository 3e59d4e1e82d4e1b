"""A file is replaced whole or not at all, and devices stay what they are."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.write import replace_file


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    replace_file(path, "first")

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, "second")
    assert path.read_text() == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]


def test_files_respect_the_umask_and_the_mode_of_the_file_they_replace(tmp_path):
    path, before = tmp_path / "x.csv", os.umask(0o077)
    try:
        replace_file(path, "new")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o640)
        replace_file(path, "again")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
    finally:
        os.umask(before)


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "x.csv", tmp_path / "link.csv"
    link.symlink_to(real)
    for text in ("first", "second"):
        replace_file(link, text)
        assert link.is_symlink()
        assert real.read_text() == text


def test_devices_and_pipes_are_written_to_and_stay_what_they_are(tmp_path):
    replace_file(Path("/dev/null"), "gone")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(GaplabError, match="nobody reads"):
        replace_file(pipe, "lost")
    reader = subprocess.Popen(["cp", str(pipe), str(tmp_path / "read")])
    end = os.open(pipe, os.O_RDWR)  # the reader is certain to find a writer
    replace_file(pipe, "x" * 300_000)
    os.close(end)
    assert reader.wait(timeout=30) == 0
    assert (tmp_path / "read").read_text() == "x" * 300_000
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("words", [["gap", "--out"], ["brief", "--out"]])
@pytest.mark.parametrize("kind", ["circle", "through a file"])
def test_a_path_that_leads_nowhere_is_refused_and_stays(words, kind, tmp_path):
    path = tmp_path / "x.csv"
    path.symlink_to(tmp_path / "y.csv")
    (tmp_path / "y.csv").symlink_to(path)
    (tmp_path / "file").write_text("mine")
    path = path if kind == "circle" else tmp_path / "file" / "x.csv"
    refused = CliRunner().invoke(main, [*words, str(path)])
    assert refused.exit_code == 2
    assert "leads nowhere" in refused.stderr
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
        replace_file(path, "new")
    assert (tmp_path / "x.csv").is_symlink()
    assert (tmp_path / "file").read_text() == "mine"


def test_a_read_only_file_is_not_replaced(tmp_path, monkeypatch):
    """Root may write anything: what the system tells other users is told here."""
    path = tmp_path / "x.csv"
    path.write_text("mine")
    path.chmod(0o444)
    monkeypatch.setattr("os.access", lambda place, how: how != os.W_OK or Path(place) != path)
    refused = CliRunner().invoke(main, ["gap", "--out", str(path)])
    assert refused.exit_code == 2
    assert "is read-only" in refused.stderr
    assert path.read_text() == "mine"


@pytest.mark.parametrize("how", ["--out", "standard output", "help"])
def test_a_full_device_is_one_line_and_exit_1(how, tmp_path, repository):
    words = {
        "--out": [
            "-c",
            "from gaplab.write import replace_file; from pathlib import Path\n"
            "import gaplab.cli as c, click\n@c.main.command('w')\ndef w(): replace_file(Path('/dev/full'), 'x')\n"
            "c.main(['w'])",
        ],
        "standard output": ["-m", "gaplab", "cache", "list"],
        "help": ["-m", "gaplab", "--help"],
    }[how]
    full = os.open("/dev/full" if how != "--out" else os.devnull, os.O_WRONLY)
    environment = os.environ | {"PYTHONPATH": str(repository), "GAPLAB_CACHE": str(tmp_path)}
    end = subprocess.run([sys.executable, *words], stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
    assert end.returncode == 1
    (line,) = end.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "No space left" in line


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_what_goes_to_standard_output_by_name_is_added_to_its_file(name, tmp_path, repository):
    file = tmp_path / "log.txt"
    file.write_text("before\n")
    code = (
        "import gaplab.cli as c\nfrom gaplab.cli.output import output\n"
        "@c.main.command('w')\n@output('json')\ndef w(kind, width): return '{}\\n', 'a line'\n"
        f"c.main(['w', '--out', '{name}'])"
    )
    with file.open("a") as out:
        environment = os.environ | {"PYTHONPATH": str(repository)}
        subprocess.run([sys.executable, "-c", code], stdout=out, env=environment, check=True)
    assert file.read_text() == "before\n{}\n"


def test_an_output_that_is_no_file_is_refused_before_anything_is_computed(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused = CliRunner().invoke(main, ["gap", "--out", str(pipe)])
    assert refused.exit_code == 2
    assert "pipe that nobody reads" in refused.stderr
