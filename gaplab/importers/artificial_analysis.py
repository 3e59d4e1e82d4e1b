"""The table of Artificial Analysis: for your own folder only, since its licence does not let rows be passed on."""

from __future__ import annotations

import re

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.importers.cells import csv_table, days, highest_per_key, numbers, rows, written
from gaplab.importers.feed import Feed, ModelsMet, Request
from gaplab.places import PROJECT_DATA

URL = "https://artificialanalysis.ai"
INDEX = "artificial_analysis_index"
LICENCE = "restricted: for your own use, cite Artificial Analysis, do not redistribute"
_SOURCE = {"source": "artificial_analysis", "publisher": "Artificial Analysis", "url": URL, "licence": LICENCE}
_VARIANT = re.compile(r"\s*\([^()]*\)\s*$")


def read(request: Request) -> Feed:
    """The Intelligence Index of every model: of its reasoning and other variants the best.

    Raises
    ------
    GaplabError
        The columns are not those of the table, a cell is no number, or the
        rows would go into the project's own data, which is passed on.
    """
    if request.folder.resolve() == PROJECT_DATA.resolve():
        raise GaplabError(
            f"{request.shown}: Artificial Analysis does not let its rows be passed on, and the project's own data is; "
            "copy the data folder and name the copy: --data DIR"
        )
    shown = request.shown
    table = csv_table(request.download.content, shown, ("name", INDEX))
    blank = pd.Series("", index=table.index)
    table["value"] = numbers(table[INDEX], shown, 0.0, 200.0)
    table["released"] = days(table.get("release_date", blank), shown)
    table = table.assign(company=table.get("company", blank), slug=table.get("slug", blank)).dropna(subset="value")
    if table.empty:
        raise GaplabError(f"{shown}: no row has a value of {INDEX}; expected the table of Artificial Analysis")
    met = ModelsMet(request.names, URL)
    table["model"] = [
        met.model(
            name, plain := _VARIANT.sub("", name), slug, name=plain, developer=company, release=released, freely=True
        )
        for name, slug, company, released in table[["name", "slug", "company", "released"]].itertuples(index=False)
    ]
    table = highest_per_key(table[table["model"] != ""], ["model"], "value")
    return Feed(
        vintage=request.vintage(),
        sources=rows("sources", [_SOURCE]),
        models=met.table(),
        index_vintages=rows(
            "index_vintages",
            [
                {"vintage": request.vintage(), "index": INDEX, "model": model, "value": written(value, 4)}
                | {"source": _SOURCE["source"]}
                for model, value in zip(table["model"], table["value"], strict=True)
            ],
        ),
        held_back=met.held_back(),
        notes=[*met.left_out(), f"Licence of Artificial Analysis: {LICENCE}. Commit or publish none of these rows."],
    )
