"""One try to deliver a message: one connection to an address that was looked at, one answer, all within a time."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache

from koridor.operator.common.refused import Refused
from koridor.operator.outbox import address
from koridor.operator.outbox.address import Lookup, Target, UnreachableError

ANSWER_BYTES_MAX = 4096
GOOD, BAD, MANY, FAULT = range(200, 300), 400, 429, 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try.

    Attributes
    ----------
    error : str
        "" where the receiver has taken it; else a code, or `status` and its number. Nothing of what it answered.
    there : bool
        Whether the receiver is there and can take others; else all that is for it waits.
    """

    error: str = ""
    there: bool = True


@dataclass(frozen=True, slots=True)
class Sender:
    """Tries to deliver by HTTP.

    Attributes
    ----------
    timeout_s : float
        For name, connection and answer together; a resolver of names that hangs has its own limit.
    trial : bool
        Lets http, addresses that are not public and any port pass.
    """

    timeout_s: float
    trial: bool = False
    lookup: Lookup = socket.getaddrinfo

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """What comes of a POST; redirects are not followed, and are failures."""
        try:
            target = address.parse(url, trial=self.trial)
            line = _Line(target, address.resolve(target, trial=self.trial, lookup=self.lookup), self.timeout_s)
        except UnreachableError as error:
            return Outcome(str(error), there=False)
        except Refused:  # it was allowed when it was put down, and is no more
            return Outcome("url_not_allowed", there=False)
        try:
            with line.cut_after(self.timeout_s):
                line.request("POST", target.path, body, {**headers, "Connection": "close"})
                answer = line.getresponse()
                answer.read(ANSWER_BYTES_MAX)
        except TimeoutError:
            return Outcome("timed_out", there=False)
        except ssl.SSLError:
            return Outcome("tls", there=False)
        except (OSError, http.client.HTTPException):
            return Outcome("timed_out" if line.was_cut else "no_answer", there=False)
        finally:
            line.close()
        if line.was_cut:
            return Outcome("timed_out", there=False)
        if answer.status in GOOD:
            return Outcome()
        return Outcome(f"status {answer.status}", there=answer.status < FAULT and answer.status != MANY)


class _Line(http.client.HTTPConnection):
    """A connection to one address for a target; the name is for TLS and the Host header alone."""

    def __init__(self, target: Target, number: str, timeout_s: float) -> None:
        self.default_port = address.PORTS["https" if target.secure else "http"]
        super().__init__(target.host, target.port, timeout=timeout_s)
        self._number, self._secure = number, target.secure
        self._raw: socket.socket | None = None
        self.was_cut = False

    def connect(self) -> None:
        """Connects to the number that was looked at."""
        raw = self._raw = self.sock = socket.create_connection((self._number, self.port), self.timeout)
        if self._secure:
            safe = _trusted().wrap_socket(raw, server_hostname=self.host, do_handshake_on_connect=False)
            self._raw = self.sock = safe  # known before the handshake, which may come by drops too
            safe.do_handshake()

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cuts the connection when time is up: an answer that comes by drops never meets a socket's own time-out."""

        def cut() -> None:
            self.was_cut = True
            if self._raw is not None:
                with suppress(OSError):
                    socket.socket.shutdown(self._raw, socket.SHUT_RDWR)

        timer = threading.Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()
