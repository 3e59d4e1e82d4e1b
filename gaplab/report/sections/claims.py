"""Section: published claims, what they measure, whether they agree, and the bridge between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gaplab import gap
from gaplab.data.tables import Tables
from gaplab.fit.runs import distinct_runs
from gaplab.params.spec import Params
from gaplab.posterior import Posterior
from gaplab.questions.bridge.endpoints import endpoint_of
from gaplab.questions.bridge.steps import bridge_between, bridge_runs
from gaplab.questions.claims.ranking import Combined, combine, data_and_claims, set_beside, which_definition
from gaplab.questions.claims.reading import domain_of, is_about, scope_of
from gaplab.report.page.part import Part, Shown, heading_part, join_parts, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.claims import claimed_months, claims_in_scope, is_disputed, no_claims_sentence
from gaplab.report.text.definitions import definition_label
from gaplab.report.text.finding import Finding
from gaplab.report.text.names import SCOPE_NAMES, long_date, what_counts
from gaplab.report.text.numbers import (
    estimate_in_words,
    format_estimate,
    format_probability,
    join_words,
    lower_first,
    upper_first,
)
from gaplab.results.columns import percent_label

if TYPE_CHECKING:
    from gaplab.report.charts.drawing.chart import Chart


def claims_part(tables: Tables, ranked: pd.DataFrame, posterior: Posterior, restricted: Posterior) -> Part:
    """What the disputed published numbers measure, whether they hold, and every published claim.

    `ranked` is what `which_definition` gives for the run and for the same run
    with restricted models counted.
    """
    params = posterior.params
    recent = claims_in_scope(tables.claims, params)
    if recent.empty:
        return Part("", no_claims_sentence(params))
    finding = claims_finding(tables.claims, ranked, params)
    lines = [finding.text]
    for run in distinct_runs(posterior, restricted):
        combined = combine(tables.claims, run)
        numbers = gap.readings(run, gap.country_subject(run))
        beside = data_and_claims(run, combined, {"frontier_lag": numbers["frontier_lag", "months"]})
        lines.append(data_and_claims_finding(beside, combined, run.params).text)
    caption = (
        f"Published in the year before {long_date(params.as_of)}, beside our reading of the day each is about "
        f"({percent_label(params.prob)}% interval in brackets). Where a claim does not say what it measures, the "
        "closest of our readings is shown, with the number of readings that are compatible: such a claim cannot agree"
    )
    return join_parts(
        heading_part(claims_heading(tables.claims, params)),
        Finding(finding.table, "\n".join(filter(None, lines))),
        table_part(
            finding.table,
            caption=caption,
            name="claims-table",
            links=list(recent["source_url"]),
            fold="What others have published",
        ),
    )


def bridge_part(tables: Tables, posterior: Posterior, restricted: Posterior) -> Chart | Part:
    """The way from one disputed number to the other; nothing when both were not yet published by the as-of date."""
    runs = {run.params: run for run in distinct_runs(posterior, restricted)}
    recent = claims_in_scope(tables.claims, posterior.params)
    disputed = recent[[is_disputed(claim) for _, claim in recent.iterrows()]].iloc[::-1]
    if len(disputed) != 2:
        return Part("", "")
    ranked = which_definition(disputed, runs.values())
    ends = [endpoint_of(name, tables.claims, ranked, runs) for name in disputed["claim_id"]]
    if set(bridge_runs(*(end.reading for end in ends))) - set(runs):
        return Part("", "")
    from gaplab.report.charts.bridge import bridge_chart

    return bridge_chart(bridge_between(*ends, runs))


def claims_section(results: RunResults) -> Shown:
    """The published claims, and the bridge between the disputed two."""
    tables, runs = results.tables, (results.posterior, results.restricted)
    return [claims_part(tables, results.ranked, *runs), bridge_part(tables, *runs)]


def claims_heading(claims: pd.DataFrame, params: Params) -> str:
    """The heading above the claims: What "8" and "9 to 12" measure."""
    disputed = [claim for _, claim in claims_in_scope(claims, params).iloc[::-1].iterrows() if is_disputed(claim)]
    quoted = [f"“{claimed_months(claim).removeprefix('about ').removesuffix(' months')}”" for claim in disputed]
    return (
        f"What {join_words(quoted)} measure{'s' if len(quoted) == 1 else ''}"
        if quoted
        else "What others have published"
    )


def claims_finding(claims: pd.DataFrame, ranked: pd.DataFrame, params: Params) -> Finding:
    """What the disputed claims measure and whether they hold, with every recent claim beside our number.

    A claim that names what it measures is set beside our reading of that; one
    that does not, beside the reading that makes it most probable.

    Parameters
    ----------
    claims : DataFrame
        claims.csv.
    ranked : DataFrame
        What `which_definition` gives.
    """
    recent = [claim for _, claim in claims_in_scope(claims, params).iterrows()]
    disputed = [claim for claim in reversed(recent) if is_disputed(claim)]
    readings = {claim["claim_id"]: _readings_of(claim, ranked, params) for claim in recent}
    verdicts = [_verdict(claim, readings[claim["claim_id"]], params) for claim in disputed]
    paragraphs = [text for text, _ in verdicts]
    if len(verdicts) > 1:
        held = [claim["who"] for claim, (_, agrees) in zip(disputed, verdicts, strict=True) if agrees]
        first = [readings[claim["claim_id"]].head(1) for claim in disputed]
        measured = {_what(row, params) for rows in first for _, row in rows.iterrows()}
        different = len(measured) == len(disputed)
        paragraphs.append(
            f"Both can be true at once{': they do not measure the same thing' if different else ''}."
            if len(held) == len(verdicts)
            else f"Our reading supports {f'only {join_words(held)}' if held else 'neither'}."
        )
    rows = pd.DataFrame(
        [_claim_row(claim, readings[claim["claim_id"]], params) for claim in recent],
        columns=["Who", "Says", "About", "Reading", "Our number"],
    )
    # Two numbers of one author and one day are told apart by what the table of claims notes of each.
    twice = zip(rows["About"], rows["Who"].duplicated(keep=False), recent, strict=True)
    rows["About"] = [f"{about} ({claim['note']})" if two else about for about, two, claim in twice]
    return Finding(rows, "\n".join(paragraphs))


def disputed_sentences(claims: pd.DataFrame, ranked: pd.DataFrame, params: Params) -> list[str]:
    """One sentence for each number that the brief sets side by side: what it measures, and whether ours agrees.

    A claim that does not say what it measures is set beside the lag from
    frontier to frontier and, where that does not agree, beside the reading
    that makes it most probable.
    """
    sentences = []
    for _, claim in claims_in_scope(claims, params).iloc[::-1].iterrows():
        readings = _readings_of(claim, ranked, params) if is_disputed(claim) else ranked.iloc[:0]
        if readings.empty:
            continue
        who = f"{upper_first(claim['who'])} said {claimed_months(claim)} on {long_date(claim['published'])}."
        lag = readings[(readings["definition"] == "frontier_lag") & (readings["scope"] == claim["scope"])].head(1)
        shown = readings.head(1) if readings["named"].any() else pd.concat([lag, readings.head(1)]).drop_duplicates()
        judged = [f"Our {_what(row, params)}: {_estimate(row)}, {_agreement(row)}." for _, row in shown.iterrows()]
        sentences.append(" ".join([who, *judged]))
    return sentences


def readable_readings(claims: pd.DataFrame, ranked: pd.DataFrame) -> pd.DataFrame:
    """Readings of claims, from rows of `which_definition`: the density that each gives the claim, and its interval."""
    says = {claim["claim_id"]: claimed_months(claim) for _, claim in claims.iterrows()}
    return pd.DataFrame({
        "Claim": ranked["claim_id"],
        "Says": ranked["claim_id"].map(says),
        "Reading": ranked["definition"] + ranked["unit"].map(lambda unit: "" if unit == "months" else f" ({unit})"),
        "Of": ranked["subject"],
        "Scope": ranked["scope"],
        "Domain": ranked["domain"],
        "On": ranked["date"].dt.strftime("%Y-%m-%d"),
        "Density": [f"{value:.3f}" for value in ranked["density"]],
        "Months": [format_estimate(*row) for row in ranked[["median", "lower", "upper"]].itertuples(index=False)],
        "Reading below": [format_probability(value) for value in ranked["p_below"]],
    })  # fmt: skip


def data_and_claims_finding(beside: pd.DataFrame, combined: Combined, params: Params) -> Finding:
    """What the first number of `data_and_claims` becomes when the comparable claims of `combine` are believed too."""
    first, count = beside.iloc[0], len(combined.claims)
    if not count:
        return Finding(beside, "")
    groups = combined.claims["independence_group"].nunique()
    which = f"the {count} comparable claims" if count > 1 else "the one comparable claim"
    weighing = f", in {groups} independent group{'s' if groups > 1 else ''} of equal weight" if count > 1 else ""
    opening = (
        f"{upper_first(definition_label(first['number'], 'months', params))} on {long_date(params.as_of)}, "
        f"{what_counts(params)}: {format_estimate(*first[['median', 'lower', 'upper']])} from the data only"
    )
    if not combined.weights.usable:
        return Finding(
            beside,
            f"{opening}. Weighing the draws with {which} fails (k-hat {first['k_hat']:.2f}, above "
            f"{combined.weights.limit:.2f}): too few draws agree with what is claimed, so there is no number for data "
            "and claims together.",
        )
    both = format_estimate(*first[["median_claims", "lower_claims", "upper_claims"]])
    return Finding(
        beside,
        f"{opening}; {both} counting {which} as evidence too{weighing}. No claim enters any other number on this page.",
    )


def _readings_of(claim: pd.Series, ranked: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Our readings of what the claim is about, the one it names or else the most probable first; empty for others."""
    if not is_about(claim, params):
        return ranked.iloc[:0]
    rows = set_beside(claim, ranked)
    rows = rows[rows["domain"] == domain_of(claim)]
    return rows if rows["named"].any() or claim["functional"] == "unknown" else rows.iloc[:0]


