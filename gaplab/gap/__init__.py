"""Every definition of the gap between two countries' AI frontiers: draws in, draws out.

Two readings carry all of them. *Horizontal* (a lag, in months): how long ago
the leader stood where the follower stands, `lag_of_level`. *Vertical* (a
distance, in logits): how far apart they stand on one day, `distance`.

No draw is ever dropped, since dropping the awkward ones would move the median:

- the level lies below the leader's first knot: the lag is *at least* the time
  since that knot. The draw takes that bound, and the boolean coordinate
  `censored` of the result says so;
- the leader never gets there: the lag has no value, and the draw is -inf, so
  that it sorts below every defined one (the follower is ahead);
- the follower never gets there: `catch_up` is +inf, above every date.

`summary` takes quantiles that are draws, so infinities pass through them
without arithmetic; a median or bound that falls among them is NaN.

A lag is positive when the follower is behind. Time is in months of
365.25 / 12 days, abilities are in logits.
"""

from __future__ import annotations

from gaplab.gap.distance import distance, extremes, last_time_this_large, p_follower_ahead, p_widened, velocity
from gaplab.gap.frontiers import best_released, frontier_at, mean_pace
from gaplab.gap.lags import catch_up, frontier_lag, lag_of_level, model_lag, released_lag
from gaplab.gap.matches import first_match_lag, first_match_of, first_match_share, five_percent_lag, p_matched
from gaplab.gap.subjects import (
    DEFINITIONS,
    Subject,
    country_subject,
    model_subject,
    newest_record,
    readings,
    records,
)
from gaplab.gap.summary import p_censored, p_undefined
