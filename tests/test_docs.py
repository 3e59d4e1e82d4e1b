"""Every command that a page tells the reader to type exists, and every file it points to."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from gaplab.cli import main
from gaplab.params import Params

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md")), REPOSITORY / "data" / "README.md"]
TARGETS = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())


def typed(page: Path) -> list[str]:
    """The commands on a page: lines of its shell blocks and short pieces of code in its text."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    return [line.split("#")[0].strip() for line in [*lines, *re.findall(r"`([^`\n]+)`", text)]]


@each_page
def test_make_targets_exist(page):
    for command in typed(page):
        if match := re.match(r"make ([a-z-]+)", command):
            assert match[1] in TARGETS, command


@each_page
def test_gaplab_commands_parse(page):
    for command in typed(page):
        if not command.startswith("gaplab "):
            continue
        words = shlex.split(command)[1:]
        verb = main
        while isinstance(verb, click.Group) and words and not words[0].startswith("-"):
            _, verb, words = verb.resolve_command(click.Context(verb), words)
        if "--help" not in words and not isinstance(verb, click.Group):
            context = verb.make_context("gaplab", words)
            flags = {name: value for name, value in context.params.items() if name in Params.__dataclass_fields__}
            Params.from_mapping({name: value for name, value in flags.items() if value is not None})


@each_page
def test_linked_files_exist(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


@each_page
def test_flags_named_in_the_text_exist(page):
    inner = [
        verb for group in main.commands.values() if isinstance(group, click.Group) for verb in group.commands.values()
    ]
    known = {name for verb in [*main.commands.values(), *inner] for option in verb.params for name in option.opts}
    for command in typed(page):
        if command.startswith("--"):
            assert command.split()[0] in known, command


@each_page
def test_pages_name_no_place_on_one_machine(page):
    assert not re.search(r"/work/|/root/|/home/\w", page.read_text(encoding="utf-8"))


def test_documented_targets_are_those_of_the_makefile():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    described = set(re.findall(r"^([a-z-]+):.*## ", makefile, flags=re.MULTILINE))
    assert described == TARGETS, "every target has its line in `make help`"
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert set(phony.split()) == TARGETS


def test_readme_says_the_question_then_the_limits_then_the_results():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    order = [
        text.index(part) for part in ("How many months", "## Before you quote", "figures/", "make brief", "gaplab gap")
    ]
    assert order == sorted(order)
    assert len(text.splitlines()) <= 90, "two screens"


def test_citation_agrees_with_the_package():
    import gaplab

    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == gaplab.__version__