def _claim_row(claim: pd.Series, readings: pd.DataFrame, params: Params) -> tuple[str, ...]:
    about = [SCOPE_NAMES[claim["scope"]]]
    if claim["domain"] not in ("general", "unknown"):
        about.append(f"{claim['domain']} only")
    if claim["functional"] != "unknown":
        about.append(lower_first(definition_label(claim["functional"], "months", params)))
    who = f"{upper_first(claim['who'])}, {long_date(claim['published'])}"
    cells = (who, claimed_months(claim), upper_first(", ".join(about)))
    if readings.empty:
        return *cells, "–", "nothing comparable"
    first = readings.iloc[0]
    if first["named"]:
        return *cells, upper_first(_what(first, params)), f"{_estimate(first)}: {_agreement(first)}"
    held = int(readings["agrees"].sum())
    return *cells, f"Not said; closest: {_what(first, params)}", f"{_estimate(first)}: fits {held} of {len(readings)}"


def _estimate(reading: pd.Series) -> str:
    return format_estimate(*reading[["median", "lower", "upper"]])


def _agreement(reading: pd.Series) -> str:
    return "agrees" if reading["agrees"] else "does not agree"


def _what(reading: pd.Series, params: Params) -> str:
    """What a reading measures: distance in months at US pace, restricted models too."""
    of_model = "" if reading["subject"] == params.follower else f" for {reading['subject']}"
    domain = "" if reading["domain"] == "all" else f" in {reading['domain']}"
    what = lower_first(definition_label(reading["definition"], reading["unit"], params))
    return f"{what}{of_model}{domain}, {SCOPE_NAMES[reading['scope']]}"


