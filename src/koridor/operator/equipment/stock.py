"""What must hold of all equipment: units are what their events say, orders count the units that are on them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import sqlalchemy as sa

from koridor.operator.common.events import Event
from koridor.operator.db.tables import equipment_order_line, equipment_order_unit, event, unit
from koridor.operator.equipment.fold import fold
from koridor.operator.equipment.units import columns, stream
from koridor.text import t


def problems(connection: sa.Connection) -> Iterator[str]:
    """Sentences on all that is wrong; nothing, if all holds. Reads all events of units."""
    told: dict[str, list[Event]] = {}
    for row in connection.execute(sa.select(event).where(event.c.stream.like(stream("%"))).order_by(event.c.seq)):
        body = json.loads(row.body)
        told.setdefault(row.stream, []).append(Event(row.event_id, row.kind, row.happened_ms, row.recorded_ms, body))
    on: dict[str, dict[str, int | None]] = {}
    for row in connection.execute(sa.select(equipment_order_unit)):
        on.setdefault(row.unit_id, {})[row.order_id] = row.gated_ms
    counted: dict[tuple[str, str], int] = {}
    for one in connection.execute(sa.select(unit)).mappings():
        now = fold(told.get(stream(one["unit_id"]), []))
        fits = all(one[name] == value for name, value in columns(now).items()) and len(now.engaged) <= 1
        if not fits or on.get(one["unit_id"], {}) != now.orders:
            yield t("Unit {id} is not what its events say.", id=one["unit_id"])
        for order_id in now.orders:
            key = (order_id, one["type_code"])
            counted[key] = counted.get(key, 0) + 1
    for line in connection.execute(sa.select(equipment_order_line)):
        if line.taken != counted.get((line.order_id, line.type_code), 0):
            yield t("Order {id} does not count its units of type {code}.", id=line.order_id, code=line.type_code)
