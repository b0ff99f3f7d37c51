"""Webhooks and what was sent to them, keys of machines, the audit, and whatever else the API has."""

from __future__ import annotations

from koridor.cli.commands.desk.request import Verb
from koridor.text import t

DELIVERY = "delivery_id kind stream state tries next_ms last_error"


def verbs() -> dict[str, Verb]:
    """Verbs in the order of the day."""
    return {
        "webhooks": Verb(t("list the webhooks of one's own party"), "GET /v1/webhooks", "",
                         ("webhooks: subscription_id url kinds failures failing_since_ms",)),
        "webhook": Verb(t("send what happens to an address; its secret is shown this once"), "POST /v1/webhooks",
                        "url kinds", (": subscription_id url kinds secret",), once=False),
        "end-webhook": Verb(t("end a webhook"), "DELETE /v1/webhooks/{subscription_id}", "subscription_id", once=False),
        "new-secret": Verb(t("give a webhook a new secret, shown this once; the one before signs on for a while"),
                           "POST /v1/webhooks/{subscription_id}/secrets", "subscription_id",
                           (": subscription_id secret before_until_ms",), once=False),
        "deliveries": Verb(t("what waits for webhooks, or was sent and is kept still, the latest first"),
                           "GET /v1/deliveries", "[--state] [--after]", (f"deliveries: {DELIVERY}", ": next")),
        "redeliver": Verb(t("send a dead letter again"), "POST /v1/deliveries/{delivery_id}/redeliveries",
                          "delivery_id", (f": {DELIVERY}",)),
        "health": Verb(t("whether the desk answers, and whether messages to others are behind"), "GET /v1/health", "",
                       (": status behind_since_ms",)),
        "new-key": Verb(t("make a key for a machine, shown this once"), "POST /v1/keys", "label scopes",
                        (": token_id token expires_ms",), once=False),
        "end-key": Verb(t("end a key"), "DELETE /v1/keys/{token_id}", "token_id", once=False),
        "audit": Verb(t("what one's own party did, in order"), "GET /v1/audit", "[--after]",
                      ("rows: seq at_ms actor action object", ": last hash")),
        "get": Verb(t("ask anything else of the API"), "GET {path}", "path"),
        "post": Verb(t("change anything else by the API"), "POST {path}", "path [body]"),
    }  # fmt: skip
