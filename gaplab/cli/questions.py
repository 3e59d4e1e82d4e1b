"""Verbs on claims, bridges, releases that have not happened, and influence."""

from __future__ import annotations

import click

from gaplab.cli.options import Run, read_tables, run_options
from gaplab.cli.output import as_json_text, grid_of, health_on_one_line, output, printed_parts
from gaplab.cli.root import main
from gaplab.errors import GaplabError


@main.command()
@click.option(
    "--claim", "chosen", multiple=True, metavar="CLAIM", help="every reading of this claim; may be given again"
)
@run_options("gap", "evidence", idle=("page", "forecast", "levers"))
@output("table", "csv", "json")
def claims(run: Run, chosen: tuple[str, ...], kind: str, width: int | None) -> str:
    """Which definition, scope and domain make each published number true, and whether the disputed ones hold."""
    params = run.params
    tables = read_tables(params, claim_ids=chosen)
    from gaplab import gap
    from gaplab.fit import runs
    from gaplab.questions.claims.ranking import combine, data_and_claims, which_definition
    from gaplab.questions.claims.reading import claim_runs, domain_runs
    from gaplab.report.sections.claims import claims_finding, data_and_claims_finding, readable_readings
    from gaplab.report.text.claims import no_claims_sentence
    from gaplab.results.as_json import claims_json
    from gaplab.results.columns import round_numbers, to_csv_text

    posteriors = runs.fit_all([params, *claim_runs(params)], progress=not run.quiet)
    posterior = posteriors[params]
    by_domain = runs.fit_or_reason(domain_runs(params, tables.claims), progress=not run.quiet)
    read = posteriors | {each: found for each, found in by_domain.items() if not isinstance(found, str)}
    ranked = which_definition(tables.claims, read.values())
    combined = combine(tables.claims, posterior)
    lag = gap.readings(posterior, gap.country_subject(posterior))["frontier_lag", "months"]
    beside = data_and_claims(posterior, combined, {"frontier_lag": lag})
    if foreign := [name for name in chosen if name not in set(ranked["claim_id"])]:
        pair = f"{params.follower} behind {params.leader}"
        raise GaplabError(*(f"--claim: {name} says no number of months for {pair}" for name in foreign))
    rows = ranked[ranked["claim_id"].isin(chosen)] if chosen else ranked
    if kind == "json":
        return as_json_text(claims_json(tables.claims, rows, beside, combined))
    if kind == "csv":
        return to_csv_text(round_numbers(rows))
    shown = rows if chosen else rows[rows["rank"] == 1]
    asked = tables.claims[tables.claims["claim_id"].isin(chosen)] if chosen else tables.claims
    sentences = [
        claims_finding(asked, ranked, params).text,
        data_and_claims_finding(beside, combined, params).text,
    ]
    grid = grid_of(readable_readings(tables.claims, shown), 170) if len(shown) else no_claims_sentence(params)
    return "\n".join([health_on_one_line(posterior), "", grid, *filter(None, sentences), ""])


@main.command()
@click.option("--from", "start", metavar="CLAIM|NUMBER", required=True, help="a claim_id, or DEFINITION:SUBJECT,…")
@click.option("--to", "end", metavar="CLAIM|NUMBER", required=True, help="the same; frontier_lag:China,scope=trusted")
@run_options("gap", "evidence", idle=("page", "forecast", "levers"))
@output("table", "csv", "json", "png", "svg")
def bridge(run: Run, start: str, end: str, kind: str, width: int | None) -> str | tuple[str | bytes, str]:
    """From one published number to another by single changes that add up."""
    params = run.params
    from gaplab.questions.bridge.endpoints import endpoint_of
    from gaplab.questions.bridge.steps import bridge_between, bridge_runs
    from gaplab.questions.claims.ranking import which_definition
    from gaplab.questions.claims.reading import claim_runs

    tables = read_tables(params, ends=(start, end))
    from gaplab.fit.runs import fit_all
    from gaplab.report.text.bridge import bridge_caption, bridge_table, bridge_title
    from gaplab.report.text.numbers import format_number
    from gaplab.results.as_json import bridge_json
    from gaplab.results.columns import to_csv_text

    posteriors = fit_all([params, *claim_runs(params)], progress=not run.quiet)
    ranked = which_definition(tables.claims, posteriors.values())
    ends = [endpoint_of(name, tables.claims, ranked, posteriors) for name in (start, end)]
    posteriors |= fit_all(bridge_runs(*(side.reading for side in ends)), progress=not run.quiet)
    found = bridge_between(*ends, posteriors)
    if kind in ("png", "svg"):
        from gaplab.report.charts.bridge import bridge_chart

        chart = bridge_chart(found)
        return (chart.png() if kind == "png" else chart.svg()), chart.alt
    if kind == "json":
        return as_json_text(bridge_json(found))
    shown = bridge_table(found)
    if kind == "csv":
        return to_csv_text(shown)
    head = printed_parts(health_on_one_line(posteriors[params]), bridge_title(found), "", width=width)
    months = [format_number(value) for value in shown["Months"]]
    table = grid_of(shown.assign(Months=months), width, whole=("From", "Months"))
    return head + table + printed_parts("", bridge_caption(found), width=width)


