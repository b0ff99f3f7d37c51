"""A real server in a process of its own, and clients that speak HTTP to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

from koridor.operator.api.serve import serve
from koridor.operator.client import Heard
from koridor.operator.common.policy import Policy
from koridor.operator.setup import open_desk


class Server:
    """`koridor operator serve` on a database; started on entering, killed without warning on leaving."""

    def __init__(self, where: str, policy: str = "") -> None:
        more = ["--policy", policy] if policy else []
        command = [sys.executable, "-m", "koridor", "operator", "serve", "--port", "0", "--db", where, *more]
        variables = {**os.environ, "KORIDOR_LANG": "en", "PYTHONUNBUFFERED": "1"}
        self.said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.said, text=True, env=variables)

    def __enter__(self) -> Server:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("Listening on http://"):
            self.said.seek(0)
            raise AssertionError(self.said.read())
        self.address = urlsplit(line.split()[2].rstrip(";"))
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """SIGKILL: the process gets no chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.said.close()

    def client(self, token: str) -> Client:
        """A client with a connection of its own."""
        return Client(self.address.hostname or "", self.address.port or 0, token)

    def line(self) -> socket.socket:
        """A connection for what is no request."""
        return socket.create_connection((self.address.hostname or "", self.address.port or 0), timeout=60)


class Forked:
    """The same as a copy of this process, which has loaded everything: it answers ten times sooner."""

    def __init__(self, where: str, rules: Policy) -> None:
        context = get_context("fork")
        self.line, there = context.Pipe()
        self.process = context.Process(target=_serve, args=(where, rules, there), daemon=True)

    def __enter__(self) -> Forked:
        with warnings.catch_warnings():
            # from Python 3.12 on, of any thread that is left: none holds what the copy needs
            warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
            self.process.start()
        self.address = urlsplit(self.line.recv())
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.line.close()

    def kill(self) -> None:
        """SIGKILL: the process gets no chance to tidy up."""
        self.process.kill()
        self.process.join()

    def client(self, token: str) -> Client:
        """A client with a connection of its own."""
        return Client(self.address.hostname or "", self.address.port or 0, token)


def _serve(where: str, rules: Policy, line: Connection) -> None:
    serve(open_desk(where, rules), "127.0.0.1", 0, line.send)


class Client:
    """One connection; it raises OSError or HTTPException when the server is gone. Use as a context."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self.line = http.client.HTTPConnection(host, port, timeout=60)
        self.token = token

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str = "") -> Heard:
        """The response to a request."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        self.line.request(method, path, None if body is None else json.dumps(body), headers)
        response = self.line.getresponse()
        return Heard(response.status, response.read())
