"""Bodies: departures and allotments."""

from __future__ import annotations

from koridor.operator.api.bodies.words import Body, Id, Millis, Quantity, Text


class NewAllotment(Body):
    """Capacity that is one partner's until a moment."""

    party_id: Id
    resource: Text
    quantity: Quantity
    release_ms: Millis
