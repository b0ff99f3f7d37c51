"""What people gave for the legs of a shipment, held against the legs in force.

A rebooking changes the legs and not what was given. A leg that is still there keeps all of it. One that goes between
the same places by the same mode, over another border or on another departure, keeps what does not tell of its course.
Of a leg that is gone its places alone are kept, where another leg has them. What is left out is told, and what was
given stays as it is until somebody gives it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from koridor.operator.booking.itinerary import Leg
from koridor.operator.documents import Defect
from koridor.operator.identifiers import check
from koridor.operator.track.draft import Places, zone_of
from koridor.text import t

Plain = dict[str, Any]
ENDS = {"origin": "from_place", "destination": "to_place"}
COURSE = ("crossings", "sections", "ferries", "gauge_changes", "vehicle")  # what tells how a leg goes


@dataclass(frozen=True, slots=True)
class Told:
    """Something that was given and does not hold, and the leg in force that it is of; "" where there is none."""

    leg_id: str
    defect: Defect


def carried(given: Mapping[str, Any], then: Sequence[Leg], now: Sequence[Leg]) -> tuple[Plain, list[Told]]:
    """What was given for the legs of then, by their numbers, for those of now; and what of it is left out."""
    legs = given.get("legs", [])
    if then == now or not _rows(legs):
        return dict(given), []
    moved = _moved(then, now)
    made: dict[str, Plain] = {}
    told: list[Told] = []
    for at, row in enumerate(legs):
        old = row["leg_id"]
        new = moved[old]
        lapsed = _lapsed(row, then[int(old) - 1], now, new)
        told += [_left_out(new, f"legs[{at}].{name}", row[name]) for name in row if name in lapsed]
        if new:
            made[new] = {name: value for name, value in row.items() if name not in lapsed} | {"leg_id": new}
    for (leg_id, end), station in _stations(legs, then, now).items():
        made.setdefault(leg_id, {"leg_id": leg_id}).setdefault(end, station)
    wagons, more = _on_legs(given.get("wagons", []), moved)
    changed = {"legs": [made[leg_id] for leg_id in sorted(made, key=int)]}
    return {**given, **changed, **({"wagons": wagons} if "wagons" in given else {})}, told + more


def agreeing(
    given: Mapping[str, Any], known: Sequence[Plain], legs: Sequence[Leg], places: Places
) -> tuple[Plain, list[Told]]:
    """What was given with what the legs in force have in place of what they contradict, and that.

    known : what the desk tells of the legs. places : by id, with their `zone` where it is known.
    """
    rows = given.get("legs", [])
    if not _rows(rows):
        return dict(given), []
    own = {row["leg_id"]: (row, leg) for row, leg in zip(known, legs, strict=True)}
    found, told = [], []
    for at, row in enumerate(rows):
        leg_id = row.get("leg_id")
        here = own.get(leg_id) if isinstance(leg_id, str) else None
        kept, wrong = _agreed(row, *here, places) if here else (row, {})
        told += [Told(str(leg_id), _defect(f"legs[{at}].{name}", *both)) for name, both in wrong.items()]
        found.append(kept)
    return {**given, "legs": found}, told


def _moved(then: Sequence[Leg], now: Sequence[Leg]) -> dict[str, str]:
    """Which leg of now each leg of then is: the same, else one between the same places by the same mode, else ""."""
    found = dict.fromkeys(map(str, range(1, len(then) + 1)), "")
    for alike in (lambda one, two: one == two, lambda one, two: (one.mode, one.ends) == (two.mode, two.ends)):
        for old, one in enumerate(then, start=1):
            free = (str(new) for new, two in enumerate(now, start=1) if alike(one, two))
            if not found[str(old)]:
                found[str(old)] = next((new for new in free if new not in found.values()), "")
    return found


def _lapsed(row: Mapping[str, Any], then: Leg, now: Sequence[Leg], new: str) -> set[str]:
    """Fields that were given for a leg and do not hold for the legs of now, of which it is one or none."""
    if not new:
        places = {place for leg in now for place in leg.ends}
        kept = {end for end, place in ENDS.items() if getattr(then, place) in places}
        return set(row) - kept - {"leg_id"}
    leg = now[int(new) - 1]
    if then == leg:
        return set()
    return {*COURSE, "start"} if leg.departure_id else {*COURSE}


def _stations(legs: Sequence[Plain], then: Sequence[Leg], now: Sequence[Leg]) -> dict[tuple[str, str], Any]:
    """What was given of the places of the legs of now, by leg and end: as the same end of a leg before the other."""
    given: dict[tuple[str, str], Any] = {}
    for row in legs:
        leg = then[int(row["leg_id"]) - 1]
        given |= {(getattr(leg, place), end): row[end] for end, place in ENDS.items() if end in row}
    found = {}
    for at, leg in enumerate(now, start=1):
        for end, other in (("origin", "destination"), ("destination", "origin")):
            place_id = getattr(leg, ENDS[end])
            station = given.get((place_id, end), given.get((place_id, other)))
            if station is not None:
                found[str(at), end] = station
    return found


def _on_legs(wagons: Any, moved: Mapping[str, str]) -> tuple[Any, list[Told]]:
    """Wagons on the legs of now; one on a leg that is gone is on all by rail."""
    if not _rows(wagons):
        return wagons, []
    found, told = [], []
    for at, row in enumerate(wagons):
        old = row.get("leg_id")
        new = moved.get(old, old) if isinstance(old, str) else old
        found.append({**row, "leg_id": new} if "leg_id" in row else row)
        if old and not new:
            told.append(_left_out("", f"wagons[{at}].leg_id", old))
    return found, told


def _agreed(row: Plain, known: Plain, leg: Leg, places: Places) -> tuple[Plain, dict[str, tuple[Any, str]]]:
    """A leg as it was given, with what is known where that cannot hold; and by field what was given, and what holds.

    Railways are told and left, as one may have two short names.
    """
    kept = dict(row)
    wrong: dict[str, tuple[Any, str]] = {}
    for end in (name for name in ENDS if name in row):
        kept[end], other = _station(row[end], known[end])
        wrong |= {f"{end}.{name}": both for name, both in other.items()}
    if row.get("mode", known["mode"]) != known["mode"]:
        wrong["mode"] = (kept.pop("mode"), t("the leg in force goes by {mode}", mode=known["mode"]))
    if "start" in known and not _may_be(row.get("start"), known["start"], zone_of(leg.from_place, places)):
        wrong["start"] = (kept.pop("start"), t("the departure leaves on {day}", day=known["start"]))
    sections = row.get("sections", [])
    if leg.railways and sections and _rows(sections):
        carriers = [str(one.get("carrier")) for one in sections]
        if sorted(set(carriers)) != sorted(set(leg.railways)):
            names = ", ".join(leg.railways)
            wrong["sections"] = (sections, t("the railways of the leg in force are {names}", names=names))
    return kept, wrong


def _station(given: Any, known: Plain) -> tuple[Any, dict[str, tuple[str, str]]]:
    """A station as it was given, with the country and UN/LOCODE that are known; and which of the two were others."""
    if not isinstance(given, Mapping):
        return given, {}
    right = {}
    for name, alike in (("country", _country), ("locode", _locode)):
        found, own = given.get(name), known.get(name)
        if isinstance(found, str) and found and own and alike(found) != alike(own):
            right[name] = own
    told = {
        name: (given[name], t("{place} of the leg in force has {code}", place=known["name"], code=own))
        for name, own in right.items()
    }
    return {**given, **right}, told


def _country(text: str) -> str:
    return text.strip().upper()


def _locode(text: str) -> str:
    """A UN/LOCODE as it is stored: AZ BAK is AZBAK."""
    return check("locode", text).value


def _may_be(given: Any, known: str, zone: str | None) -> bool:
    """Whether a departure may leave on a day that was given; what is no day is left for the reader.

    Where no zone is known the day is that of UTC, and the local one may be the day before or after.
    """
    try:
        day = date.fromisoformat(given)
    except (TypeError, ValueError):
        return True
    return abs(day - date.fromisoformat(known)) <= timedelta(days=0 if zone else 1)


def _left_out(leg_id: str, field: str, found: Any) -> Told:
    return Told(leg_id, _defect(field, found, t("was given for a way that is not in force any more")))


def _defect(field: str, found: Any, limit: str) -> Defect:
    return Defect("", "", field, _named(found), limit, t("give the data anew for the legs in force"), grave=False)


def _named(found: Any) -> str:
    """What was given, by the names in it."""
    if isinstance(found, list):
        return ", ".join(map(_named, found))
    return str(found.get("name", found.get("carrier", ""))) if isinstance(found, Mapping) else str(found)


def in_paper(told: Iterable[Told], leg_id: str, paper: str) -> tuple[Defect, ...]:
    """What is told of a leg, as defects of one of its papers."""
    return tuple(replace(one.defect, paper=paper) for one in told if one.leg_id == leg_id)


def _rows(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(row, dict) for row in found)
