"""What stands on what: a box on a wagon, the wagon on a train or a ferry; a pure function of the set of events.

A loading that names its vehicle begins a ride, the next loading onto another or a discharge ends it. What is told of a
vehicle during a ride is told of all that rides on it, so that a train's departure moves its boxes though nobody names
them, in whatever order loading and departure came to the desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from koridor.operator.booking.tracking import HELD_AFTER, classifier, standing, written_ms
from koridor.operator.common.events import Event

LOAD = "LOAD"
ENDS = ("DISC", "GTIN", "GTOT", "STRP", "DROP", "PICK")
PASSED_ON = ("ARRI", "DEPA", "CROS", *HELD_AFTER)
DEPTH = 3  # a box on a wagon, the wagon on a train, the train on a ferry
END_OF_TIME = 2**62


@dataclass(frozen=True, slots=True)
class Ride:
    """A time on a vehicle, both ends included."""

    vehicle: str
    from_ms: int
    to_ms: int = END_OF_TIME


def vehicles(event: Event) -> tuple[str, ...]:
    """The vehicles that an event names: what carries, and the train or voyage."""
    told = (event.body.get("carried_by"), event.body.get("transport"))
    return tuple(dict.fromkeys(bare(name) for name in told if isinstance(name, str) and bare(name)))


def bare(number: str) -> str:
    """A number of a vehicle or box, or a reference, as it is compared: in capitals, without spaces."""
    return "".join(number.upper().split())


def rides(events: Iterable[Event]) -> list[Ride]:
    """The rides of a thing by its events; a discharge at the moment of a loading comes before it."""
    actual = [event for event in standing(events) if classifier(event) == "ACT"]
    actual.sort(key=lambda event: (event.happened_ms, event.kind == LOAD, written_ms(event), event.event_id))
    found: list[Ride] = []
    on: tuple[str, ...] = ()
    since = 0
    for event in actual:
        onto = vehicles(event) if event.kind == LOAD else ()
        if onto or event.kind in ENDS:
            found += [Ride(name, since, event.happened_ms) for name in on]
            on, since = onto, event.happened_ms
    return found + [Ride(name, since) for name in on]


def reached(own: Iterable[Event], streams: Mapping[str, Sequence[Event]]) -> list[Event]:
    """Events of vehicles that reach a thing while it rides on them, or on what rides on them.

    `streams` are the events of vehicles by their numbers; `wanted` says which are needed.
    """
    found: dict[str, Event] = {}

    def visit(events: Iterable[Event], first: int, last: int, depth: int) -> None:
        for ride in rides(events):
            begin, end = max(first, ride.from_ms), min(last, ride.to_ms)
            told = streams.get(ride.vehicle, ())
            if begin > end or not told:
                continue
            passed = [one for one in standing(told) if one.kind in PASSED_ON and begin <= one.happened_ms <= end]
            found.update({one.event_id: one for one in passed})
            if depth > 1:
                visit(told, begin, end, depth - 1)

    visit(own, 0, END_OF_TIME, DEPTH)
    return list(found.values())


def wanted(events: Iterable[Event]) -> frozenset[str]:
    """Vehicles that a thing was ever on."""
    return frozenset(chain.from_iterable(vehicles(event) for event in events if event.kind == LOAD))
