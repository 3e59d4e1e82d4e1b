"""A brief from parameters to a finished folder; what is there already is found without importing what makes it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from gaplab import preflight
from gaplab.fit import runs
from gaplab.fit.fit import fit
from gaplab.fit.runs import with_restricted
from gaplab.params.spec import Params
from gaplab.places import NOTEBOOKS
from gaplab.posterior import Posterior
from gaplab.runs import run_folder
from gaplab.runs.sources import code_behind


@dataclass(frozen=True)
class Brief:
    """Where a finished brief is, and its three headline numbers as lines of text."""

    folder: Path
    headlines: list[str]

    @property
    def html(self) -> Path:
        """The page."""
        return self.folder / "brief.html"


def make_brief(params: Params, out: Path, *, progress: bool = False) -> Brief:
    """Write the folder `out`/<run> of a brief: page, notebook, tables, JSON and manifest.

    The name of the run is made of its as-of date, scope, ruler and content;
    the same inputs give the same name and the same bytes. Either the whole
    folder appears or none of it; one that is there already, whole and
    unchanged, is not made again.

    Parameters
    ----------
    out : Path
        Folder of all briefs; made when missing.
    progress : bool
        Show what is going on in the terminal.

    Raises
    ------
    GaplabError
        The data or the parameters cannot be used.
    RuntimeError
        The notebook stopped; the message names the log that was left in `out`.
    """
    tables = runs.tables_of(params)
    preflight.check(tables, params, page=True)
    posterior = fit(tables, params, progress=progress)
    restricted = fit(tables, with_restricted(params), progress=progress)
    if params.variant == "changes":
        from gaplab.questions import changes

        runs.fit_or_reason([changes.earlier_run(params), changes.run_of_the_day(params)], progress=progress)
    target = out / _run_name(posterior, restricted)
    if run_folder.read_manifest(target):
        return Brief(target, json.loads((target / "summary.json").read_text(encoding="utf-8"))["headlines"])
    from gaplab.runs.brief_files import write_brief

    with run_folder.draft_folder(target) as draft:
        numbers = write_brief(
            params, draft, tables=tables, log=out / f"{target.name}.log", progress=progress, alone=True
        )
    return Brief(target, numbers)


def _run_name(posterior: Posterior, restricted: Posterior) -> str:
    params = posterior.params
    content = [
        run_folder.identity_of(posterior),
        restricted.identity["fit_hash"],
        code_behind(NOTEBOOKS / "brief.ipynb"),
    ]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{run_folder.stem_of(params)}_{digest[:8]}"
