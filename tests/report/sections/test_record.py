"""The record on the page: which number comes first, and how its readings have moved."""

from __future__ import annotations

import pandas as pd

from gaplab.report.sections.record import readable_revisions, revision_finding


def test_the_number_that_comes_first_is_named_with_its_error_and_its_mean_revision():
    summary = pd.DataFrame(
        [("real_time", "ability", "released_lag", 0.5, 0.2), ("hindsight", "ability", "released_lag", 0.7, -0.4),
         ("real_time", "ability", "frontier_lag", 1.4, 2.0), ("hindsight", "ability", "frontier_lag", 1.0, 0.3)],
        columns=["knowledge", "ruler", "definition", "crps", "bias"],
    )  # fmt: skip
    summary = summary.assign(horizon="today", n=9, usual_lower=-1.0, usual_upper=1.2)
    summary = summary.assign(coverage_80=0.8, coverage_80_stretched=0.9)
    said = revision_finding(summary).text
    assert said.startswith("Best released model to frontier comes first")
    assert [said.index(number) for number in ("0.6", "1.2", "+0.2", "−0.4")] == sorted(
        said.index(number) for number in ("0.6", "1.2", "+0.2", "−0.4")
    )
    shown = readable_revisions(summary)
    assert shown["Number"].iloc[0] == "Best released model to frontier"
    assert shown["Moved, 80%"].iloc[0] == "−1.0 to +1.2"
