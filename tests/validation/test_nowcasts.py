"""The record of past nowcasts."""

from __future__ import annotations

import numpy as np
import pandas as pd


def test_the_published_record_shows_every_date_and_ruler(repository):
    from gaplab.validation import nowcasts

    gaps = pd.read_csv(repository / "docs" / "record" / "nowcast.csv")
    assert (gaps.groupby(["as_of", "definition"])["ruler"].agg(tuple) == nowcasts.RULERS).all()
    assert gaps["as_of"].nunique() >= 10
    assert (gaps["unscored"] >= nowcasts.LEAST_UNSCORED).all()
    assert np.allclose(gaps["nowcast"] - gaps["later"], gaps["error_nowcast"], atol=0.011)
    released = gaps[gaps["definition"] == "released_lag"]
    assert (released["nowcast"] <= released["without"]).all()
    assert len(nowcasts.summary(gaps).splitlines()) == len(nowcasts.RULERS)


def test_what_the_page_says_of_past_nowcasts_is_what_the_tables_say(repository):
    said = " ".join((repository / "docs" / "nowcast.md").read_text(encoding="utf-8").replace("−", "-").split())
    gaps, models = (
        pd.read_csv(repository / "docs" / "record" / f"{name}.csv") for name in ("nowcast", "nowcast_models")
    )
    for ruler, rows in gaps[gaps["definition"] == "released_lag"].groupby("ruler"):
        for name, label in (("without", "without"), ("nowcast", "with nowcast")):
            error = rows[f"error_{name}"]
            width = (rows[f"{name}_upper"] - rows[f"{name}_lower"]).mean()
            cells = [
                f"{error.mean():+.1f}",
                f"{error.min():+.1f} to {error.max():+.1f}",
                f"{(error**2).mean() ** 0.5:.1f}",
            ]
            cells += [f"{rows[f'covered_{name}'].sum()} of {len(rows)}", f"{width:.1f}"]
            assert f"| {ruler} | {label} | {' | '.join(cells)} |" in said
        assert f"{rows['expected'].mean():.1f}" in said
        assert f"{rows['scored_since'].mean():.1f} have been" in said
        assert f"{models.loc[models['ruler'] == ruler, 'share_below'].mean():.2f}" in said
    inside = models["later"].between(models["nowcast_lower"], models["nowcast_upper"]).sum()
    assert f"interval {inside} times of {len(models)}" in said
