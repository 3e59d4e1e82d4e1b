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


def answer(headlines: pd.DataFrame, params: Params) -> Finding:
    """The country's gap in one or two sentences, from the rows of `tables.headlines`."""
    today = headlines[headlines["headline"] == "frontier_today"].iloc[0]
    text = (
        f"{standing(today)} on {day(params.as_of)}, counting {_SCOPE[params.scope]}: our best reading of all the "
        f"test scores there are ({interval(today, params.prob)})."
    )
    return Finding(today.to_frame().T, text + _who_leads(today))


def headlines(table: pd.DataFrame, params: Params) -> list[Headline]:
    """The numbers on top of the brief, from the rows of `tables.headlines`; repeated ones are left out."""
    rows = table.drop_duplicates(["definition", "subject", "scope"])
    return [_headline(row, params) for _, row in rows.iterrows()]


def _headline(row: pd.Series, params: Params) -> Headline:
    value, unit = _value_and_unit(row)
    if row["subject"] == params.follower:
        label = f"{the(params.follower)} today, {_SCOPE[row['scope']]}"
    else:
        label = f"{row['subject']} when it came out"
    return Headline(
        label=_sentence(label),
        value=value or _sentence(unit),
        unit=f"{unit if value else ''} {the(params.leader)}".strip(),
        interval=interval(row, params.prob),
        meaning=meaning_of(row["definition"], params),
        definition=row["definition"],
    )


def dateline(posterior: Posterior) -> str:
    """As-of date, age of the data and what kind of knowledge is used."""
    params = posterior.params
    known = {
        "hindsight": f"scores published by {day(posterior.identity['vintage'])}",
        "real_time": "only scores published by that day",
    }[params.knowledge]
    return f"As of {day(params.as_of)} · {known}"


def page_title(posterior: Posterior) -> str:
    """The title of the window; a failed computation says so first."""
    failed = "FAIL: " if posterior.health.status == "FAIL" else ""
    return f"{failed}{question(posterior.params)} As of {day(posterior.params.as_of)}"


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


def definitions_caption(params: Params) -> str:
    """What the numbers in the table of definitions are."""
    return f"Every definition, {_SCOPE[params.scope]}: middle estimate and, in brackets, {level(params.prob)}% interval"


def definitions_table(table: pd.DataFrame, model: str, params: Params) -> pd.DataFrame:
    """One row per definition and unit: its sentence, the country's number and the newest record model's."""
    chosen = table[table["subject"].isin([params.follower, model])].drop_duplicates(["definition", "unit", "subject"])
    chosen = chosen.assign(value=[_cell(row, params) for _, row in chosen.iterrows()])
    wide = chosen.pivot(index=["definition", "unit"], columns="subject", values="value")
    wide = wide.loc[chosen[["definition", "unit"]].drop_duplicates().itertuples(index=False, name=None)].reset_index()
    wide["meaning"] = [meaning_of(name, params) for name in wide["definition"]]
    wide.loc[wide["definition"].duplicated(), "meaning"] = ""
    return pd.DataFrame(
        {
            "Definition": [
                label_of(name, unit, params) for name, unit in zip(wide["definition"], wide["unit"], strict=True)
            ],
            "What it is": wide["meaning"],
            strip_heading(params.follower, params): wide[params.follower],
            strip_heading(model, params): wide[model],
        }
    )


def _cell(row: pd.Series, params: Params) -> str:
    text = strip_value(row, params.prob)
    if isinstance(row["first_match"], str) and row["first_match"]:
        share = f", {percent(row['p_first_match'])} of draws" if np.isfinite(row["p_first_match"]) else ""
        text += f"; {row['first_match']}{share}"
    return text


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


def claim_label(claim: pd.Series) -> tuple[str, str]:
    """Who said it, and when and of what: (NIST CAISI, May 2026), (Epoch AI, May 2026, open models)."""
    about = {"open_closed": ", open models"}.get(claim["scope"], "")
    domain = "" if claim["domain"] in ("general", "unknown") else f", {claim['domain']}"
    return claim["who"], f"{pd.Timestamp(claim['published']):%b %Y}{about}{domain}"


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
        readings = "; ".join(f"{', '.join(claim_label(claim))}, {claim_text(claim)}" for _, claim in claims.iterrows())
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
        f"frontiers, with 50% and {level(params.prob)}% bands. Thin line: only what {the(params.follower)} had "
        "released by then; it climbs a month for every month without a better model. "
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


