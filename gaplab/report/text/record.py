"""The track record in words: targets, forecasters, kinds of origin and skill."""

from __future__ import annotations

import pandas as pd

from gaplab.report.text.names import long_date
from gaplab.validation import track_record

TARGET_NAMES = {
    "frontier_lag": "Frontier to frontier",
    "released_lag": "Best released model to frontier",
    "match_best": "Month the leader's best model is matched",
    "match_earlier": "Month the leader's best of half a year ago is matched",
    "next_record": "Level of the next record",
}
FORECASTER_NAMES = {
    "stack": "our forecast",
    "stack_learned": "our forecast, learned weights",
    "drift": "shape: drift",
    "catching_up": "shape: catching up",
    "straight_line": "shape: straight line",
    "same_lag": "shape: same lag",
    "persistence": "as today",
    "as_today": "as today",
    "historical_mean": "mean so far",
    "linear_trend": "trend of the lag",
    "error_correction": "back to the mean",
    "stack_crps": "all of them, weights by past error",
    "simple_chosen": "the simple one that was best so far",
    "drifting_level": "mean that drifts",
    "damped_correction": "back to a mean that drifts",
}
ORIGIN_KINDS = {"real": "real vintages of Epoch's index", "pseudo": "monthly pseudo-vintages (optimistic)"}

READING_KINDS = {
    ("hindsight", "ability"): "our ruler with all scores",
    ("hindsight", "epoch_eci"): "the newest state of Epoch's index",
    ("real_time", "ability"): "our ruler with the scores known then",
    ("real_time", "epoch_eci"): "real vintages of Epoch's index",
}
REVISED_NAMES = {
    "released_lag": "Best released model to frontier",
    "frontier_lag": "Frontier to frontier",
    "model_lag": "Newest record model to frontier",
    "distance_at_leader_pace": "Distance at the leader's pace",
}

_WORLD_NAMES = {
    "smooth": "Smooth frontiers, a constant lag",
    "jumpy": "Nearly all growth in jumps",
    "slope_change": "The leader has doubled its pace",
    "drifting_lag": "The lag goes from 10 to 6 months",
    "overtaking": "The follower overtakes",
    "heavy_shortfalls": "Hardly a model at the frontier",
    "selective_tests": "Models take tests near their level",
    "cherry_picking": "The follower shows its better scores",
    "developer_bias": "Developers' own scores are too high",
    "late_scoring": "The follower is scored late",
    "restricted_models": "The leader has hidden models",
}


def world_name(name: str) -> str:
    """A simulated world in words: what is hard in it."""
    return _WORLD_NAMES.get(name, name)


def skill_with_interval(row: pd.Series) -> str:
    """Skill with its interval, and whether the interval shows any."""
    if pd.isna(row["skill_lower"]):
        count = int(row["n"])
        return f"{share_saved(row['skill'])} ({count} origin{'s' if count > 1 else ''}, too few for an interval)"
    ends = f"{share_saved(row['skill_lower'])} to {share_saved(row['skill_upper'])}"
    saved = f"{share_saved(row['skill'])} ({ends})"
    return saved if row["skill_lower"] > 0 else f"no skill shown, {saved}"


def share_saved(skill: float) -> str:
    """A share of the error saved, negative where the forecast does worse; ten times worse is as bad as any."""
    return "below \u22121000%" if skill < -10 else f"{100 * skill:+.0f}%".replace("-", "\u2212")


def record_day(name: str) -> str:
    """Of which day a table of the committed record is: record of 30 June 2026."""
    day = track_record.made_on(name)
    return f"record of {long_date(day)}" if day else "record of a day that it does not name"
