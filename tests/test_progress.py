"""In a notebook what samples shows a bar, which is gone afterwards; nowhere else does it say anything unasked."""

from __future__ import annotations

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from gaplab import progress


@pytest.fixture
def kernel(monkeypatch):
    """A shell as a Jupyter kernel has it; what it publishes is in the list."""
    shell = InteractiveShell.instance()
    shell.kernel = object()
    shell.display_pub = CapturingDisplayPublisher(parent=shell)
    monkeypatch.setattr(progress, "_SECONDS", 0.0)
    yield shell.display_pub.outputs
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


def test_a_bar_stands_in_one_output_of_the_cell_and_ends_empty(kernel):
    with progress.shown_bars(on_terminal=False) as report:
        report("abilities: sampling", 0.0)
        report("abilities: sampling", 0.5)
        report("frontiers <a>", 1, 4)
    texts = [output["data"]["text/plain"] for output in kernel]
    assert texts == ["abilities: sampling, 0%, 0 s so far", "abilities: sampling, 50%, 0 s so far",
                     "frontiers <a>, 25%, 0 s so far", ""]  # fmt: skip
    assert 'value="0.500"' in kernel[1]["data"]["text/html"]
    assert "frontiers &lt;a&gt;" in kernel[2]["data"]["text/html"]
    assert [output["update"] for output in kernel] == [False, True, True, True]
    assert len({output["transient"]["display_id"] for output in kernel}) == 1


def test_what_comes_from_the_cache_shows_nothing(kernel):
    with progress.shown_bars(on_terminal=False):
        pass
    assert kernel == []


def test_a_bar_goes_when_the_work_breaks_off(kernel):
    bar = progress.shown_bars(on_terminal=False)
    bar.__enter__()("abilities: sampling", 0.2)
    with pytest.raises(KeyboardInterrupt):
        bar.gen.throw(KeyboardInterrupt())
    assert kernel[-1]["data"]["text/html"] == ""


def test_outside_a_notebook_nothing_is_said_unasked(capsys):
    with progress.shown_bars(on_terminal=False) as report:
        report("abilities: sampling", 0.5)
    with progress.shown_bars(on_terminal=True) as report:
        report("abilities: sampling", 1.0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("abilities: sampling") == 1
