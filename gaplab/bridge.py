"""From one published number to another by single changes, each with its share of the difference.

Two numbers differ in what they measure: definition, subject, date, scope,
ruler, clock, knowledge. Changing these one at a time leads from one to the
other; what a change adds depends on the order. The contribution of a change is
its mean over all orders (its Shapley value). What our nearest readings do not
explain of the two published numbers is shown as such.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import pandas as pd

from gaplab import claims as published
from gaplab import gap, summary
from gaplab.claims import Setting
from gaplab.errors import GaplabError, did_you_mean, quoted
from gaplab.params import Params, names
from gaplab.posterior import Posterior

_OWN_STEPS = ("as_of", "leader", "follower")
_OF_THE_RUN = tuple(name for name in [*names(group="gap"), *names(group="evidence")] if name not in _OWN_STEPS)
STEPS = ("definition", "subject", "date", *_OF_THE_RUN)
"""What can differ between two readings, in the order in which a table lists them."""

MOST_STEPS = 8
"""More changes at once would need too many readings: two to this power."""

_TENTHS = 10


@dataclass(frozen=True)
class End:
    """One end of a bridge: a number and the reading of ours that comes nearest to what it measures.

    Attributes
    ----------
    name : str
        Id of the claim, or the name of one of our numbers.
    label : str
        Who published it; empty for a number of ours.
    months : float or None
        The published number (the middle of a range); None for a number of ours.
    setting : Setting
    """

    name: str
    label: str
    months: float | None
    setting: Setting


@dataclass(frozen=True)
class Bridge:
    """A bridge between two numbers.

    Attributes
    ----------
    start, end : End
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

    start: End
    end: End
    steps: pd.DataFrame
    first: float
    last: float


def from_claim(claim: pd.Series, ranked: pd.DataFrame, posteriors: Mapping[Params, Posterior]) -> End:
    """The end that a claim stands for: what it says it measures, else the most probable reading in its scope.

    Parameters
    ----------
    claim : Series
        A row of claims.csv with months.
    ranked : DataFrame
        What `claims.which_definition` gives for runs that include those of `posteriors`.
    posteriors : mapping of Params to Posterior

    Raises
    ------
    GaplabError
        No reading of ours gives the claim any probability.
    """
    known = {(run.scope, run.domain): run for run in reversed(posteriors)}
    usable = [pair in known for pair in zip(ranked["scope"], ranked["domain"], strict=True)]
    rows = published.set_beside(claim, ranked[np.array(usable, bool) & (ranked["density"] > 0)])
    if rows.empty:
        raise GaplabError(
            f'claim "{claim["claim_id"]}": no reading of ours comes near it; expected a claim in months about a day '
            "within the frontiers, choose another"
        )
    best = rows.iloc[0]
    run = known[best["scope"], best["domain"]]
    setting = Setting(best["definition"], best["unit"], best["subject"], best["date"], run)
    return End(claim["claim_id"], claim["who"], published.middle(claim), setting)


def check(names: Iterable[str], claims: pd.DataFrame, params: Params, models: pd.DataFrame) -> None:
    """Refuse ends that cannot be used, before anything is sampled.

    Parameters
    ----------
    names : iterable of str
        Ids of claims, or numbers of ours as `one_of_ours` reads them.
    claims : DataFrame
        claims.csv as known on the as-of date.
    params : Params
    models : DataFrame indexed by model, with country and date
        The models that the run admits.

    Raises
    ------
    GaplabError
        One line for every end that is neither.
    """
    legal, problems = list(published.numeric(claims)["claim_id"]), []
    for name in names:
        if ":" in name:
            try:
                one_of_ours(name, params, models)
            except GaplabError as error:
                problems += error.problems
        elif name in set(claims["claim_id"]) - set(legal):
            problems.append(f'claim "{name}" gives no number of months; expected one of {", ".join(legal)}')
        elif name not in legal:
            problems.append(
                f"{quoted(name)} is no claim with months published by {params.as_of}, and no number of ours such as "
                f'"frontier_lag:{params.follower}"{did_you_mean(name, legal)}'
            )
    if problems:
        raise GaplabError(*problems)


def end(name: str, claims: pd.DataFrame, ranked: pd.DataFrame, posteriors: Mapping[Params, Posterior]) -> End:
    """An end of a bridge by its name: the id of a claim, or one of our numbers as `one_of_ours` reads it.

    Parameters
    ----------
    name : str
    claims : DataFrame
        claims.csv as known on the as-of date.
    ranked : DataFrame
        What `claims.which_definition` gives for `posteriors`.
    posteriors : mapping of Params to Posterior
        The first is the run that a number of ours differs from where it says so.

    Raises
    ------
    GaplabError
        It is neither.
    """
    params, posterior = next(iter(posteriors.items()))
    check([name], claims, params, posterior.models)
    if ":" in name:
        return one_of_ours(name, params, posterior.models)
    return from_claim(claims[claims["claim_id"] == name].iloc[0], ranked, posteriors)


