"""The command itself: its groups of verbs, their help, and errors as lines."""

from __future__ import annotations

import atexit
import codecs
import errno
import gc
import io
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gaplab.errors import GaplabError
from gaplab.params.fields import GROUPS
from gaplab.params.spec import Params

FAILED, BAD_INPUT = 1, 2
_LONGEST_LINE = 2000
_PLAIN = "gaplab.plain"
_INSTEAD = str.maketrans(
    {"→": "->", "−": "-", "–": "-", "—": "-", "…": "...", "×": "x", "≥": ">=", "≤": "<=", "▲": "^"}
)
HELP_ALL = "gaplab.help_all"


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    """What an output that is not UTF-8 gets for a sign that it lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    sign = error.object[error.start]
    plain = sign.translate(_INSTEAD)
    return (plain if plain != sign else "?"), error.start + 1


codecs.register_error(_PLAIN, _in_plain_letters)


def _find_a_home() -> None:
    """Give a user without a home folder (a container without an entry for its user) one, since libraries ask for it."""
    try:
        Path.home()
    except RuntimeError:
        home = os.environ.get("GAPLAB_CACHE")
        if not home:
            home = tempfile.mkdtemp(prefix="gaplab-home-")
            atexit.register(shutil.rmtree, home, ignore_errors=True)
            click.echo("note: this user has no home folder: nothing is kept; set HOME or GAPLAB_CACHE", err=True)
        os.environ["HOME"] = home


def _as_a_note(otherwise: Callable[..., None]) -> Callable[..., None]:
    """How a warning of ours is shown: on one line, without the place in the code."""

    def show(message: Warning, category: type[Warning], *where: Any, **more: Any) -> None:
        if category is UserWarning:
            click.echo(f"note: {printable(str(message))}", err=True)
        else:
            otherwise(message, category, *where, **more)

    return show


def printable(line: str) -> str:
    """Text from a file as a terminal may show it: one line, not endless, without control characters."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    return safe if len(safe) <= _LONGEST_LINE else f"{safe[:_LONGEST_LINE]}…"


def _without_output(error: OSError) -> Exception:
    """Say what cannot be written or read; returns how the command ends."""
    if error.errno == errno.EPIPE:  # the reader has seen enough; click ends quietly
        return error
    where = f"{error.filename}: " if error.filename else "output: "
    click.echo(f"Error: {printable(where)}cannot be written or read ({error.strerror or error})", err=True)
    if error.filename is None:  # standard output itself: what it still holds would fail again at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return click.exceptions.Exit(BAD_INPUT if error.errno in (errno.ENAMETOOLONG, errno.ELOOP) else FAILED)


class Verbs(click.Group):
    """A group of verbs that explains what went wrong instead of showing a traceback."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        try:
            return super().make_context(*args, **more)
        except OSError as error:  # the help goes to a full disk
            raise _without_output(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        atexit.register(gc.freeze)  # what is left when the process ends need not be searched for garbage
        _find_a_home()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors=_PLAIN)
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _as_a_note(warnings.showwarning)
                return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Stopped. What was finished is kept: the same command goes on from there.", err=True)
            ctx.exit(FAILED)
        except (click.exceptions.Exit, click.Abort):  # how click ends on purpose; both are RuntimeErrors
            raise
        except GaplabError as error:
            for problem in error.problems:
                click.echo(f"Error: {printable(problem)}", err=True)
            ctx.exit(BAD_INPUT)
        except (RuntimeError, MemoryError) as error:
            why = "there is not enough memory; fewer --draws need less" if isinstance(error, MemoryError) else error
            for line in f"the run failed: {why}".splitlines():
                click.echo(f"Error: {printable(line)}", err=True)
            ctx.exit(FAILED)
        except OSError as error:
            raise _without_output(error) from None


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="gaplab")
def main() -> None:
    """How many months is China's AI frontier behind the United States', and by which definition?

    The last line that a verb prints is the path of its result. Exit status: 0 done, 1 a run failed, 2 bad input.
    """


class RunOption(click.Option):
    """The option of one parameter, with its group of `params.GROUPS`; a short help shows some groups only."""

    def __init__(self, *args: Any, group: str, short: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.group, self.short = group, short

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """The option with its default, and what it means."""
        flags, meaning = super().get_help_record(ctx)
        default = getattr(Params(), self.name)
        return (flags if default is None else f"{flags}  [default: {default}]"), meaning


class Verb(click.Command):
    """A command whose help lists options in groups, those of a run that matter for the verb first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under the headings of `params.GROUPS`."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx)
            of_a_run = isinstance(option, RunOption)
            if record and isinstance(option, click.Option) and (not of_a_run or option.short or ctx.meta.get(HELP_ALL)):
                sections.setdefault(GROUPS[option.group] if of_a_run else "Options", []).append(record)
        for heading, rows in sections.items():
            with formatter.section(heading):
                # The choices of a parameter are long: what it means goes below them.
                formatter.write_dl(rows, col_max=30 if heading == "Options" else 4)


Verbs.command_class, Verbs.group_class = Verb, type
