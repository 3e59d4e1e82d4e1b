"""Finished briefs as a static site with an index and an Atom feed."""

from __future__ import annotations

import json
import re
import shutil
import uuid
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gaplab.errors import GaplabError
from gaplab.params.spec import LEVERS, Params, parameter_names
from gaplab.report.page.finish import POLICY, load_template, with_policy
from gaplab.runs import feeds, run_folder

_IN_TITLE = ("as_of", "scope", "leader", "follower", "data")
MARK = ".gaplab-site"
ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Item:
    """A brief on the site.

    Attributes
    ----------
    name : str
        Its folder, in letters that every web host takes.
    page : str
        File name of its page.
    day : str
        Its as-of date (YYYY-MM-DD).
    vintage : str
        Date of its newest score; "" when its manifest does not say.
    content : str
        Hash of its name and files.
    """

    name: str
    page: str
    title: str
    day: str
    vintage: str
    headlines: tuple[str, ...]
    content: str


def write_site(
    briefs: Path,
    out: Path,
    *,
    title: str = "How far behind?",
    url: str = "",
    more: Path | None = None,
    data: Path | None = None,
) -> tuple[list[Item], list[str]]:
    """Write a site of all whole briefs in a folder and feeds of the newest default one, in place of an earlier site.

    What the earlier site holds beside its briefs, index and feed stays, such
    as .git or CNAME.

    Parameters
    ----------
    briefs : Path
        Folder of briefs, of a batch, or of one brief.
    out : Path
        Folder of the site.
    title : str
        Of the index and the feed.
    url : str
        Where the site will be, for a feed with absolute links; relative
        links when empty.
    more : Path, optional
        Folder of files that go beside the index.
    data : Path, optional
        Folder of the tables, which go with the feeds when the newest default brief was made from them.

    Returns
    -------
    items : list of Item
        Newest as-of date first.
    left_out : list of str
        Folders that are not whole and slides that could not be drawn, with why.

    Raises
    ------
    GaplabError
        There is no whole brief, or `out` holds something else.
    """
    _check(briefs, out, url)
    found, left_out = _found(briefs)
    if not found:
        raise GaplabError(f"{briefs}: holds no complete brief; expected a folder that `gaplab brief` or `batch` wrote")
    items = [item for _, item in found]
    taken = {*feeds.NUMBERS, feeds.CHARTS, feeds.DATA} & {item.name for item in items}
    if taken:
        raise GaplabError(
            *(f"{briefs / name}: its name is that of a feed; rename the folder" for name in sorted(taken))
        )
    with run_folder.draft_folder(out, ours=ours) as draft:
        for source, item in found:
            (draft / item.name).mkdir()
            for name in run_folder.listed(source):
                shutil.copy2(source / name, draft / item.name / name)
        beside = sorted(path.name for path in more.iterdir()) if more else []
        for name in beside:
            shutil.copy2(more / name, draft / name)
        addresses = {source: f"{item.name}/{quote(item.page)}" for source, item in found}
        newest = feeds.newest_default(list(addresses))
        fed, charts, without = [], {}, []
        if newest:
            fed, charts, without = feeds.write_feeds(newest, draft, data, page=addresses[newest], url=url)
        slides = {path.stem for path in (draft / feeds.CHARTS).glob("*.png")}
        made = ["index.html", "feed.xml", MARK, *beside, *fed, *(item.name for item in items)]
        run_folder.write_json(draft / MARK, made)
        index = load_template("site/index.html.j2").render(
            items=items, title=title, feeds=fed, charts=charts, slides=slides, policy=POLICY
        )
        (draft / "index.html").write_text(with_policy(index), encoding="utf-8")
        (draft / "feed.xml").write_bytes(_feed(items, title, url))
    return items, [*left_out, *without]


