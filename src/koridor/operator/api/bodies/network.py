"""Bodies: departures and allotments."""

from __future__ import annotations

from koridor.operator.api.bodies.words import Body, Id, Millis, Quantity, Shown, Text


class NewAllotment(Body):
    """Capacity that is one partner's until a moment."""

    party_id: Id
    resource: Text
    quantity: Quantity
    release_ms: Millis


class NetworkRow(Shown):
    """A version of the network."""

    network_id: str
    name: str
    published_ms: int


class NetworksAnswer(Shown):
    """Versions that were put in force."""

    networks: list[NetworkRow]


class OfferRow(Shown):
    """A departure between two places, and by resource the most that one booking could take."""

    departure_id: str
    leaves_ms: int
    arrives_ms: int
    free: dict[str, Quantity]


class OffersAnswer(Shown):
    """Departures between two places."""

    offers: list[OfferRow]


class AllotmentAnswer(Shown):
    """The departure of which a part was allotted."""

    departure_id: str
