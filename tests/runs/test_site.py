"""A site of briefs: whole, the same for the same briefs, and safe whatever anything is called."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.runs import run_folder, site
from gaplab.runs import site as publish

ATOM = {"a": "http://www.w3.org/2005/Atom"}
HOSTILE = "</title><script>alert(1)</script>\u202e=1+1 深度求索"


def brief(home: Path, name: str, day: str = "2026-06-30", scenario: str = "", **parameters) -> Path:
    """A finished run's folder."""
    place = home / name
    place.mkdir(parents=True)
    (place / "brief.html").write_text("<!DOCTYPE html><title>Brief</title>", encoding="utf-8")
    run_folder.write_json(place / "summary.json", {"headlines": [f"8.0 months {HOSTILE}"]})
    made = {"parameters": {"as_of": day, "leader": "US", "follower": "China"} | parameters, "vintage": "2026-08-11"}
    made |= {"scenario": scenario}
    run_folder.write_json(place / "manifest.json", made | {"sha256": run_folder.file_checksums(place)})
    return place


def everything(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_a_site_has_every_brief_an_index_and_a_feed(tmp_path):
    brief(tmp_path / "briefs", "old", "2026-05-12")
    brief(tmp_path / "briefs", "new", "2026-06-30")
    items, left_out = site.write_site(tmp_path / "briefs", tmp_path / "site", url="https://example.org/briefs")
    assert [item.name for item in items] == ["new", "old"]
    assert left_out == []
    for item in items:
        assert run_folder.read_manifest(tmp_path / "site" / item.name)
    feed = ElementTree.parse(tmp_path / "site" / "feed.xml").getroot()
    assert feed.findtext("a:updated", namespaces=ATOM) == "2026-06-30T00:00:00Z"
    assert [entry.find("a:link", ATOM).get("href") for entry in feed.findall("a:entry", ATOM)] == [
        "https://example.org/briefs/new/brief.html",
        "https://example.org/briefs/old/brief.html",
    ]
    for entry in [feed, *feed.findall("a:entry", ATOM)]:
        assert all(entry.findtext(f"a:{needed}", namespaces=ATOM) for needed in ("id", "title", "updated"))
    ids = [entry.findtext("a:id", namespaces=ATOM) for entry in feed.findall("a:entry", ATOM)]
    assert len(set(ids)) == 2


def test_one_brief_is_a_site_too(tmp_path):
    items, left_out = site.write_site(brief(tmp_path, "mine"), tmp_path / "site")
    assert [item.name for item in items] == ["mine"]
    assert left_out == []
    assert run_folder.read_manifest(tmp_path / "site" / "mine")


def test_titles_name_what_tells_briefs_apart(tmp_path):
    pause = {"scenario": "us_pause", "leader_pause_from": "2026-06-30", "leader_pause_to": "2027-06-30"}
    for name, parameters in {
        "plain": {},
        "pause": pause,
        "own": {"scenario": "own", "follower_rate": 0.9},
        "cyber": {"domain": "cyber"},
    }.items():
        brief(tmp_path / "briefs", name, **parameters)
    items, _ = site.write_site(tmp_path / "briefs", tmp_path / "site")
    titles = {item.name: item.title for item in items}
    assert len(set(titles.values())) == 4
    assert "scenario us_pause" in titles["pause"]
    assert "scenario own" in titles["own"]
    assert "domain cyber" in titles["cyber"]
    assert "scenario" not in titles["plain"]


def test_the_same_briefs_give_the_same_site_and_replace_the_old(tmp_path):
    brief(tmp_path / "briefs", "one")
    gone = brief(tmp_path / "briefs", "two", "2025-12-31")
    site.write_site(tmp_path / "briefs", tmp_path / "site")
    site.write_site(tmp_path / "briefs", tmp_path / "again")
    assert everything(tmp_path / "site") == everything(tmp_path / "again")
    shutil.rmtree(gone)
    site.write_site(tmp_path / "briefs", tmp_path / "site")
    assert not (tmp_path / "site" / "two").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"briefs", "site", "again"}, "no drafts left"


