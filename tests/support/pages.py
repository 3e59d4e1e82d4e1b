"""A page, read by an HTML parser."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "img", "source", "br", "hr", "input"}


class Page(HTMLParser):
    """Elements of a page with their attributes; complains about tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.problems, self.words = [], [], [], []
        self.feed(text)
        self.problems += [f"{tag} is never closed" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID and "svg" not in self.open:
            self.problems.append(f"<{tag}/> is no empty element at line {self.getpos()[0]}")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> does not match at line {self.getpos()[0]}")

    def handle_data(self, text):
        if not {"style", "script"} & set(self.open):
            self.words.append(text)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]
