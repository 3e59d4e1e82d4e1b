"""Feeds of a site at addresses that stay: numbers, charts and tables of its newest default brief."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaplab.data.load import data_folder, data_hash
from gaplab.data.package import data_package
from gaplab.fit import runs
from gaplab.fit.files import cache_file
from gaplab.light_imports import import_nbformat
from gaplab.params.spec import Params, parameter_names
from gaplab.report.figure import WORDS_FORM
from gaplab.runs import chart_files, run_folder

NUMBERS = ("latest.json", "series.json")
CHARTS, DATA = chart_files.FOLDER, "data"
_SAME = ("gap", "evidence", "levers", "model", "page")
"""Groups of parameters in which a brief has to be the default run; the day may be any."""
_REMEDY = "make the brief on this machine, from the tables that --data names, and publish it again"


def newest_default(briefs: list[Path]) -> Path | None:
    """The brief that the feeds are of: the newest with every default parameter but the day; None without one.

    Parameters
    ----------
    briefs : list of Path
        Whole briefs.
    """
    found = []
    for place in briefs:
        manifest = run_folder.read_manifest(place) or {}
        given, names = manifest.get("parameters", {}), run_folder.listed(place)
        if {*NUMBERS, "brief.ipynb"} <= names and all(given.get(name) == value for name, value in _defaults().items()):
            found.append((given["as_of"], str(manifest.get("vintage", "")), place.name, place))
    return max(found)[-1] if found else None


def _defaults() -> dict[str, object]:
    default = Params(as_of="2000-01-01").as_strings()
    names = [name for group in _SAME for name in parameter_names(group=group)]
    return {name: default[name] for name in names if name != "as_of"}


def write_feeds(
    brief: Path, site: Path, data: Path | None = None, *, page: str = "", url: str = ""
) -> tuple[list[str], dict[str, str], list[str]]:
    """Write the feeds of a brief into the folder of a site.

    Parameters
    ----------
    brief : Path
        Folder of a whole brief of the default run.
    data : Path, optional
        Folder of the tables; they are left out where they are not those of the brief.
    page : str
        Address of the brief's page within the site, to which the pages of its charts link.
    url : str
        Where the site will be; "" where that is not known.

    Returns
    -------
    made : list of str
        Names in the site's folder that were made.
    charts : dict
        Title of each chart by its name.
    left_out : list of str
        What the feeds could not be given, with why.
    """
    for name in NUMBERS:
        shutil.copy2(brief / name, site / name)
    (site / CHARTS).mkdir()
    digest = json.loads((brief / "latest.json").read_text(encoding="utf-8"))["data"]["hash"]
    data = data if data is not None and data_hash(data) == digest else None
    shown = chart_files.charts_shown(import_nbformat().read(brief / "brief.ipynb", as_version=4))
    slides = _slides(brief, shown, data)
    for name, forms in shown.items():
        home = f"{url.rstrip('/')}/{CHARTS}/" if url else ""
        address = f"../{page}" if page else ""
        chart_files.write_chart(name, forms, slides.get(name), site / CHARTS, brief=address, url=home)
    made = [*NUMBERS, CHARTS]
    if data is not None:
        (site / DATA).mkdir()
        package = data_package(digest)
        for path in [data / "README.md", *(data / each["path"] for each in package["resources"])]:
            if path.is_file():
                shutil.copy2(path, site / DATA / path.name)
        package["resources"] = [each for each in package["resources"] if (site / DATA / each["path"]).is_file()]
        run_folder.write_json(site / DATA / "datapackage.json", package)
        made.append(DATA)
    without = [name for name in shown if name not in slides]
    left_out = [f"{brief}: slides of {', '.join(without)}; {_REMEDY}"] if without else []
    return made, {name: forms[WORDS_FORM]["title"] for name, forms in shown.items()}, left_out


def _slides(brief: Path, shown: Mapping[str, Mapping[str, Any]], data: Path | None) -> dict[str, bytes]:
    """The slides of the charts that a brief shows: those that it holds, or drawn now, where the same charts come out.

    A brief holds none, since few ask for them; one of an earlier release does.
    """
    held = {name: base64.b64decode(forms["image/png"]) for name, forms in shown.items() if "image/png" in forms}
    if held or data is None:
        return held
    manifest = run_folder.read_manifest(brief)
    own = data.resolve() == data_folder().resolve()
    params = Params.from_mapping(manifest["parameters"] | {"data": None if own else str(data)})
    tables = runs.tables_of(params)
    if not all(cache_file(tables, run).exists() for run in (params, runs.with_restricted(params))):
        return {}  # they would be fitted first
    again = chart_files.charts_made(params)
    return {
        name: chart.png()
        for name, forms in shown.items()
        if (chart := again.get(name))
        and (chart.svg(), chart.dateline) == (forms["image/svg+xml"], forms[WORDS_FORM]["dateline"])
    }