def test_what_the_owner_of_a_site_put_there_stays(tmp_path):
    brief(tmp_path / "briefs", "one")
    (brief(tmp_path / "briefs", "two") / "notes.txt").write_text("not for the public")
    site = tmp_path / "site"
    publish.write_site(tmp_path / "briefs", site)
    (site / ".git").mkdir()
    (site / ".git" / "HEAD").write_text("ref")
    (site / "CNAME").write_text("example.org")
    shutil.rmtree(tmp_path / "briefs" / "one")
    publish.write_site(tmp_path / "briefs", site)
    assert (site / ".git" / "HEAD").read_text() == "ref"
    assert (site / "CNAME").read_text() == "example.org"
    assert not (site / "one").exists()
    assert not (site / "two" / "notes.txt").exists()


class Words(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]

    def handle_data(self, data):
        self.text += data


def test_hostile_names_are_text_and_folders_are_plain(tmp_path):
    brief(
        tmp_path / "briefs", 'a" onclick="x <b>', follower=HOSTILE, scope="\0\ud800".encode("ascii", "ignore").decode()
    )
    brief(tmp_path / "briefs", "深度", leader=HOSTILE)
    brief(tmp_path / "briefs", "求索", leader=HOSTILE)
    items, _ = site.write_site(tmp_path / "briefs", tmp_path / "site", title=HOSTILE)
    assert len({item.name for item in items}) == 3
    assert all(item.name.replace("-", "").replace("_", "").isalnum() and item.name.isascii() for item in items)
    page = Words((tmp_path / "site" / "index.html").read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert HOSTILE in page.text
    for link in page.links:
        assert link == "data:," or (tmp_path / "site" / link).is_file()
    ElementTree.parse(tmp_path / "site" / "feed.xml")


def test_a_feed_is_well_formed_whatever_characters_a_name_has(tmp_path):
    every = "".join(chr(c) for c in range(0x11000) if not 0xD800 <= c < 0xE000) + "\U0001f4c8\U0010ffff"
    brief(tmp_path / "briefs", "one", leader=f"Lab {every}")
    site.write_site(tmp_path / "briefs", tmp_path / "site")
    title = ElementTree.parse(tmp_path / "site" / "feed.xml").findtext("a:entry/a:title", namespaces=ATOM)
    assert "Lab " in title
    assert "".join(mark for mark in title if mark in "é深\U0001f4c8\uffff") == "é深\U0001f4c8"


def test_what_is_not_whole_is_left_out_and_said(tmp_path):
    briefs = tmp_path / "briefs"
    brief(briefs, "whole")
    (brief(briefs, "spoilt") / "brief.html").write_text("other")
    (brief(briefs, "linked") / "x.html").symlink_to("/etc/passwd")
    brief(briefs, "undated", day="../../x")
    (brief(briefs, "odd") / "manifest.json").write_text("[]")
    (briefs / "logs").mkdir()
    result = CliRunner().invoke(main, ["publish", str(briefs), "--out", str(tmp_path / "site")])
    assert result.exit_code == 0
    assert "1 briefs" in result.stdout
    for name in ("spoilt", "linked", "undated", "odd"):
        assert f"left out: {briefs / name}" in result.stderr
    assert sorted(path.name for path in (tmp_path / "site").iterdir() if path.is_dir()) == ["whole"]


def test_nothing_of_the_user_s_is_overwritten(tmp_path):
    brief(tmp_path / "briefs", "one")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    for out, problem in [
        (mine, "no earlier site"),
        (mine / "thesis.txt", "is no folder"),
        (tmp_path / "briefs" / "site", "within"),
        (tmp_path, "within"),
        (tmp_path / "briefs", "within"),
    ]:
        with pytest.raises(GaplabError, match=problem):
            site.write_site(tmp_path / "briefs", out)
    assert (mine / "thesis.txt").read_text() == "years of work"
    with pytest.raises(GaplabError, match="no complete brief"):
        site.write_site(mine, tmp_path / "site")
    with pytest.raises(GaplabError, match="--url"):
        site.write_site(tmp_path / "briefs", tmp_path / "site", url="javascript:alert(1)")
    assert not (tmp_path / "site").exists()


def test_a_summary_that_is_no_summary_is_left_out(tmp_path):
    place = brief(tmp_path / "briefs", "one")
    brief(tmp_path / "briefs", "two")
    run_folder.write_json(place / "summary.json", ["no", "mapping"])
    made = json.loads((place / "manifest.json").read_text())
    run_folder.write_json(place / "manifest.json", made | {"sha256": run_folder.file_checksums(place)})
    items, left_out = site.write_site(tmp_path / "briefs", tmp_path / "site")
    assert [item.name for item in items] == ["two"]
    assert len(left_out) == 1
