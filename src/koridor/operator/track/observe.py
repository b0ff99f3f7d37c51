"""What was observed on the way: times by hop and place, flows by service and month, and patches for the planning side.

A party observes what it takes part in; the desk itself, at its own machine, everything. Beside the patch of what was
learned stand those of the incidents that hold now, under their own ids, with the moments between which each holds. Of
a row that one of them edits nothing is told as learned: what an incident says is by the hours of the network in force.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np
import sqlalchemy as sa

from koridor.model.patch import Patch
from koridor.operator.booking import shipments
from koridor.operator.common.desk import Tx
from koridor.operator.db.statement import in_parts
from koridor.operator.db.tables import consignment, member, network, shipment
from koridor.operator.disruption import incidents
from koridor.operator.disruption.incidents import Incident
from koridor.operator.network.publish import rows_of
from koridor.operator.network.resource import resources, told
from koridor.operator.track import learned, way
from koridor.operator.track.course import HOP, Observed, observed

QUANTILES = {"p5_h": 0.05, "p50_h": 0.5, "p95_h": 0.95}
TIME_FIELDS = ("kind", "from_place", "to_place", "mode", "service_id", "n", *QUANTILES)
FLOW_FIELDS = ("month", "service_id", "link_id", "from_place", "to_place", "mode", "shipments", "teu", "t", "source")
INCIDENT_FIELDS = ("patch_id", "title", "kind", "source", "from_ms", "to_ms")
EDIT_FIELDS = ("patch_id", "table", "key", "field", "op", "value")
PARTS = ("seller", "partner")
KG_PER_T = 1000
TEU, TONNES = "teu", "tonnes"


@dataclass(frozen=True, slots=True)
class Journey:
    """A shipment on its way: times observed, and what it carries (quarters of a TEU as sold, kilograms)."""

    times: tuple[Observed, ...]
    teu_parts: int
    gross_kg: int


@dataclass(frozen=True, slots=True)
class Observations:
    """Rows of times, flows and incidents by the fields above, the patch of what was learned and those of incidents."""

    times: list[dict[str, Any]]
    flows: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    patch: Patch
    live: tuple[Patch, ...]

    @property
    def patches(self) -> tuple[Patch, ...]:
        """All patches; together they contradict nothing."""
        return (self.patch, *self.live)

    @property
    def edits(self) -> list[dict[str, str]]:
        """The patches as rows of the table `edit`."""
        rows = (
            (patch.patch_id, one.table, one.key, one.field, one.op.value, one.value)
            for patch in self.patches
            for one in patch.edits
        )
        return [dict(zip(EDIT_FIELDS, row, strict=True)) for row in rows]


def observe(tx: Tx, *, party_id: str | None = None) -> Observations:
    """What was observed on the shipments of which a party is seller or partner; None: on all."""
    asked = sa.select(shipment.c.shipment_id).order_by(shipment.c.shipment_id)
    if party_id is not None:
        mine = sa.select(member.c.object_id).where(member.c.kind == "shipment", member.c.party_id == party_id)
        asked = asked.where(shipment.c.shipment_id.in_(mine.where(member.c.part.in_(PARTS))))
    journeys = _journeys(tx, list(tx.run(asked).scalars()))
    newest = tx.run(sa.select(network.c.network_id).order_by(network.c.published_ms.desc()).limit(1)).scalar()
    found = rows_of(tx, newest, *learned.NEEDED) if newest else {}
    tables = {name: {row[f"{name}_id"]: row for row in found.get(name, ())} for name in learned.NEEDED}
    links = {(row["from_place"], row["to_place"], row["mode"]): link_id for link_id, row in tables["link"].items()}
    held = incidents.during(tx, tx.now_ms, tx.now_ms + 1)
    live = incidents.patches(held)
    seen = learned.patch([journey.times for journey in journeys], tables)
    return Observations(
        _times(one for journey in journeys for one in journey.times),
        _flows(journeys, links, datetime.fromtimestamp(tx.now_ms / 1000, UTC).date().isoformat()),
        [_incident(one) for one in held],
        incidents.beside(seen, live),
        live,
    )


def _incident(one: Incident) -> dict[str, Any]:
    row = (one.incident_id, one.title, one.kind, one.source, one.from_ms, one.to_ms)
    return dict(zip(INCIDENT_FIELDS, row, strict=True))


def _journeys(tx: Tx, shipment_ids: Sequence[str]) -> list[Journey]:
    found = []
    for some in in_parts(shipment_ids):
        events = shipments.events_of_many(tx, some)
        seen = [one for one, several in events.items() if several]
        offers, gross = way.offers_of(tx, seen), _gross_kg(tx, seen)
        ways = way.hops_of(tx, offers)
        for one in seen:
            parts = offers[one].parts
            kg = parts.get(TONNES, 0) * KG_PER_T // resources()[TONNES].parts if TONNES in parts else gross.get(one, 0)
            found.append(Journey(tuple(observed(ways[one], events[one])), parts.get(TEU, 0), kg))
    return found


def _gross_kg(tx: Tx, shipment_ids: Sequence[str]) -> dict[str, int]:
    """Kilograms of the goods, by the data that were issued last."""
    issues = sa.select(consignment).where(consignment.c.shipment_id.in_(shipment_ids))
    last = {row.shipment_id: json.loads(row.content) for row in tx.run(issues.order_by(consignment.c.version))}
    return {one: sum(int(item["gross_kg"]) for item in content["goods"]) for one, content in last.items()}


def _times(times: Iterable[Observed]) -> list[dict[str, Any]]:
    """Number and quantiles of each hop and stay, by service."""
    grouped: dict[tuple[str, ...], list[float]] = {}
    for one in times:
        grouped.setdefault((one.kind, one.from_place, one.to_place, one.mode, one.service_id), []).append(one.hours)
    found = []
    for key, hours in sorted(grouped.items()):
        figures = {name: round(float(np.quantile(hours, share)), learned.PLACES) for name, share in QUANTILES.items()}
        found.append(dict(zip(TIME_FIELDS, (*key, len(hours), *figures.values()), strict=True)))
    return found


def _flows(journeys: Iterable[Journey], links: dict[tuple[str, str, str], str], day: str) -> list[dict[str, Any]]:
    """What passed each hop in each month, by the month in which it left."""
    grouped: dict[tuple[str, ...], list[Journey]] = {}
    for journey in journeys:
        for one in journey.times:
            if one.kind == HOP:
                month = datetime.fromtimestamp(one.start_ms / 1000, UTC).strftime("%Y-%m")
                ends = (one.from_place, one.to_place, one.mode)
                link = links.get(ends) or links.get((one.to_place, one.from_place, one.mode)) or ""
                grouped.setdefault((month, one.service_id, link, *ends), []).append(journey)
    found = []
    for key, several in sorted(grouped.items()):
        teu = told(TEU, sum(one.teu_parts for one in several))
        tonnes = float(Fraction(sum(one.gross_kg for one in several), KG_PER_T))
        found.append(dict(zip(FLOW_FIELDS, (*key, len(several), teu, tonnes, f"desk until {day}"), strict=True)))
    return found
