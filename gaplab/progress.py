"""What a batch shows while it runs: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from gaplab.batch import News


@contextmanager
def shown(quiet: bool) -> Iterator[Callable[[News], None]]:
    """A function to be told the news; it writes to standard error."""
    console = Console(stderr=True, highlight=False)
    if quiet:
        yield lambda news: None
    elif console.is_terminal:
        with _bars(console) as tell:
            yield tell
    else:
        yield lambda news: _line(console, news)


def _line(console: Console, news: News) -> None:
    if news.line:
        ended = sum(news.ledger.counts.values()) - news.ledger.counts["pending"]
        console.print(f"[{ended}/{len(news.ledger.rows)}] {news.line}", markup=False, soft_wrap=True)


@contextmanager
def _bars(console: Console) -> Iterator[Callable[[News], None]]:
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        tasks = {name: bars.add_task(name, total=1) for name in ("posteriors", "runs", "running", "failed")}

        def tell(news: News) -> None:
            counts, total = news.ledger.counts, len(news.ledger.rows)
            here = {
                "posteriors": (news.posteriors_done, news.posteriors),
                "runs": (total - counts["pending"], total),
                "running": (news.running, total),
                "failed": (counts["failed"], total),
            }
            for name, (completed, of) in here.items():
                bars.update(tasks[name], completed=completed, total=of)
            if news.line.startswith(("failed", "again")):
                bars.console.print(escape(news.line))

        yield tell
