"""Every sentence of the brief, made from the numbers it states.

Countries, models and dates come from `Params` and the tables; a sentence holds
whoever is ahead, by however much, and whether or not the data can tell.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from gaplab.data import Tables
from gaplab.params import Params
from gaplab.posterior import Health, Posterior
from gaplab.scenarios import set_levers
from gaplab.tables import percent as level

# What the templates below may name: {leader} and {follower} are countries in running text, {leader_bare} is the name
# alone, {ahead} and {behind} are the two frontiers.
LABELS = {
    "frontier_lag": "Frontier to frontier",
    "released_lag": "Best released model to frontier",
    "model_lag": "Model to frontier",
    "first_match_lag": "Model to first match",
    "five_percent_lag": "Five per cent rule",
    "catch_up": "Time to catch up",
    "distance": "Distance",
}

MEANINGS = {
    "frontier_lag": "Months since the best AI attainable in {leader} was as able as the best attainable in {follower} "
    "is on this date.",
    "released_lag": "Months since {ahead} stood where the best model released by {follower} stands; "
    "it grows by one with every month without a better release.",
    "model_lag": "Months from the day the best AI attainable in {leader} was as able as this model to the day the "
    "model came out.",
    "first_match_lag": "Months from the release of the first {leader_bare} model that is at least as able "
    "to the release of this one.",
    "five_percent_lag": "Months since the first {leader_bare} model that is better beyond doubt (95%); one number "
    "without an interval, and shorter when there are fewer data.",
    "catch_up": "Months until {behind}, at its pace of the last 12 months, stands where {ahead} stands on this date.",
    "distance": "How far {ahead} stands above the best of {follower} on the same day: ability, not time.",
}

UNITS = {
    "points": "points",
    "logits": "logits",
    "odds_ratio": "odds",
    "months_at_leader_pace": "months at {leader_bare} pace",
    "months_at_follower_pace": "months at {follower_bare} pace",
}

UNIT_MEANINGS = {
    "points": "{distance} In points of the charts, where Claude 3.5 Sonnet is 130 and GPT-5 is 150.",
    "logits": "The same on the scale of the statistical model.",
    "odds_ratio": "The same as a ratio: how many times better the odds of solving a test question are.",
    "months_at_leader_pace": "The same, divided by what {ahead} gained a month over the last 12 months.",
    "months_at_follower_pace": "The same, divided by what {behind} gained a month over the last 12 months.",
}

SCOPES = {
    "public": "public models only",
    "trusted": "restricted models too",
    "internal": "internal models too",
    "open_closed": "open models against closed ones",
}

CLAIMS_HEADING = "Published by others"

# claims.csv records what has been said about this pair of countries and no other.
_CLAIMED_PAIR = ("US", "China")

# The two published numbers that started the argument; the others are in the figure and the table.
_DISPUTED = ("caisi_v4_2026", "nyt_2026_05_12")

_WITH_ARTICLE = {"US", "UK", "EU", "UAE", "United States", "United Kingdom", "Netherlands", "Philippines"}


@dataclass(frozen=True)
class Finding:
    """Sentences and the table they were made from, so that the two cannot disagree."""

    table: pd.DataFrame
    text: str

    def _repr_html_(self) -> str:
        return "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in self.text.split("\n"))


@dataclass(frozen=True)
class Headline:
    """One of the numbers a reader takes away.

    Attributes
    ----------
    label : str
        Whose number it is.
    value, unit : str
        The number in large type and what follows it: 8.1, months behind the US.
    interval : str
        The interval with its probability.
    meaning : str
        One sentence that defines the number.
    """

    label: str
    value: str
    unit: str
    interval: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.label}: {self.value} {self.unit} ({self.interval})"


# --- Names, dates and numbers ---------------------------------------------------------------------


def the(country: str) -> str:
    """The country as it stands inside a sentence: the US, China."""
    return f"the {country}" if country in _WITH_ARTICLE else country


def frontier_of(country: str) -> str:
    """The country's frontier by name: the US frontier, China's frontier."""
    return f"the {country} frontier" if country in _WITH_ARTICLE else f"{country}'s frontier"


def day(when: date | pd.Timestamp | str) -> str:
    """A date as 30 June 2026."""
    when = pd.Timestamp(when)
    return f"{when.day} {when:%B %Y}"


def percent(prob: float) -> str:
    """A probability as a whole per cent that never claims certainty."""
    if prob < 0.01:
        return "less than 1%"
    return "more than 99%" if prob > 0.99 else f"{prob:.0%}"


def number(value: float, width: float = 1.0) -> str:
    """A value with the decimals that an interval of that width can bear: one, or none from ten upward."""
    text = f"{value:.0f}" if width >= 10 else f"{value:.1f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def months(value: float, width: float = 1.0) -> str:
    """A duration: 7.4 months, 1 month, 14 months."""
    text = number(value, width)
    return f"{text} month" if text.strip("−") == "1" else f"{text} months"


def listed(words: list[str]) -> str:
    """Words in a row: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _fill(template: str, params: Params) -> str:
    names = {
        "leader": the(params.leader),
        "follower": the(params.follower),
        "leader_bare": params.leader,
        "follower_bare": params.follower,
        "ahead": frontier_of(params.leader),
        "behind": frontier_of(params.follower),
    }
    return template.format(**names, distance=MEANINGS["distance"].format(**names))


# --- One row of a gap table -----------------------------------------------------------------------


def row(table: pd.DataFrame, definition: str, subject: str, unit: str = "months") -> pd.Series:
    """The one row of a gap table for a definition, a subject and a unit."""
    chosen = table[(table["definition"] == definition) & (table["subject"] == subject) & (table["unit"] == unit)]
    return chosen.iloc[0]


def standing(row: pd.Series, *, tense: str = "is") -> str:
    """Where the subject stands, without its interval: China is 7.4 months behind the US."""
    where = " ".join(part for part in _value_and_unit(row) if part)
    return _upper(f"{the(row['subject'])} {tense} {where} {the(row['leader'])}")


