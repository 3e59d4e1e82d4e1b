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

from gaplab.params import Params
from gaplab.posterior import Health
from gaplab.tables import percent as level


@dataclass(frozen=True)
class Finding:
    """A text and the table it was made from, so that they cannot disagree."""

    table: pd.DataFrame
    text: str

    def _repr_html_(self) -> str:
        return "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in self.text.split("\n"))


@dataclass(frozen=True)
class Headline:
    """One of the three numbers a reader takes away.

    Attributes
    ----------
    label : str
        What is measured, in a few words.
    value, unit : str
        The number in large type and what follows it: 8.1, months behind.
    interval : str
        The interval with its probability.
    meaning : str
        One sentence that defines the number.
    definition : str
        The id under which tables and figures have it.
    """

    label: str
    value: str
    unit: str
    interval: str
    meaning: str
    definition: str

    def __str__(self) -> str:
        return f"{self.label}: {self.value} {self.unit} ({self.interval})"


# The words of a definition: {leader}, {follower} are countries in running text, {ahead}, {behind} their frontiers.
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
    "frontier_lag": "Months since {ahead} stood where {behind} stands on the as-of date.",
    "released_lag": "Months since {ahead} stood where the best model released by {follower} stands; "
    "it grows by one with every month without a better release.",
    "model_lag": "Months from the day {ahead} stood where the model stands to the day the model came out.",
    "first_match_lag": "Months from the release of the first {leader_bare} model that is at least as able "
    "to the release of this one.",
    "five_percent_lag": "Months since the first {leader_bare} model that is better beyond doubt (95%); one number "
    "without an interval, and shorter when there are fewer data.",
    "catch_up": "Months until {behind}, at its pace of the last 12 months, stands where {ahead} stood "
    "on the as-of date.",
    "distance": "How far {ahead} stands above the best of {follower} on the same day: a difference in ability, "
    "which becomes months when divided by the pace of either country over the last 12 months.",
}

# Names of the units of a distance, for labels; every other definition is in months.
UNITS = {
    "months": "months",
    "points": "points",
    "logits": "logits",
    "odds_ratio": "times the odds",
    "months_at_leader_pace": "months at {leader_bare} pace",
    "months_at_follower_pace": "months at {follower_bare} pace",
}

_SCOPE = {
    "public": "public models only",
    "trusted": "restricted models too",
    "internal": "internal models too",
}

# claims.csv records what has been said about this pair of countries and no other.
_CLAIMED_PAIR = ("US", "China")

# The two published numbers that started the argument; other claims are in the figure and the table.
_DISPUTED = ("caisi_v4_2026", "nyt_2026_05_12")


# --- Names, dates and numbers ---------------------------------------------------------------------

_WITH_ARTICLE = {"US", "UK", "EU", "UAE", "United States", "United Kingdom", "Netherlands", "Philippines"}


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
    """A value with the decimals an interval of that width can bear: one, or none from ten upward."""
    text = f"{value:.0f}" if width >= 10 else f"{value:.1f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def months(value: float, width: float = 1.0) -> str:
    """A duration: 7.4 months, 1 month, 14 months."""
    text = number(value, width)
    return f"{text} month" if text.strip("−") == "1" else f"{text} months"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def row(table: pd.DataFrame, definition: str, subject: str, unit: str = "months") -> pd.Series:
    """The one row of a gap table for a definition, a subject and a unit."""
    chosen = table[(table["definition"] == definition) & (table["subject"] == subject) & (table["unit"] == unit)]
    return chosen.iloc[0]


# --- Who is where ---------------------------------------------------------------------------------


def standing(row: pd.Series, *, tense: str = "is") -> str:
    """Where the subject stands, without its interval: China is 7.4 months behind the US."""
    value, unit = _value_and_unit(row)
    where = f"{value} {unit}".strip()
    return _sentence(f"{the(row['subject'])} {tense} {where} {the(row['leader'])}")


def _value_and_unit(row: pd.Series) -> tuple[str, str]:
    """The large number and the words after it, whoever leads."""
    if not np.isfinite(row["median"]):
        return "", "not to be placed against"
    text = number(abs(row["median"]), _width(row))
    noun = "month" if text == "1" else "months"
    if row["p_censored"] > 0.5:
        return f"at least {text}", f"{noun} behind"
    if float(text) == 0:
        return "", "level with"
    return text, f"{noun} {'behind' if row['median'] > 0 else 'ahead of'}"


