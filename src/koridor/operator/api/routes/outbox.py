"""Subscriptions, what was sent to them, and whether anything is behind."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response

from koridor.operator.api.bodies.outbox import (
    DeliveriesAnswer,
    DeliveryAnswer,
    HealthAnswer,
    NewWebhook,
    Nothing,
    SecretMade,
    WebhookMade,
    WebhooksAnswer,
)
from koridor.operator.api.call import OPEN, Id, Reads, Routes, Writes
from koridor.operator.api.problem import respond
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.canonical import kept
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.idempotency import Answer
from koridor.operator.common.pages import FIRST_PAGE
from koridor.operator.outbox import delivery, subscription

routes = Routes()
MANAGE = "webhook.manage"


@routes.on("POST", "/v1/webhooks", MANAGE, answer=WebhookMade)
def subscribe(call: Reads, body: NewWebhook) -> Response:
    """A subscription of one's own party, with its secret, which is shown this once."""
    return call.write(lambda tx: subscription.subscribe(tx, body.url, body.kinds))


@routes.on("GET", "/v1/webhooks", MANAGE, answer=WebhooksAnswer)
def webhooks(call: Reads) -> Response:
    """Subscriptions of one's own party."""
    return call.read(lambda tx: {"webhooks": subscription.of_party(tx)})


@routes.on("DELETE", "/v1/webhooks/{subscription_id}", MANAGE, answer=Nothing)
def end(call: Reads, subscription_id: Id) -> Response:
    """Ends a subscription; what still waits for it is not sent."""

    def work(tx: Tx) -> dict[str, Any]:
        subscription.end(tx, subscription_id)
        return {}

    return call.write(work)


@routes.on("POST", "/v1/webhooks/{subscription_id}/secrets", MANAGE, answer=SecretMade)
def rotate(call: Reads, subscription_id: Id) -> Response:
    """A new secret, shown this once; the one before signs beside it for a while."""
    return call.write(lambda tx: subscription.rotate(tx, subscription_id))


@routes.on("GET", "/v1/deliveries", MANAGE, answer=DeliveriesAnswer)
def deliveries(
    call: Reads,
    state: Annotated[Literal["waiting", "delivered", "dead"] | None, Query()] = None,
    after: Annotated[str, Query(max_length=100)] = FIRST_PAGE,
) -> Response:
    """What was sent or waits to be, the latest first."""
    return call.read(lambda tx: delivery.page(tx, state, after))


@routes.on("POST", "/v1/deliveries/{delivery_id}/redeliveries", MANAGE, answer=DeliveryAnswer)
async def redeliver(call: Writes, delivery_id: Id) -> Response:
    """Sends a dead letter again; later ones of its object may have arrived before it."""
    return await call.once(None, lambda tx: delivery.redeliver(tx, delivery_id))


@routes.on("GET", "/v1/health", OPEN, answer=HealthAnswer)
def health(request: Request) -> Response:
    """That the service and its database answer, and since when messages to others are behind."""
    desk: Desk = request.app.state.desk
    since_ms = desk.look(SYSTEM, delivery.behind_since_ms)
    status = "ok" if since_ms is None else "behind"
    return respond(Answer(200, kept({"status": status, "behind_since_ms": since_ms})))