def interval(row: pd.Series, prob: float) -> str:
    """The interval with its probability: 80% interval 6.9 to 9.5 months."""
    return f"{level(prob)}% interval {_span(row, prob)}"


def figures(row: pd.Series, prob: float) -> str:
    """Middle estimate and interval in figures: 8.1 (6.9 to 9.5)."""
    if not np.isfinite(row["median"]):
        return "undefined"
    low, high, width = *_bounds(row, prob), _width(row)
    middle = ("≥ " if row["p_censored"] > 0.5 else "") + number(row["median"], width)
    if not (np.isfinite(low) and np.isfinite(high)):
        return middle
    return f"{middle} ({number(low, width)}\u00a0to\u00a0{number(high, width)})"


def _value_and_unit(row: pd.Series) -> tuple[str, str]:
    """The large number and the words after it, whoever leads."""
    if not np.isfinite(row["median"]):
        return "", "not to be compared with"
    text = number(abs(row["median"]), _width(row))
    noun = "month" if text == "1" else "months"
    if row["p_censored"] > 0.5:
        return f"at least {text}", f"{noun} behind"
    if float(text) == 0:
        return "", "level with"
    return text, f"{noun} {'behind' if row['median'] > 0 else 'ahead of'}"


def _span(row: pd.Series, prob: float) -> str:
    """The interval in words: 6.9 to 9.5 months, 1.2 months ahead to 3.4 months behind, 6.9 months or more."""
    low, high, width = *_bounds(row, prob), _width(row)
    if np.isfinite(low) and (row["p_censored"] > (1 - prob) / 2 or not np.isfinite(high)):
        return f"{months(low, width)} or more"
    if not (np.isfinite(low) and np.isfinite(high)):
        return "not defined"
    if low < 0 < high:
        return f"{months(-low, width)} ahead to {months(high, width)} behind"
    if high <= 0:
        return f"{number(-high, width)} to {months(-low, width)} ahead"
    return f"{number(low, width)} to {months(high, width)}"


def _bounds(row: pd.Series, prob: float) -> tuple[float, float]:
    return row[f"lower_{level(prob)}"], row[f"upper_{level(prob)}"]


def _width(row: pd.Series) -> float:
    low, high = _bounds(row, 0.8)
    return high - low if np.isfinite(high - low) else 1.0