def _width(row: pd.Series) -> float:
    width = row["upper_80"] - row["lower_80"]
    return width if np.isfinite(width) else 1.0


def span(row: pd.Series, prob: float) -> str:
    """The interval in words: 6.9 to 9.5 months, 1.2 months ahead to 3.4 months behind, 6.9 months or more."""
    low, high = row[f"lower_{level(prob)}"], row[f"upper_{level(prob)}"]
    width = _width(row)
    if not (np.isfinite(low) and np.isfinite(high)):
        return "undefined"
    if row["p_censored"] > (1 - prob) / 2:
        return f"{months(low, width)} or more"
    if low < 0 < high:
        return f"{months(-low, width)} ahead to {months(high, width)} behind"
    if high <= 0:
        tail = "" if row["median"] > 0 else " ahead"
        return f"{number(-high, width)} to {months(-low, width)}{tail}"
    return f"{number(low, width)} to {months(high, width)}"


def interval(row: pd.Series, prob: float) -> str:
    """The interval with its probability: 80% interval 6.9 to 9.5 months."""
    return f"{level(prob)}% interval {span(row, prob)}"


def _who_leads(row: pd.Series) -> str:
    """A sentence about the order of the two when the data leave it open, else nothing."""
    ahead = row["p_follower_ahead"]
    if not 0.01 <= ahead <= 0.99:
        return ""
    return f" The probability that {the(row['follower'])} is ahead is {percent(ahead)}."


# --- The first screen -----------------------------------------------------------------------------


def question(params: Params) -> str:
    """The question the brief answers, as its title."""
    return f"How many months is {the(params.follower)} behind {the(params.leader)} in AI?"


def answer(table: pd.DataFrame, params: Params) -> Finding:
    """The country's gap in one or two sentences."""
    today = row(table, "frontier_lag", params.follower)
    text = (
        f"On {day(params.as_of)}, counting {_SCOPE[params.scope]}, {_lower_first(standing(today))}, "
        f"as our best reading of all the test scores there are ({interval(today, params.prob)})."
    )
    return Finding(today.to_frame().T, text + _who_leads(today))


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:] if text.startswith("The ") else text


def headlines(table: pd.DataFrame, other: pd.DataFrame, model: str, params: Params) -> list[Headline]:
    """The three numbers: country, newest record model, country with another set of leader models.

    Parameters
    ----------
    table, other : DataFrame
        Gap tables of the run and of the same run under another scope.
    model : str
        The follower's newest record model.
    """
    country, newest = row(table, "frontier_lag", params.follower), row(table, "model_lag", model)
    counted = row(other, "frontier_lag", params.follower)
    return [
        _headline(country, f"{the(params.follower)} today, {_SCOPE[params.scope]}", params),
        _headline(newest, f"{model}, when it came out", params),
        _headline(counted, f"{the(params.follower)} today, {_SCOPE[counted['scope']]}", params),
    ]


def _headline(row: pd.Series, label: str, params: Params) -> Headline:
    value, unit = _value_and_unit(row)
    meaning = meaning_of(row["definition"], params)
    return Headline(
        label=_sentence(label),
        value=value or _sentence(unit),
        unit=f"{unit.removesuffix(' of')} {the(params.leader)}" if value else the(params.leader),
        interval=interval(row, params.prob),
        meaning=meaning,
        definition=row["definition"],
    )


def health_line(health: Health) -> str:
    """Whether the numbers may be used, and what to do when not without care."""
    opening = {
        "PASS": "The computation passed all its checks.",
        "REVIEW": "Read these numbers with care: a check of the computation is not fully met.",
        "FAIL": "Do not use these numbers: the computation failed its checks.",
    }[health.status]
    return f"{opening} {health.advice}".strip()


# --- Definitions ----------------------------------------------------------------------------------


def _fill(template: str, params: Params) -> str:
    return template.format(
        leader=the(params.leader),
        follower=the(params.follower),
        leader_bare=params.leader,
        follower_bare=params.follower,
        ahead=frontier_of(params.leader),
        behind=frontier_of(params.follower),
    )


