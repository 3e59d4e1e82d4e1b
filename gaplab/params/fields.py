"""How a parameter is declared: its type, stage, group, limits and help."""

from __future__ import annotations

from dataclasses import field
from functools import partial
from typing import Literal

Knowledge = Literal["hindsight", "real_time"]
Scope = Literal["public", "trusted", "internal"]
Clock = Literal["release", "first_access", "first_internal"]
Domain = Literal["all", "cyber", "software", "mathematics", "science", "reasoning", "agentic", "knowledge", "language"]
Ruler = Literal["ability", "epoch_eci", "metr_horizon", "caisi_elo", "arena_elo"]
Sources = Literal["all", "government", "independent", "leaderboard", "developer"]
Benchmarks = Literal["all", "public", "non_public", "uncontaminated"]
Side = Literal["follower", "leader"]
Variant = Literal["full", "one_page", "dossier", "changes"]
InjectScale = Literal["points", "logits", "from_leader"]
Stage = Literal["tables", "selection", "abilities", "frontiers", "reading", "forecast"]
"""The first thing in a run that a parameter changes: the folder of the tables, which models and scores count, the draws
of abilities, the draws of frontiers, what is read from the draws, what is forecast from them.
"""
LATEST = "latest"
"""Instead of a date: the newest day up to which the tables are complete (`complete.latest`)."""
GROUPS = {
    "gap": "The gap",
    "evidence": "Evidence",
    "shown": "What is shown",
    "page": "The page",
    "model": "Model",
    "sampling": "Sampling",
    "forecast": "Forecast",
    "levers": "Levers of the forecast",
}
"""Heading of each group of parameters, as `--help` shows them."""


def param(default, help, *, stage: Stage, group: str, low=None, high=None):
    return field(default=default, metadata={"help": help, "stage": stage, "group": group, "low": low, "high": high})


selection_param = partial(param, stage="selection", group="gap")
evidence_param = partial(param, stage="abilities", group="evidence")
model_param = partial(param, stage="abilities", group="model")
sampling_param = partial(param, stage="abilities", group="sampling")
frontier_param = partial(param, stage="frontiers", group="gap")
shown_param = partial(param, stage="reading", group="shown")
page_param = partial(param, stage="reading", group="page")
forecast_param = partial(param, stage="forecast", group="forecast")
lever_param = partial(param, stage="forecast", group="levers")