_CLAIM_SCOPE = _SCOPE | {"open_closed": "open models behind closed ones"}


def claims_heading(claims: pd.DataFrame, params: Params) -> str:
    """The heading above the claims: What "8" and "9 to 12" measure."""
    disputed = [claim for _, claim in claims_about(claims, params).iloc[::-1].iterrows() if is_disputed(claim)]
    quoted = [f"“{claim_text(claim).removeprefix('about ').removesuffix(' months')}”" for claim in disputed]
    return (
        f"What {_listed(quoted)} measure{'s' if len(quoted) == 1 else ''}" if quoted else "What others have published"
    )


def claims_caption(params: Params) -> str:
    """What the table of claims holds."""
    return (
        f"Claims of the year before {day(params.as_of)}, beside our number for the same thing "
        f"({level(params.prob)}% interval in brackets)"
    )


def claims_finding(claims: pd.DataFrame, table: pd.DataFrame, restricted: pd.DataFrame, params: Params) -> Finding:
    """What the disputed claims measure and whether they hold, with every recent claim beside our number.

    A claim that names what it measures holds when its range meets our interval
    for the same thing. A claim that does not is set beside every definition.

    Parameters
    ----------
    claims : DataFrame
        claims.csv.
    table, restricted : DataFrame
        Gap tables of the run and of the run that counts restricted models.
    params : Params
    """
    recent = claims_about(claims, params)
    known = pd.concat([table, restricted]).drop_duplicates(["definition", "subject", "unit", "scope"])
    known = known[known["unit"].str.startswith("months")]
    rows = [_claim_row(claim, known, params) for _, claim in recent.iterrows()]
    disputed = [claim for _, claim in recent.iloc[::-1].iterrows() if is_disputed(claim)]
    verdicts = [_verdict(claim, known, params) for claim in disputed]
    paragraphs = [text for text, _ in verdicts]
    if len(verdicts) > 1:
        held = [claim["who"] for claim, (_, holds) in zip(disputed, verdicts, strict=True) if holds]
        if len(held) == len(verdicts):
            paragraphs.append("Both can be true at once: they do not measure the same thing.")
        elif held:
            paragraphs.append(f"Of the two, our reading supports only {_listed(held)}.")
        else:
            paragraphs.append("Our reading supports neither.")
    columns = ["Who", "Published", "Says", "About", "Our number", "Agree"]
    return Finding(pd.DataFrame(rows, columns=columns), "\n".join(paragraphs))


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _claim_row(claim: pd.Series, known: pd.DataFrame, params: Params) -> tuple[str, ...]:
    ours = _same_thing(claim, known, params)
    about = [_CLAIM_SCOPE[claim["scope"]]]
    if claim["domain"] not in ("general", "unknown"):
        about.append(f"{claim['domain']} only")
    about.append(
        "what is measured is not said"
        if claim["functional"] == "unknown"
        else label_of(claim["functional"], "months", params).lower()
    )
    number, agree = (
        ("–", "–") if ours is None else (strip_value(ours, params.prob), "yes" if _meets(claim, ours, params) else "no")
    )
    return claim["who"], day(claim["published"]), claim_text(claim), _sentence(", ".join(about)), number, agree


def _same_thing(claim: pd.Series, known: pd.DataFrame, params: Params) -> pd.Series | None:
    """Our row for what the claim measures, or None when it does not say or we do not measure it."""
    subject = _subject_of(claim, known, params)
    same = known[
        (known["definition"] == claim["functional"])
        & (known["subject"] == subject)
        & (known["scope"] == claim["scope"])
    ]
    return same.iloc[0] if len(same) and claim["domain"] == "general" else None


def _subject_of(claim: pd.Series, known: pd.DataFrame, params: Params) -> str | None:
    """The model that the claim's note names, however it is spelt there; the country for claims about the country."""
    note = _letters(str(claim["note"]))
    named = [
        subject for subject in known["subject"].unique() if subject != params.follower and _letters(subject) in note
    ]
    if named:
        return max(named, key=len)
    return None if claim["functional"] in ("model_lag", "first_match_lag") else params.follower


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _meets(claim: pd.Series, ours: pd.Series, params: Params) -> bool:
    low, high = claim_range(claim)
    ours_low, ours_high = ours[f"lower_{level(params.prob)}"], ours[f"upper_{level(params.prob)}"]
    if not np.isfinite(ours_low):
        ours_low = ours_high = ours["median"]
    return bool(ours_low <= high and low <= ours_high)