def label_of(definition: str, unit: str, params: Params) -> str:
    """The short name of a definition, for charts and tables: Distance, in months at US pace."""
    label = _fill(LABELS[definition], params)
    return label if unit == "months" else f"{label} in {_fill(UNITS[unit], params)}"


def meaning_of(definition: str, params: Params) -> str:
    """The sentence that defines a number."""
    return _sentence(_fill(MEANINGS[definition], params))


# --- Charts ---------------------------------------------------------------------------------------


def arrow_label(row: pd.Series) -> str:
    """The number on the arrow of the frontier chart."""
    if not np.isfinite(row["median"]):
        return ""
    return ("at least " if row["p_censored"] > 0.5 else "") + months(abs(row["median"]), _width(row))


def frontiers_title(today: pd.Series, params: Params) -> str:
    """The finding of the frontier chart."""
    return standing(today)


def frontiers_subtitle(unit: str, params: Params) -> str:
    """What is drawn on the frontier chart."""
    scale = "points: Claude 3.5 Sonnet = 130, GPT-5 = 150" if unit == "points" else "logits"
    return (
        f"Ability of the most capable AI attainable in each country ({scale}), "
        f"{_SCOPE[params.scope]}, as of {day(params.as_of)}"
    )


def frontiers_alt(
    bands: dict[str, pd.DataFrame], records: dict[str, pd.DataFrame], today: pd.Series, unit: str, params: Params
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
    for role, models in records.items():
        if len(models):
            listed = ", ".join(f"{model} ({when:%B %Y})" for model, when in models["date"].items())
            parts.append(f"Latest record models of {the(getattr(params, role))}: {listed}.")
    return _sentence(" ".join(parts))


def frontiers_caption(params: Params) -> str:
    """How to read the frontier chart."""
    return (
        f"The line is the middle estimate, the dark band holds it with probability 50%, the pale one with "
        f"{level(params.prob)}%. Dots are models; large dots were the best of their country when they came out. "
        "A frontier can lie above the dots because a test score is a noisy reading, and it never falls."
    )


CLAIMS_HEADING = "Published by others"


def strip_heading(subject: str, params: Params) -> str:
    """What a group of intervals is about: a country today, a model on its day."""
    if subject == params.follower:
        return f"{_sentence(the(subject))} on {day(params.as_of)}"
    return f"{subject} when it came out"


def strip_value(row: pd.Series, prob: float) -> str:
    """Middle estimate and interval in figures: 8.1 (6.9 to 9.5)."""
    if not np.isfinite(row["median"]):
        return "undefined"
    low, high, width = row[f"lower_{level(prob)}"], row[f"upper_{level(prob)}"], _width(row)
    at_least = "≥ " if row["p_censored"] > 0.5 else ""
    if low == high or not (np.isfinite(low) or np.isfinite(high)):
        return f"{at_least}{number(row['median'], width)}"
    return f"{at_least}{number(row['median'], width)} ({number(low, width)} to {number(high, width)})"


def claim_label(claim: pd.Series) -> str:
    """Who said it and when: NIST CAISI, May 2026."""
    return f"{claim['who']}, {pd.Timestamp(claim['published']):%b %Y}"


def strip_title(table: pd.DataFrame, params: Params) -> str:
    """The finding of the strip of definitions."""
    low, high = table["median"].min(), table["median"].max()
    if number(low) == number(high):
        return f"Every definition says {months(low)}"
    if low < 0 < high:
        return f"From {months(-low)} ahead to {months(high)} behind: the definition decides"
    return (
        f"From {number(abs(min(low, high, key=abs)))} to {months(abs(max(low, high, key=abs)))}: the definition decides"
    )


def strip_subtitle(params: Params) -> str:
    """What is drawn on the strip of definitions."""
    return (
        f"Months {the(params.follower)} is behind {the(params.leader)}, by definition, {_SCOPE[params.scope]}, "
        f"as of {day(params.as_of)}"
    )


def strip_alt(table: pd.DataFrame, claims: pd.DataFrame, params: Params) -> str:
    """The strip of definitions for those who do not see it."""
    parts = [f"Months on one axis, with {level(params.prob)}% intervals."]
    for subject, rows in table.groupby("subject", sort=False):
        readings = "; ".join(f"{row['label']} {strip_value(row, params.prob)}" for _, row in rows.iterrows())
        parts.append(f"{strip_heading(subject, params)}: {readings}.")
    if len(claims):
        readings = "; ".join(f"{claim_label(claim)}, {claim_text(claim)}" for _, claim in claims.iterrows())
        parts.append(f"{CLAIMS_HEADING}: {readings}.")
    return " ".join(parts)


def strip_caption(claims: pd.DataFrame, params: Params) -> str:
    """How to read the strip of definitions."""
    text = (
        f"Dot: middle estimate. Thick bar: 50% interval. Thin bar: {level(params.prob)}% interval. "
        "The definitions are in the table below."
    )
    if len(claims):
        text += (
            " Diamonds are what others have published, filled where the text below takes them up; "
            "they are not used in our estimates."
        )
    return text


def over_time_title(p_widened: float, params: Params) -> str:
    """The finding of the chart over time, from the probability that the lag grew over 12 months."""
    if 0.1 <= p_widened <= 0.9:
        return "No clear change over the last year"
    change = "widened" if p_widened > 0.9 else "narrowed"
    return f"The gap between {the(params.leader)} and {the(params.follower)} has {change} over the last year"


def over_time_subtitle(params: Params) -> str:
    """What is drawn on the chart over time."""
    return (
        f"Months {frontier_of(params.follower)} is behind {frontier_of(params.leader)}, "
        f"{_SCOPE[params.scope]}, as of {day(params.as_of)}"
    )


def frontier_end(now: float) -> str:
    """The label where the thick line ends."""
    return f"{number(now)} frontier"


def released_end(now: float) -> str:
    """The label where the thin line ends."""
    return f"{number(now)} released"


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


def over_time_caption(p_widened: float, params: Params) -> str:
    """How to read the chart over time, and whether the gap grew."""
    return (
        f"{_widened(p_widened, params)} Thick line: the middle estimate of the distance between the two "
        f"frontiers, with 50% and {level(params.prob)}% bands. Thin line: only what {the(params.follower)} had released "
        "by then; it climbs a month for every month without a better model. "
        "The past, too, is read from the scores known at the as-of date."
    )


def _widened(p_widened: float, params: Params) -> str:
    return f"The probability that the gap grew over the 12 months to {day(params.as_of)} is {percent(p_widened)}."


# --- Claims ---------------------------------------------------------------------------------------


def is_disputed(claim: pd.Series) -> bool:
    """Whether it is one of the numbers the brief sets side by side."""
    return claim["claim_id"] in _DISPUTED


def claim_text(claim: pd.Series) -> str:
    """What was claimed: about 8 months, 9 to 12 months, at least 8 months."""
    if claim["form"] == "interval":
        return f"{claim['low']:g} to {claim['high']:g} months"
    if claim["form"] == "at_least":
        return f"at least {claim['low']:g} months"
    if claim["form"] == "at_most":
        return f"at most {claim['high']:g} months"
    return f"about {claim['central']:g} months"


def claim_range(claim: pd.Series) -> tuple[float, float]:
    """The months a claim allows; a point claim allows what rounds to it."""
    if claim["form"] == "at_least":
        return claim["low"], np.inf
    if claim["form"] == "at_most":
        return -np.inf, claim["high"]
    if claim["form"] == "interval":
        return claim["low"], claim["high"]
    return claim["central"] - 0.5, claim["central"] + 0.5


def claims_about(claims: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The claims in months about the two countries, newest first, one year back from the as-of date."""
    if (params.leader, params.follower) != _CLAIMED_PAIR:
        return claims.iloc[:0]
    published = pd.to_datetime(claims["published"])
    recent = published.between(pd.Timestamp(params.as_of) - pd.DateOffset(years=1), pd.Timestamp(params.as_of))
    numbers = claims[["low", "central", "high"]].notna().any(axis=1) & (claims["unit"] == "months")
    return (
        claims[recent & numbers]
        .assign(published=published)
        .sort_values(["published", "claim_id"], ascending=[False, True])
    )
