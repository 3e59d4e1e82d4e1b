"""The committed record: tables of validation results, what made them, and how to make each again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from gaplab import identity
from gaplab.errors import GaplabError
from gaplab.fit.files import versions
from gaplab.fit.fit import commit
from gaplab.places import RECORD
from gaplab.write import replace_file

MANIFEST = "manifest.json"
FILES = {
    "sbc.csv": "sbc",
    "sbc_summary.csv": "sbc",
    "sbc_groups.csv": "sbc",
    "known_truth.csv": "truth",
    "readings.csv": "readings",
    "readings_summary.csv": "readings",
    "backtest.csv": "backtest",
    "backtest_summary.csv": "backtest",
    "published_claims.csv": "backtest",
    "sensitivity.csv": "sensitivity",
    "predictive.csv": "sensitivity",
    "influence.csv": "influence",
    "nowcast.csv": "nowcast",
    "nowcast_models.csv": "nowcast",
}
"""Tables of the record, and the verb of `gaplab validate` that makes each."""
_DECIMALS = 4


def write(
    folder: Path, tables: Mapping[str, pd.DataFrame], *, command: str, data_hash: str, as_of: date | None = None
) -> None:
    """Write tables and say in manifest.json what made them; each file appears whole or not at all.

    Parameters
    ----------
    folder : Path
        Made when missing.
    tables : mapping of str to DataFrame
        By file name.
    command : str
        What the user typed.
    data_hash : str
        Of the data tables; "simulated" where none was read.
    as_of : date, optional
        The day that the tables are about.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = _manifest(folder)
    for name, table in tables.items():
        replace_file(folder / name, table.round(_DECIMALS).to_csv(index=False))
        known[name] = {
            "command": command,
            "data_hash": data_hash,
            "as_of": as_of and as_of.isoformat(),
            "code": identity.of(*(name for name in identity.package() if name.startswith(f"{__package__}."))),
            "commit": commit(),
            "versions": versions(),
            "rows": len(table),
            "failed_simulations": table.attrs.get("failed", 0),
        }
    replace_file(folder / MANIFEST, json.dumps(dict(sorted(known.items())), indent=2) + "\n")


def read(name: str, folder: Path | None = None) -> pd.DataFrame:
    """A table of the record.

    Parameters
    ----------
    name : str
        One of `FILES`.
    folder : Path, optional
        The project's own when left out.

    Raises
    ------
    GaplabError
        It is not there.
    """
    path = (folder or RECORD) / name
    if not path.is_file():
        verb = FILES.get(name)
        mend = f"make it with gaplab validate {verb}" if verb else f"expected one of {', '.join(FILES)}"
        raise GaplabError(f"{name}: no such table in the record; {mend}")
    return pd.read_csv(path)


def present(folder: Path | None = None) -> list[str]:
    """Names of the tables of the record that are there.

    Parameters
    ----------
    folder : Path, optional
        The project's own when left out.
    """
    return [name for name in FILES if ((folder or RECORD) / name).is_file()]


def made_on(name: str) -> str | None:
    """The day that a table of the record is about, as YYYY-MM-DD; None where it is about none."""
    return _manifest(RECORD).get(name, {}).get("as_of")


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
