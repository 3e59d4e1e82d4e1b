"""What to cite: package, tables of the run, their sources; as text and as BibTeX."""

from __future__ import annotations

import yaml
from support.commands import run

import gaplab
from gaplab.data.load import load
from gaplab.params import complete


def test_package_tables_and_sources_are_named(repository):
    cited = run("cite").stdout.splitlines()
    tables = load(as_of=complete.latest())
    assert gaplab.__version__ in cited[0]
    assert tables.hash in cited[0]
    about = yaml.safe_load((repository / "CITATION.cff").read_text(encoding="utf-8"))
    assert [line.split(" (")[0] for line in cited[1:]] == [
        work["authors"][0]["name"].split(" (")[0] for work in about["references"]
    ]
    assert "CC-BY-4.0" in cited[1]


def test_bibtex_has_an_entry_for_each_with_balanced_braces():
    text, lines = run("cite", "--format", "bibtex").stdout, run("cite").stdout.splitlines()
    assert text.count("\n@") + text.startswith("@") == len(lines)
    assert text.count("{") == text.count("}")
    keys = [line.split("{")[1] for line in text.splitlines() if line.startswith("@")]
    assert len(set(keys)) == len(lines)
