"""A publisher's file, from a path or an address; the only place of the package that reaches the network."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import threading
import urllib.error
import urllib.parse
import urllib.request
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gaplab.errors import GaplabError

LARGEST = 64 * 2**20
QUIET_SECONDS = 20.0
TOTAL_SECONDS = 180.0
_WEB = ("http", "https")
_FAILURES = (OSError, http.client.HTTPException, ValueError)


class Unreachable(GaplabError):
    """A file that cannot be had now; another try may have it."""


@dataclass(frozen=True)
class Download:
    """What was fetched.

    Attributes
    ----------
    name : str
        The last part of the path or address, to be shown.
    url : str or None
        Where it came from, when it came from the network.
    day : str
        The day it was fetched, in ISO form: nothing in it can be of a later one.
    etag : str
        What the server calls this state of the file; "" when it does not say.
    """

    content: bytes
    name: str
    url: str | None = None
    day: str = field(default_factory=lambda: f"{datetime.now(tz=UTC):%Y-%m-%d}")
    etag: str = ""

    @property
    def sha256(self) -> str:
        """Checksum of the content."""
        return hashlib.sha256(self.content).hexdigest()


def fetch(
    where: str,
    *,
    before: Download | None = None,
    largest: int = LARGEST,
    quiet: float = QUIET_SECONDS,
    total: float = TOTAL_SECONDS,
) -> Download:
    """The content of a file, read from a plain path, a file:// address or the web.

    Parameters
    ----------
    where : str
        A path, or an address that begins with file://, http:// or https://.
    before : Download, optional
        What was had from this address earlier: it is returned when the server says that it still stands.
    largest : int
        Most bytes accepted.
    quiet, total : float
        Longest silence of a server and longest download, in seconds.

    Raises
    ------
    Unreachable
        The server is not to be had, breaks off, or says that it is its own fault.
    GaplabError
        It cannot be had, is too large, or an address leads anywhere but to the web.
    """
    parts = _split(where)
    scheme = parts.scheme.lower()
    if scheme in _WEB:
        return _download(where, parts, before, largest, quiet, total)
    if scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise GaplabError(f"{where}: names the machine {parts.netloc!r}; expected file:///path or a plain path")
        return _read(Path(urllib.parse.unquote(parts.path)), where, largest)
    if "://" in where or scheme in ("ftp", "data", "javascript"):
        raise GaplabError(f"{where}: {scheme}: is not read; expected a path, file://, http:// or https://")
    return _read(Path(where), where, largest)


def _split(where: str) -> urllib.parse.SplitResult:
    if not where.strip() or not where.isprintable():
        raise GaplabError(f"{where!r}: expected a path or an address without control characters")
    try:
        parts = urllib.parse.urlsplit(where)
        _ = parts.port
    except ValueError as error:
        raise GaplabError(f"{where}: is no address ({error}); expected a path or http(s)://host/file") from None
    return parts


def _read(path: Path, shown: str, largest: int) -> Download:
    try:
        if not path.is_file():
            raise GaplabError(
                f"{shown}: no such file; expected the path of a publisher's file or an http(s):// address"
            )
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, GaplabError):
            raise
        raise GaplabError(f"{shown}: cannot be read ({error}); expected a readable file") from None
    return Download(_within(content, shown, largest), path.name)


def _within(content: bytes, shown: str, largest: int) -> bytes:
    if len(content) > largest:
        raise GaplabError(f"{shown}: is larger than {largest / 2**20:g} MiB; expected one file of a publisher")
    if not content:
        raise GaplabError(f"{shown}: is empty; expected a publisher's file: fetch it again")
    return content


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, none of which may leave the web or give up encryption."""

    max_redirections = 5

    def redirect_request(self, request, file, code, message, headers, target):
        # urllib has resolved a relative target against the address by now.
        scheme = urllib.parse.urlsplit(target).scheme.lower()
        if scheme not in _WEB or (request.type == "https" and scheme != "https"):
            raise GaplabError(f"{request.full_url}: leads on to {target!r}; expected to stay on {request.type}")
        return super().redirect_request(request, file, code, message, headers, target)

    def http_error_302(self, request, file, code, message, headers):
        # The base class refuses file: and the like with an HTTPError of its own: say where the address leads.
        target = headers.get("location") or headers.get("uri") or ""
        scheme = urllib.parse.urlsplit(urllib.parse.urljoin(request.full_url, target)).scheme.lower()
        if target and scheme not in _WEB:
            raise GaplabError(f"{request.full_url}: leads on to {target!r}; expected to stay on {request.type}")
        return super().http_error_302(request, file, code, message, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _opener() -> urllib.request.OpenerDirector:
    """Only what the web needs: the stock opener also reads file:, ftp: and data: addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _WebOnly(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", "gaplab"), ("Accept-Encoding", "identity")]
    return opener


def _download(
    url: str, parts: urllib.parse.SplitResult, before: Download | None, largest: int, quiet: float, total: float
) -> Download:
    if parts.username or parts.password:
        raise GaplabError(f"{parts.hostname}: the address holds a user name or password; expected a public address")
    if not parts.hostname:
        raise GaplabError(f"{url}: names no host; expected http(s)://host/file")
    promised, etag, coding, content, problem = "", "", "", b"", None
    asked = urllib.request.Request(url, headers={"If-None-Match": before.etag} if before and before.etag else {})

    def load() -> None:
        nonlocal promised, etag, coding, content, problem
        try:
            with _opener().open(asked, timeout=quiet) as response:
                if response.status != http.HTTPStatus.OK:  # such as a part of the file
                    raise GaplabError(f"{url}: the server answers {response.status}; expected the whole file")
                promised, etag = response.headers.get("Content-Length", ""), response.headers.get("ETag", "")
                coding = response.headers.get("Content-Encoding", "")
                content = _all_of(response, url, promised, largest, ended)
        except _FAILURES as error:
            problem = error

    # A server can be slow in its name, its headers, its redirects or its bytes: only a clock beside it bounds them all.
    ended = threading.Event()
    loader = threading.Thread(target=load, name="gaplab-fetch", daemon=True)
    loader.start()
    loader.join(total)
    ended.set()
    if loader.is_alive():
        raise Unreachable(f"{url}: took longer than {total:g} s; download it and give its path")
    if isinstance(problem, urllib.error.HTTPError):
        problem.close()
        if problem.code == http.HTTPStatus.NOT_MODIFIED and before:
            return before
        passing = problem.code >= 500 or problem.code == http.HTTPStatus.TOO_MANY_REQUESTS
        # A loop of redirects is explained in several lines.
        reason = " ".join(str(problem.reason).split())
        raise (Unreachable if passing else GaplabError)(
            f"{url}: the server answers {problem.code} {reason}; check the address"
        )
    if problem and not isinstance(problem, GaplabError):
        reason = getattr(problem, "reason", None) or problem
        raise Unreachable(f"{url}: cannot be fetched ({reason}); check the address and the network")
    if problem:
        raise problem
    if promised.isdecimal() and len(content) < int(promised):
        raise Unreachable(f"{url}: ended after {len(content)} of {promised} bytes; try again")
    content = _within(_decoded(_within(content, url, largest), coding, url, largest), url, largest)
    return Download(content, Path(parts.path).name or parts.hostname, url, etag=etag)


def _decoded(content: bytes, coding: str, url: str, largest: int) -> bytes:
    """The file of an answer that a server compressed although nobody asked; up to one byte more than accepted."""
    if coding.strip().lower() in ("", "identity"):
        return content
    if coding.strip().lower() not in ("gzip", "x-gzip"):
        raise GaplabError(f"{url}: comes compressed ({coding}); expected the file as it is: download it, give its path")
    try:
        with gzip.open(io.BytesIO(content)) as packed:
            return packed.read(largest + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise Unreachable(f"{url}: comes compressed and cannot be unpacked ({error}); try again") from None


def _all_of(response: http.client.HTTPResponse, url: str, promised: str, largest: int, ended: threading.Event) -> bytes:
    """What a server sends, up to one block more than accepted, or until nobody waits any more."""
    if promised.isdecimal() and int(promised) > largest:
        raise GaplabError(f"{url}: is larger than {largest / 2**20:g} MiB; expected one file of a publisher")
    content = bytearray()
    while not ended.is_set() and len(content) <= largest and (block := response.read1(2**16)):
        content += block
    return bytes(content)
