"""The way of a shipment hop by hop, and how far along it is: pure, from the itinerary and the set of its events.

A hop goes from one call of a departure to the next, or over a leg that has no departure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from koridor.operator.booking.aboard import LOAD
from koridor.operator.booking.tracking import PHASE_AFTER, classifier, standing
from koridor.operator.common.events import Event

LEAVES = ("DEPA", "CROS")
HOP, STAY = "hop", "stay"


@dataclass(frozen=True, slots=True)
class Hop:
    """A part of the way.

    Attributes
    ----------
    from_place, to_place, mode : str
        What it joins, and how.
    hours : float
        Hours planned, or typical where nothing is planned; the median of what is expected beforehand.
    log_sd : float
        Standard deviation of their logarithm, beforehand.
    leaves_ms : tuple of int
        When it may leave, ascending: its departure's time, then those of later ones of the service; empty: at any time.
    boards : bool
        Whether it begins on another departure than the hop before, so that this can be missed.
    service_id : str
        The service of its departure, "" where it has none.
    """

    from_place: str
    to_place: str
    mode: str
    hours: float
    log_sd: float
    leaves_ms: tuple[int, ...] = ()
    boards: bool = False
    service_id: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far along a way: `at` counts its places from 0, before the first hop; `left_ms` is None while it waits there.

    `loaded` says that it waits on board. `arrived_ms` is when the last place was reached, None before.
    """

    at: int = 0
    reached_ms: int | None = None
    left_ms: int | None = None
    arrived_ms: int | None = None
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """A time that was observed: of a hop, or of a stay at a place, whose two ends are the same.

    `planned_h` are the hours planned of a hop, `mode_before` how a stay was reached.
    """

    kind: str
    from_place: str
    to_place: str
    mode: str
    start_ms: int
    end_ms: int
    service_id: str = ""
    planned_h: float = 0.0
    mode_before: str = ""

    @property
    def hours(self) -> float:
        """How long it took."""
        return (self.end_ms - self.start_ms) / 3_600_000


def progress(hops: Sequence[Hop], events: Iterable[Event]) -> Progress:
    """How far a shipment is by its actual events; those at places beside the way say nothing."""
    first, left, last = _times(hops, events)
    if not first:
        return Progress()
    at = max(first)
    if at == len(hops):
        return Progress(at, first[at], arrived_ms=first[at])
    return Progress(at, first[at], left.get(at), loaded=last[at] == LOAD)


def observed(hops: Sequence[Hop], events: Iterable[Event]) -> list[Observed]:
    """Times of hops whose both ends were told, and of stays between arrival and departure."""
    first, left, _ = _times(hops, events)
    found = []
    for at, hop in enumerate(hops):
        if at in left and at + 1 in first and left[at] < first[at + 1]:
            ends = (hop.from_place, hop.to_place, hop.mode)
            found.append(Observed(HOP, *ends, left[at], first[at + 1], hop.service_id, hop.hours))
        if at and at in left and at in first and first[at] < left[at]:
            here, when = (hop.from_place, hop.from_place, hop.mode), (first[at], left[at])
            found.append(Observed(STAY, *here, *when, hop.service_id, mode_before=hops[at - 1].mode))
    return found


def _times(hops: Sequence[Hop], events: Iterable[Event]) -> tuple[dict[int, int], dict[int, int], dict[int, str]]:
    """By place of the way: when anything first happened there, when it was left last, and what happened last."""
    places = [hop.from_place for hop in hops[:1]] + [hop.to_place for hop in hops]
    number = {place: at for at, place in enumerate(places)}
    first: dict[int, int] = {}
    left: dict[int, int] = {}
    last: dict[int, str] = {}
    for event in standing(events):
        at = number.get(str(event.body.get("place_id", "")))
        if at is None or event.kind not in PHASE_AFTER or classifier(event) != "ACT":
            continue
        first.setdefault(at, event.happened_ms)
        last[at] = event.kind
        if event.kind in LEAVES:
            left[at] = event.happened_ms
    return first, left, last
