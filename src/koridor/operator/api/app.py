"""The application: routes, limits, problems, the language of the reader, and the hands that tend and deliver."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

import koridor
from koridor.operator.api import problem
from koridor.operator.api.document import Service
from koridor.operator.api.limits import Buckets
from koridor.operator.api.routes import (
    alerts,
    control,
    disruption,
    equipment,
    money,
    network,
    outbox,
    papers,
    people,
    quoting,
    selling,
    settlement,
    shipments,
    splits,
    track,
)
from koridor.operator.booking.tend import tend
from koridor.operator.common import idempotency
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused
from koridor.operator.equipment import orders
from koridor.operator.outbox import delivery
from koridor.operator.outbox.hand import NAME, Hand, keep_on
from koridor.operator.outbox.send import Sender
from koridor.operator.quoting.networks import Networks
from koridor.operator.track.alerts import watch
from koridor.text import LANGUAGES, set_language, t

PARTS = (  # what is asked most comes first: a request is held against one route after another
    selling,
    people,
    network,
    quoting,
    shipments,
    disruption,
    money,
    splits,
    control,
    outbox,
    equipment,
    settlement,
    track,
    papers,
    alerts,
)
TEND_EVERY_S, DELIVER_EVERY_S = 5.0, 1.0
WATCH_EVERY = 12  # rounds of tending after which deadlines and arrivals are looked at
KIB = 1024
LOGINS_PER_ADDRESS = 10  # an office behind one address; whoever tries unknown names pays for each
VERIFYING_MAX = 2  # a password takes 64 MiB and a core to verify


def create_app(desk: Desk, *, tend_every_s: float = TEND_EVERY_S, deliver_every_s: float = DELIVER_EVERY_S) -> ASGIApp:
    """The application on a desk. Whoever makes it closes the desk's store after it."""
    app = Service(
        title="koridor operator",
        version=koridor.__version__,
        lifespan=_lifespan(desk, tend_every_s, deliver_every_s),
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # a client that asks again as told may ask without its key or its body
        max_body_size=desk.policy.body_kib_max * KIB,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.desk = desk
    app.state.requests = Buckets(desk.policy.requests_per_min)
    app.state.logins = Buckets(desk.policy.logins_per_min)
    app.state.addresses = Buckets(desk.policy.logins_per_min * LOGINS_PER_ADDRESS)
    app.state.networks = Networks()
    app.state.verifying = threading.Semaphore(VERIFYING_MAX)
    problem.install(app)
    for part in PARTS:
        app.router.routes.extend(part.routes.routes)  # `include_router` would match every route twice, its part first
    return Door(app, body_bytes_max=desk.policy.body_kib_max * KIB)


def _lifespan(
    desk: Desk, every_s: float, deliver_every_s: float
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        ended = threading.Event()

        def hand() -> None:
            rounds = 0
            while not ended.wait(every_s):
                try:
                    desk.do(SYSTEM, _tend)
                    if rounds % WATCH_EVERY == 0:
                        watch(desk)
                    rounds += 1
                except Exception:  # the next round may do; nothing depends on this one
                    logging.getLogger(__name__).exception("tending failed")

        sender = Sender(desk.policy.delivery_timeout_s, trial=bool(desk.policy.webhook_trial))
        carrier = Hand(desk, sender, ended=ended)
        threads = [
            threading.Thread(target=hand, name="koridor-tend", daemon=True),
            threading.Thread(target=keep_on, args=(carrier, deliver_every_s), name=NAME, daemon=True),
        ]
        for thread in threads:
            thread.start()
        yield
        ended.set()
        for thread in threads:
            thread.join()

    return lifespan


def _tend(tx: Tx) -> None:
    tend(tx)
    orders.sweep(tx)
    idempotency.forget(tx)
    delivery.forget(tx)


class Door:
    """What each request meets first: the language that the reader asks for, and the limit of what may be carried in.

    A body that does not tell its length is cut off by the framework, at the same limit.
    """

    def __init__(self, app: ASGIApp, *, body_bytes_max: int) -> None:
        self.app = app
        self.body_bytes_max = body_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            wished = headers.get("accept-language", "")[:2].lower()
            set_language(wished if wished in LANGUAGES else "en")
            length = headers.get("content-length", "0")
            if length.isdigit() and int(length) > self.body_bytes_max:
                refused = Refused("too_large", t("A request has at most {most} bytes.", most=self.body_bytes_max))
                await problem.respond(problem.told(refused))(scope, receive, send)
                return
        await self.app(scope, receive, send)
