"""Folders of finished runs: whole or absent."""

from __future__ import annotations

import pytest

from gaplab import folder


def filled(target, text="whole"):
    with folder.draft(target) as draft:
        (draft / "a.txt").write_text(text)
        folder.write_json(draft / folder.MANIFEST, {"sha256": folder.checksums(draft)})


def test_a_draft_takes_its_place_when_complete(tmp_path):
    target = tmp_path / "x" / "run"
    filled(target)
    assert folder.manifest(target)
    filled(target, "again")
    assert (target / "a.txt").read_text() == "again"
    assert [path.name for path in target.parent.iterdir()] == ["run"]


def test_a_draft_that_fails_leaves_what_was_there(tmp_path):
    filled(tmp_path / "run")
    with pytest.raises(TypeError), folder.draft(tmp_path / "run") as draft:
        (draft / "a.txt").write_bytes(["neither", "text"])
    assert (tmp_path / "run" / "a.txt").read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("spoil", ["changed", "missing", "added", "no manifest", "no json", "no checksums"])
def test_only_whole_folders_have_a_manifest(spoil, tmp_path):
    filled(tmp_path / "run")
    run = tmp_path / "run"
    {
        "changed": lambda: (run / "a.txt").write_text("other"),
        "missing": lambda: (run / "a.txt").unlink(),
        "added": lambda: (run / "b.txt").touch(),
        "no manifest": lambda: (run / "manifest.json").unlink(),
        "no json": lambda: (run / "manifest.json").write_text("{"),
        "no checksums": lambda: (run / "manifest.json").write_text("[1]"),
    }[spoil]()
    assert folder.manifest(run) is None


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    folder.replace_file(path, "first")

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="No space"):
        folder.replace_file(path, "second")
    assert path.read_text() == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]
