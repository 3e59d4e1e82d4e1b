"""Loading: the tables that a run may see on its as-of date, validated."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import get_args

import pandas as pd

from gaplab import identity, local_store
from gaplab.data.csv_file import file_contents, read_tables
from gaplab.data.relations import country_spellings
from gaplab.data.tables import Tables
from gaplab.errors import GaplabError
from gaplab.params import complete
from gaplab.params.fields import Knowledge
from gaplab.places import PROJECT_DATA

FRESH_FOR = pd.Timedelta(days=731)
EXPECTED_HASH = "GAPLAB_EXPECTED_HASH"
"""Variable by which a run tells the kernel of its notebook which tables it read."""
_REMEMBERED = 4
_VALIDATED_FILES = 8
_SOUND: dict[tuple[bytes, ...], tuple[dict[str, pd.DataFrame], str]] = {}
"""The latest tables found valid in this process, with their hash, by the checksums of their files."""


def load(*, as_of: date, knowledge: Knowledge = "hindsight", root: Path | None = None) -> Tables:
    """The tables as a run with this as-of date may see them.

    Parameters
    ----------
    as_of : date
        Models whose first known date (any access state) is later are left
        out, with their scores, index values, links and access; so are claims
        published later.
    knowledge : {"hindsight", "real_time"}
        hindsight keeps every score, index value and link of the models left;
        real_time only what was first seen or published by `as_of`.
    root : Path, optional
        Folder of the tables; else $GAPLAB_DATA, else the project's own.

    Raises
    ------
    GaplabError
        One line for every problem in the tables, or when nothing is left, or
        when `as_of` is years after the newest score.
    """
    if knowledge not in get_args(Knowledge):
        raise GaplabError(f"knowledge: {knowledge!r} is not one of {', '.join(get_args(Knowledge))}")
    folder = data_folder(root)
    tables, digest = _valid(folder)
    if os.environ.get(EXPECTED_HASH, digest) != digest:
        raise GaplabError(f"{folder}: the tables have changed since this run read them; start it again")
    return _as_known(tables, digest, as_of, knowledge, complete.latest(folder))


def check_tables(root: Path | None = None) -> list[str]:
    """Every problem in the tables, one line each; [] when they are valid."""
    try:
        folder = data_folder(root)
    except GaplabError as error:
        return list(error.problems)
    return [*read_tables(folder)[1], *complete.parts(folder)[1]]


def data_folder(root: Path | None = None) -> Path:
    """The folder of the tables: the argument, else $GAPLAB_DATA, else the project's own.

    Raises
    ------
    GaplabError
        There is no such folder.
    """
    named = root or os.environ.get("GAPLAB_DATA") or PROJECT_DATA
    folder = Path(named)
    if not folder.is_dir():
        raise GaplabError(
            f"{folder}: no such data folder; expected a folder with models.csv, scores.csv and the other tables: "
            "give --data DIR or set GAPLAB_DATA"
        )
    return folder


def data_hash(root: Path | None = None) -> str:
    """Hash of the valid tables of a folder, as `Tables.hash` has it.

    Raises
    ------
    GaplabError
        One line for every problem in the tables.
    """
    return _valid(data_folder(root))[1]


def _valid(folder: Path) -> tuple[dict[str, pd.DataFrame], str]:
    """All tables of a folder with their hash; validated once for the same bytes, however often they are asked for."""
    files = file_contents(folder)
    key = tuple(hashlib.sha256(raw.encode() if isinstance(raw, str) else raw).digest() for raw in files.values())
    if key not in _SOUND:
        content = b"".join(key) + repr(sorted(country_spellings(folder).items())).encode()
        known = read_validated(content)
        if known is None:
            tables, problems = read_tables(folder, files=files)
            if problems:
                raise GaplabError(*problems)
            digest = _hash(tables)
            tables["access"] = _with_public_rows(tables["models"], tables["access"])
            write_validated(content, tables, digest)
        else:
            tables, digest = known
        while len(_SOUND) >= _REMEMBERED:
            del _SOUND[next(iter(_SOUND))]
        _SOUND[key] = tables, digest
    return _SOUND[key]


def _hash(tables: dict[str, pd.DataFrame]) -> str:
    """SHA-256 of the tables, whatever the order of their rows."""
    digest = hashlib.sha256()
    for name in sorted(tables):
        lines = tables[name].to_csv(index=False, lineterminator="\n").splitlines()
        digest.update("\n".join([name, lines[0], *sorted(lines[1:])]).encode())
    return digest.hexdigest()


def _with_public_rows(models: pd.DataFrame, access: pd.DataFrame) -> pd.DataFrame:
    """Access with "public from the release date" where access.csv does not say when."""
    with_day = access.loc[access["state"] == "public", "model"]
    rest = models[models["release_date"].notna() & ~models["model"].isin(with_day)]
    derived = pd.DataFrame({
        "model": rest["model"],
        "state": "public",
        "from": rest["release_date"],
        "to": pd.NaT,
        "source_url": rest["source"],
    })  # fmt: skip
    both = pd.concat([access, derived.astype({"to": access["to"].dtype})])
    return both.sort_values(["model", "from", "state"]).reset_index(drop=True)


def _as_known(
    tables: dict[str, pd.DataFrame], digest: str, as_of: date, knowledge: Knowledge, complete_to: date
) -> Tables:
    today = pd.Timestamp(as_of)
    newest = max(tables["scores"]["first_seen"].max(), tables["index_vintages"]["vintage"].max())
    if today > newest + FRESH_FOR:
        raise GaplabError(
            f"as_of: {as_of} is more than two years after {newest.date()}, the newest score; expected an earlier date: "
            "nothing here knows what came out since"
        )
    real_time = knowledge == "real_time"
    first_score, access = tables["scores"]["first_seen"].min(), tables["access"]
    if real_time and today < first_score:
        raise GaplabError(
            f"as_of: {as_of} is before {first_score.date()}, the first vintage of scores; expected a later date with "
            'knowledge "real_time": use knowledge "hindsight" for earlier dates'
        )
    access = access[access["from"] <= today]
    out = set(access.loc[access["state"] != "suspended", "model"])
    scores = tables["scores"][tables["scores"]["model"].isin(out)]
    indices = tables["index_vintages"][tables["index_vintages"]["model"].isin(out)]
    links = tables["links"]
    links = links[links["model"].isin(out) & links["reference_model"].isin(out)]
    if real_time:
        scores = scores[scores["first_seen"] <= today]
        indices = indices[indices["vintage"] <= today]
        links = links[links["published"] <= today]
    if scores.empty:
        earliest = tables["access"].loc[tables["access"]["model"].isin(tables["scores"]["model"]), "from"].min()
        raise GaplabError(f"as_of: no model with a score was out by {as_of}; expected {earliest.date()} or later")
    kept = {
        "models": tables["models"][tables["models"]["model"].isin(out)],
        "access": access,
        "benchmarks": tables["benchmarks"],
        "scores": scores,
        "index_vintages": indices,
        "links": links,
        "claims": tables["claims"][tables["claims"]["published"] <= today],
        "sources": tables["sources"],
    }
    vintage = scores["first_seen"].max().date().isoformat()
    return Tables(
        **{name: table.reset_index(drop=True).copy() for name, table in kept.items()},
        as_of=as_of,
        knowledge=knowledge,
        hash=digest,
        vintage=vintage,
        complete=complete_to,
    )


# --- Tables that an earlier process found valid, so that the next one need not check every cell again ---


def read_validated(content: bytes) -> tuple[dict[str, pd.DataFrame], str] | None:
    """Valid tables and their hash, as `write_validated` kept them for files of this content; None where it did not."""
    body = local_store.read_own(_validated_file(content))
    return None if body is None else pickle.loads(body)


def write_validated(content: bytes, tables: dict[str, pd.DataFrame], digest: str) -> None:
    """Keep valid tables; where nothing can be kept, the next process checks them again."""
    file = _validated_file(content)
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        local_store.write(file, pickle.dumps((tables, digest)))
        others = sorted(file.parent.glob("*.pickle"), key=lambda each: each.stat().st_mtime_ns, reverse=True)
        for old in others[_VALIDATED_FILES:]:
            old.unlink()


def _validated_file(content: bytes) -> Path:
    """Another one for other files, other code that reads and checks them, and another pandas or Python."""
    made_by = repr((identity.of(__name__), pd.__version__, sys.version)).encode()
    return local_store.home() / "tables" / f"{hashlib.sha256(made_by + content).hexdigest()[:24]}.pickle"
