"""Files from addresses: fetched once, not again while they stand, tried again when a server fails."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer
from typing import ClassVar

import pytest
from support.refreshes import index_of
from support.servers import Answering

from gaplab.runs.refresh.fetch_files import fetch_all


class Publisher(Answering):
    """Serves an index that knows its state by a tag; other paths misbehave."""

    asked: ClassVar[list[tuple[str, str]]] = []
    body = index_of(1).encode()
    failures = 0

    def do_GET(self):
        self.asked.append((self.path, self.headers.get("If-None-Match", "")))
        tag = f'"{len(self.body)}"'
        if self.path == "/loop.csv":
            self.answer(302, Location="/loop.csv")
        elif self.path == "/fails.csv" and Publisher.failures > 0:
            Publisher.failures -= 1
            self.answer(503)
        elif self.path not in ("/eci_scores.csv", "/fails.csv"):
            self.answer(404)
        elif self.headers.get("If-None-Match") == tag:
            self.answer(304)
        else:
            self.answer(200, self.body, ETag=tag)


@pytest.fixture
def publisher():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Publisher.asked.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def addresses(data):
    """Write the addresses of the data set."""

    def write(*urls):
        lines = ["publisher,url", *(f"epoch,{url}" for url in urls)]
        (data / "build" / "addresses.csv").write_text("\n".join(lines) + "\n", "utf-8")

    return write


def test_a_file_that_stands_is_not_sent_again(data, publisher, addresses, tmp_path, monkeypatch):
    addresses(f"{publisher}/eci_scores.csv")
    assert fetch_all(data, tmp_path / "in") == []
    (path,) = (tmp_path / "in").rglob("*.csv")
    assert path.read_bytes() == Publisher.body
    assert fetch_all(data, tmp_path / "in") == []
    assert [tag for _, tag in Publisher.asked] == ["", f'"{len(Publisher.body)}"']
    monkeypatch.setattr(Publisher, "body", index_of(2).encode())
    assert fetch_all(data, tmp_path / "in") == []
    (path,) = (tmp_path / "in").rglob("*.csv")
    assert path.read_bytes() == Publisher.body, "only the newest state is kept"
    addresses()
    assert fetch_all(data, tmp_path / "in") == []
    assert not list((tmp_path / "in").rglob("*.csv"))


def test_what_cannot_be_had_is_told_in_one_line_each(data, publisher, addresses, tmp_path):
    addresses(f"{publisher}/gone.csv", f"{publisher}/loop.csv", f"{publisher}/eci_scores.csv")
    gone, loop = fetch_all(data, tmp_path / "in", pause=0)
    assert "answers 404" in gone
    assert "infinite loop" in loop
    assert "\n" not in loop
    assert [path for path, _ in Publisher.asked].count("/gone.csv") == 1, "no second try where it is not the server's"


@pytest.mark.parametrize(("failures", "told"), [(2, 0), (3, 1)])
def test_a_server_that_fails_is_asked_three_times(data, publisher, addresses, tmp_path, monkeypatch, failures, told):
    monkeypatch.setattr(Publisher, "failures", failures)
    addresses(f"{publisher}/fails.csv")
    assert len(fetch_all(data, tmp_path / "in", pause=0)) == told


def test_a_refresh_from_addresses_takes_what_they_have(run, data, publisher, addresses):
    addresses(f"{publisher}/eci_scores.csv")
    assert run(None).files == 1
    assert "Delta 1" in (data / "models.csv").read_text()
    assert run(None).changed is False
