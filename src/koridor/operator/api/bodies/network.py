"""Bodies: departures and allotments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from koridor.operator.api.bodies.words import Body, Id, Millis, Quantity, Shown, Text

State = Literal["open", "closed", "cancelled"]


class NewAllotment(Body):
    """Capacity that is one partner's until a moment."""

    party_id: Id
    resource: Text
    quantity: Quantity
    release_ms: Millis


class NewCapacity(Body):
    """What each departure of a service that is made from now on has of a resource, whatever its dataset says."""

    service_id: Id
    resource: Text
    quantity: Quantity


class NewDepartures(Body):
    """So many days from now shall have departures."""

    days: Annotated[int, Field(ge=1, le=120)]
    capacity: Annotated[list[NewCapacity], Field(max_length=500)] = []


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
    """Departures between two places that take cargo; what is closed or cancelled is not offered."""

    offers: list[OfferRow]


class DepartureRow(Shown):
    """A departure, and until when it is booked with the caller's party at its first call; null without its terms."""

    departure_id: str
    service_id: str
    mode: str
    direction: str
    state: State
    starts_ms: int
    cutoff_ms: int | None


class DeparturesAnswer(Shown):
    """A page of departures by when they leave; `next` continues."""

    departures: list[DepartureRow]
    next: str | None


class CallShown(Shown):
    """A call, until when it is booked from there, and by resource the most that one booking could take of the hop
    behind it: 0 where the departure is closed or cancelled.
    """

    seq: int
    place_id: str
    at_ms: int
    cutoff_ms: int | None
    free: dict[str, Quantity]


class DepartureView(DepartureRow):
    """A departure with its calls."""

    calls: list[CallShown]


class GeneratedAnswer(Shown):
    """How many departures were added, of which version of the network, and until when there are some now."""

    network_id: str
    added: int
    to_ms: int


class AllotmentAnswer(Shown):
    """The departure of which a part was allotted."""

    departure_id: str