def one_of_ours(text: str, params: Params, models: pd.DataFrame) -> End:
    """One of our numbers, written `DEFINITION:SUBJECT` and, after commas, what differs from the run.

    `frontier_lag:China`, `distance/months_at_leader_pace:China,scope=trusted`,
    `model_lag:DeepSeek-V4-Pro,date=2026-04-24,ruler=epoch_eci`. The unit is
    months unless a slash gives another in months; the date is the as-of date
    for the country and a model's own for a model.

    Parameters
    ----------
    text : str
    params : Params
        The run that gives everything the text does not.
    models : DataFrame indexed by model, with country and date

    Raises
    ------
    GaplabError
        One line for everything in the text that cannot be used.
    """
    reading, _, rest = text.partition(":")
    subject, *given = [part.strip() for part in rest.split(",")]
    definition, _, unit = reading.strip().partition("/")
    unit = unit or "months"
    where, problems = f'"{text}"', []
    legal = [(name, scale) for name, scale in gap.DEFINITIONS if scale.startswith("months")]
    if (definition, unit) not in legal:
        names = [name if scale == "months" else f"{name}/{scale}" for name, scale in legal]
        problems.append(f"{where}: {quoted(reading)} is no definition in months{did_you_mean(reading, names)}")
    ours = list(models.index[models["country"] == params.follower])
    if subject not in (params.follower, *ours):
        hint = did_you_mean(subject, ours, otherwise="`gaplab gap --subject all` lists them")
        problems.append(f"{where}: {quoted(subject)} is neither {params.follower} nor one of its models{hint}")
    pairs = [part.partition("=")[::2] for part in given]
    changes = dict(pairs)
    problems += [
        f"{where}: {name} is given more than once, as {' and '.join(value for at, value in pairs if at == name)}; "
        "expected one of them"
        for name in changes
        if sum(at == name for at, _ in pairs) > 1
    ]
    date = changes.pop("date", None)
    try:
        chosen = Params.from_mapping(changes, accepts=_OF_THE_RUN)
        run = replace(params, **{name: getattr(chosen, name) for name in changes})
        day = Params.from_mapping({"as_of": date}).as_of if date else None
    except GaplabError as error:
        problems += [f"{where}: {problem}" for problem in error.problems]
    if not problems and day and day > params.as_of:
        problems.append(f"{where}: date {day} is after the as-of date {params.as_of}; expected an earlier one")
    if problems:
        raise GaplabError(*problems)
    own = params.as_of if subject == params.follower else models.loc[subject, "date"]
    return End(text, "", None, Setting(definition, unit, subject, pd.Timestamp(day or own), run))


def changes(start: Setting, end: Setting) -> list[str]:
    """The steps in which two readings differ, in the order of `STEPS`."""
    return [step for step in STEPS if _part(start, step) != _part(end, step)]


def runs(start: Setting, end: Setting) -> list[Params]:
    """Every run that some order of the changes passes through: the posteriors that `between` needs.

    Raises
    ------
    GaplabError
        The ends differ in more than `MOST_STEPS` ways.
    """
    steps = changes(start, end)
    if len(steps) > MOST_STEPS:
        raise GaplabError(
            f"bridge: the ends differ in {len(steps)} ways ({', '.join(steps)}); expected at most {MOST_STEPS}: "
            "choose ends that differ in less"
        )
    ordered = [_mixed(start, end, chosen).run for size in range(len(steps) + 1) for chosen in combinations(steps, size)]
    return list(dict.fromkeys(ordered))


