"""The site of a refresh: its brief, what changed since the last one, the pages of earlier days, and its headlines."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from gaplab.data.load import data_folder
from gaplab.errors import GaplabError
from gaplab.fit import runs
from gaplab.fit.fit import fit
from gaplab.params.spec import Params
from gaplab.places import NOTEBOOKS
from gaplab.posterior import Posterior
from gaplab.results.columns import percent_label
from gaplab.results.gap import headline_table
from gaplab.runs import run_folder, site
from gaplab.runs.brief import make_brief
from gaplab.runs.refresh import headline_moves
from gaplab.runs.sources import code_behind
from gaplab.validation.live import release, resolve
from gaplab.write import replace_folder

STATE = "refresh.json"
MOVED = "moved.json"


@dataclass(frozen=True)
class SiteInputs:
    """What a site is to be made from.

    Attributes
    ----------
    params : Params
        Of the brief; the tables are those of $GAPLAB_DATA.
    since : date or None
        An earlier default day, for the page that says what changed, where the last site does not tell one.
    limit : float
        Months a headline may move.
    title, url : str
        Of the site.
    record : Path or None
        Folder of the live record, to which the release is issued and in which what came due is resolved.
    """

    params: Params
    since: date | None
    limit: float
    title: str
    url: str
    record: Path | None = None


@contextmanager
def tables_in_use(folder: Path) -> Iterator[None]:
    """Let every run of this process and of its kernels read the tables of a folder."""
    before = os.environ.get("GAPLAB_DATA")
    os.environ["GAPLAB_DATA"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["GAPLAB_DATA"]
        else:
            os.environ["GAPLAB_DATA"] = before


def update(
    wanted: SiteInputs, out: Path, *, ready: Callable[[], None], tell: Callable[[str], None], progress: bool = False
) -> bool:
    """Put a site made from the tables of now in the place of the last one; False where the last one is that already.

    Pages that a refresh which was stopped had finished are not made again. `ready` is called right before the site
    changes, and refuses where it may not.

    Raises
    ------
    GaplabError
        The computation failed its checks, or `out` holds something else; the last site stays.
    """
    last = state(out)
    if last.get("made_from") == _made_from(wanted):
        return False
    posterior, restricted = _fitted(wanted.params, progress)
    if wanted.record:  # pages show the record: it goes first, and the site says what it was made from
        _keep_record(wanted.record, tell, progress)
    made_from = _made_from(wanted)
    work = out.parent / f".{out.name}.refresh"
    home = work / made_from["tables"][:12]
    _clear(work, home)
    briefs = home / "briefs"
    _carry_over(out, briefs)
    _make_briefs(wanted, last, briefs, tell, progress)
    headlines = headline_moves.headline_rows(headline_table(posterior, restricted), percent_label(wanted.params.prob))
    more = home / "more"
    shutil.rmtree(more, ignore_errors=True)
    more.mkdir(parents=True)
    gone = headline_moves.moves(last.get("headlines", []), headlines, wanted.limit)
    if gone:
        run_folder.write_json(more / MOVED, gone)
    as_of = wanted.params.as_of.isoformat()
    run_folder.write_json(more / STATE, {"made_from": made_from, "as_of": as_of, "headlines": headlines})
    draft = home / "site"
    shutil.rmtree(draft, ignore_errors=True)
    tables = data_folder(Path(wanted.params.data) if wanted.params.data else None)
    _, left_out = site.write_site(briefs, draft, title=wanted.title, url=wanted.url, more=more, data=tables)
    for line in left_out:
        tell(f"left out: {line}")
    ready()
    replace_folder(draft, out.resolve(), ours=site.ours)
    shutil.rmtree(work, ignore_errors=True)
    return True


def state(out: Path) -> dict[str, Any]:
    """What the site in a folder was made from, its day and its headlines; {} where there is none."""
    try:
        state = json.loads((out / STATE).read_text(encoding="utf-8"))
        return state if isinstance(state, dict) else {}
    except (OSError, ValueError):
        return {}


def _made_from(wanted: SiteInputs) -> dict[str, Any]:
    settings = {name: value for name, value in wanted.params.as_strings().items() if name != "data"}
    return {
        "tables": runs.tables_of(wanted.params).hash,
        "settings": settings | {"title": wanted.title, "url": wanted.url},
        "code": code_behind(NOTEBOOKS / "brief.ipynb"),
    }


def _clear(work: Path, home: Path) -> None:
    """Keep of a refresh that was stopped only the finished pages of the same tables."""
    for path in [*(work.iterdir() if work.is_dir() else ()), *(home / "briefs").glob(".*")]:
        if path != home:
            shutil.rmtree(path, ignore_errors=True)


def _carry_over(out: Path, briefs: Path) -> None:
    """The pages of earlier days, which stay on the site."""
    briefs.mkdir(parents=True, exist_ok=True)
    for name in sorted(site.ours(out)):
        page, kept = out / name, briefs / name
        if (page / run_folder.MANIFEST).is_file() and not kept.exists():
            with run_folder.draft_folder(kept) as draft:
                shutil.copytree(page, draft, dirs_exist_ok=True)


def _fitted(params: Params, progress: bool) -> tuple[Posterior, Posterior]:
    """The posterior of the run and the one with restricted models; neither may fail its checks."""
    found = [fit(runs.tables_of(run), run, progress=progress) for run in (params, runs.with_restricted(params))]
    for each in found:
        if each.health.status == "FAIL":
            raise GaplabError(
                f"the fit of {each.params.as_of}, scope {each.params.scope}, failed its checks: {each.health.advice}"
            )
    return found[0], found[1]


def _keep_record(folder: Path, tell: Callable[[str], None], progress: bool) -> None:
    rows = release.issue(Params(), folder, progress=progress)
    tell(f"record: {rows} rows issued" if rows else "record: this release is in it already")
    tell(f"record: {len(resolve.resolve(Params(), folder, progress=progress))} rows resolved")


def _make_briefs(
    wanted: SiteInputs, last: dict[str, Any], briefs: Path, tell: Callable[[str], None], progress: bool
) -> None:
    """Make the brief, and the page of what changed since the last one."""
    params = wanted.params
    for line in make_brief(params, briefs, progress=progress).headlines:
        tell(line)
    then = date.fromisoformat(last["as_of"]) if "as_of" in last else wanted.since
    if then and then < params.as_of:
        make_brief(replace(params, variant="changes", since=then), briefs, progress=progress)
