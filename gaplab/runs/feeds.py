"""Feeds of a site at addresses that stay: numbers, charts and tables of its newest default brief."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path

from gaplab.data.load import data_hash
from gaplab.data.package import data_package
from gaplab.params.spec import Params, parameter_names
from gaplab.runs import run_folder

NUMBERS = ("latest.json", "series.json")
CHARTS, DATA = "charts", "data"
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


def write_feeds(brief: Path, site: Path, data: Path | None = None) -> list[str]:
    """Write the feeds of a brief into the folder of a site.

    Parameters
    ----------
    brief : Path
        Folder of a whole brief of the default run.
    site : Path
    data : Path, optional
        Folder of the tables; they are left out where they are not those of the brief.

    Returns
    -------
    list of str
        Names in the site's folder that were made.
    """
    for name in NUMBERS:
        shutil.copy2(brief / name, site / name)
    (site / CHARTS).mkdir()
    for name, chart in _charts(brief / "brief.ipynb").items():
        for suffix, content in chart.items():
            (site / CHARTS / f"{name}.{suffix}").write_bytes(content)
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
    return made


def _charts(path: Path) -> dict[str, dict[str, bytes]]:
    """Every chart that a notebook shows, by its name, as svg, png and csv."""
    found = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            shown = {
                kind: "".join(text) for kind, text in output.get("data", {}).items() if isinstance(text, str | list)
            }
            table = re.search(r'download="([\w-]+)\.csv" href="data:text/csv[^,]*,([^"]*)"', shown.get("text/html", ""))
            if table and "image/svg+xml" in shown:
                found[table[1]] = {
                    "svg": shown["image/svg+xml"].encode(),
                    "png": base64.b64decode(shown["image/png"]),
                    "csv": base64.b64decode(table[2]),
                }
    return found
