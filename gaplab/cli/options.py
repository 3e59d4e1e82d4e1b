"""Options of a run: one for each parameter, with the tables and the posterior that they ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import Field, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gaplab.cli.root import HELP_ALL, RunOption
from gaplab.errors import GaplabError
from gaplab.light_imports import import_xarray_without_dask
from gaplab.params.spec import RENAMED, Params, choices_of, help_for, parameter_names

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from gaplab.data.tables import Tables
    from gaplab.posterior import Posterior

_DATES = ("as_of", "since", "leader_pause_from", "leader_pause_to", "follower_rate_from", "inject_date")
_METAVARS = dict.fromkeys(_DATES, "DATE") | {
    "leader": "COUNTRY", "follower": "COUNTRY", "subject": "NAME", "inject_model": "NAME", "target": "NAMES",
    "tests": "NAMES", "without": "NAMES",
    "data": "DIR",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What was typed of a run.

    Attributes
    ----------
    quiet : bool
        No progress bars and no notes.
    typed : str
        The flags as they were typed; where the data are is no part of what was run.
    """

    params: Params
    quiet: bool
    typed: str


def run_options(*groups: str, idle: tuple[str, ...] = ()) -> Callable:
    """Give a verb the options of a run, and the `Run` that was typed; `--help` shows these groups.

    Options of the groups `idle` change nothing in the verb: they are refused as flags, and said to be idle when a YAML
    file sets them, which may be for several verbs.
    """
    unread = [name for group in idle for name in parameter_names(group=group)]

    def decorated(verb: Callable) -> Callable:
        @wraps(verb)
        def called(file: Path | None, quiet: bool, **given: Any) -> Any:
            import_xarray_without_dask()
            flags = {name: given.pop(name) for name in parameter_names() if name not in unread}
            params = read_params(file, flags)
            set_in_vain = [name for name in unread if getattr(params, name) != getattr(Params, name)]
            if set_in_vain and not quiet:
                click.echo(f"note: nothing in this verb reads {', '.join(set_in_vain)}", err=True)
            return verb(Run(params, quiet, typed_options(flags)), **given)

        for option in (_ALL, _QUIET, PARAMS_OPTION):
            called = option(called)
        for name in RENAMED:
            called = click.option(f"--{name}", hidden=True, expose_value=False, callback=_renamed)(called)
        for name in unread:
            flag = f"--{name.replace('_', '-')}"
            called = click.option(flag, name, hidden=True, help="not read here", expose_value=False, callback=_idle)(
                called
            )
        for spec in reversed([spec for spec in fields(Params) if spec.name not in unread]):
            called = _flag(spec, short=spec.metadata["group"] in groups)(called)
        return called

    return decorated


def _flag(spec: Field, *, short: bool) -> Callable:
    """The option of one parameter; values stay text so that `Params` reports all problems together."""
    name, default = spec.name, spec.default
    metavar = "|".join(choices_of(name)) or _METAVARS.get(name, "NUMBER")
    switch = {"is_flag": False, "flag_value": "true"} if isinstance(default, bool) else {}
    return click.option(
        f"--{name.replace('_', '-')}", name, cls=RunOption, group=spec.metadata["group"], short=short,
        metavar=metavar, help=help_for(name), **switch,
    )  # fmt: skip


def _renamed(_ctx: click.Context, option: click.Parameter, value: str | None) -> None:
    """Refuse an earlier name of a parameter with the name of now."""
    if value is not None:
        Params.from_mapping({option.name: value})


def _idle(ctx: click.Context, option: click.Parameter, value: str | None) -> None:
    """Refuse a parameter that the verb does not read."""
    if value is not None:
        raise GaplabError(f"parameter {option.name}: changes nothing in `{ctx.info_name}`; take it out")


def _show_all(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        ctx.meta[HELP_ALL] = True
        click.echo(ctx.get_help())
        ctx.exit()


_ALL = click.option(
    "--help-all", is_flag=True, is_eager=True, expose_value=False, callback=_show_all, help="every option of a run"
)
_QUIET = click.option("--quiet", "-q", is_flag=True, help="no progress bars and no notes")
PARAMS_OPTION = click.option(
    "--params",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file of these options; flags given as well win",
)


def typed_options(flags: dict[str, str | None]) -> str:
    """The flags of a run as they were typed; where the data are is no part of what was run."""
    given = {name: value for name, value in flags.items() if value is not None and name != "data"}
    return "".join(f" --{name.replace('_', '-')} {value}" for name, value in given.items())


@contextmanager
def workers_option(number: int, scheduler: str | None, data: str | None = None) -> Iterator[int | Executor]:
    """Processes of this machine, or the workers of a scheduler."""
    if scheduler is None:
        yield number
        return
    from gaplab.runs import cluster

    with cluster.executor(scheduler, data) as workers:
        yield workers


def read_params(file: Path | None, flags: dict[str, str | None]) -> Params:
    """The YAML file's values, overridden by the flags that were typed."""
    from gaplab.params import complete

    given = {}
    if file:
        from gaplab.params import yaml_file

        given = yaml_file.read(file)
    params = Params.from_mapping(given | {name: value for name, value in flags.items() if value is not None})
    complete_to = complete.latest(params.data)
    if params.as_of > complete_to:
        click.echo(
            f"as_of {params.as_of}: the tables are complete up to {complete_to}; nothing newer is known", err=True
        )
    return params


def read_tables(params: Params, **asked: Any) -> Tables:
    """The tables of a run, once it is certain that they can answer it."""
    from gaplab import preflight
    from gaplab.fit import runs

    tables = runs.tables_of(params)
    preflight.check(tables, params, **asked)
    return tables


def fitted_posterior(run: Run) -> tuple[Tables, Posterior]:
    """The posterior of a run, with its notes told."""
    from gaplab.fit.fit import fit

    tables = read_tables(run.params)
    posterior = fit(tables, run.params, progress=not run.quiet)
    if not run.quiet:
        for note in posterior.identity.get("notes", ()):
            click.echo(f"note: {note}", err=True)
    return tables, posterior
