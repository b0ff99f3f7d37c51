"""What is asked: from where to where, what, how much, when, for whom, and from door or terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from math import ceil
from typing import Any

from koridor.model.cargo import Cargo
from koridor.model.gazetteer import find_country, resolve
from koridor.model.scenario import Scenario
from koridor.operator.network.resource import parts_of
from koridor.operator.network.timetable import MINUTE_MS
from koridor.studies.route import Criterion, Query

CRITERIA = (Criterion.TIME, Criterion.MONEY, Criterion.CO2E)
MINUTES_A_DAY = 1440
KG_A_TONNE, CM_A_METRE = 1000, 100


class Kind(StrEnum):
    """From where to where an offer holds."""

    DOOR_DOOR = "door-door"
    DOOR_TERMINAL = "door-terminal"
    TERMINAL_DOOR = "terminal-door"
    TERMINAL_TERMINAL = "terminal-terminal"
    STATION_STATION = "station-station"  # a through rate: without what is done at the two terminals

    @property
    def doors(self) -> tuple[bool, bool]:
        """Whether it begins and ends at a door."""
        first, _, last = self.value.partition("-")
        return first == "door", last == "door"


@dataclass(frozen=True, slots=True)
class Enquiry:
    """A question to a seller.

    Attributes
    ----------
    cargo : str
        As `koridor.model.cargo.read_cargo` reads it, such as 2x40HC,24t,UN1203/3.
    ready_ms, arrive_ms : int or None
        When it is ready, and the latest arrival; one at least. Without the first, the latest departures are asked for.
    commodity : str or None
        None: the one of which most is carried.
    via, forbid : tuple of str
        Places to pass in their order, and countries not to be entered.
    """

    seller_id: str
    customer_id: str
    from_place: str
    to_place: str
    cargo: str
    ready_ms: int | None = None
    arrive_ms: int | None = None
    kind: Kind = Kind.TERMINAL_TERMINAL
    commodity: str | None = None
    via: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Enquiry:
        """An enquiry of what `as_row` gave."""
        known = {**row, "kind": Kind(row["kind"])}
        return cls(**{**known, "via": tuple(row["via"]), "forbid": tuple(row["forbid"])})

    def as_row(self) -> dict[str, Any]:
        """The enquiry as JSON can hold it."""
        return {**asdict(self), "kind": str(self.kind), "via": list(self.via), "forbid": list(self.forbid)}

    @property
    def wishes(self) -> dict[str, Any]:
        """What the customer wants of the way, as facts of an offer; what it does not say is not there."""
        said = {"commodity": self.commodity, "via": list(self.via), "forbid": list(self.forbid)}
        return {name: value for name, value in said.items() if value}

    def at(self, now_ms: int) -> Enquiry:
        """The enquiry as it stands at a moment: what was ready a few hours ago is ready now."""
        return self if self.ready_ms is None else replace(self, ready_ms=max(self.ready_ms, now_ms))

    def placed(self, scenario: Scenario) -> tuple[Enquiry, list[str]]:
        """The enquiry with ids for places and countries, and a note where a name might mean another place too.

        Raises UsageError for what is no place or country, or might be several.
        """
        found = [resolve(scenario, name) for name in (self.from_place, self.to_place, *self.via)]
        first, last, *via = (one.place_id for one in found)
        forbid = tuple(find_country(scenario, name) for name in self.forbid)
        placed = replace(self, from_place=first, to_place=last, via=tuple(via), forbid=forbid)
        return placed, [one.note for one in found if one.note]

    def query(self, now_ms: int, days: int, ways: int) -> Query:
        """The question to the route study. Raises UsageError for times that do not fit."""
        leave, by = (None if at is None else -(-at // MINUTE_MS) for at in (self.ready_ms, self.arrive_ms))
        if leave is None and by is not None:  # it cannot leave before now
            days = max(min(days, (by - now_ms // MINUTE_MS) // MINUTES_A_DAY), 1)
        times = {"leave": leave, "arrive_by": by, "horizon_d": days}
        places = {"origin": self.from_place, "destination": self.to_place, "via": self.via, "forbid": self.forbid}
        what = {"cargo": self.cargo, "commodity": self.commodity}
        return Query(**places, **times, **what, criteria=CRITERIA, shown=ways)  # type: ignore[arg-type]


def parts(cargo: Cargo) -> dict[str, int]:
    """What a consignment takes of each resource, in whole parts."""
    found = {"tonnes": parts_of("tonnes", str(round(cargo.gross_t * KG_A_TONNE) / KG_A_TONNE)) * cargo.count}
    if cargo.teu:
        found["teu"] = parts_of("teu", str(float(cargo.teu))) * cargo.count
    if cargo.kind == "wagon":
        found["wagon_slot"] = cargo.count
        lane_cm = ceil(round(cargo.length_m * CM_A_METRE, 6))  # over couplers; who sells no lane takes it anyway
        found["lane_m"] = parts_of("lane_m", str(lane_cm / CM_A_METRE)) * cargo.count
    if cargo.reefer:
        found["reefer_plug"] = cargo.count
    if cargo.dangerous is not None:
        found["dg_quota"] = cargo.count
    return found
