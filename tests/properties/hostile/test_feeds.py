"""Whatever is in a publisher's file: it is refused, or leaves valid tables."""

from __future__ import annotations

import re
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import event, given
from hypothesis import strategies as st
from support.feeds import EVENTS, GPQA, OF_MODELS, VERSIONS, bundle, matrix, metr_file
from support.hostile import SPOILERS, TOKENS, awkward, tried, write
from support.imports import BUILD
from support.refreshes import SILENT, bytes_below, small_data
from support.tables import TINY

from gaplab.cli.root import printable
from gaplab.data.load import check_tables
from gaplab.errors import GaplabError
from gaplab.importers.import_file import prepare, write_change
from gaplab.importers.recognise import known_files
from gaplab.runs.refresh.refresh import refresh

INDEX = (
    f"{OF_MODELS}\nAlpha 1,,140,137,144,2025-01-10,Acme,US,API access,,\nNew 2,,141,138,144,2026-02-01,Bao,China,,,\n"
)
FEEDS = {
    "index": ("epoch", VERSIONS.encode()),
    "index of models": ("epoch", INDEX.encode()),
    "matrix": ("epoch", matrix((0.7, "GPQA diamond", "Alpha 1", "alpha", "2025-01-10", "Epoch evaluations")).encode()),
    "bundle": ("epoch", bundle({"epoch_capabilities_index.csv": VERSIONS, "gpqa_diamond.csv": GPQA})),
    "states": (
        "epoch",
        b"first_seen,last_seen,repo_commit,model,eci,eci_std,release_date,organization,country\n"
        b"2026-02-01,2026-02-03,abc,Alpha 1,140.5,1.2,2025-01-10,Acme,US\n"
        b"2026-02-04,2026-02-05,abd,Alpha 1,140.7,1.2,2025-01-10,Acme,US\n",
    ),
    "runs": (
        "epoch",
        b"task,model,Best score (across scorers),started_at,Status\n"
        b"GPQA diamond,alpha-1-2025-01-10_high,0.71,2026-02-03T16:01:38.000Z,Success\n",
    ),
    "metr": ("metr", metr_file({"name": "beta_1_inspect"}).encode()),
    "events": ("facts", EVENTS.encode()),
    "releases": (
        "facts",
        b"model,developer,country,release_date,access_at_release,weights\nNew 2,Bao,China,2026-02-01,public,open\n",
    ),
    "arena": ("arena", b"snapshot_date,model,elo,ci\n2026-03-01,alpha-1,1400,5\n2026-03-01,new one,1300,6\n"),
    "aa": ("aa", b"name,slug,company,artificial_analysis_index\nAlpha 1,a,Acme,50.5\nNew one,b,Bao,40\n"),
}
NAMES = [
    "eci_scores.csv", "eci_benchmarks_2026-03-01.csv", "benchmark_data.zip", "benchmark_results_1_1.yaml", "feed",
    "access_events_2026-03-01.csv", "text.csv", "eci_states_to_2062-01-01.csv", "notes_2026-02-30.yaml", "x.json",
]  # fmt: skip


@st.composite
def spoilt(draw) -> tuple[str, bytes]:
    """A publisher, and a file of it in which one to three things are wrong."""
    feed = draw(st.sampled_from(sorted(FEEDS)))
    event("feed", feed)
    publisher, content = FEEDS[feed]
    for _ in range(draw(st.integers(1, 3))):
        how, at = draw(st.sampled_from(["word", "word", "line of YAML", *sorted(SPOILERS)])), draw(st.integers(0, 5000))
        event("fault", how)
        if how == "word":  # a word of the file gives way to an awkward one
            words = sorted(set(re.findall(rb"[A-Za-z0-9.\-]+", content))) or [b""]
            content = content.replace(words[at % len(words)], draw(awkward).encode("utf-8", "surrogatepass"))
        elif how == "line of YAML":
            tokens = "".join(draw(st.lists(st.sampled_from(TOKENS), max_size=4))).encode("utf-8", "replace")
            lines = content.split(b"\n")
            content = b"\n".join([*lines[: at % len(lines)], tokens, *lines[at % len(lines) :]])
        elif content.isascii() or how not in ("utf-16", "latin-1"):
            with suppress(ZeroDivisionError, IndexError):  # nothing is left to be spoilt
                content = SPOILERS[how](content, at)
    return publisher, content


@tried(15)
@given(spoilt(), st.sampled_from(["2026-03-01", None]))
def test_a_spoilt_file_is_refused_or_leaves_valid_tables(file, vintage):
    publisher, content = file
    with tempfile.TemporaryDirectory() as scratch:
        folder, path = Path(scratch) / "data", Path(scratch) / "feed"
        folder.mkdir()
        write(folder, {})
        path.write_bytes(content)
        before = {name: (folder / f"{name}.csv").read_bytes() for name in TINY}
        try:
            found = prepare(publisher, str(path), folder, vintage=vintage)
            assert all(printable(line) for line in found.lines())
            write_change(found)
            assert check_tables(folder) == []
            again = prepare(publisher, str(path), folder, vintage=vintage)
            assert again.is_empty, list(again.lines())
            event("outcome", "taken")
        except GaplabError as error:
            event("outcome", "refused")
            assert error.problems
            assert {name: (folder / f"{name}.csv").read_bytes() for name in TINY} == before


@tried(15)
@given(spoilt(), st.sampled_from(NAMES))
def test_a_spoilt_file_of_a_refresh_is_known_passed_over_or_refused(file, name):
    with tempfile.TemporaryDirectory() as scratch:
        folder, place = Path(scratch) / "data", Path(scratch) / "files"
        small_data(folder)
        place.mkdir()
        (place / name).write_bytes(file[1])
        files, passed_over, problems = known_files(place, folder)
        assert len(files) + len(passed_over) + len(problems) == 1
        assert not [line for line in problems if "\n" in line]
        before = bytes_below(folder)
        try:
            refresh(folder, None, source=place, doubted=True, tell=SILENT)
            assert check_tables(folder) == []
            assert refresh(folder, None, source=place, tell=SILENT).changed is False
            event("outcome", "taken or passed over")
        except GaplabError as error:
            event("outcome", "refused")
            assert bytes_below(folder) == before
            assert not [line for line in error.problems if "\n" in line]


@tried(15)
@given(
    st.sampled_from(sorted(BUILD)), st.sampled_from(sorted(SPOILERS)), st.integers(0, 5000),
    st.sampled_from(sorted(FEEDS)),
)  # fmt: skip
def test_a_spoilt_table_kept_by_hand_is_refused_or_leaves_valid_tables(name, spoiler, at, feed):
    event("table", name)
    event("fault", spoiler)
    publisher, content = FEEDS[feed]
    with tempfile.TemporaryDirectory() as scratch:
        folder, path = small_data(Path(scratch) / "data"), Path(scratch) / "feed"
        path.write_bytes(content)
        kept = folder / "build" / f"{name}.csv"
        sound = kept.read_bytes()
        kept.write_bytes(SPOILERS[spoiler](sound, at))
        try:
            write_change(prepare(publisher, str(path), folder, vintage="2026-03-01"))
        except GaplabError as error:
            assert error.problems
        kept.write_bytes(sound)  # what was written is right by the sound table
        assert check_tables(folder) == []