def ours(out: Path) -> set[str]:
    """Names that an earlier site made, as its mark lists them."""
    try:
        return set(map(str, json.loads((out / MARK).read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError):
        return set()


def _check(briefs: Path, out: Path, url: str) -> None:
    problems = []
    if not briefs.is_dir():
        problems.append(f"{briefs}: no such folder; expected the folder of briefs")
    inside, home = out.resolve(), briefs.resolve()
    if inside == home or inside in home.parents or home in inside.parents:
        problems.append(f"--out {out}: is within {briefs} or around it; expected a folder of its own")
    else:
        problems += place_problems(out)
    if url and not re.fullmatch(r"https?://[^\s<>\"']+", url):
        problems.append(f"--url {url!r}: is no address; expected one such as https://example.org/briefs/")
    if problems:
        raise GaplabError(*problems)


def place_problems(out: Path) -> list[str]:
    """What speaks against a site in a folder: it must be new, empty or an earlier site."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        return [f"--out {out}: is no folder; expected a new one, or an earlier site"]
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        return [f"--out {out}: holds files that are no earlier site; expected a new folder: give another path"]
    return []


def _found(briefs: Path) -> tuple[list[tuple[Path, Item]], list[str]]:
    """Whole briefs with their folders, newest first, and what is wrong with the others."""
    found, left_out = [], []
    inside = [path for path in briefs.iterdir() if path.is_dir() and not path.name.startswith(".")]
    for place in sorted([briefs, *inside]):
        if not (place / run_folder.MANIFEST).exists():
            continue
        if place.is_symlink() or any(path.is_symlink() or not path.is_file() for path in place.iterdir()):
            left_out.append(f"{place}: holds links or folders; a brief holds files only")
            continue
        item = _item(place, run_folder.read_manifest(place))
        if item is None:
            left_out.append(f"{place}: its files are not those that its manifest lists; make it again")
        else:
            found.append((place, item))
    return sorted(found, key=lambda pair: (pair[1].day, pair[1].name), reverse=True), left_out


def _item(place: Path, manifest: dict[str, Any] | None) -> Item | None:
    pages = sorted(name for name in run_folder.listed(place) if name.endswith(".html"))
    if manifest is None or len(pages) != 1:
        return None
    try:
        summary = json.loads((place / "summary.json").read_text("utf-8")) if (place / "summary.json").exists() else {}
        parameters, headlines = dict(manifest["parameters"]), list(summary.get("headlines", ()))
        day = date.fromisoformat(parameters["as_of"]).isoformat()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    content = str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([place.name, manifest["sha256"]], sort_keys=True)))
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", place.name)[:100].strip("-") or "brief"
    return Item(
        name=plain if plain == place.name else f"{plain}-{content[:8]}",
        page=pages[0],
        title=_title(manifest.get("notebook", Path(pages[0]).stem), parameters, str(manifest.get("scenario", ""))),
        day=day,
        vintage=_text(str(manifest.get("vintage", ""))),
        headlines=tuple(_text(str(line)) for line in headlines),
        content=content,
    )


def _title(notebook: str, parameters: dict[str, Any], scenario: str) -> str:
    countries = f"{parameters.get('follower', 'follower')} behind {parameters.get('leader', 'leader')}"
    differing = ", ".join(
        [countries, f"{parameters['as_of']}", f"scope {parameters.get('scope', '')}", *_apart(parameters, scenario)]
    )
    return _text(f"{differing} ({notebook})")


def _apart(parameters: dict[str, Any], scenario: str) -> list[str]:
    """What else tells the run from the default one: its scenario by name, other settings by value."""
    usual = {*LEVERS, *_IN_TITLE, *parameter_names(group="sampling")}
    defaults = {spec.name: spec.default for spec in fields(Params) if spec.name not in usual}
    words = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in parameters.items()
        if name in defaults and value not in (defaults[name], str(defaults[name]))
    ]
    return [f"scenario {scenario}", *words] if scenario else words


def _text(text: str) -> str:
    """Text that XML 1.0 can hold, with a space for each character that it cannot."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", " ", text)


def _feed(items: list[Item], title: str, url: str) -> bytes:
    """An Atom feed; dates are those of the data, so the same briefs give the same feed."""
    base = url.rstrip("/") + "/" if url else ""
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed")
    _add(feed, "title", _text(title))
    _add(feed, "id", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, base or title)}")
    _add(feed, "updated", f"{max(item.day for item in items)}T00:00:00Z")
    _add(_add(feed, "author"), "name", "gaplab")
    _add(feed, "link", rel="self", href=f"{base}feed.xml")
    for item in items:
        entry = _add(feed, "entry")
        _add(entry, "title", item.title)
        _add(entry, "id", f"urn:uuid:{item.content}")
        _add(entry, "updated", f"{item.day}T00:00:00Z")
        _add(entry, "link", href=f"{base}{item.name}/{quote(item.page)}")
        _add(entry, "summary", "\n".join(item.headlines) or item.title)
    return ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)


def _add(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
    child.text = text
    return child
