"""Many simulations: whatever the number of processes, broken off or not, the results are the same."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from gaplab.fit import cache
from gaplab.validation import jobs

CALLS: list[int] = []


def square(number: int, fail: bool = False) -> dict:
    """The square of a number, or a failure."""
    CALLS.append(number)
    if fail:
        raise ValueError("no such number")
    return {"square": number**2}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GAPLAB_CACHE", str(tmp_path))
    CALLS.clear()


def test_results_come_in_the_order_of_the_jobs_and_are_made_once():
    todo = [{"number": number} for number in (3, 1, 2)]
    assert jobs.run(square, todo, key={}) == [{"square": 9}, {"square": 1}, {"square": 4}]
    assert jobs.run(square, [*todo, {"number": 5}], key={})[-1] == {"square": 25}
    assert CALLS == [3, 1, 2, 5]
    jobs.run(square, todo, key={"data": "other"})
    assert CALLS[4:] == [3, 1, 2]


def test_one_failure_spoils_no_other_job():
    todo = [{"number": 1}, {"number": 2, "fail": True}, {"number": 3}]
    with pytest.raises(RuntimeError, match=r"1 of 3 simulations failed.*no such number"):
        jobs.run(square, todo, key={})
    CALLS.clear()
    with pytest.raises(RuntimeError):
        jobs.run(square, todo, key={})
    assert CALLS == [2]
    assert jobs.run(square, todo, key={}, tolerated=0.5) == [{"square": 1}, None, {"square": 9}]


def test_a_line_that_was_cut_off_counts_as_not_done(tmp_path):
    todo = [{"number": 1}, {"number": 2}]
    jobs.run(square, todo, key={})
    (path,) = tmp_path.glob("validation-*.jsonl")
    path.write_text(path.read_text()[:-5])
    CALLS.clear()
    assert jobs.run(square, todo, key={}) == [{"square": 1}, {"square": 4}]
    assert CALLS == [2]
    assert [json.loads(line)["job"]["number"] for line in path.read_text().splitlines()] == [1, 2]


def test_a_passing_cache_is_gone_afterwards(tmp_path):
    with cache.temporary():
        inside = cache.folder()
        assert inside != tmp_path
        assert inside.is_dir()
    assert cache.folder() == tmp_path
    assert not inside.exists()


def test_an_executor_of_ones_own_gives_the_same_and_one_failure_is_no_others():
    with ThreadPoolExecutor(2) as pool:
        found = jobs.run(
            square, [{"number": 1}, {"number": 2, "fail": True}], key={"n": 3}, workers=pool, tolerated=0.5
        )
    assert found == [{"square": 1}, None]


@pytest.mark.slow
def test_other_processes_give_the_same():
    from gaplab.validation.scoring import brier

    todo = [{"probability": share / 10, "happened": True} for share in range(5)]
    assert jobs.run(brier, todo, key={"n": 2}, workers=2) == jobs.run(brier, todo, key={"n": 1})