def _verdict(claim: pd.Series, known: pd.DataFrame, params: Params) -> tuple[str, bool]:
    """What a disputed claim measures, our number for it, and whether it holds."""
    when, counted = day(claim["published"]), _CLAIM_SCOPE[claim["scope"]]
    says = f"{claim['who']} said {claim_text(claim)} on {when}, counting {counted}."
    ours = _same_thing(claim, known, params)
    if ours is not None:
        what = "one model" if ours["subject"] != params.follower else "the country"
        holds = _meets(claim, ours, params)
        return (
            f"{says} That is the lag of {what}: {standing(ours, tense='was' if what == 'one model' else 'is')} by our "
            f"reading ({interval(ours, params.prob)}), {'which agrees' if holds else 'which does not agree'}."
        ), holds
    country = known[(known["subject"] == params.follower) & (known["scope"] == claim["scope"])]
    low, high = claim_range(claim)
    inside = country[country["median"].between(low, high)]
    near = country[[_meets(claim, row, params) for _, row in country.iterrows()]]
    chosen = inside if len(inside) else near
    named = _listed(
        [
            f"{_lower(label_of(r['definition'], r['unit'], params))} {strip_value(r, params.prob)}"
            for _, r in chosen.iterrows()
        ]
    )
    if not len(chosen):
        return f"{says} It does not say what is measured, and no definition gives so many months.", False
    how = "The middle estimate is in that range for" if len(inside) else "The range meets our interval for"
    return f"{says} It does not say what is measured. {how}: {named}.", True


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


# --- Method, sources ------------------------------------------------------------------------------


def method(posterior: Posterior, tables: Tables) -> list[str]:
    """How the numbers come about, in ten lines."""
    params, models, scores = posterior.params, posterior.models, tables.scores
    count = models["country"].value_counts()
    draws = posterior.ability.sizes["chain"] * posterior.ability.sizes["draw"]
    clock = {
        "release": "its public release",
        "first_access": "its first use outside its developer",
        "first_internal": "its first use anywhere",
    }[params.clock]
    known = {
        "hindsight": "Scores published later count too when the model was out by then.",
        "real_time": "Scores published later do not count either.",
    }[params.knowledge]
    read = {
        "ability": "One statistical model of all scores gives each AI model an ability and each test a difficulty and "
        "a sharpness (item-response theory), so that models that sat different tests can be compared.",
        "epoch_eci": "Abilities are those of Epoch AI's published index (ECI), with its published uncertainty.",
    }[params.ruler]
    return [
        f"Evidence: {len(scores):,} scores of {scores['model'].nunique()} models on {scores['benchmark'].nunique()} "
        "tests, each with its date and source.",
        read,
        "Lucky guesses, the number of questions of a test and the scatter between evaluations are allowed for; "
        "the country of a model plays no part in its ability.",
        f"A country's frontier is the ability attainable there on a date. It never falls. "
        f"{count.get(params.leader, 0)} models of {the(params.leader)} and {count.get(params.follower, 0)} of "
        f"{the(params.follower)} shape the two frontiers.",
        "A model lies at or below its country's frontier, by a shortfall that is learnt from all models: one lucky "
        "score does not move a frontier.",
        f"Counted for {the(params.leader)}: {_SCOPE[params.scope]}. The date of a model is that of {clock}.",
        f"Every gap is read off both frontiers {draws:,} times, once for each draw from the posterior. "
        f"An interval of {level(params.prob)}% holds that share of the draws.",
        "No draw is dropped: where a level lies before the first date, the lag is “at least”; where the leader never "
        "reached it, it is counted as ahead.",
        f"Nothing that happened after {day(params.as_of)} is used. {known}",
        "What others have published about the gap is shown, never used. A month is a twelfth of 365.25 days.",
    ]


def sources(tables: Tables) -> list[tuple[str, list[tuple[str, str]]]]:
    """Licence by licence, the publishers of what was used with their addresses, the most used first."""
    used = pd.concat([tables.scores["source"], tables.index_vintages["source"]]).value_counts()
    rows = tables.sources.set_index("source").reindex(used.index).dropna(subset=["publisher"])
    return [
        (licence, list(dict(zip(part["publisher"], part["url"], strict=True)).items()))
        for licence, part in rows.groupby("licence", sort=False)
    ]