@main.command()
@click.option("--model", required=True, metavar="NAME", help="a name for the new model")
@click.option("--country", required=True, metavar="COUNTRY", help="whose model it is: the leader or the follower")
@click.option("--date", "when", required=True, metavar="DATE", help="the day it comes out (YYYY-MM-DD)")
@click.option("--score", "scores", multiple=True, metavar="BENCHMARK=FRACTION", help="a score; may be given again")
@click.option("--ability", metavar="POINTS+-SD", help="its ability in points, instead of scores")
@click.option(
    "--refit/--no-refit",
    default=None,
    help="fit everything with it, about a minute, or never do  [default: where weighing the draws fails]",
)
@run_options("gap", "evidence", idle=("page", "forecast", "levers"))
@output("table", "csv", "json")
def whatif(
    run: Run,
    model: str,
    country: str,
    when: str,
    scores: tuple[str, ...],
    ability: str | None,
    refit: bool | None,
    kind: str,
    width: int | None,
) -> str:
    """How every headline number would move if a model came out with these scores.

    By importance weights on the draws, in seconds; where they fail, by a fit with the model among the data.
    """
    params = run.params
    tables = read_tables(params)
    from gaplab.questions.whatif.effect import effect_of
    from gaplab.questions.whatif.release import describe_release

    new = describe_release(
        model=model, country=country, date=when, scores=scores, ability=ability, tables=tables, params=params
    )
    effect = effect_of(
        new, tables, params, refit=refit, progress=not run.quiet, tell=lambda line: click.echo(line, err=True)
    )
    from gaplab.fit.fit import fit
    from gaplab.report.sections.whatif import readable_whatif, whatif_finding
    from gaplab.results.as_json import whatif_json
    from gaplab.results.columns import to_csv_text

    if kind == "json":
        return as_json_text(whatif_json(effect))
    if kind == "csv":
        return to_csv_text(effect.table)
    health = health_on_one_line(fit(tables, params))
    grid = grid_of(readable_whatif(effect, params), width)
    return f"{health}\n\n{grid}\n{whatif_finding(effect, params).text}\n"


@main.command()
@click.option(
    "--by",
    type=click.Choice(["model", "source", "benchmark"]),
    default="model",
    show_default=True,
    help="what to leave out; source and benchmark fit everything again for each, and resume",
)
@click.option("--leave-out", "chosen", multiple=True, metavar="NAME", help="only these; may be given again")
@click.option(
    "--refits", type=click.IntRange(0, 50), default=5, show_default=True, help="most fits for models whose weights fail"
)
@run_options("gap", "evidence", idle=("page", "forecast", "levers"))
@output("table", "csv")
def influence(run: Run, by: str, chosen: tuple[str, ...], refits: int, kind: str, width: int | None) -> str:
    """What the gap rests on: every headline number without each model, source or benchmark."""
    params = run.params
    if by == "model" and chosen:
        raise GaplabError("--leave-out: only with --by source or --by benchmark; --by model does them all in seconds")
    tables = read_tables(params)
    from gaplab.questions import influence as influences
    from gaplab.report.sections.influence import influence_finding, readable_influence
    from gaplab.results.columns import round_numbers, to_csv_text

    if by == "model":
        found = influences.by_model(tables, params, refits=refits, progress=not run.quiet)
    else:
        found = influences.by_refit(tables, params, by=by, names=chosen or None, progress=not run.quiet)
    if kind == "csv":
        return to_csv_text(round_numbers(found))
    grid = grid_of(readable_influence(found, params, rows=20), width)
    return f"{grid}\n{influence_finding(found, params).text}\n"
