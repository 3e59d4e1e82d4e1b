"""Verbs that measure how good the numbers are, and keep the record."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gaplab.cli.options import Run, read_tables, run_options, workers_option
from gaplab.cli.output import check_writable, grid_of, out_option
from gaplab.cli.root import main
from gaplab.errors import GaplabError
from gaplab.write import replace_file

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from pandas import DataFrame

    from gaplab.data.tables import Tables
    from gaplab.report.charts.drawing.chart import Chart

_RECORD = Path("docs/record")


@main.group()
def validate() -> None:
    """How well this would have done: our own record, good or bad."""


def recorded(verb: Callable) -> Callable:
    """Give a verb of many runs its options; it gets `hands`, what runs them, with `out` and `quick`."""

    @wraps(verb)
    def called(*run: Run, workers: int, scheduler: str | None, **given: Any) -> None:
        with workers_option(workers, scheduler, run[0].params.data if run else None) as hands:
            verb(*run, hands=hands, **given)

    called = click.option("--quick", is_flag=True, help="a few small runs, to see that it works; no record")(called)
    called = click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="processes")(
        called
    )
    called = click.option("--scheduler", metavar="ADDRESS", help="run on the workers of this dask scheduler")(called)
    help_text = f"folder of the record; a quick run writes only where one is given  [default: {_RECORD}]"
    return out_option(None, help_text)(called)


@validate.command("sbc")
@recorded
@click.option("--quiet", "-q", is_flag=True, help="no progress bar")
@click.option("--simulations", type=click.IntRange(4, 10_000), default=400, show_default=True, help="of each stage")
@click.option("--groups", is_flag=True, help="of closed and open weights, each of mixed countries: sbc_groups.csv")
def validate_sbc(
    hands: int | Executor, out: Path | None, quick: bool, quiet: bool, simulations: int, groups: bool
) -> None:
    """Calibration: ranks of the truth in worlds drawn from the priors, stage 1 and both stages. Resumes."""
    from gaplab.report.charts.record.calibration import calibration_chart
    from gaplab.validation.calibration.bands import bands, digests, rank_summary
    from gaplab.validation.calibration.run import QUICK, rank_table

    size = {"simulations": 4, "spec": QUICK} if quick else {"simulations": simulations}
    ranks = rank_table(**size, groups=groups, workers=hands, progress=not quiet)
    summary = rank_summary(ranks)
    click.echo(grid_of(summary, None))
    if groups:
        _keep_record({"sbc_groups.csv": ranks}, out, quick, f"sbc --simulations {simulations} --groups", None)
        return
    chart = calibration_chart(bands(ranks), summary)
    summary = summary.assign(ranks=summary["quantity"].map(digests(ranks)))
    summary.attrs = ranks.attrs
    tables = {"sbc.csv": ranks, "sbc_summary.csv": summary}
    _keep_record(tables, out, quick, f"sbc --simulations {simulations}", None, chart)


@validate.command("truth")
@recorded
@click.option("--quiet", "-q", is_flag=True, help="no progress bar")
@click.option("--simulations", type=click.IntRange(2, 10_000), help="of each world  [default: 40, smooth 100]")
@click.option("--world", "worlds", multiple=True, metavar="NAME", help="only these; may be given again")
def validate_truth(
    hands: int | Executor,
    out: Path | None,
    quick: bool,
    quiet: bool,
    simulations: int | None,
    worlds: tuple[str, ...],
) -> None:
    """Bias, error and coverage of every definition and every peer's rule in worlds with a known gap. Resumes."""
    from gaplab.report.charts.record.known_truth import known_truth_chart
    from gaplab.validation import truth
    from gaplab.validation.worlds.spec import WORLDS

    if unknown := [name for name in worlds if name not in WORLDS]:
        raise GaplabError(f"--world: {', '.join(unknown)} unknown; expected some of {', '.join(WORLDS)}")
    chosen = worlds or (truth.NAMES[:1] if quick else truth.NAMES)
    size = {"simulations": 2, "spec": WORLDS["tiny"]} if quick else {"simulations": simulations}
    table = truth.run(worlds=chosen, **size, workers=hands, progress=not quiet)
    click.echo(grid_of(table.round(2), 140))
    only = "".join(f" --world {name}" for name in worlds)
    number = f" --simulations {simulations}" if simulations else ""
    chart = known_truth_chart(truth.errors(table))
    _keep_record({"known_truth.csv": table}, out, quick, f"truth{number}{only}", None, chart)


@validate.command("backtest")
@run_options("gap", "evidence")
@recorded
def validate_backtest(run: Run, hands: int | Executor, out: Path | None, quick: bool) -> None:
    """Forecasts made on past days, and published numbers, against what came. Resumes.

    Origins set as_of, knowledge and ruler themselves; as_of is the last day.
    """
    params = run.params
    tables = read_tables(params)
    from gaplab.report.charts.record.skill import skill_chart
    from gaplab.validation import published
    from gaplab.validation.backtest.origins import present_readings, recent_day
    from gaplab.validation.backtest.run import SHOWN, backtest_summary, run_backtest

    short = {"horizons": (3,), "kinds": ("pseudo",), "first": recent_day(params)} if quick else {}
    rows = run_backtest(params, **short, workers=hands, progress=not run.quiet)
    summary = backtest_summary(rows)
    ours = summary["forecaster"].str.startswith("stack")
    click.echo(grid_of(summary.loc[ours, ["kind", *SHOWN]].round(2), 140))
    claims = published.run(tables, *present_readings(params))
    found = {"backtest.csv": rows, "backtest_summary.csv": summary, "published_claims.csv": claims}
    _keep_record(found, out, quick, f"backtest{run.typed}", tables, skill_chart(summary))