def _in_words(reading: pd.Series) -> str:
    return estimate_in_words(reading["median"], reading["lower"], reading["upper"])


def _verdict(claim: pd.Series, readings: pd.DataFrame, params: Params) -> tuple[str, bool]:
    """What a disputed claim measures, our number for it, and whether it agrees."""
    when, counted = long_date(claim["published"]), SCOPE_NAMES[claim["scope"]]
    says = f"{claim['who']} put the gap at {claimed_months(claim)} on {when}, counting {counted}."
    named = bool(readings["named"].any())
    if not (readings["density"].max() > 0 and (named or readings["agrees"].any())):
        return f"{says} It does not say what is measured, and no definition of ours gives that many.", False
    first, best = readings.iloc[0], readings.sort_values("rank").iloc[0]
    if named:
        rest = (
            "No other reading makes it more probable."
            if first["rank"] == 1
            else f"Of {len(readings)} readings set beside it this one is number {first['rank']} by probability; the "
            f"first is {_what(best, params)}: {_in_words(best)}."
        )
        return (
            f"{says} It says what it measures, {_what(first, params)}: our number for that is {_in_words(first)}, "
            f"which {_agreement(first)}. {rest}"
        ), first["agrees"]
    usual = readings[(readings["definition"] == "frontier_lag") & (readings["scope"] == scope_of(claim))]
    against = ""
    if len(usual) and usual.iloc[0]["rank"] > 1 and usual.iloc[0]["density"] > 0:
        against = f" The claim fits that reading best; our lag from frontier to frontier is {_in_words(usual.iloc[0])}."
    return (
        f"{says} It does not say what is measured. Of {len(readings)} readings set beside it, "
        f"{readings['agrees'].sum()} are compatible with it; the most probable is {_what(best, params)}: "
        f"{_in_words(first)}.{against}"
    ), True
