"""Bodies: subscriptions and deliveries, and what is answered of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from koridor.operator.api.bodies.words import Body, Text


class NewWebhook(Body):
    """Where to tell of what."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    kinds: Annotated[list[Text], Field(min_length=1, max_length=10)]


class WebhookMade(BaseModel):
    """A new subscription; the secret is shown this once."""

    subscription_id: str
    url: str
    kinds: list[str]
    secret: str


class SecretMade(BaseModel):
    """A new secret; the one before signs beside it until `before_until_ms`."""

    subscription_id: str
    secret: str
    before_until_ms: int


class WebhookAnswer(BaseModel):
    """A subscription: since when its receiver has not been there, and how often in a row."""

    subscription_id: str
    url: str
    kinds: list[str]
    created_ms: int
    failing_since_ms: int | None
    failures: int


class WebhooksAnswer(BaseModel):
    """Subscriptions of one's own party."""

    webhooks: list[WebhookAnswer]


class DeliveryAnswer(BaseModel):
    """A message and what became of it; `tries` counts those to which its receiver answered."""

    delivery_id: str
    subscription_id: str
    stream: str
    seq: int
    kind: str
    state: Literal["waiting", "delivered", "dead"]
    tries: int
    queued_ms: int
    next_ms: int
    done_ms: int | None
    last_error: str
    body: dict[str, Any]


class DeliveriesAnswer(BaseModel):
    """A page of messages and where the next begins."""

    deliveries: list[DeliveryAnswer]
    next: str | None


class Nothing(BaseModel):
    """An answer that says no more than that it is done."""


class HealthAnswer(BaseModel):
    """`behind` where messages that should have arrived have not, with the moment of the oldest."""

    status: Literal["ok", "behind"]
    behind_since_ms: int | None
