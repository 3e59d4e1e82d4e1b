"""The finished page: anchors, a table of contents, and a note where a term first appears."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache
from typing import TYPE_CHECKING

from gaplab.places import TEMPLATES
from gaplab.report.page.glossary import TERMS

if TYPE_CHECKING:
    from jinja2 import Template

CONTENTS, NOTES, SCRIPT, POLICY = "<!--contents-->", "<!--notes-->", "<!--script-->", "<!--policy-->"
_ROW = "th of a row"
_EXPLAINED_IN = {"p", "li", "td", "figcaption", _ROW}
_NEVER_IN = {"a", "nav", "h1", "h2", "h3", "th", "caption", "style", "svg", "label"}
_LITERAL = r"""("(?:[^"\\]|\\.)*"|`[^`]*`|(?<=\()/(?:[^/\n\\]|\\.)+/g?)"""
_VOID = {"meta", "link", "img", "source", "br", "hr", "input"}


@cache
def load_template(name: str) -> Template:
    """A template of the package by its path; every value it is given is escaped."""
    from jinja2 import Environment, FileSystemLoader  # not for commands that answer in a terminal

    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=True, trim_blocks=True).get_template(name)


def finish_page(page: str, side: str = "country") -> str:
    """The page with what a reader needs to find the way.

    Every heading of level 2 and every chart can be linked to, `CONTENTS`
    becomes the list of these headings, and `NOTES` the explanation of every
    term of the glossary that the page uses, with a number where it is used
    first.

    Parameters
    ----------
    page : str
        HTML with the two marks, whose attributes hold no bare ">".
    side : {"country", "group"}
        What the two sides of the run are.
    """
    page, terms = _explained(page)
    page = page.replace(NOTES, _notes(terms, side))
    page, headings = _anchored(page)
    page = page.replace(CONTENTS, _contents(headings) if len(headings) > 3 else "")
    return with_policy(page)


@cache
def page_script() -> str:
    """The script of a page, without comments and without white space that says nothing."""
    source = (TEMPLATES / "brief" / "page.js").read_text(encoding="utf-8")
    lines = (line.strip() for line in source.splitlines())
    parts = re.split(_LITERAL, " ".join(line for line in lines if not line.startswith("//")))
    parts[::2] = [re.sub(r" ?([-{}()\[\];,=<>+*?:&|!/.]) ?", r"\1", re.sub(r"\s+", " ", code)) for code in parts[::2]]
    return "".join(parts).replace(";}", "}").strip()


def with_policy(page: str) -> str:
    """The page with its script, and a policy that admits its own style and script by their hashes and nothing else.

    Parameters
    ----------
    page : str
        HTML with `POLICY` where the policy goes; the script goes to `SCRIPT`, if that is there.
    """
    page = page.replace(SCRIPT, f"<script>{page_script()}</script>")
    page = re.sub(r"<style scoped[^>]*>.*?</style>", "", page, flags=re.DOTALL)

    def hashes(tag: str) -> str:
        found = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found)
        return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"

    policy = f"default-src 'none'; img-src data:; style-src {hashes('style')}; script-src {hashes('script')}"
    return page.replace(
        POLICY,
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}; base-uri 'none'; form-action 'none'\">",
        1,
    )


def _explained(page: str) -> tuple[str, list]:
    """The page with the number of a note at the first use of each term, and the terms in that order."""
    done, open_tags, used, waiting = [], [], [], list(TERMS)
    for piece in re.split(r"(<[^>]*>)", page):
        if piece.startswith("<"):
            _follow(open_tags, piece)
        elif set(open_tags) & _EXPLAINED_IN and not set(open_tags) & _NEVER_IN:
            for term in list(waiting):
                match = term.find(piece)
                if match and "<" not in piece[: match.end()]:
                    waiting.remove(term)
                    used.append((match, term))
            piece = _numbered(piece, used)
        done.append(piece)
    return "".join(done), [term for _, term in used]


def _numbered(text: str, used: list) -> str:
    """The text with a number behind each term that was found in it; the numbers follow the order of reading."""
    here = [pair for pair in used if pair[0].string is text]
    before = len(used) - len(here)
    used[before:] = here = sorted(here, key=lambda pair: pair[0].end())
    for number, (match, term) in reversed(list(enumerate(here, start=before + 1))):
        label = f"Note {number}: {term.name}"
        mark = (
            f'<sup><a id="ref-{number}" href="#note-{number}" role="doc-noteref" aria-label="{html.escape(label)}">'
            f"{number}</a></sup>"
        )
        text = text[: match.end()] + mark + text[match.end() :]
    return text


def _follow(open_tags: list[str], tag: str) -> None:
    name = re.match(r"</?([a-zA-Z0-9]*)", tag)[1].lower()
    if 'scope="row"' in tag:
        name = _ROW  # the first cell of a row is text like its others
    if tag.startswith("</"):
        while open_tags and open_tags.pop() not in (name, _ROW if name == "th" else name):
            pass
    elif name and name not in _VOID and not tag.startswith("<!"):
        open_tags.append(name)


def _notes(terms: list, side: str) -> str:
    if not terms:
        return ""
    items = "\n".join(
        f'<li id="note-{number}"><strong>{html.escape(term.name[:1].upper() + term.name[1:])}</strong>: '
        f'{html.escape(term.meaning.replace("country", side))} <a href="#ref-{number}" role="doc-backlink" '
        f'aria-label="Back to where {html.escape(term.name)} is used first">↩</a></li>'
        for number, term in enumerate(terms, start=1)
    )
    return (
        '<section class="notes" role="doc-endnotes">\n<h2>Terms</h2>\n<details class="fold" open>\n'
        f"<summary>{len(terms)} terms explained</summary>\n<ol>\n{items}\n</ol>\n</details>\n</section>"
    )


def _anchored(page: str) -> tuple[str, list[tuple[str, str]]]:
    """Headings and charts with a link to themselves, and the headings with their addresses."""
    taken, headings = set(re.findall(r'\bid="([^"]+)"', page)), []

    def heading(match: re.Match) -> str:
        name, number = _address(match[1]), 1
        while (unique := name if number == 1 else f"{name}-{number}") in taken:
            number += 1
        taken.add(unique)
        headings.append((unique, match[1]))
        return f'<h2 id="{unique}">{match[1]}{_link(unique, "this section")}</h2>'

    start = page.index("</header>") if "</header>" in page else 0
    opening, rest = page[:start], page[start:]
    rest = re.sub(r"<h2(?: id=\"[^\"]*\")?>(.*?)</h2>", heading, rest, flags=re.DOTALL)
    return opening + re.sub(
        r'(<figure class="chart" id="([^"]+)">.*?)(</figcaption>)',
        lambda match: f"{match[1]}{_link(match[2], 'this chart')}{match[3]}",
        rest,
        flags=re.DOTALL,
    ), headings


def _address(heading: str) -> str:
    words = re.findall(r"[a-z0-9]+", html.unescape(re.sub(r"<[^>]*>", "", heading)).lower())
    return "-".join(words[:8]) or "section"


def _link(address: str, what: str) -> str:
    return f' <a class="anchor" href="#{address}" aria-label="Link to {what}">#</a>'


def _contents(headings: list[tuple[str, str]]) -> str:
    items = "\n".join(f'<li><a href="#{address}">{text}</a></li>' for address, text in headings)
    return f'<nav class="contents" aria-label="Contents">\n<p>On this page</p>\n<ol>\n{items}\n</ol>\n</nav>'
