"""What tells the files of Epoch AI apart: their columns, and the sources that their rows name."""

from __future__ import annotations

from datetime import timedelta

from gaplab.importers.cells import rows
from gaplab.importers.feed import Feed, ModelsMet, Request

URL = "https://epoch.ai/data/benchmark_data.zip"
HORIZONS = "metr_time_horizons_external.csv"
OF_MODELS = ("Model", "eci", "eci_ci_low", "eci_ci_high")
OF_VERSIONS = ("Model version", "ECI Score", "Model name")
OF_MATRIX = ("performance", "benchmark", "model", "model_version", "source")
OF_STATES = (
    "first_seen", "last_seen", "repo_commit", "model", "eci", "eci_std", "release_date", "organization", "country",
)  # fmt: skip
OF_RUNS = ("task", "model", "Best score (across scorers)", "started_at", "Status")
GRID = ("id", "Model", "Version release date", "Model publication date")
CORRECTED = ("Model", "date_in_file", "release_date")
METADATA = ("model_version", "model_group", "organization", "country")
PLAN = ("benchmark", "source_file", "score_column", "scale")
# Z of a 90% interval: the tracker divided its width by twice this number.
Z90 = 1.645
RANGE = (0.0, 300.0)
FIRST_SUITE = "2026-01-29"
# All 139 runs of February to 2 May 2026 were in the list of 5 May, all those to 22 April in the bundle of 29 April.
SHOWN_WITHIN = timedelta(days=7)
LATEST = timedelta(days=14)
ECI = {
    "source": "epoch_eci",
    "publisher": "Epoch AI",
    "url": "https://epoch.ai/eci",
    "licence": "CC BY 4.0 (Epoch AI)",
}
CYBER = ECI | {"source": "epoch_cyber_eci", "url": "https://epoch.ai/data/cyber/eci_scores.csv"}
DAILY = ECI | {"source": "epoch_eci_daily", "url": "https://github.com/IAPS-AI/Open-Source-Gap"}
COPY = {
    "source": "metr_horizons_epoch_copy",
    "publisher": "METR",
    "url": URL,
    "licence": "facts; cite METR; compiled by Epoch AI",
}
OWN = "epoch_evaluations"
COMPILED = "facts; terms of the publisher; compiled by Epoch AI"
CREDIT = "Epoch AI's own data is CC BY 4.0: credit Epoch AI. Results it compiled stay under their publishers' terms."


def feed_of(request: Request, met: ModelsMet, *, sources: list[dict], **parts) -> Feed:
    """The feed of one of Epoch's files, with what its names met."""
    held_back = [*met.held_back(), *parts.pop("held_back", [])]
    return Feed(
        vintage=parts.pop("vintage", None) or request.vintage(),
        sources=rows("sources", sources).drop_duplicates("source"),
        models=met.table(),
        access=met.access(),
        held_back=held_back,
        notes=[*met.left_out(), *parts.pop("notes", []), CREDIT],
        **parts,
    )
