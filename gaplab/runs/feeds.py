"""Feeds of a site at addresses that stay: numbers, charts and tables of its newest default brief."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from gaplab.data.load import data_hash
from gaplab.data.package import data_package
from gaplab.light_imports import import_nbformat
from gaplab.params.spec import Params, parameter_names
from gaplab.report.figure import WORDS_FORM
from gaplab.runs import chart_files, run_folder

NUMBERS = ("latest.json", "series.json")
CHARTS, DATA = chart_files.FOLDER, "data"
_SAME = ("gap", "evidence", "levers", "model", "page")
"""Groups of parameters in which a brief has to be the default run; the day may be any."""


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
) -> tuple[list[str], dict[str, str]]:
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
    """
    for name in NUMBERS:
        shutil.copy2(brief / name, site / name)
    (site / CHARTS).mkdir()
    shown = chart_files.charts_shown(import_nbformat().read(brief / "brief.ipynb", as_version=4))
    for name, forms in shown.items():
        home = f"{url.rstrip('/')}/{CHARTS}/" if url else ""
        chart_files.write_chart(name, forms, site / CHARTS, brief=f"../{page}" if page else "", url=home)
    made = [*NUMBERS, CHARTS]
    digest = json.loads((brief / "latest.json").read_text(encoding="utf-8"))["data"]["hash"]
    if data is not None and data_hash(data) == digest:
        (site / DATA).mkdir()
        package = data_package(digest)
        for path in [data / "README.md", *(data / each["path"] for each in package["resources"])]:
            if path.is_file():
                shutil.copy2(path, site / DATA / path.name)
        package["resources"] = [each for each in package["resources"] if (site / DATA / each["path"]).is_file()]
        run_folder.write_json(site / DATA / "datapackage.json", package)
        made.append(DATA)
    return made, {name: forms[WORDS_FORM]["title"] for name, forms in shown.items()}
