"""The record of past nowcasts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd


def test_the_published_record_shows_every_date_and_ruler(repository):
    from gaplab.validation import nowcasts

    gaps = pd.read_csv(repository / "docs" / "record" / "nowcast.csv")
    assert set(gaps["as_of"].map(date.fromisoformat)) == set(nowcasts.DATES)
    assert len(gaps) == len(nowcasts.DATES) * len(nowcasts.RULERS) * 2
    assert np.allclose(gaps["nowcast"] - gaps["later"], gaps["error_nowcast"], atol=0.011)
    released = gaps[gaps["definition"] == "released_lag"]
    assert (released["nowcast"] <= released["without"]).all()
    assert len(nowcasts.summary(gaps).splitlines()) == len(nowcasts.RULERS)


def test_what_the_page_says_of_past_nowcasts_is_what_the_tables_say(repository):
    said = " ".join((repository / "docs" / "nowcast.md").read_text(encoding="utf-8").replace("−", "-").split())
    gaps, models = (
        pd.read_csv(repository / "docs" / "record" / f"{name}.csv") for name in ("nowcast", "nowcast_models")
    )

    def read(row, name):
        return f"{row[name]:.1f} ({row[f'{name}_lower']:.1f} to {row[f'{name}_upper']:.1f})"

    released, frontier = (gaps[gaps["definition"] == name] for name in ("released_lag", "frontier_lag"))
    for _, row in released.iterrows():
        cells = [
            row["as_of"],
            row["ruler"],
            row["newest"],
            *(read(row, name) for name in ("without", "nowcast", "later")),
        ]
        cells += [f"{row['error_without']:+.1f}", f"{row['error_nowcast']:+.1f}"]
        cells += [f"{row['unscored']}; {row['expected']:.0f}; {row['scored_since']}"]
        assert f"| {' | '.join(cells)} |" in said
    without, with_it = (released.groupby("ruler")[f"error_{name}"].mean() for name in ("without", "nowcast"))
    assert f"{without['ability']:.1f} months too large on average without it, {-with_it['ability']:.1f} too" in said
    assert f"{without['epoch_eci']:.1f} too large without, {-with_it['epoch_eci']:.1f} too small with it" in said
    ours = released[released["ruler"] == "ability"]
    assert (ours["covered_nowcast"].sum(), ours["covered_without"].sum()) == (3, 0)
    short, index = -frontier["error_without"], -frontier.loc[frontier["ruler"] == "epoch_eci", "error_without"]
    assert f"on every day by either ruler**, by {short.min():.1f} to {short.max():.1f} months" in said
    assert f"on all three days, by {index.min():.1f} to {index.max():.1f} months" in said
    assert frontier["covered_without"].all()
    inside = models["later"].between(models["nowcast_lower"], models["nowcast_upper"]).sum()
    assert f"interval {inside} times of {len(models)}" in said
    share = models.groupby("ruler")["share_below"].mean()
    assert f"share {share['ability']:.2f} of the prediction with our ruler, {share['epoch_eci']:.2f} with" in said
    assert (gaps["health"] == "PASS, PASS").all()
