"""The consignment data of a shipment as far as its booking knows them, and what people gave beside.

Legs, places, departures, payer codes, numbers of plans, boxes and wagons come from the desk; goods, the consignee and
what stands on a box come from people, and win where both tell, but for what the legs contradict (`kept`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from koridor.model.clock import NO_ZONE, local_day
from koridor.operator.booking import itinerary, plans
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.quote import Quote
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import party, shipment, stop
from koridor.operator.db.wall import EVERYBODY
from koridor.operator.identifiers import check
from koridor.operator.identifiers.tables import rows
from koridor.operator.network.publish import rows_of
from koridor.operator.network.timetable import MINUTE_MS
from koridor.operator.track import units
from koridor.schema.days import date_of
from koridor.text import t

Plain = dict[str, Any]
Row = Mapping[str, str]
Places = Mapping[str, Row]
TABLES = Path(__file__).parent / "tables"
PLAN = "transport_plan"
JOINED = {"containers": "number", "wagons": "number", "payments": "carrier", "attached": "kind"}
_STOPS = select_by(stop, "departure_id").order_by(stop.c.seq)
_BOOKING = sa.select(shipment.c.booking_id).where(shipment.c.shipment_id == sa.bindparam("shipment_id"))


def places_of(tx: Tx, network_id: str) -> dict[str, Row]:
    """The places of a network by id, with their `zone` where it is known."""
    found = rows_of(tx, network_id, "place", "place_zone")
    zones = {row["place_id"]: {"zone": row["zone"]} for row in found["place_zone"]}
    return {row["place_id"]: {**row, **zones.get(row["place_id"], {})} for row in found["place"]}


def zone_of(place_id: str, places: Places) -> str | None:
    """The zone of a place, None where it is not known."""
    return places.get(place_id, {}).get("zone")


def drafted(tx: Tx, shipment_id: str, made: Quote, places: Places) -> Plain:
    """What the desk knows, as plain data for `documents.parse`; callers have asked `access` before.

    made : the quote in force. places : those of its network, as `places_of` gives them.
    """
    with tx.seeing(EVERYBODY):  # papers name both ends, and who pays each railway, to carriers too
        names = {row.party_id: row.name for row in tx.run(sa.select(party.c.party_id, party.c.name))}
        words = plans.last(tx, tx.run(_BOOKING, shipment_id=shipment_id).scalar_one())
    on_way = itinerary.railways(made.offer.legs)  # a way before a rebooking may have had others
    agreed = {one: content for one, (status, content) in words.items() if status == "agreed" and one in on_way}
    numbers = units.of(tx, shipment_id)
    return {
        "consignment_id": shipment_id,
        "consignor": {"name": names[made.offer.customer_id]},
        "legs": [_leg(tx, at, leg, places) for at, leg in enumerate(made.offer.legs, start=1)],
        "containers": [{"number": number} for number in numbers["container"]],
        "wagons": [{"number": number} for number in numbers["wagon"]],
        "payments": [
            {"carrier": railway, "payer": names[made.seller_id], "code": content["payer_code"]}
            for railway, content in agreed.items()
        ],
        "attached": [{"kind": PLAN, "number": content["ref"]} for content in agreed.values()],
    }


def merged(known: Plain, given: Mapping[str, Any]) -> Plain:
    """The data of the desk with what was given: rows that both have field by field, everything else whole.

    Raises Refused `invalid` for a leg that the booking does not have.
    """
    found = {**known, **given}
    found["legs"] = legs = _joined(known["legs"], given.get("legs", []), "leg_id")
    added = legs[len(known["legs"]) :] if isinstance(legs, list) else []
    strange = [leg for leg in added if isinstance(leg, dict)]
    if strange:
        ids = ", ".join(str(leg.get("leg_id")) for leg in strange)
        raise Refused("invalid", t("The booking has no leg {ids}: legs are those of its quote.", ids=ids))
    for name, key in JOINED.items():
        found[name] = _joined(known[name], given.get(name, []), key)
    return found


def _joined(known: Sequence[Plain], given: Any, key: str) -> Any:
    """Rows of both by a key, fields that were given on top; what is no list of objects is left for the reader."""
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        return given
    own = [row[key] for row in known]  # no set: what was given may be a list
    told = {row.get(key): row for row in given if isinstance(row.get(key), str)}
    return [*({**row, **told.get(row[key], {})} for row in known), *(row for row in given if row.get(key) not in own)]


def _leg(tx: Tx, at: int, leg: Leg, places: Places) -> Plain:
    calls = _calls(tx, leg)
    stations = [station(place, places) for place, _ in calls]
    left = [one for one, two in pairwise(stations) if one["country"] != two["country"]]
    crossings = [one for one in left if one is not stations[0]]
    found = {"leg_id": str(at), **_contract(leg), "origin": stations[0], "destination": stations[-1]}
    found["sections"] = _sections(leg, [stations[0], *crossings, stations[-1]])
    if crossings:
        found["crossings"] = crossings
    if leg.departure_id:
        place_id, at_ms = calls[0]
        found |= {"vehicle": leg.departure_id, "start": _day(at_ms, zone_of(place_id, places)).isoformat()}
    return found


def _day(at_ms: int, zone: str | None) -> date:
    """The day on which a train leaves, as its note is stamped: by the clock of the place, or of UTC."""
    return date_of(local_day(zone or NO_ZONE, at_ms // MINUTE_MS))


def _calls(tx: Tx, leg: Leg) -> list[tuple[str, int]]:
    """Places of a leg and when its departure calls there; only its ends where it has none."""
    if not leg.departure_id:
        return [(leg.from_place, 0), (leg.to_place, 0)]
    called = [(row.place_id, row.at_ms) for row in tx.run(_STOPS, departure_id=leg.departure_id)]
    names = [place for place, _ in called]
    return called[names.index(leg.from_place) : names.index(leg.to_place) + 1]


def station(place_id: str, places: Places) -> Plain:
    """A place of the network as papers name it; its id is its UN/LOCODE where it is one."""
    row = places.get(place_id)
    if row is None:
        return {"name": place_id, "country": ""}
    code = {"locode": place_id} if check("locode", place_id).valid else {}
    return {"name": row["name"], "country": row["country_id"], **code}


def _contract(leg: Leg) -> Plain:
    """Mode and note of a leg by the table, the row of a railway before that of the mode."""
    table = [row for row in rows("leg_note", TABLES) if row["mode"] == leg.mode]
    own = [row for row in table if row["railway"] in leg.railways]
    row = (own or [row for row in table if not row["railway"]])[0]
    return {"mode": row["as_mode"], "note": row["note"]}


def _sections(leg: Leg, ends: Sequence[Plain]) -> list[Plain]:
    """A section for each railway where there are as many as parts between the borders."""
    if len(leg.railways) != len(ends) - 1:
        return []
    parts = zip(leg.railways, pairwise(ends), strict=True)
    return [{"carrier": railway, "origin": one, "destination": two} for railway, (one, two) in parts]
