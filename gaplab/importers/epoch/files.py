"""Any file of Epoch AI: which it is, and its rows."""

from __future__ import annotations

from gaplab.errors import GaplabError
from gaplab.importers import archive
from gaplab.importers.cells import csv_table, first_few
from gaplab.importers.epoch.bundle import bundle_feed
from gaplab.importers.epoch.columns import (
    CORRECTED,
    ECI,
    GRID,
    OF_MATRIX,
    OF_MODELS,
    OF_RUNS,
    OF_STATES,
    OF_VERSIONS,
    URL,
    feed_of,
)
from gaplab.importers.epoch.index import index_feed, states_feed, which_index
from gaplab.importers.epoch.matrix import corrected_feed, grid_feed, matrix_feed
from gaplab.importers.epoch.run_list import run_list_feed
from gaplab.importers.feed import Feed, ModelsMet, Request


def read(request: Request) -> Feed:
    """What one of Epoch's files says.

    Raises
    ------
    GaplabError
        It is none of the files that are known, or damaged.
    """
    content, shown = request.download.content, request.shown
    if content[:2] == b"PK":
        return bundle_feed(request, archive.members(content, shown), archive.not_tables(content))
    table, met = csv_table(content, shown, spare=("ML Models copy",)), ModelsMet(request.names, URL)
    if set(OF_RUNS) <= set(table):
        return run_list_feed(request, table, met)
    if set(CORRECTED) <= set(table):
        return corrected_feed(request, table, met)
    if set(GRID) <= set(table):
        return grid_feed(request, table, met)
    if set(OF_MATRIX) <= set(table):
        return matrix_feed(request, table, met)
    if set(OF_STATES) <= set(table):
        return states_feed(request, table, met)
    if set(OF_VERSIONS) <= set(table) or set(OF_MODELS) <= set(table):
        source = which_index(table, request.where)
        values = index_feed(request, table, met, shown, source)
        complete = {"index": request.vintage()} if source == ECI else {}
        return feed_of(request, met, index_vintages=values, sources=[source], complete=complete)
    raise GaplabError(
        f"{shown}: its columns are {first_few(list(table))}; expected eci_scores.csv, epoch_capabilities_index.csv, "
        "eci_benchmarks.csv or benchmark_data.zip of Epoch AI"
    )
