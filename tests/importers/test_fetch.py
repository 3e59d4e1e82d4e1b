"""A publisher's file, from a path or the web: taken whole or refused."""

from __future__ import annotations

import contextlib
import gc
import gzip
import hashlib
import os
import threading
import time
from http.server import ThreadingHTTPServer

import pytest
from support.servers import Answering

from gaplab.errors import GaplabError
from gaplab.importers.fetch import fetch

# A download that is given up ends in its own thread later, and leaves its socket to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
BODY = b"snapshot_date,model,elo\n2026-03-01,alpha-1,1400\n"


class Publisher(Answering):
    """A web server that misbehaves by path."""

    def do_GET(self):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, self.path.strip("/").split("/")[0].replace(".csv", ""), self.missing)()

    def answer(self, body=BODY, length=None, code=200, **headers):
        super().answer(code, body, **({} if length is None else {"Content_Length": str(length)}), **headers)

    def table(self):
        self.answer()

    def missing(self):
        self.answer(b"no", code=404)

    def to_file(self):
        self.answer(b"", code=302, Location="file:///etc/hostname")

    def to_ftp(self):
        self.answer(b"", code=301, Location="ftp://127.0.0.1/x")

    def to_data(self):
        self.answer(b"", code=307, Location="data:text/csv,a")

    def to_table(self):
        self.answer(b"", code=302, Location="/table.csv")

    def to_itself(self):
        self.answer(b"", code=302, Location="/to_itself")

    def huge(self):
        self.answer(b"x", length=10**12)

    def endless(self):
        self.send_response(200)
        self.end_headers()
        for _ in range(10_000):
            self.wfile.write(b"x" * 65536)

    def cut(self):
        self.answer(BODY, length=len(BODY) + 100)

    def silent(self):
        time.sleep(3)

    def drip(self):
        self.send_response(200)
        self.end_headers()
        for _ in range(25):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.1)

    def slow_headers(self):
        self.drip_bytes(b"HTTP/1.0 200 OK\r\nX-Long: " + b"y" * 25)

    def slow_redirects(self):
        time.sleep(0.3)
        number = int(self.path.rsplit("/", 1)[-1] or 0) if "/" in self.path.strip("/") else 0
        self.answer(b"", code=302, Location=f"/slow_redirects/{number + 1}")

    def only_continue(self):
        self.drip_bytes(b"HTTP/1.1 100 Continue\r\n\r\n" * 25, step=25)

    def slow_chunks(self):
        self.drip_bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 25, step=6)

    def drip_bytes(self, answer, step=1):
        for start in range(0, len(answer), step):
            self.wfile.write(answer[start : start + step])
            self.wfile.flush()
            time.sleep(0.1)

    def part(self):
        self.answer(BODY[:30], code=206, Content_Range="bytes 0-29/48")

    def nothing(self):
        self.answer(b"")

    def packed(self):
        self.answer(gzip.compress(BODY[:20]) + gzip.compress(BODY[20:]), Content_Encoding="gzip")

    def packed_bomb(self):
        self.answer(gzip.compress(bytes(50 * 2**20)), Content_Encoding="gzip")

    def packed_in_part(self):
        self.answer(gzip.compress(BODY)[:-12], Content_Encoding="GZIP")

    def packed_falsely(self):
        self.answer(BODY, Content_Encoding="gzip")

    def packed_otherwise(self):
        self.answer(BODY, Content_Encoding="br")


@pytest.fixture(scope="module")
def server():
    running = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    for given_up in [each for each in threading.enumerate() if each.name == "gaplab-fetch"]:
        given_up.join()
    gc.collect()
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


def test_a_path_a_file_address_and_the_web_give_the_same(server, tmp_path):
    path = tmp_path / "a table.csv"
    path.write_bytes(BODY)
    for where in (str(path), path.as_uri(), f"{server}/table.csv", f"{server}/to_table", f"{server}/packed"):
        got = fetch(where)
        assert got.content == BODY
        assert got.sha256 == hashlib.sha256(BODY).hexdigest()
    assert fetch(f"{server}/table.csv").url == f"{server}/table.csv"
    assert fetch(str(path)).url is None


REFUSED = {
    "missing": "answers 404",
    "to_file": r"leads on to 'file:///etc/hostname'",
    "to_ftp": r"leads on to 'ftp:",
    "to_data": r"leads on to 'data:",
    "to_itself": "answers 302",
    "huge": "is larger than 1 MiB",
    "endless": "is larger than 1 MiB",
    "cut": r"ended after \d+ of \d+ bytes|cannot be fetched",
    "silent": "cannot be fetched.*timed out",
    "drip": "took longer than 1 s",
    "slow_headers": "took longer than 1 s",
    "slow_redirects": "took longer than 1 s",
    "only_continue": "took longer than 1 s",
    "slow_chunks": "took longer than 1 s",
    "nothing": "is empty",
    "part": "answers 206; expected the whole file",
    "packed_bomb": "is larger than 1 MiB",
    "packed_in_part": "comes compressed and cannot be unpacked",
    "packed_falsely": "comes compressed and cannot be unpacked",
    "packed_otherwise": r"comes compressed \(br\); expected the file as it is",
}


@pytest.mark.parametrize("path", REFUSED)
def test_a_server_that_misbehaves_is_refused(server, path):
    with pytest.raises(GaplabError, match=REFUSED[path]):
        fetch(f"{server}/{path}", largest=2**20, quiet=0.4, total=1)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("ftp://127.0.0.1/x", "is not read"),
        ("data:text/csv,a", "is not read"),
        ("gopher://127.0.0.1/", "is not read"),
        ("file://elsewhere/etc/hostname", "names the machine"),
        ("http://user:secret@127.0.0.1/x", "user name or password"),
        ("http://", "names no host"),
        ("http://127.0.0.1:99999/x", "is no address"),
        ("http://[::1/x", "is no address"),
        ("http://127.0.0.1:1/x", "cannot be fetched"),
        ("http://127.0.0.1/\r\nx", "control characters"),
        ("", "expected a path"),
        ("no/such/file.csv", "no such file"),
        ("x\0y", "control characters"),
        ("x" * 10_000, "cannot be read|no such file"),
        (os.devnull, "no such file"),
        ("/", "no such file"),
    ],
)
def test_what_is_no_file_of_a_publisher_is_refused(where, expected):
    with pytest.raises(GaplabError, match=expected) as caught:
        fetch(where)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(10 * 2**30)  # sparse: takes no room
    with pytest.raises(GaplabError, match="is larger than 64 MiB"):
        fetch(str(path))