def _in_months(table: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Every definition in months for a country; its model lag repeats its released lag and is left out."""
    rows = table[(table["subject"] == subject) & table["unit"].str.startswith("months")]
    return rows[rows["definition"] != "model_lag"]


# --- The first screen -----------------------------------------------------------------------------


def question(params: Params) -> str:
    """The question the brief answers, as its title."""
    return f"How many months is {the(params.follower)} behind {the(params.leader)} in AI?"


def page_title(posterior: Posterior) -> str:
    """The title of the window; a failed computation says so first."""
    failed = "FAIL: " if posterior.health.status == "FAIL" else ""
    return f"{failed}{question(posterior.params)} As of {day(posterior.params.as_of)}"


def dateline(posterior: Posterior) -> str:
    """As-of date and the age of the data."""
    known = {
        "hindsight": f"scores published by {day(posterior.identity['vintage'])}",
        "real_time": "only scores published by that day",
    }
    return f"As of {day(posterior.params.as_of)} · {known[posterior.params.knowledge]}"


def health_line(health: Health) -> str:
    """Whether the numbers may be used, and what to do when not without care."""
    opening = {
        "PASS": "The computation passed all its checks.",
        "REVIEW": "Read these numbers with care: the computation does not meet all its checks.",
        "FAIL": "Do not use these numbers: the computation failed its checks.",
    }
    return f"{opening[health.status]} {health.advice}".strip()


def answer(headlines: pd.DataFrame, table: pd.DataFrame, params: Params) -> Finding:
    """The country's gap, and how far it depends on the definition.

    Parameters
    ----------
    headlines, table : DataFrame
        What `tables.headlines` and `tables.gap_table` give.
    params : Params
    """
    today = headlines[headlines["headline"] == "frontier_today"].iloc[0]
    country = _in_months(table, params.follower)
    open_order = 0.01 <= today["p_follower_ahead"] <= 0.99
    ahead = f" The probability that {the(params.follower)} is ahead is {percent(today['p_follower_ahead'])}."
    low, high = country["median"].min(), country["median"].max()
    return Finding(
        pd.concat([today.to_frame().T, country]),
        f"As of {day(params.as_of)} {_of_country(standing(today))}, counting {SCOPES[params.scope]} "
        f"({interval(today, params.prob)}).{ahead if open_order else ''} "
        f"Other definitions of the gap give {_range(low, high)}.",
    )


def headlines(table: pd.DataFrame, params: Params) -> list[Headline]:
    """The numbers on top of the brief, from the rows of `tables.headlines`; repeated ones are left out."""
    rows = table.drop_duplicates(["definition", "subject", "scope"])
    return [_headline(row, params) for _, row in rows.iterrows()]


def restricted_note(posterior: Posterior, restricted: Posterior, table: pd.DataFrame, wider: pd.DataFrame) -> Finding:
    """What counting the leader's restricted models changes; empty when the run counts them anyway.

    Parameters
    ----------
    posterior, restricted : Posterior
        The run, and the same run with the restricted models.
    table, wider : DataFrame
        Their gap tables.
    """
    params = posterior.params
    changed = [("frontier_lag", "months"), ("distance", "months_at_leader_pace")]
    rows = {key: [row(each, key[0], params.follower, key[1])["median"] for each in (table, wider)] for key in changed}
    comparison = pd.DataFrame(rows, index=[params.scope, restricted.params.scope]).T
    if params.scope == restricted.params.scope:
        return Finding(comparison, "")
    added = [name for name in restricted.models.index if name not in posterior.models.index]
    if not added:
        return Finding(
            comparison,
            f"No restricted model of {the(params.leader)} has test scores that can be used: both numbers rest on the "
            "same models.",
        )
    lag, apart = (_from_to(*pair) for pair in rows.values())
    return Finding(
        comparison,
        f"Restricted models counted: {listed(added)}. With them the lag {lag} months, and the distance on that day, "
        f"measured in months at {params.leader} pace, {apart}. A lag looks back to the day {the(params.leader)} stood "
        f"where {the(params.follower)} stands: what {the(params.leader)} has reached since moves the distance, not "
        "the lag.",
    )


def _from_to(before: float, after: float) -> str:
    if number(before) == number(after):
        return f"stays at {number(before)}"
    return f"goes from {number(before)} to {number(after)}"


def _headline(row: pd.Series, params: Params) -> Headline:
    value, unit = _value_and_unit(row)
    label = f"{the(params.follower)} today, {SCOPES[row['scope']]}"
    meaning = meaning_of(row["definition"], "months", params)
    if row["subject"] != params.follower:
        label = f"{row['subject']} when it came out"
    elif row["scope"] != params.scope:
        meaning = f"As the first number, counting {params.leader} models too that only selected users may use."
    return Headline(
        label=_upper(label),
        value=value or _upper(unit),
        unit=f"{unit} {the(params.leader)}" if value else the(params.leader),
        interval=interval(row, params.prob).removesuffix(" months"),
        meaning=meaning,
    )


def _of_country(text: str) -> str:
    """A sentence that starts with a country, to go on inside another."""
    return _lower(text) if text.startswith("The ") else text


def _range(low: float, high: float) -> str:
    """From the least to the greatest of some gaps, whoever leads."""
    if number(low) == number(high):
        return months(low) if low >= 0 else f"{months(-low)} ahead"
    if low < 0 < high:
        return f"from {months(-low)} ahead to {months(high)} behind"
    near, far = sorted((abs(low), abs(high)))
    return f"from {number(near)} to {months(far)}{' ahead' if high <= 0 else ''}"


# --- Definitions ----------------------------------------------------------------------------------


def label_of(definition: str, unit: str, params: Params) -> str:
    """The short name of a definition, for charts and tables: Distance in months at US pace."""
    return LABELS[definition] if unit == "months" else f"{LABELS[definition]} in {_fill(UNITS[unit], params)}"


def meaning_of(definition: str, unit: str, params: Params) -> str:
    """The sentence that defines a number."""
    return _upper(_fill(UNIT_MEANINGS.get(unit, MEANINGS[definition]), params))


def definitions_caption(params: Params) -> str:
    """What the numbers in the table of definitions are."""
    return f"Middle estimate and, in brackets, {level(params.prob)}% interval; {SCOPES[params.scope]}"


def definitions_table(table: pd.DataFrame, model: str, params: Params) -> pd.DataFrame:
    """One row per definition and unit: its sentence, the country's number and the newest record model's."""
    chosen = table[table["subject"].isin([params.follower, model])].drop_duplicates(["definition", "unit", "subject"])
    chosen = chosen.assign(figures=[_figures_and_match(row, params) for _, row in chosen.iterrows()])
    keys = list(chosen[["definition", "unit"]].drop_duplicates().itertuples(index=False, name=None))
    wide = chosen.pivot(index=["definition", "unit"], columns="subject", values="figures").loc[keys]
    return pd.DataFrame(
        {
            "Definition": [label_of(*key, params) for key in keys],
            "What it is": [meaning_of(*key, params) for key in keys],
            group_heading(params.follower, params): wide[params.follower].to_numpy(),
            group_heading(model, params): wide[model].to_numpy(),
        }
    )


def _figures_and_match(row: pd.Series, params: Params) -> str:
    text = figures(row, params.prob)
    if not isinstance(row["first_match"], str):
        return text
    share = f", probability {percent(row['p_first_match'])}" if np.isfinite(row["p_first_match"]) else ""
    return f"{text}; {row['first_match']}{share}"


# --- Charts ---------------------------------------------------------------------------------------


def arrow_label(row: pd.Series) -> str:
    """The number on the arrow of the frontier chart."""
    if not np.isfinite(row["median"]):
        return ""
    return ("at least " if row["p_censored"] > 0.5 else "") + months(abs(row["median"]), _width(row))


def frontiers_subtitle(unit: str, params: Params) -> str:
    """What is drawn on the frontier chart."""
    scale = "points: Claude 3.5 Sonnet = 130, GPT-5 = 150" if unit == "points" else "logits"
    return (
        f"Ability of the most capable AI attainable in each country ({scale}), "
        f"{SCOPES[params.scope]}, as of {day(params.as_of)}"
    )


def frontiers_alt(
    bands: dict[str, pd.DataFrame], named: dict[str, pd.DataFrame], today: pd.Series, unit: str, params: Params
) -> str:
    """The frontier chart for those who do not see it."""
    parts = [f"Two rising lines, the AI frontiers of {the(params.leader)} and {the(params.follower)}."]
    for role, band in bands.items():
        last = band.iloc[-1]
        parts.append(
            f"On {day(band.index[-1])} {frontier_of(getattr(params, role))} is at {number(last['median'])} {unit} "
            f"({level(params.prob)}% interval {number(last['outer_low'])} to {number(last['outer_high'])})."
        )
    if arrow_label(today):
        parts.append(f"An arrow marks the distance in time: {standing(today)}, {interval(today, params.prob)}.")
    for role, models in named.items():
        if len(models):
            names = ", ".join(f"{model} ({when:%B %Y})" for model, when in models["date"].items())
            parts.append(f"Latest record models of {the(getattr(params, role))}: {names}.")
    return " ".join(parts)


def frontiers_caption(params: Params) -> str:
    """How to read the frontier chart."""
    return (
        "Line: the middle estimate of the best AI attainable, a country's frontier. "
        f"Dark band: it lies there with probability 50%; pale band: {level(params.prob)}%. "
        "Dots are models; large dots were the best of their country when they came out. "
        "A frontier can pass above or below a dot because test scores are noisy, and it never falls."
    )


def group_heading(subject: str, params: Params) -> str:
    """What a group of numbers is about: a country today, a model on its day."""
    if subject == params.follower:
        return f"{_upper(the(subject))} on {day(params.as_of)}"
    return f"{subject} when it came out"


def strip_title(table: pd.DataFrame, params: Params) -> str:
    """The finding of the strip of definitions."""
    country = _in_months(table, params.follower)["median"]
    low, high = country.min(), country.max()
    if number(low) == number(high):
        return f"Every definition says {_range(low, high)}"
    return f"{_upper(_range(low, high))}: the definition decides"


def strip_subtitle(params: Params) -> str:
    """What is drawn on the strip of definitions."""
    return (
        f"Months {the(params.follower)} is behind {the(params.leader)}, by definition, {SCOPES[params.scope]}, "
        f"as of {day(params.as_of)}"
    )


def strip_alt(table: pd.DataFrame, claims: pd.DataFrame, params: Params) -> str:
    """The strip of definitions for those who do not see it."""
    parts = [f"Months on one axis, with {level(params.prob)}% intervals."]
    for subject, rows in table.groupby("subject", sort=False):
        readings = "; ".join(f"{row['label']} {figures(row, params.prob)}" for _, row in rows.iterrows())
        parts.append(f"{group_heading(subject, params)}: {readings}.")
    if len(claims):
        readings = "; ".join(f"{', '.join(claim_label(claim))}, {claim_text(claim)}" for _, claim in claims.iterrows())
        parts.append(f"{CLAIMS_HEADING}: {readings}.")
    return " ".join(parts)


def strip_caption(claims: pd.DataFrame, params: Params) -> str:
    """How to read the strip of definitions."""
    text = (
        f"Dot: middle estimate. Thick bar: 50% interval. Thin bar: {level(params.prob)}% interval. "
        "What each definition means is in the table below."
    )
    if claims.empty:
        return text
    return (
        f"{text} Diamonds: what others have published, filled where the text below takes it up; "
        "none of it enters our estimates."
    )


def over_time_title(p_widened: float) -> str:
    """The finding of the chart over time, from the probability that the lag grew over 12 months."""
    sure = max(p_widened, 1 - p_widened)
    if sure < 0.8:
        return "No clear change over the last year"
    change = "widened" if p_widened > 0.5 else "narrowed"
    return f"The gap has {'' if sure >= 0.95 else 'probably '}{change} over the last year"


def over_time_subtitle(params: Params) -> str:
    """What is drawn on the chart over time."""
    return (
        f"Months {frontier_of(params.follower)} is behind {frontier_of(params.leader)}, "
        f"{SCOPES[params.scope]}, as of {day(params.as_of)}"
    )


def over_time_alt(band: pd.DataFrame, p_widened: float, params: Params) -> str:
    """The chart over time for those who do not see it."""
    yearly = band.iloc[:: -max(1, round(12 / params.knot_months))].iloc[::-1]
    readings = "; ".join(
        f"{when:%B %Y} {number(row['median'])} ({number(row['outer_low'])} to {number(row['outer_high'])})"
        for when, row in yearly.iterrows()
    )
    return (
        f"A line with bands: months {frontier_of(params.follower)} is behind {frontier_of(params.leader)}, with "
        f"{level(params.prob)}% intervals: {readings}. {_widened(p_widened, params)}"
    )


def over_time_caption(p_widened: float, bound: bool, params: Params) -> str:
    """How to read the chart over time, whether the gap grew, and whether the line is only a lower bound."""
    at_least = " The data do not go back far enough: the gap is at least what the lines show." if bound else ""
    return (
        f"{_widened(p_widened, params)} Thick line: from frontier to frontier, with 50% and {level(params.prob)}% "
        f"bands. Thin line: from the best model {the(params.follower)} had released by then; it climbs a month for "
        "every month without a better one. The past, too, is read from the scores known at the as-of date." + at_least
    )


def _widened(p_widened: float, params: Params) -> str:
    return f"The probability that the gap grew over the 12 months to {day(params.as_of)} is {percent(p_widened)}."


# --- Claims ---------------------------------------------------------------------------------------


def claims_about(claims: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The claims in months about the two countries in the year before the as-of date, newest first."""
    if (params.leader, params.follower) != _CLAIMED_PAIR:
        return claims.iloc[:0]
    published, as_of = pd.to_datetime(claims["published"]), pd.Timestamp(params.as_of)
    recent = published.between(as_of - pd.DateOffset(years=1), as_of)
    in_months = (claims["unit"] == "months") & claims[["low", "central", "high"]].notna().any(axis=1)
    order = {"by": ["published", "claim_id"], "ascending": [False, True]}
    return claims[recent & in_months].assign(published=published).sort_values(**order)


def is_disputed(claim: pd.Series) -> bool:
    """Whether it is one of the numbers the brief sets side by side."""
    return claim["claim_id"] in _DISPUTED


def claim_label(claim: pd.Series) -> tuple[str, str]:
    """Who said it, and when and of what: (NIST CAISI, May 2026), (Epoch AI, May 2026, open models)."""
    of_open = ", open models" if claim["scope"] == "open_closed" else ""
    domain = "" if claim["domain"] in ("general", "unknown") else f", {claim['domain']}"
    return _upper(claim["who"]), f"{pd.Timestamp(claim['published']):%b %Y}{of_open}{domain}"


def claim_text(claim: pd.Series) -> str:
    """What was claimed: about 8 months, 9 to 12 months, at least 8 months."""
    return {
        "interval": f"{claim['low']:g} to {claim['high']:g} months",
        "at_least": f"at least {claim['low']:g} months",
        "at_most": f"at most {claim['high']:g} months",
    }.get(claim["form"], f"about {claim['central']:g} months")


def claim_range(claim: pd.Series) -> tuple[float, float]:
    """The months a claim allows; a point claim allows what rounds to it."""
    return {
        "interval": (claim["low"], claim["high"]),
        "at_least": (claim["low"], np.inf),
        "at_most": (-np.inf, claim["high"]),
    }.get(claim["form"], (claim["central"] - 0.5, claim["central"] + 0.5))


def claims_heading(claims: pd.DataFrame, params: Params) -> str:
    """The heading above the claims: What "8" and "9 to 12" measure."""
    disputed = [claim for _, claim in claims_about(claims, params).iloc[::-1].iterrows() if is_disputed(claim)]
    quoted = [f"“{claim_text(claim).removeprefix('about ').removesuffix(' months')}”" for claim in disputed]
    return f"What {listed(quoted)} measure{'s' if len(quoted) == 1 else ''}" if quoted else "What others have published"


def claims_caption(params: Params) -> str:
    """What the table of claims holds."""
    return (
        f"Published in the year before {day(params.as_of)}, beside our number for the same thing "
        f"({level(params.prob)}% interval in brackets)"
    )


def claims_finding(claims: pd.DataFrame, table: pd.DataFrame, restricted: pd.DataFrame, params: Params) -> Finding:
    """What the disputed claims measure and whether they hold, with every recent claim beside our number.

    A claim that names what it measures agrees when its range meets our interval
    for the same thing. A claim that does not is set beside every definition.

    Parameters
    ----------
    claims : DataFrame
        claims.csv.
    table, restricted : DataFrame
        Gap tables of the run and of the run that counts restricted models.
    params : Params
    """
    known = pd.concat([table, restricted]).drop_duplicates(["definition", "subject", "unit", "scope"])
    recent = [claim for _, claim in claims_about(claims, params).iterrows()]
    disputed = [claim for claim in reversed(recent) if is_disputed(claim)]
    verdicts = [_verdict(claim, known, params) for claim in disputed]
    paragraphs = [text for text, _ in verdicts]
    if len(verdicts) > 1:
        held = [claim["who"] for claim, (_, agrees) in zip(disputed, verdicts, strict=True) if agrees]
        paragraphs.append(
            "Both can be true at once: they do not measure the same thing."
            if len(held) == len(verdicts)
            else f"Our reading supports {f'only {listed(held)}' if held else 'neither'}."
        )
    rows = pd.DataFrame(
        [_claim_row(claim, known, params) for claim in recent], columns=["Who", "Says", "About", "Our number"]
    )
    return Finding(rows, "\n".join(paragraphs))


def _claim_row(claim: pd.Series, known: pd.DataFrame, params: Params) -> tuple[str, ...]:
    who = f"{_upper(claim['who'])}, {day(claim['published'])}"
    about = [SCOPES[claim["scope"]]]
    if claim["domain"] not in ("general", "unknown"):
        about.append(f"{claim['domain']} only")
    if claim["functional"] != "unknown":
        about.append(_lower(label_of(claim["functional"], "months", params)))
    ours = _same_thing(claim, known, params)
    if ours is not None:
        number = f"{figures(ours, params.prob)}: {'agrees' if _agrees(claim, ours, params) else 'does not agree'}"
    elif len(country := _undefined_reading(claim, known, params)):
        count = sum(_agrees(claim, row, params) for _, row in country.iterrows())
        number = f"definition not given; {count} of our {len(country)} are compatible"
    else:
        number = "nothing comparable"
    return who, claim_text(claim), _upper(", ".join(about)), number


def _verdict(claim: pd.Series, known: pd.DataFrame, params: Params) -> tuple[str, bool]:
    """What a disputed claim measures, our number for it, and whether it agrees."""
    when, counted = day(claim["published"]), SCOPES[claim["scope"]]
    says = f"{claim['who']} put the gap at {claim_text(claim)} on {when}, counting {counted}."
    ours = _same_thing(claim, known, params)
    if ours is not None:
        of_a_model = ours["subject"] != params.follower
        agrees = _agrees(claim, ours, params)
        where = standing(ours, tense="was" if of_a_model else "is")
        return (
            f"{says} That is the lag of {'one model' if of_a_model else 'the country'}: by our reading "
            f"{where if of_a_model else _of_country(where)} ({interval(ours, params.prob)}), "
            f"which {'agrees' if agrees else 'does not agree'}."
        ), agrees
    country = _undefined_reading(claim, known, params)
    near = country[[_agrees(claim, row, params) for _, row in country.iterrows()]]
    if near.empty:
        return f"{says} It does not say what is measured, and no definition of ours gives that many.", False
    low, high = claim_range(claim)
    middle = np.nan_to_num((low + high) / 2, posinf=low, neginf=high)
    closest = near.loc[(near["median"] - middle).abs().sort_values().index].head(3)
    examples = [
        f"{_lower(label_of(row['definition'], row['unit'], params))} {figures(row, params.prob)}"
        for _, row in closest.iterrows()
    ]
    one = len(near) == 1
    return (
        f"{says} It does not say what is measured; {len(near)} of our {len(country)} definitions "
        f"{'is' if one else 'are'} compatible with it, {'' if one else 'the closest being '}{listed(examples)}."
    ), True


def _same_thing(claim: pd.Series, known: pd.DataFrame, params: Params) -> pd.Series | None:
    """Our row for what the claim measures, or None when it does not say or we do not measure it."""
    same = known[
        (known["definition"] == claim["functional"])
        & (known["subject"] == _subject_of(claim, known, params))
        & (known["scope"] == claim["scope"])
        & known["unit"].str.startswith("months")
    ]
    return same.iloc[0] if len(same) and claim["domain"] == "general" else None


def _subject_of(claim: pd.Series, known: pd.DataFrame, params: Params) -> str | None:
    """The model that the claim's note names, however it is spelt there; the country for claims about the country."""
    note = _letters(str(claim["note"]))
    models = known["subject"][known["subject"] != params.follower].unique()
    named = [model for model in models if _letters(model) in note]
    if named:
        return max(named, key=len)
    return None if claim["functional"] in ("model_lag", "first_match_lag") else params.follower


def _undefined_reading(claim: pd.Series, known: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Our definitions to set beside a claim that names none; empty when the claim is about something else."""
    rows = _in_months(known[known["scope"] == claim["scope"]], params.follower)
    comparable = claim["functional"] == "unknown" and claim["domain"] == "general"
    return rows if comparable else rows.iloc[:0]


def _agrees(claim: pd.Series, ours: pd.Series, params: Params) -> bool:
    low, high = claim_range(claim)
    ours_low, ours_high = _bounds(ours, params.prob)
    if not (np.isfinite(ours_low) and np.isfinite(ours_high)):
        ours_low = ours_high = ours["median"]
    return bool(ours_low <= high and low <= ours_high)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


# --- Forecast and scenarios -----------------------------------------------------------------------


def forecast_title(table: pd.DataFrame, prob: float) -> str:
    """The finding of the forecast: which way the lag goes within a year, if the draws agree."""
    year = _at_horizon(table, "frontier_lag", 12)
    sure = max(year["p_widened"], 1 - year["p_widened"])
    if sure < 0.8:
        return f"In a year: {_fan(year, prob)}; the direction is open"
    way = "longer" if year["p_widened"] > 0.5 else "shorter"
    return f"In a year: {_fan(year, prob)}, {'' if sure >= 0.95 else 'probably '}{way} than today"


def forecast_subtitle(params: Params) -> str:
    """What is drawn on the chart of the forecast."""
    return (
        f"Months {frontier_of(params.follower)} is behind {frontier_of(params.leader)}, {SCOPES[params.scope]}; "
        f"forecast from {day(params.as_of)}"
    )


def forecast_alt(table: pd.DataFrame, baseline: pd.DataFrame | None, params: Params) -> str:
    """The chart of the forecast for those who do not see it."""

    def told(rows: pd.DataFrame) -> str:
        frontier = rows[rows["definition"] == "frontier_lag"]
        return "; ".join(f"{day(row['date'])} {_fan(row, params.prob)}" for _, row in frontier.iterrows())

    text = (
        f"A line with bands: months {frontier_of(params.follower)} is behind {frontier_of(params.leader)}, with "
        f"{level(params.prob)}% intervals that open like a fan after {day(params.as_of)}: {told(table)}."
    )
    return text if baseline is None else f"{text} A dashed line shows it without the scenario: {told(baseline)}."


def forecast_caption(params: Params, *, scenario: bool) -> str:
    """How to read the chart of the forecast."""
    text = (
        f"Thick line: middle of the draws; dark band: 50%, pale band: {level(params.prob)}%. Thin line: the same read "
        f"from the best model {the(params.follower)} will have released. Below zero {the(params.follower)} is ahead. "
    )
    if scenario:
        text += f"Dashed: without the scenario. {' '.join(lever_lines(params))} "
    return text + (
        "Four shapes of the future weigh equally, since the past does not say which is right: each country drifting on "
        "its own, catching up, straight lines since 2024, and the lag of today. They will be weighted by their scores "
        "on past dates."
    )


def forecast_finding(table: pd.DataFrame, params: Params) -> Finding:
    """What the forecast says of the coming year, from the rows of `tables.forecast_table`."""
    near, far = (_at_horizon(table, "frontier_lag", horizon) for horizon in (12, 24))
    over = [f"{percent(near[f'p_over_{limit}'])} for more than {limit} months" for limit in (6, 9, 12, 18)]
    ahead = f"The probability that {the(params.follower)} has been ahead by then"
    return Finding(
        table,
        f"On {day(near['date'])} {frontier_of(params.follower)} will be {_fan(near, params.prob)}. "
        f"The probability that the lag is longer than today is {percent(near['p_widened'])}; {listed(over)}. "
        f"{ahead} is {percent(near['p_ahead_by'])}, and {percent(far['p_ahead_by'])} by {day(far['date'])}.",
    )


def threshold_caption(params: Params) -> str:
    """What the table of probabilities holds."""
    return (
        f"Months behind ({level(params.prob)}% interval in brackets) and the probability that they are more than "
        "6, 9, 12 and 18"
    )


def threshold_table(table: pd.DataFrame, params: Params) -> pd.DataFrame:
    """One row per horizon and lag: the number, P(more than 6, 9, 12, 18 months), P(longer than today), P(ahead by)."""
    shown = []
    for _, row in table.iterrows():
        cells = {
            "In": f"{row['horizon']} months ({day(row['date'])})",
            "Gap": LABELS[row["definition"]],
            "Months": _middle(row, params.prob),
        }
        cells |= {f"> {limit}": percent(row[f"p_over_{limit}"]) for limit in (6, 9, 12, 18)}
        cells["Longer than today"] = percent(row["p_widened"]) if np.isfinite(row["p_widened"]) else "–"
        cells[f"{params.follower} ahead by then"] = (
            percent(row["p_ahead_by"]) if np.isfinite(row["p_ahead_by"]) else "–"
        )
        shown.append(cells)
    return pd.DataFrame(shown)


def catch_up_caption(params: Params) -> str:
    """What the table of catch-up dates holds."""
    return (
        f"When {the(params.follower)} reaches each model: middle date and {level(params.prob)}% interval. "
        "Frontier: what is attainable there; released: by a model that is out"
    )


def catch_up_display(table: pd.DataFrame, params: Params) -> pd.DataFrame:
    """One row per model and reading: dates, P(already matched), P(within a year)."""
    shown = []
    for _, row in table.iterrows():
        cells = {"Model": row["target"], "Reached by": {"frontier": "Frontier", "released": "Released"}[row["reading"]]}
        if row["status"]:
            cells |= {"When": row["status"], "Already": "–", "Within 6 months": "–", "Within 12 months": "–"}
        else:
            cells["When"] = when(row, params)
            cells["Already"] = percent(row["p_matched"])
            cells |= {f"Within {limit} months": percent(row[f"p_by_{limit}"]) for limit in (6, 12)}
        shown.append(cells)
    return pd.DataFrame(shown)


def when(row: pd.Series, params: Params) -> str:
    """A catch-up date with its interval: November 2026 (August 2026 to February 2027)."""
    low, high = _bounds(row, params.prob)
    middle, low, high = (_month(months, params) for months in (row["median"], low, high))
    return f"{middle} ({low} to {high})"


def _month(months: float, params: Params) -> str:
    if months > params.horizon_months:
        months = params.horizon_months
        return f"after {_date_after(months, params):%b %Y}"
    return f"{_date_after(months, params):%b %Y}" if np.isfinite(months) else "–"


def _date_after(months: float, params: Params) -> pd.Timestamp:
    return pd.Timestamp(params.as_of) + pd.Timedelta(days=months * 365.25 / 12)


def catch_up_title(table: pd.DataFrame, params: Params) -> str:
    """The finding of the chart of catch-up dates, about the most recent model in scope."""
    known = table[(table["status"] == "") & (table["reading"] == "frontier")]
    if known.empty:
        return "None of the named models is in this scope"
    row = known.iloc[-1]
    if row["p_matched"] > 0.5:
        return _upper(f"{the(params.follower)} has probably matched {row['target']}")
    if row["p_later"] > 0.5:
        return _upper(f"{the(params.follower)} reaches {row['target']} {_month(row['median'], params)}")
    return _upper(f"{the(params.follower)} reaches {row['target']} around {_month(row['median'], params)}")


def catch_up_subtitle(params: Params) -> str:
    """What is drawn on the chart of catch-up dates."""
    return (
        f"When {the(params.follower)} is as able as each model of {the(params.leader)}, seen from {day(params.as_of)}"
    )


def catch_up_alt(table: pd.DataFrame, params: Params) -> str:
    """The chart of catch-up dates for those who do not see it."""
    parts = [
        f"{row['target']}, {'by frontier' if row['reading'] == 'frontier' else 'by a released model'}: "
        f"{row['status'] or when(row, params)}"
        for _, row in table.iterrows()
    ]
    return f"Intervals of dates ({level(params.prob)}%). {'; '.join(parts)}."


def catch_up_note(params: Params) -> str:
    """How to read the chart of catch-up dates."""
    return (
        f"Dot: middle date. Thick bar: 50% interval. Thin bar: {level(params.prob)}% interval. Filled: the frontier of "
        f"{the(params.follower)}; hollow: a model it has released. A model outside the scope of this run has no date."
    )


def lever_lines(params: Params) -> list[str]:
    """One sentence for every lever that is not neutral; [] for the baseline."""
    ahead, behind = the(params.leader), the(params.follower)
    start = params.leader_pause_from or params.as_of
    until = f"until {day(params.leader_pause_to)}" if params.leader_pause_to else "for good"
    gains = "nothing more" if params.follower_diffusion == 0 else f"{params.follower_diffusion:g} times as much"
    # Where restricted models count anyway, the lever has nothing to hold back.
    nothing = "" if params.scope == "public" else " (no effect here: this scope counts restricted models)"
    sentences = {
        "leader_rate": f"From {day(params.as_of)} {ahead} moves at {params.leader_rate:g} times its pace.",
        "leader_pause_from": f"{_upper(ahead)} stands still from {day(start)} {until}.",
        "leader_restricted_share": f"{params.leader_restricted_share:.0%} of the new progress of {ahead} is public "
        f"only {params.leader_restricted_months:g} months later{nothing}.",
        "follower_rate": f"From {day(params.follower_rate_from or params.as_of)} {behind} moves at "
        f"{params.follower_rate:g} times its pace.",
        "follower_diffusion": f"{_upper(behind)} gains {gains} from the head start of {ahead}.",
        "follower_delay_months": f"New releases of {behind} come {params.follower_delay_months:g} months later.",
        "inject_ability": _injection(params),
    }
    return [sentences[name] for name in set_levers(params)]


def _injection(params: Params) -> str:
    whose = the(params.follower if params.inject_country == "follower" else params.leader)
    ability, by = params.inject_ability or 0.0, f" ± {params.inject_sd:g}" if params.inject_sd else ""
    told = f"with an ability of {ability:g}{by} {params.inject_scale}"
    if params.inject_scale == "from_leader":
        side = f"{abs(ability):g} logits {'above' if ability > 0 else 'below'} where" if ability else "where"
        told = (
            f"that stands {side} the best of {the(params.leader)} stands today{f' ({by.strip()} logits)' if by else ''}"
        )
    return f"On {day(params.inject_date or params.as_of)} {whose} releases a model {told}: {params.inject_model}."


def scenario_name(name: str) -> str:
    """The name of a scenario's file as a label: us_pause becomes US pause."""
    return _upper(name.replace("_", " ")).replace("Us ", "US ").replace("chinese", "Chinese")


def scenarios_title(table: pd.DataFrame, horizon: int) -> str:
    """The finding of the chart of scenarios: what moves the lag most."""
    rows = table[(table["definition"] == "frontier_lag") & (table["horizon"] == horizon)]
    moved = rows.loc[(rows["p_shorter"] - rows["p_longer"]).abs() > 0.8]
    if moved.empty:
        return f"No scenario clearly moves the lag within {horizon} months"
    strongest = moved.assign(size=moved["median"].abs().fillna(np.inf)).sort_values("size").iloc[-1]
    way = "shortens" if strongest["p_shorter"] > strongest["p_longer"] else "lengthens"
    return f"Of these, “{scenario_name(strongest['scenario'])}” {way} the lag most within {horizon} months"


def scenarios_subtitle(horizon: int, params: Params) -> str:
    """What is drawn on the chart of scenarios."""
    return (
        f"Change of the months {the(params.follower)} is behind {the(params.leader)}, {horizon} months after "
        f"{day(params.as_of)}, against the baseline"
    )


def scenarios_alt(rows: pd.DataFrame, params: Params) -> str:
    """The chart of scenarios for those who do not see it."""
    parts = [
        f"{scenario_name(row['scenario'])}, {LABELS[row['definition']].lower()}: {signed(row, params.prob)}"
        for _, row in rows.iterrows()
    ]
    return f"Intervals of change in months ({level(params.prob)}%). {'; '.join(parts)}."


def scenarios_caption(params: Params) -> str:
    """How to read the chart of scenarios."""
    return (
        f"Dot: middle change. Thick bar: 50% interval. Thin bar: {level(params.prob)}% interval. Filled: frontier to "
        "frontier; hollow: from the best released model. Left of zero the gap is shorter. A scenario and the baseline "
        "use the same random numbers. A lag looks back: what the leader does shows only once the follower gets there, "
        "and a standstill of the leader makes it jump when the follower passes it."
    )


def scenarios_table_caption(params: Params) -> str:
    """What the table of scenarios holds."""
    return (
        f"Change of the months {the(params.follower)} is behind {the(params.leader)}, middle and "
        f"{level(params.prob)}% interval; ahead: the lag has no number, {the(params.follower)} is ahead for good"
    )


def scenarios_table(table: pd.DataFrame, described: dict[str, str], params: Params) -> pd.DataFrame:
    """One row per scenario: what it assumes, and the change of the lags after one and two years."""
    shown = []
    for name, rows in table.groupby("scenario", sort=False):
        cells = {"Scenario": scenario_name(str(name)), "Assumes": described[str(name)]}
        for horizon in (12, 24):
            for definition, label in (("frontier_lag", "frontier"), ("released_lag", "released")):
                row = rows[(rows["definition"] == definition) & (rows["horizon"] == horizon)].iloc[0]
                cells[f"+{horizon} months, {label}"] = signed(row, params.prob)
        shown.append(cells)
    return pd.DataFrame(shown)


def signed(row: pd.Series, prob: float) -> str:
    """A change with its interval and sign: +2.4 (+0.8 to +5.1); what has no number is said in words."""
    low, high = _bounds(row, prob)
    text = [_signed(value) for value in (row["median"], low, high)]
    return f"{text[0]} ({text[1]}\u00a0to\u00a0{text[2]})"


def _signed(value: float) -> str:
    if not np.isfinite(value):
        return "ahead"
    text = number(value)
    return text if value <= 0 or float(text) == 0 else f"+{text}"


def _middle(row: pd.Series, prob: float) -> str:
    """Middle and interval of a lag to come; an undefined one means that the follower is ahead for good."""
    low, high = _bounds(row, prob)
    middle, low, high = (number(value) if np.isfinite(value) else "ahead" for value in (row["median"], low, high))
    return f"{middle} ({low}\u00a0to\u00a0{high})"


def _fan(row: pd.Series, prob: float) -> str:
    """A lag to come in words: 8.2 months behind (80% interval 1.7 to 12.5)."""
    low, high = _bounds(row, prob)
    if not np.isfinite(row["median"]):
        return "undefined, with the leader overtaken for good"
    where = f"{months(abs(row['median']))} {'behind' if row['median'] >= 0 else 'ahead'}"
    ends = [number(value) if np.isfinite(value) else "ahead for good" for value in (low, high)]
    return f"{where} ({level(prob)}% interval {ends[0]} to {ends[1]})"


def _at_horizon(table: pd.DataFrame, definition: str, horizon: int) -> pd.Series:
    return table[(table["definition"] == definition) & (table["horizon"] == horizon)].iloc[0]


# --- Method and sources ---------------------------------------------------------------------------


def method(posterior: Posterior, tables: Tables) -> list[str]:
    """How the numbers come about, in ten lines."""
    params, scores = posterior.params, tables.scores
    count = posterior.models["country"].value_counts()
    draws = posterior.ability.sizes["chain"] * posterior.ability.sizes["draw"]
    clock = {
        "release": "its public release",
        "first_access": "its first use outside its developer",
        "first_internal": "its first use anywhere",
    }
    known = {
        "hindsight": "Scores of older models that were published later do count.",
        "real_time": "Scores published later do not count either.",
    }
    abilities = {
        "ability": "One statistical model of all scores gives each AI model an ability and each test a difficulty and "
        "a sharpness (item-response theory), so that models that sat different tests can be compared.",
        "epoch_eci": "Abilities are those of Epoch AI's published index (ECI), with its published uncertainty.",
    }
    return [
        f"Evidence: {len(scores):,} scores of {scores['model'].nunique()} models on {scores['benchmark'].nunique()} "
        "tests, each with its source.",
        abilities[params.ruler],
        "Lucky guesses, the number of questions of a test and the scatter between evaluations are allowed for; "
        "the country of a model plays no part in its ability.",
        "A country's frontier is the ability attainable there on a date. It never falls. "
        f"{count.get(params.leader, 0)} models of {the(params.leader)} and {count.get(params.follower, 0)} of "
        f"{the(params.follower)} shape the two frontiers.",
        "A model lies at or below its country's frontier, by a shortfall that is learnt from all models: one lucky "
        "score does not move a frontier.",
        f"Counted for {the(params.leader)}: {SCOPES[params.scope]}. A model is dated by {clock[params.clock]}.",
        f"Every gap is read off both frontiers {draws:,} times, once for each draw from the posterior. "
        f"An interval of {level(params.prob)}% holds that share of the draws.",
        f"No draw is dropped. Where a level lies before the first date, the lag is “at least”; where "
        f"{the(params.leader)} never reached it, {the(params.follower)} counts as ahead.",
        f"No model that came out after {day(params.as_of)} is used. {known[params.knowledge]}",
        "What others have published about the gap is shown, never used. A month is a twelfth of 365.25 days.",
    ]


def sources(tables: Tables) -> list[tuple[str, list[tuple[str, str]]]]:
    """Licence by licence, the publishers of what was used with an address each, the most used first."""
    used = pd.concat([tables.scores["source"], tables.index_vintages["source"]]).value_counts()
    rows = tables.sources.set_index("source").reindex(used.index).dropna(subset=["publisher", "url"])
    return [
        (
            _upper(licence),
            list(part.drop_duplicates("publisher")[["publisher", "url"]].itertuples(index=False, name=None)),
        )
        for licence, part in rows.groupby("licence", sort=False)
    ]
