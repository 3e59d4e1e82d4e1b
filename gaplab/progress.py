"""The one progress display: a bar for each task with the time left, on standard error or in a notebook."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[..., None]
"""Called with a name, how much is done, and of how much (1 when left out)."""

EMPTY = {"text/html": "", "text/plain": ""}
"""What a bar leaves: an output cannot be taken back without those before it."""
_SECONDS = 0.2
"""Between two pictures of a bar."""


@contextmanager
def bars(show: bool, *, counted: bool = False) -> Iterator[Report]:
    """Bars that appear when they are first reported on; what is printed meanwhile stands above them.

    Parameters
    ----------
    show : bool
        Without it, what is reported goes nowhere.
    counted : bool
        Whether the bars show pieces rather than shares.
    """
    if not show:
        yield lambda name, done, total=1.0: None
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description:<12}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn() if counted else progress.TaskProgressColumn(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True)) as display:
        tasks: dict[str, progress.TaskID] = {}

        def report(name: str, done: float, total: float = 1.0) -> None:
            if name not in tasks:
                tasks[name] = display.add_task(name, total=total)
            display.update(tasks[name], completed=done, total=total)

        yield report


@contextmanager
def shown_bars(on_terminal: bool) -> Iterator[Report]:
    """Bars in the notebook that runs this, or on the terminal; see `bars`.

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
