"""The verb that says how to cite the package, its tables and their sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gaplab.cli.options import Run, read_tables, run_options
from gaplab.cli.output import output
from gaplab.cli.root import main


@main.command()
@run_options()
@output("text", "bibtex")
def cite(run: Run, kind: str, width: int | None) -> str:
    """How to cite the package, the tables of this run and their sources."""
    import yaml

    from gaplab.places import CITATION

    tables = read_tables(run.params, fits=False)
    about = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    about["notes"] = f"data complete to {tables.complete}, newest vintage {tables.vintage}, SHA-256 {tables.hash}"
    works = [about, *about["references"]]
    if kind == "bibtex":
        return "\n".join(_bibtex(work, tables.as_of.year) for work in works)
    return "\n".join(_sentence(work, tables.as_of.year) for work in works) + "\n"


def _parts(work: dict[str, Any], year: int) -> Iterator[tuple[str, str]]:
    """The fields of a work, those of no date under the year of the run."""
    yield "author", ", ".join(author["name"] for author in work["authors"])
    yield "year", str(work["date-released"].year if "date-released" in work else year)
    yield "title", work["title"]
    yield from ((name, work[name]) for name in ("version", "url", "license") if name in work)
    yield "note", work["notes"]


def _sentence(work: dict[str, Any], year: int) -> str:
    parts = dict(_parts(work, year))
    version = f" (version {parts['version']})" if "version" in parts else ""
    rest = ". ".join(parts[name] for name in ("url", "license", "note") if name in parts)
    return f"{parts['author']} ({parts['year']}). {parts['title']}{version}. {rest}."


def _bibtex(work: dict[str, Any], year: int) -> str:
    kind, name = (
        ("software", "gaplab") if work["type"] == "software" else ("misc", work["authors"][0]["name"].split()[0])
    )
    lines = [f"  {field} = {{{{{value}}}}}," for field, value in _parts(work, year)]
    return "\n".join([f"@{kind}{{{name.lower()}{dict(_parts(work, year))['year']},", *lines, "}", ""])
