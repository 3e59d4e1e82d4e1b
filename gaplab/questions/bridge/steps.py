"""The steps of a bridge: what changes between its endpoints, and the Shapley share of each change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

import pandas as pd

from gaplab.errors import GaplabError
from gaplab.gap import summary
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.questions.bridge.endpoints import MOST_STEPS, OF_THE_RUN, STEPS, TENTHS, Endpoint
from gaplab.questions.claims.reading import Reading, reading_draws


@dataclass(frozen=True)
class Bridge:
    """A bridge between two numbers.

    Attributes
    ----------
    steps : DataFrame
        One row for each change, in the order of `STEPS`, with the two
        remainders first and last: step, of (the claim, for a remainder), before
        and after (what changes, as text), months (the contribution, a multiple of a tenth), exact (the same
        as a Fraction), low and high (least and greatest over all orders,
        months). The rows add up: `first` + months = `last`, in tenths and
        exactly.
    first, last : float
        The numbers at both ends, in months, to a tenth.
    """

    start: Endpoint
    end: Endpoint
    steps: pd.DataFrame
    first: float
    last: float


def changed_parameters(start: Reading, end: Reading) -> list[str]:
    """The steps in which two readings differ, in the order of `STEPS`."""
    return [step for step in STEPS if _part(start, step) != _part(end, step)]


def bridge_runs(start: Reading, end: Reading) -> list[Params]:
    """Every run that some order of the changes passes through: their posteriors are what `bridge_between` needs.

    Raises
    ------
    GaplabError
        The ends differ in more than `MOST_STEPS` ways.
    """
    steps = changed_parameters(start, end)
    if len(steps) > MOST_STEPS:
        raise GaplabError(
            f"bridge: the ends differ in {len(steps)} ways ({', '.join(steps)}); expected at most {MOST_STEPS}: "
            "choose ends that differ in less"
        )
    ordered = [
        mixed_reading(start, end, chosen).run for size in range(len(steps) + 1) for chosen in combinations(steps, size)
    ]
    return list(dict.fromkeys(ordered))


def bridge_between(start: Endpoint, end: Endpoint, posteriors: Mapping[Params, Posterior]) -> Bridge:
    """The bridge between two numbers.

    Our number for a reading is the median of its draws. The contribution of a
    change is the mean, over all orders in which the changes can be made, of
    what it adds when its turn comes. All arithmetic is exact, so that the
    contributions add up to the difference and turn their sign when the ends
    change places.

    Parameters
    ----------
    posteriors : mapping of Params to Posterior
        One for each of `bridge_runs`.

    Raises
    ------
    GaplabError
        A reading on the way has no number: its median is undefined.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games. Contributions to the
    Theory of Games II. Shorrocks, A. F. (2013). Decomposition procedures for
    distributional analysis. J. Economic Inequality 11,
    doi:10.1007/s10888-011-9214-z
    """
    steps = changed_parameters(start.reading, end.reading)
    subsets = [frozenset(chosen) for size in range(len(steps) + 1) for chosen in combinations(steps, size)]
    mixed = {chosen: mixed_reading(start.reading, end.reading, chosen) for chosen in subsets}
    value = medians_of(list(mixed.values()), posteriors)
    undefined = [reading for reading, months in value.items() if months is None]
    if undefined:
        names = "; ".join(sorted({f"{s.definition} of {s.subject} on {s.date:%Y-%m-%d}" for s in undefined}))
        raise GaplabError(
            f"bridge from {start.name} to {end.name}: no number for {names}, which some order of the changes passes "
            "through; choose ends that differ in less"
        )
    at = {chosen: value[reading] for chosen, reading in mixed.items()}
    rows = []
    for step in steps:
        shares, added = Fraction(0), []
        for chosen in subsets:
            if step not in chosen:
                gain = at[chosen | {step}] - at[chosen]
                orders = math.factorial(len(chosen)) * math.factorial(len(steps) - len(chosen) - 1)
                shares += gain * Fraction(orders, math.factorial(len(steps)))
                added.append(gain)
        before, after = (_as_text(_part(side.reading, step)) for side in (start, end))
        rows.append((step, "", before, after, shares, float(min(added)), float(max(added))))
    first, last = at[frozenset()], at[frozenset(steps)]
    rows = [*_remainder(start, first, 1), *rows, *_remainder(end, last, -1)]
    ends = [
        to_fraction(side.months) if side.months is not None else ours for side, ours in ((start, first), (end, last))
    ]
    table = pd.DataFrame(rows, columns=["step", "of", "before", "after", "exact", "low", "high"])
    tenths, whole = apportioned(table.set_index(["step", "of"])["exact"].to_dict(), *ends)
    table.insert(4, "months", [tenth / TENTHS for tenth in tenths])
    return Bridge(start, end, table, *(number / TENTHS for number in whole))


def _remainder(side: Endpoint, ours: Fraction, sign: int) -> list[tuple]:
    """The part of a published number that our nearest reading does not explain: a step from it, or at the end to it."""
    if side.months is None:
        return []
    exact = sign * (ours - to_fraction(side.months))
    words = ("as published", "our nearest reading")[::sign]
    return [("not explained", side.name, *words, exact, float(exact), float(exact))]


def mixed_reading(start: Reading, end: Reading, chosen: tuple | frozenset) -> Reading:
    """The reading that has the chosen parts of the end and all others of the start."""
    side = {step: end if step in chosen else start for step in STEPS}
    run = replace(start.run, **{step: getattr(side[step].run, step) for step in OF_THE_RUN})
    definition = side["definition"]
    return Reading(definition.definition, definition.unit, side["subject"].subject, side["date"].date, run)


def _part(reading: Reading, step: str) -> object:
    if step == "definition":
        return reading.definition, reading.unit
    return getattr(reading.run if step in OF_THE_RUN else reading, step)


def _as_text(part: object) -> str:
    if isinstance(part, tuple):
        return part[0] if part[1] == "months" else "/".join(part)
    return f"{part:%Y-%m-%d}" if isinstance(part, pd.Timestamp) else str(part)


def medians_of(readings: list[Reading], posteriors: Mapping[Params, Posterior]) -> dict[Reading, Fraction | None]:
    """Median of each reading in months, to four decimals as in all tables; None where it has none."""
    found: dict[Reading, Fraction | None] = {}
    for run in dict.fromkeys(reading.run for reading in readings):
        ours = [reading for reading in readings if reading.run == run]
        subjects = {run.follower, *posteriors[run].models.index}
        found |= {reading: None for reading in ours if reading.subject not in subjects}
        ours = [reading for reading in ours if reading.subject in subjects]
        for reading, draws in reading_draws(ours, posteriors[run]).items():
            months = summary.middle(draws)
            found[reading] = to_fraction(months) if math.isfinite(months) else None
    return found


def to_fraction(months: float) -> Fraction:
    return Fraction(round(months * 10_000), 10_000)


def apportioned(parts: Mapping[tuple, Fraction], first: Fraction, last: Fraction) -> tuple[list[int], tuple[int, int]]:
    """Parts in whole tenths that add up to the difference of the ends in whole tenths.

    Each part is rounded to the nearest tenth; what is then missing goes to the
    parts that rounding has wronged most, ties by name. Turning all signs and
    the ends around turns the signs of the result.
    """
    ends = _nearest(first * TENTHS), _nearest(last * TENTHS)
    tenths = {name: _nearest(part * TENTHS) for name, part in parts.items()}
    missing = ends[1] - ends[0] - sum(tenths.values())
    sign = 1 if missing > 0 else -1
    wronged = sorted(parts, key=lambda name: (-sign * (parts[name] * TENTHS - tenths[name]), name))
    for name in wronged[: abs(missing)]:
        tenths[name] += sign
    return list(tenths.values()), ends


def _nearest(number: Fraction) -> int:
    """The nearest whole number, halves away from zero, so that -x rounds to minus what x rounds to."""
    whole = int(abs(number) + Fraction(1, 2))
    return whole if number >= 0 else -whole
