"""Levers and scenarios in words: one sentence a lever, one row a scenario."""

from __future__ import annotations

import pandas as pd

from gaplab.outlook.scenarios import Comparison, set_levers
from gaplab.params.spec import Params
from gaplab.questions.scenario_library import OWN, scenario_name
from gaplab.report.text.names import country_name, long_date, releases, scenario_label
from gaplab.report.text.numbers import signed_or_ahead, upper_first
from gaplab.report.text.phrases import interval_bounds
from gaplab.results.columns import percent_label


def lever_sentences(params: Params) -> list[str]:
    """One sentence for every lever that is not neutral; [] for the baseline."""
    ahead, behind = country_name(params.leader), country_name(params.follower)
    start = params.leader_pause_from or params.as_of
    until = f"until {long_date(params.leader_pause_to)}" if params.leader_pause_to else "for good"
    gains = "nothing more" if params.follower_diffusion == 0 else f"{params.follower_diffusion:g} times as much"
    # Where restricted models count anyway, the lever has nothing to hold back.
    nothing = "" if params.scope == "public" else " (no effect here: this scope counts restricted models)"
    sentences = {
        "leader_rate": f"From {long_date(params.as_of)} {ahead} moves at {params.leader_rate:g} times its pace.",
        "leader_pause_from": f"{upper_first(ahead)} stands still from {long_date(start)} {until}.",
        "leader_restricted_share": f"{params.leader_restricted_share:.0%} of the new progress of {ahead} is public "
        f"only {params.leader_restricted_months:g} months later{nothing}.",
        "follower_rate": f"From {long_date(params.follower_rate_from or params.as_of)} {behind} moves at "
        f"{params.follower_rate:g} times its pace.",
        "follower_diffusion": f"{upper_first(behind)} gains {gains} from the head start of {ahead}.",
        "follower_delay_months": f"New releases of {behind} come {params.follower_delay_months:g} months later.",
        "inject_ability": _injection_sentence(params),
    }
    return [sentences[name] for name in set_levers(params)]


def _injection_sentence(params: Params) -> str:
    whose = params.follower if params.inject_country == "follower" else params.leader
    ability, by = params.inject_ability or 0.0, f" ± {params.inject_sd:g}" if params.inject_sd else ""
    level = f"with an ability of {ability:g}{by} {params.inject_scale}"
    if params.inject_scale == "from_leader":
        side = f"{abs(ability):g} logits {'above' if ability > 0 else 'below'} where" if ability else "where"
        level = (
            f"that stands {side} the best of {country_name(params.leader)} stands on "
            f"{long_date(params.as_of)}{f' ({by.strip()} logits)' if by else ''}"
        )
    when = long_date(params.inject_date or params.as_of)
    return f"On {when} {releases(whose, 'a model')} {level}: {params.inject_model}."


def scenario_phrase(params: Params) -> str:
    """The scenario of a run by its name: the scenario “US pause”, a scenario set by hand; "" for the baseline."""
    name = scenario_name(params)
    if name in ("", OWN):
        return "a scenario set by hand" if name else ""
    return f"the scenario “{scenario_label(name, params)}”"


def scenarios_table_caption(params: Params) -> str:
    """What the table of scenarios holds."""
    return (
        f"Change of the months {country_name(params.follower)} is behind {country_name(params.leader)}, middle and "
        f"{percent_label(params.prob)}% interval; ahead: the lag has no number, {country_name(params.follower)} is "
        "ahead for good"
    )


def described_scenarios(comparisons: dict[str, Comparison]) -> dict[str, str]:
    """What each scenario assumes, by its name."""
    return {name: " ".join(lever_sentences(each.scenario.posterior.params)) for name, each in comparisons.items()}


def readable_scenarios(table: pd.DataFrame, described: dict[str, str], params: Params) -> pd.DataFrame:
    """One row per scenario: what it assumes, and the change of the lags after one and two years."""
    lines = []
    for name, rows in table.groupby("scenario", sort=False):
        cells = {"Scenario": scenario_label(str(name), params), "Assumes": described[str(name)]}
        for horizon in (12, 24):
            for definition, label in (("frontier_lag", "frontier"), ("released_lag", "released")):
                row = rows[(rows["definition"] == definition) & (rows["horizon"] == horizon)].iloc[0]
                cells[f"+{horizon} months, {label}"] = change_with_interval(row, params.prob)
        lines.append(cells)
    return pd.DataFrame(lines)


def change_with_interval(row: pd.Series, prob: float) -> str:
    """A change with its interval and sign: +2.4 (+0.8 to +5.1); what has no number is said in words."""
    low, high = interval_bounds(row, prob)
    text = [signed_or_ahead(value) for value in (row["median"], low, high)]
    if set(text) == {"0.0"}:
        return "no change"
    return f"{text[0]} ({text[1]}\u00a0to\u00a0{text[2]})"
