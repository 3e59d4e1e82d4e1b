"""What the web servers of tests answer with."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler


class Answering(BaseHTTPRequestHandler):
    """Answers whole and keeps silent about it; a subclass says to what."""

    def answer(self, code: int, body: bytes = b"", **headers: str) -> None:
        """Send a status, headers (an underscore stands for a hyphen) and a body, whose length is told unless given."""
        self.send_response(code)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Nothing: the output of a test is its own."""
