"""Every prior number of both models, by name and with its reason: no other file has one.

The definitions for PyMC, the compiled kernels, simulation-based calibration, power-scaling and importance weights
all read them here. A pair is mean and standard deviation of a normal; of a log-normal it is those of the logarithm.
Lone numbers that end in `_SD` belong to a half-normal, or to a normal around zero.
"""

import math

# --- Abilities: models.ability ---------------------------------------------------------------------

GROWTH = (1.0, 0.5)
"""Slope of ability in time, logits per year: models with few scores shrink to their era, not to a common mean."""

COUNTRY_SD, FAMILY_SD = 1.0, 0.5
"""Logits: distance of a country's and of a model family's line from the line of all, where a run has such lines."""

ABILITY_SD = 1.0
"""Of the spread of abilities around their line, logits: wide: hundreds of models inform it."""

DISCRIMINATION_SD = 0.5
"""Of the spread of log discriminations: near zero all tests are equally sharp; at one half most are within a factor
of three of the average."""

INTERCEPT_SD = 3.0
"""Of a test's logit for its average test-taker: wide, from scores of 5 to 95 percent and beyond."""

OMEGA_MEAN = (math.log(0.01), 1.0)
"""Mean over tests of the logit of the over-dispersion: about a percent, five points at a score of one half."""

OMEGA_SPREAD_SD = 0.7
"""Of how much tests differ in the logit of their over-dispersion: by a factor of two to four."""

OMEGA_FLOOR = 0.002
"""Least over-dispersion: about two points at a score of one half, what wording and sampling of questions move. Without
it one test could stand for the whole ability in its domain, with no scatter of its own (a Heywood case)."""

DOMAIN_FOLLOWER_SD = 0.5
"""Of the follower's mean in each domain, logits: as far as domains may differ without swamping general ability."""

DOMAIN_SPREAD = (math.log(0.25), 0.3)
"""How far models differ between domains, logits; bounded away from zero: no domain equals general ability."""

SELF_REPORT = (0.25, 0.15)
"""What developers' scores of their own models are too high by, logits: 194 pairs of a self-reported and an
independent score differ by five points on average."""

SELF_REPORT_FOLLOWER_SD = 0.15
"""Of the difference between the countries in that: published comparisons found none."""

PUBLIC_TEST_FOLLOWER_SD = 0.3
"""Of the follower's advantage on public tests, logits: up to some fifteen points where a test is half solved."""

HARNESS_SD = {"agentic": 0.35, "other": 0.15}
"""Of the effect of another set-up, logits. GPQA moves by 6 points with the library, SWE-bench by 11 to 15 with the
scaffold. Fixed: too few tests are run in two harnesses to learn a scale."""

HORIZON_SLOPE = (math.log(1.5), 0.7)
"""Doublings of the task horizon per logit, as a logarithm."""

HORIZON_INTERCEPT = (4.0, 3.0)
"""Log2 minutes of the average test-taker: a quarter of an hour, give or take a factor of eight."""

HORIZON_SD = (math.log(0.4), 0.5)
"""Scatter of horizons around their line, log2 minutes; bounded away from zero: horizons never lie exactly on a line."""

# --- Frontiers: models.frontier --------------------------------------------------------------------

COMMON_PACE = (0.0, 0.5)
"""Log of the pace that both frontiers share, logits per year: between a third of a logit and three."""

PACE_CONTRAST_SD = 0.1
"""Of the difference of the countries' mean log paces, over the root of two: neither country grows faster for good.
With 0.3 the pace at which a follower had caught up from far behind was carried on beyond its last releases, and
lags of the day were read too small."""

RATE_SPREAD = (math.log(0.4), 0.5)
"""How far the log pace moves from knot to knot; bounded away from zero: no country's pace is constant."""

LEVEL_SD = 2.0
"""Of a frontier's last level around the country's three best readings, logits: wide: the readings inform it."""

SHORTFALL = (math.log(0.6), 0.5)
"""Mean distance of a country's models below its frontier, logits, as a logarithm: 0.6 within a factor of three."""