@validate.command("readings")
@run_options("gap", "evidence")
@recorded
def validate_readings(run: Run, hands: int | Executor, out: Path | None, quick: bool) -> None:
    """Each number as it was read on its day, against what was later read of that day. Resumes.

    Origins set as_of, knowledge and ruler themselves; as_of is the last day.
    """
    params = run.params
    tables = read_tables(params)
    from gaplab.report.charts.record.past_readings import past_readings_chart
    from gaplab.validation.backtest.origins import recent_day
    from gaplab.validation.readings import SHOWN, read_again, revision_summary

    short = {"rulers": ("epoch_eci",), "first": recent_day(params)} if quick else {}
    rows = read_again(params, **short, workers=hands, progress=not run.quiet)
    summary = revision_summary(rows)
    click.echo(grid_of(summary.loc[summary["horizon"] == "today", SHOWN].round(2), 140))
    found = {"readings.csv": rows, "readings_summary.csv": summary}
    _keep_record(found, out, quick, f"readings{run.typed}", tables, past_readings_chart(rows, summary))


@validate.command("sensitivity")
@run_options("gap", "evidence")
@recorded
def validate_sensitivity(run: Run, hands: int | Executor, out: Path | None, quick: bool) -> None:
    """Each assumption reversed, each prior scaled, and whether the scores are as predicted. Resumes."""
    params = run.params
    tables = read_tables(params)
    from gaplab.report.charts.record.sensitivity import sensitivity_chart
    from gaplab.validation import predictive, sensitivity

    chosen = sensitivity.ASSUMPTIONS[:1] if quick else None
    table = sensitivity.run(params, assumptions=chosen, workers=hands, progress=not run.quiet)
    checks = predictive.checks(tables, params)
    click.echo(grid_of(table.round(2), 140))
    click.echo(grid_of(checks.round(2).head(8), 140))
    found, chart = {"sensitivity.csv": table, "predictive.csv": checks}, sensitivity_chart(table)
    _keep_record(found, out, quick, f"sensitivity{run.typed}", tables, chart)


@validate.command("nowcast")
@run_options("gap", "evidence")
@recorded
def validate_nowcast(run: Run, hands: int | Executor, out: Path | None, quick: bool) -> None:
    """Nowcasts made on past days against what later vintages say of those days. Resumes.

    Sets as_of, knowledge and ruler itself.
    """
    params = run.params
    tables = read_tables(params)
    from gaplab.validation import nowcasts

    dates = nowcasts.days(params)
    gaps, models = nowcasts.run(params, dates=dates[-1:] if quick else dates, workers=hands, progress=not run.quiet)
    click.echo(nowcasts.summary(gaps))
    found = {"nowcast.csv": gaps, "nowcast_models.csv": models}
    _keep_record(found, out, quick, f"nowcast{run.typed}", tables)


@validate.command("influence")
@run_options("gap", "evidence")
@recorded
@click.option("--fewest", type=click.IntRange(1), help="leave out tests and sources of so many scores  [default: 50]")
def validate_influence(run: Run, hands: int | Executor, out: Path | None, quick: bool, fewest: int | None) -> None:
    """Every headline number without each model, much-used test and much-used source. Resumes."""
    params = run.params
    tables = read_tables(params)
    from gaplab.validation import leave_one_out

    most = int(tables.scores["benchmark"].value_counts().max())
    size = {"fewest": most, "refits": 0} if quick else {"fewest": fewest or leave_one_out.FEWEST}
    table = leave_one_out.run(params, **size, workers=hands, progress=not run.quiet)
    from gaplab.report.charts.record.influence import influence_chart
    from gaplab.report.sections.influence import leave_one_out_finding

    ranking = leave_one_out.ranking(table)
    click.echo(grid_of(ranking.round(2).head(20), 140))
    click.echo(leave_one_out_finding(table).text)
    number = f" --fewest {fewest}" if fewest else ""
    command, chart = f"influence{number}{run.typed}", influence_chart(ranking, params)
    _keep_record({"influence.csv": table}, out, quick, command, tables, chart)


def _keep_record(
    found: dict[str, DataFrame],
    out: Path | None,
    quick: bool,
    command: str,
    tables: Tables | None,
    chart: Chart | None = None,
) -> None:
    """Write the tables and the chart of a full run; those of a quick one only to a folder that was asked for."""
    if quick and out is None:
        return
    out = out or _RECORD
    check_writable(out, folder=True)
    from gaplab.validation import track_record

    if failed := max(table.attrs.get("failed", 0) for table in found.values()):
        click.echo(f"{failed} simulated worlds could not be fitted and are in no table.", err=True)
    track_record.write(
        out,
        found,
        command=f"gaplab validate {command}{' --quick' if quick else ''}",
        data_hash=tables.hash if tables else "simulated",
        as_of=tables.as_of if tables else None,
    )
    if chart:
        replace_file(out / f"{chart.name}.svg", chart.svg())
    click.echo(out.resolve())
