"""A small data set and publishers' files to be imported into it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gaplab.data.csv_file import file_text
from support.tables import TINY

BUILD = {
    "known_versions": ["version,model", "alpha-1-2025-01-10,Alpha 1"],
    "models_named": ["name,model", "beta_1_inspect,Beta 1"],
    "merged_names": ["name,model"],
    "unlisted": ["model,reason", "Vision 3,not a language model"],
    "countries": ["code,country", "China,China", "United States of America,US"],
    "matrix_sources": [
        "matches,source,publisher,source_class,evaluator,harness,url,published",
        "Epoch evaluations,epoch_evaluations,Epoch AI,independent,Epoch AI,Inspect,https://epoch.ai/benchmarks,",
        "benchmark:OSWorld,osworld,OSWorld authors,leaderboard,OSWorld authors,,https://os-world.example,",
    ],
    "raw_files": [
        "benchmark,zip_file,zip_column,scale,zip_error,zip_error_scale",
        "GPQA diamond,gpqa_diamond,mean_score,1,stderr,1",
        "OSWorld,os_world_external,Score,100,,1",
    ],
    "benchmarks": ["benchmark,rescaled", "GPQA diamond,yes", "OSWorld,no"],
}

SOURCES = [
    *TINY["sources"],
    "epoch_evaluations,Epoch AI,https://epoch.ai/benchmarks,CC BY 4.0 (Epoch AI),2026-01-15,",
    "epoch_eci,Epoch AI,https://epoch.ai/eci,CC BY 4.0 (Epoch AI),2026-01-15,",
    "metr_horizons_1_1,METR,https://metr.example/results.yaml,facts,2026-01-15,",
]

BENCHMARKS = [
    *TINY["benchmarks"],
    "METR time horizon 1.1 (50%),agentic,private,,,,,log2_minutes,,,https://metr.org/time-horizons/,",
    "METR time horizon 1.0 (50%),agentic,private,,,,,log2_minutes,,,https://metr.org/time-horizons/,",
    "OSWorld,agentic,public,0,1,369,,logit,,,https://os-world.example,",
]

SCORES = [
    *TINY["scores"],
    "Alpha 1,GPQA diamond,epoch_evaluations,high,0.6,0.04,,independent,Epoch AI,Inspect,chance,none,2026-01-15,"
    "2025-02-01,https://epoch.ai/benchmarks",
    "Alpha 1,METR time horizon 1.1 (50%),metr_horizons_1_1,default,60.0,0.5,,independent,METR,METR,none,none,2026-01-15"
    ",,https://metr.org/time-horizons/",
]


def table(folder: Path, name: str) -> pd.DataFrame:
    return file_text(folder / f"{name}.csv")


def score(folder: Path, model: str, benchmark: str, source: str) -> dict:
    rows = table(folder, "scores").query("model == @model and benchmark == @benchmark and source == @source")
    assert len(rows) == 1
    return rows.iloc[0].to_dict()


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


VERSION_LEVEL = "epoch_eci_vintages/{}/epoch_capabilities_index.csv"
