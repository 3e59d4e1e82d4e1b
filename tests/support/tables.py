"""A small valid data set, how to spoil a cell of it, and the project's tables with fewer claims."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pandas as pd

from gaplab.data.contract import TABLES
from gaplab.data.csv_file import file_text

TINY = {
    "models": [
        "model,developer,country,family,parent,weights,release_date,date_precision,source,note,featured",
        "Alpha 1,Acme,US,Alpha,,closed,2025-01-10,day,https://acme.example,,",
        "Beta 1,Bao,China,Beta,,open,2025-05-20,day,https://bao.example,,",
        "Gamma Preview,Acme,US,,,closed,,unknown,https://acme.example,restricted,",
    ],
    "access": [
        "model,state,from,to,source_url",
        "Gamma Preview,trusted,2025-06-01,,https://acme.example",
    ],
    "benchmarks": [
        "benchmark,domain,access_class,floor,ceiling,n_items,release_date,link,superseded_by,saturated_from,"
        "source_url,note",
        "GPQA diamond,science,public,0.25,1,198,2023-11-20,logit,,,https://gpqa.example,",
        "Horizon,agentic,private,0,,,,log2_minutes,,,https://horizon.example,",
    ],
    "scores": [
        "model,benchmark,source,effort,score,standard_error,n_items,source_class,evaluator,harness,adjusted,censored,"
        "first_seen,published,source_url",
        "Alpha 1,GPQA diamond,lab,high,0.5,0.03,,independent,Lab,,none,none,2025-06-30,2025-02-01,https://lab.example",
        "Beta 1,GPQA diamond,lab,default,0.4,,,independent,Lab,,none,none,2025-06-30,,https://lab.example",
        "Alpha 1,Horizon,lab,default,75,,,independent,Lab,,none,none,2025-06-30,,https://lab.example",
    ],
    "index_vintages": [
        "vintage,index,model,value,low,high,level,source",
        "2025-06-30,epoch_eci,Alpha 1,140,137,144,0.9,lab",
    ],
    "links": [
        "model,reference_model,difference,sd,scale,published,source,source_url,note",
        "Gamma Preview,Alpha 1,8,2,points,2025-06-01,lab,https://acme.example,",
    ],
    "claims": [
        "claim_id,who,published,as_of,form,low,central,high,unit,scope,domain,functional,independence_group,kind,"
        "source_url,note,featured",
        "lab_2025,Lab,2025-07-01,2025-07-01,interval,3,,6,months,public,general,unknown,lab,measurement,,,",
    ],
    "sources": [
        "source,publisher,url,licence,retrieved,sha256",
        "lab,Lab,https://lab.example,facts,2025-06-30,",
    ],
}

CLAIMS = (
    "epoch_open_2024", "hassabis_2026", "caisi_v4_2026", "caisi_v4_selfreport_2026", "nyt_2026_05_12",
    "deepseek_v4_report", "epoch_open_2026",
)  # fmt: skip


def write_tiny(folder: Path) -> Path:
    """Write the small data set into a folder."""
    folder.mkdir(exist_ok=True)
    for name, lines in TINY.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def put(folder: Path, name: str, row: int, column: str, value: str) -> None:
    """Writes a cell; rows as a spreadsheet numbers them."""
    path = folder / f"{name}.csv"
    with path.open(newline="", encoding="utf-8") as text:
        rows = list(csv.reader(text))
    rows[row - 1][rows[0].index(column)] = value
    with path.open("w", newline="", encoding="utf-8") as text:
        csv.writer(text, lineterminator="\n").writerows(rows)


def texts(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of a folder as text."""
    return {name: file_text(folder / f"{name}.csv") for name in TABLES}


def renamed(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables with a model renamed in each table that names it: half of them would not be valid."""
    return {name: table.replace("Alpha 1", "Alpha One") for name, table in tables.items()}


def fewer_claims(source: Path, target: Path) -> Path:
    """A copy of the tables with some claims of every kind: to read every claim takes long and shows nothing more."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("build", "before*"))
    claims = pd.read_csv(target / "claims.csv", dtype=str, keep_default_na=False)
    claims[claims["claim_id"].isin(CLAIMS)].to_csv(target / "claims.csv", index=False)
    return target
