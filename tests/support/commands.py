"""The command, run in this process."""

from __future__ import annotations

import functools
from pathlib import Path

from click.testing import CliRunner, Result

from gaplab.cli.root import main
from gaplab.params.spec import Params
from support.worlds import synthetic_posterior


@functools.cache
def world(params: Params):
    """The simulated posterior of a run."""
    return synthetic_posterior(params=params, draws=50)


def run(*arguments: str | Path, width: int = 160, **environment: str) -> Result:
    return CliRunner(env={"COLUMNS": str(width), **environment}).invoke(main, [str(argument) for argument in arguments])


def refusal(result: Result) -> list[str]:
    """The lines of an explained refusal."""
    assert result.exit_code == 2, result.output + repr(result.exception)
    assert result.stdout == "", "nothing but errors on bad input"
    lines = result.stderr.strip().splitlines()
    assert lines
    assert all(line.startswith(("Error: ", "Usage: ", "Try ")) or not line for line in lines), result.stderr
    return lines
