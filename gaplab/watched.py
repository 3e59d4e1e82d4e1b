"""Progress where somebody watches: in a notebook always, on a terminal when asked."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from gaplab.progress import Report, bars

EMPTY = {"text/html": "", "text/plain": ""}
"""What a bar leaves: an output cannot be taken back without those before it."""
_SECONDS = 0.2
"""Between two pictures of a bar."""


@contextmanager
def shown(on_terminal: bool) -> Iterator[Report]:
    """Bars in the notebook that runs this, or on the terminal; see `progress.bars`.

    The bar of a notebook stands in the output of the running cell and is gone
    when the work is done, so that what a cell shows does not depend on the
    cache. What the cell has shown before stays.
    """
    if not _in_notebook():
        with bars(on_terminal) as report:
            yield report
        return
    from IPython.display import DisplayHandle

    handle, began, drawn = DisplayHandle(), time.monotonic(), 0.0

    def report(name: str, done: float, total: float = 1.0) -> None:
        nonlocal drawn
        now, share = time.monotonic(), done / total
        if now - drawn < _SECONDS and share < 1:
            return
        text = f"{name}, {share:.0%}, {now - began:.0f} s so far"
        bar = f'<progress max="1" value="{share:.3f}"></progress> {html.escape(text)}'
        (handle.update if drawn else handle.display)({"text/html": bar, "text/plain": text}, raw=True)
        drawn = now

    try:
        yield report
    finally:
        if drawn:
            handle.update(EMPTY, raw=True)


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this, whose outputs a person sees."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None
