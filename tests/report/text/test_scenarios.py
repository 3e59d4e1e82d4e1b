"""Sentences on levers."""

from __future__ import annotations

import pytest
from support.scenarios import asked

from gaplab.report.text.scenarios import lever_sentences


@pytest.mark.parametrize(
    ("levers", "part"),
    [
        ({"leader_rate": 0.5}, "the US moves at 0.5 times its pace"),
        ({"leader_pause_to": "2027-06-30"}, "The US stands still from 30 June 2026 until 30 June 2027"),
        ({"leader_pause_from": "2026-09-01"}, "from 1 September 2026 for good"),
        ({"leader_restricted_share": 0.5}, "50% of the new progress of the US is public only 6 months later"),
        ({"follower_rate": 0.7, "follower_rate_from": "2026-12-31"}, "From 31 December 2026 China moves at 0.7"),
        ({"follower_diffusion": 0}, "China gains nothing more from the head start of the US"),
        ({"follower_delay_months": 4}, "New releases of China come 4 months later"),
        ({"inject_ability": 165, "inject_sd": 2, "inject_model": "Qwen 9"}, "an ability of 165 ± 2 points: Qwen 9"),
        ({"inject_ability": -0.2, "inject_scale": "from_leader"}, "0.2 logits below where the best of the US stands"),
    ],
    ids=str,
)
def test_every_lever_has_its_sentence(levers, part):
    (line,) = lever_sentences(asked(**levers))
    assert part in line
