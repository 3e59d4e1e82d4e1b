"""A second process that makes sections: what it made, its failures, and its end."""

from __future__ import annotations

import os
import sys
import time

import psutil
import pytest

from gaplab.params.spec import Params
from gaplab.report.page import beside
from gaplab.report.page.part import Part

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="one process makes the page where none can be copied")
RUN, OTHER = Params(), Params(scope="trusted")


def of_process() -> beside.Sections:
    return {"frontiers": [Part("<p>1</p>", f"{os.getpid()}")]}


def test_another_process_makes_them_once():
    with beside.made_beside(RUN, of_process):
        assert beside.at_work(RUN)
        assert not beside.at_work(OTHER)
        assert beside.collected(OTHER) == {}
        (part,) = beside.collected(RUN)["frontiers"]
        assert part.text != str(os.getpid())
        assert beside.collected(RUN) == {}
    assert psutil.Process().children() == []


def test_what_fails_there_is_left_to_this_process(capfd):
    def fails() -> beside.Sections:
        raise ValueError("on purpose")

    with beside.made_beside(RUN, fails):
        assert beside.collected(RUN) == {}
    assert capfd.readouterr() == ("", "")


def test_it_ends_with_what_asked_for_it():
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), beside.made_beside(RUN, lambda: time.sleep(60) or {}):
        raise KeyboardInterrupt
    assert time.monotonic() - began < 10
    assert psutil.Process().children() == []
    assert not beside.at_work(RUN)
