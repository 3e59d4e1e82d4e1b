"""Whatever is in a publisher's file: it is refused, or leaves valid tables."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.feeds import GPQA, VERSIONS, bundle, matrix, metr_file
from support.hostile import SPOILERS, awkward, tried, write
from support.tables import TINY

from gaplab.cli.root import printable
from gaplab.data.load import check_tables
from gaplab.errors import GaplabError
from gaplab.importers.import_file import prepare, write_change

FEEDS = {
    "index": ("epoch", VERSIONS.encode()),
    "matrix": ("epoch", matrix((0.7, "GPQA diamond", "Alpha 1", "alpha", "2025-01-10", "Epoch evaluations")).encode()),
    "bundle": ("epoch", bundle({"epoch_capabilities_index.csv": VERSIONS, "gpqa_diamond.csv": GPQA})),
    "metr": ("metr", metr_file({"name": "beta_1_inspect"}).encode()),
    "arena": ("arena", b"snapshot_date,model,elo,ci\n2026-03-01,alpha-1,1400,5\n2026-03-01,new one,1300,6\n"),
    "aa": ("aa", b"name,slug,company,artificial_analysis_index\nAlpha 1,a,Acme,50.5\nNew one,b,Bao,40\n"),
}
spoilt_feed = st.tuples(
    st.sampled_from(sorted(FEEDS)), st.sampled_from(sorted(SPOILERS)), st.integers(0, 5000), awkward
)  # fmt: skip


def a_feed_is_refused_or_leaves_valid_tables(feed: str, spoiler: str, at: int, cell: str) -> None:
    publisher, content = FEEDS[feed]
    if spoiler == "random":  # a word of the file gives way to an awkward one
        words = sorted(set(re.findall(rb"[A-Za-z0-9.\-]+", content)))
        spoilt = content.replace(words[at % len(words)], cell.encode("utf-8", "surrogatepass"))
    else:
        spoilt = SPOILERS[spoiler](content.decode("latin-1").encode() if spoiler == "utf-16" else content, at)
    with tempfile.TemporaryDirectory() as scratch:
        folder, path = Path(scratch) / "data", Path(scratch) / "feed"
        folder.mkdir()
        write(folder, {})
        path.write_bytes(spoilt)
        before = {name: (folder / f"{name}.csv").read_bytes() for name in TINY}
        try:
            found = prepare(publisher, str(path), folder, vintage="2026-03-01")
            assert all(printable(line) for line in found.lines())
            write_change(found)
            assert check_tables(folder) == []
            again = prepare(publisher, str(path), folder, vintage="2026-03-01")
            assert again.is_empty, list(again.lines())
        except GaplabError as error:
            assert error.problems
            assert {name: (folder / f"{name}.csv").read_bytes() for name in TINY} == before


@tried(10)
@given(spoilt_feed)
def test_a_spoilt_feed_is_refused_or_leaves_valid_tables(spoilt):
    a_feed_is_refused_or_leaves_valid_tables(*spoilt)


@pytest.mark.slow
@tried(800)
@given(spoilt_feed)
def test_many_spoilt_feeds_are_refused_or_leave_valid_tables(spoilt):
    a_feed_is_refused_or_leaves_valid_tables(*spoilt)
