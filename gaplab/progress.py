"""The one progress display: a bar for each task, with the time left, on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[..., None]
"""Called with a name, how much is done, and of how much (1 when left out)."""


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