def between(start: End, end: End, posteriors: Mapping[Params, Posterior]) -> Bridge:
    """The bridge between two numbers.

    Our number for a reading is the median of its draws. The contribution of a
    change is the mean, over all orders in which the changes can be made, of
    what it adds when its turn comes. All arithmetic is exact, so that the
    contributions add up to the difference and turn their sign when the ends
    change places.

    Parameters
    ----------
    start, end : End
    posteriors : mapping of Params to Posterior
        One for each of `runs`.

    Returns
    -------
    Bridge

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
    steps = changes(start.setting, end.setting)
    subsets = [frozenset(chosen) for size in range(len(steps) + 1) for chosen in combinations(steps, size)]
    mixed = {chosen: _mixed(start.setting, end.setting, chosen) for chosen in subsets}
    value = _values(list(mixed.values()), posteriors)
    undefined = [setting for setting, months in value.items() if months is None]
    if undefined:
        names = "; ".join(sorted({f"{s.definition} of {s.subject} on {s.date:%Y-%m-%d}" for s in undefined}))
        raise GaplabError(
            f"bridge from {start.name} to {end.name}: no number for {names}, which some order of the changes passes "
            "through; choose ends that differ in less"
        )
    at = {chosen: value[setting] for chosen, setting in mixed.items()}
    rows = []
    for step in steps:
        shares, added = Fraction(0), []
        for chosen in subsets:
            if step not in chosen:
                gain = at[chosen | {step}] - at[chosen]
                orders = math.factorial(len(chosen)) * math.factorial(len(steps) - len(chosen) - 1)
                shares += gain * Fraction(orders, math.factorial(len(steps)))
                added.append(gain)
        before, after = (_shown(_part(side.setting, step)) for side in (start, end))
        rows.append((step, "", before, after, shares, float(min(added)), float(max(added))))
    first, last = at[frozenset()], at[frozenset(steps)]
    rows = [*_remainder(start, first, 1), *rows, *_remainder(end, last, -1)]
    ends = [_exact(side.months) if side.months is not None else ours for side, ours in ((start, first), (end, last))]
    table = pd.DataFrame(rows, columns=["step", "of", "before", "after", "exact", "low", "high"])
    tenths, whole = _apportioned(table.set_index(["step", "of"])["exact"].to_dict(), *ends)
    table.insert(4, "months", [tenth / _TENTHS for tenth in tenths])
    return Bridge(start, end, table, *(number / _TENTHS for number in whole))


def _remainder(side: End, ours: Fraction, sign: int) -> list[tuple]:
    """What our nearest reading does not explain of a published number: from it at the start, back to it at the end."""
    if side.months is None:
        return []
    exact = sign * (ours - _exact(side.months))
    words = ("as published", "our nearest reading")[::sign]
    return [("not explained", side.name, *words, exact, float(exact), float(exact))]


def _mixed(start: Setting, end: Setting, chosen: tuple | frozenset) -> Setting:
    """The reading that has the chosen parts of the end and all others of the start."""
    side = {step: end if step in chosen else start for step in STEPS}
    run = replace(start.run, **{step: getattr(side[step].run, step) for step in _OF_THE_RUN})
    definition = side["definition"]
    return Setting(definition.definition, definition.unit, side["subject"].subject, side["date"].date, run)


def _part(setting: Setting, step: str) -> object:
    if step == "definition":
        return setting.definition, setting.unit
    return getattr(setting.run if step in _OF_THE_RUN else setting, step)


def _shown(part: object) -> str:
    if isinstance(part, tuple):
        return part[0] if part[1] == "months" else "/".join(part)
    return f"{part:%Y-%m-%d}" if isinstance(part, pd.Timestamp) else str(part)


def _values(settings: list[Setting], posteriors: Mapping[Params, Posterior]) -> dict[Setting, Fraction | None]:
    """Median of each reading in months, to four decimals as in all tables; None where it has none."""
    found: dict[Setting, Fraction | None] = {}
    for run in dict.fromkeys(setting.run for setting in settings):
        ours = [setting for setting in settings if setting.run == run]
        subjects = {run.follower, *posteriors[run].models.index}
        found |= {setting: None for setting in ours if setting.subject not in subjects}
        ours = [setting for setting in ours if setting.subject in subjects]
        for setting, draws in published.draws(ours, posteriors[run]).items():
            months = summary.middle(draws)
            found[setting] = _exact(months) if math.isfinite(months) else None
    return found


def _exact(months: float) -> Fraction:
    return Fraction(round(months * 10_000), 10_000)


def _apportioned(parts: Mapping[tuple, Fraction], first: Fraction, last: Fraction) -> tuple[list[int], tuple[int, int]]:
    """Parts in whole tenths that add up to the difference of the ends in whole tenths.

    Each part is rounded to the nearest tenth; what is then missing goes to the
    parts that rounding has wronged most, ties by name. Turning all signs and
    the ends around turns the signs of the result.
    """
    ends = _nearest(first * _TENTHS), _nearest(last * _TENTHS)
    tenths = {name: _nearest(part * _TENTHS) for name, part in parts.items()}
    missing = ends[1] - ends[0] - sum(tenths.values())
    sign = 1 if missing > 0 else -1
    wronged = sorted(parts, key=lambda name: (-sign * (parts[name] * _TENTHS - tenths[name]), name))
    for name in wronged[: abs(missing)]:
        tenths[name] += sign
    return list(tenths.values()), ends


def _nearest(number: Fraction) -> int:
    """The nearest whole number, halves away from zero, so that -x rounds to minus what x rounds to."""
    whole = int(abs(number) + Fraction(1, 2))
    return whole if number >= 0 else -whole
