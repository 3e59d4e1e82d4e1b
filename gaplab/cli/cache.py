"""Verbs on the cache of posteriors."""

from __future__ import annotations

import click

from gaplab.cli.root import main


@main.group("cache")
def cached() -> None:
    """The posteriors that are kept on disk; the variable GAPLAB_CACHE_LIMIT says how much they may take."""


@cached.command("list")
def cache_list() -> None:
    """What is kept, the entry used last first."""
    from gaplab.fit import cache

    allowed, entries = cache.limit(), cache.entries()
    for entry in entries:
        click.echo(f"{entry.size_bytes / 1e6:10.1f} MB  {entry.path.name}")
    total = sum(entry.size_bytes for entry in entries)
    click.echo(f"{len(entries)} posteriors, {total / 1e6:.1f} MB of {allowed / 1e6:.0f} MB")
    click.echo(cache.folder().resolve())


@cached.command("clear")
def cache_clear() -> None:
    """Throw away every posterior that nobody is using; what is needed again is fitted again."""
    from gaplab.fit import cache

    gone, kept = cache.evict(limit_bytes=0), cache.entries()
    click.echo(f"{len(gone)} posteriors gone, {sum(entry.size_bytes for entry in gone) / 1e6:.1f} MB")
    if kept:
        click.echo(f"{len(kept)} are in use and stay", err=True)
    click.echo(cache.folder().resolve())
