"""Serving the application: one process, which for SQLite is the one writer."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable

import uvicorn

from koridor.errors import UsageError
from koridor.operator.api.app import create_app
from koridor.operator.common.desk import Desk
from koridor.text import t

BACKLOG = 512


def serve(desk: Desk, host: str, port: int, told: Callable[[str], None]) -> None:
    """Serves until it is told to stop; `told` hears the address as soon as it is open. Raises UsageError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # the protocol is named, as asyncio turns off Nagle's waiting (40 ms a response) only where it is
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except (OSError, OverflowError, UnicodeError) as error:  # a port above 65535; a host that is no name
            why = getattr(error, "strerror", None) or str(error)
            raise UsageError(t("{host}:{port} cannot be listened on: {why}", host=host, port=port, why=why)) from error
        listening.listen(BACKLOG)
        told(f"http://{host}:{listening.getsockname()[1]}")
        app = create_app(desk)
        gc.collect()
        gc.freeze()  # what is loaded now stays: looking through it again and again stops all requests for 100 ms
        # h11 bounds heads and what waits on a connection, and keeps trailers apart; httptools does not
        config = uvicorn.Config(app, http="h11", log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listening])
