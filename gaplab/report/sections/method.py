"""Section: method, sources, and the identity of the run; how well each domain is covered."""

from __future__ import annotations

import pandas as pd

from gaplab.data.tables import Tables
from gaplab.params.spec import Params, help_for
from gaplab.posterior import Posterior
from gaplab.report.page.part import Part, Shown, part_templates, table_part
from gaplab.report.sections.run_results import RunResults
from gaplab.report.text.finding import Finding
from gaplab.report.text.names import country_name, long_date, models_of, side_word, what_counts
from gaplab.report.text.numbers import format_share, upper_first
from gaplab.report.text.titles import window_title
from gaplab.results.columns import percent_label
from gaplab.results.evidence import health_table


def colophon_part(tables: Tables, posterior: Posterior) -> Part:
    """Method, sources with their licences, and the record of the run."""
    params, identity = posterior.params, posterior.identity
    method, checks = method_lines(posterior, tables), health_table(posterior)
    if not checks["advice"].any():
        checks = checks.drop(columns="advice")
    values = params.as_strings()
    given = {
        "Parameter": list(values),
        "Value": ["–" if value is None else value for value in values.values()],
        "Meaning": [help_for(name) for name in values],
    }
    made_of = {
        "data": identity["data_hash"],
        "newest score": long_date(identity["vintage"]),
        "fit": identity["fit_hash"],
        "commit": identity["commit"],
        "software": ", ".join(f"{name} {version}" for name, version in sorted(identity["versions"].items())),
    }
    return Part(
        part_templates().colophon(
            method=method,
            sources=sources_by_licence(tables),
            notes=identity["notes"],
            cited=_citation(posterior),
            checks=table_part(
                checks.rename(columns=str.capitalize),
                caption="Checks of the computation",
                name="checks",
                fold="Checks of the computation",
            ).html,
            parameters=table_part(given, caption="Parameters", name="parameters").html,
            identity=table_part(
                {"What": list(made_of), "Identity": list(made_of.values())},
                caption="Data, fit and software",
                name="identity",
                fold="Data, fit and software",
            ).html,
        ),
        "\n".join(method),
    )


def _citation(posterior: Posterior) -> str:
    """What a reader needs to name this page and no other."""
    params, identity = posterior.params, posterior.identity
    return (
        f"gaplab ({params.as_of.year}): {window_title(posterior)}, {what_counts(params)}. Data to "
        f"{long_date(identity['vintage'])}, fit {identity['fit_hash'][:8]}. The command gaplab cite names every "
        "source in full."
    )


def colophon_section(results: RunResults) -> Shown:
    """Method, sources and identity."""
    return [colophon_part(results.tables, results.posterior)]


def coverage_finding(coverage: pd.DataFrame, params: Params) -> Finding:
    """Which domains are tested least for the follower's models."""
    theirs = coverage[coverage["country"] == params.follower].sort_values("share")
    if theirs.empty:
        return Finding(coverage, f"No {models_of(params.follower, 'model')} has a score.")
    least, most = theirs.iloc[0], theirs.iloc[-1]
    return Finding(
        coverage,
        f"Tests of {least['domain']} are the thinnest for {country_name(params.follower)}: "
        f"{format_share(least['share'])} of its models and tests there have a score; {most['domain']} is the best "
        f"covered with {format_share(most['share'])}.",
    )


def method_lines(posterior: Posterior, tables: Tables) -> list[str]:
    """How the numbers come about, in ten lines."""
    params, scores, side = posterior.params, tables.scores, side_word(posterior.params)
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
        "metr_horizon": "Abilities are METR's task horizons, the length of tasks that a model completes half of the "
        "time, with their published uncertainty.",
        "caisi_elo": "Abilities are CAISI's published Elo ratings, with their published uncertainty.",
        "arena_elo": "Abilities are Arena's Elo ratings of chat answers that people preferred, with their published "
        "uncertainty.",
    }
    if params.domain != "all":
        abilities["ability"] += (
            f" This run reads ability in one domain, {params.domain}: that of the models tested in it."
        )
    return [
        f"Evidence: {len(scores):,} scores of {scores['model'].nunique()} models on {scores['benchmark'].nunique()} "
        "tests, each with its source.",
        abilities[params.ruler],
        "Lucky guesses, the number of questions of a test and the scatter between evaluations are allowed for; the "
        f"{side} of a model plays no part in its ability{_public_tests(params)}.",
        f"A {side}'s frontier is the ability attainable there on a date. It never falls. "
        f"{count.get(params.leader, 0)} {models_of(params.leader)} and {count.get(params.follower, 0)} "
        f"{models_of(params.follower)} shape the two frontiers.",
        f"A model lies at or below its {side}'s frontier, by a shortfall that is learnt from all models: one lucky "
        "score does not move a frontier.",
        f"Counted for {country_name(params.leader)}: {what_counts(params)}. A model is dated by {clock[params.clock]}.",
        f"Every gap is read off both frontiers {draws:,} times, once for each draw from the posterior. An interval of "
        f"{percent_label(params.prob)}% holds that share of the draws.",
        "No draw is dropped. Where a level lies before the first date, the lag is “at least”; where "
        f"{country_name(params.leader)} never reached it, {country_name(params.follower)} counts as ahead.",
        f"No model that came out after {long_date(params.as_of)} is used. {known[params.knowledge]}",
        "Published claims are not used, except where the text says so. A month is a twelfth of 365.25 days.",
    ]


def _public_tests(params: Params) -> str:
    """The one exception to that a model's side plays no part."""
    if params.public_tests == "ignored" or params.ruler != "ability":
        return ""
    return f", but an advantage of {country_name(params.follower)} on public tests is allowed for"


def _licence_heading(licence: str) -> str:
    """What stands before the publishers of one licence: who compiled their facts, else the licence."""
    _, terms, compilers = licence.rpartition("terms of the publisher; compiled by ")
    return f"Facts compiled by {compilers} from" if terms else upper_first(licence)


def sources_by_licence(tables: Tables) -> list[tuple[str, list[tuple[str, str]]]]:
    """Licence by licence, the publishers of what was used with an address each, the most used first."""
    used = pd.concat([tables.scores["source"], tables.index_vintages["source"]]).value_counts()
    rows = tables.sources.set_index("source").reindex(used.index).dropna(subset=["publisher", "url"])
    return [
        (
            _licence_heading(licence),
            [
                ("several publishers" if who == "several" else who, url)
                for who, url in part.drop_duplicates("publisher")[["publisher", "url"]].itertuples(index=False)
            ],
        )
        for licence, part in rows.groupby("licence", sort=False)
    ]
