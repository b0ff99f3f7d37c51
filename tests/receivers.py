"""A partner's receiver on this machine, which fails in every way that receivers do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from koridor.operator.outbox import signing

ALL = 1 << 30
DRIP_S, DRIPS = 0.05, 200


@dataclass(slots=True)
class Receiver:
    """What came, and what the receiver does.

    Attributes
    ----------
    mode : str
        `good`, a status such as `500`, `cut` (no answer), `unheard` (kept, then cut), `silent` (waits), `drip` (an
        answer by single signs), `flood` (an answer without end), `redirect` (to `elsewhere`).
    secret : str
        With one, a message without its signature gets 401 and is not kept.
    """

    url: str = ""
    mode: str = "good"
    elsewhere: str = ""
    secret: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def messages(self) -> list[dict[str, Any]]:
        """Bodies that were kept."""
        return [json.loads(body) for _, body in self.heard]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        """Does what the receiver's mode says."""

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:  # whoever sent it was killed meanwhile
                return
            given = self.headers.get(signing.HEADER, "")
            if receiver.secret and not signing.verify([receiver.secret], body, given, int(time.time())):
                self._told(401)
                return
            if receiver.mode in ("good", "unheard", "drip", "flood"):
                receiver.heard.append((dict(self.headers), body))
            answer = getattr(self, f"_{receiver.mode}", self._status)
            answer()

        def _good(self) -> None:
            self._told(200)

        def _status(self) -> None:
            self._told(int(receiver.mode))

        def _told(self, status: int, **headers: str) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def _redirect(self) -> None:
            self._told(307, Location=receiver.elsewhere)

        def _cut(self) -> None:
            self.close_connection = True

        _unheard = _cut

        def _silent(self) -> None:
            time.sleep(DRIP_S * DRIPS)

        def _drip(self) -> None:
            for _ in range(DRIPS):
                self.wfile.write(b"H")
                time.sleep(DRIP_S)

        def _flood(self) -> None:
            self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
            for _ in range(ALL):
                self.wfile.write(b"x" * 65536)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the other side has hung up
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
