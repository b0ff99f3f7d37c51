"""Whether the departures of an offer take dangerous goods: asked of the frozen dataset, refused where it does not say.

The rules are those of `koridor.model.cargo` for one service instead of all arcs: the row of `acceptance` of the service
itself counts, that of a class over that of all dangerous goods; a service with no room for them (`service_capacity`)
refuses. A leg without a departure asks its activity; rows of single links on it are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from koridor.operator.booking.itinerary import Leg
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import departure
from koridor.operator.network.publish import newest, rows_of
from koridor.text import t

QUOTA = "dg_quota"
FACT = "dangerous"  # classes of the goods, among the facts of an offer
TABLES = ("acceptance", "service_capacity")
Rows = Mapping[str, Sequence[Mapping[str, str]]]


def refuse(tx: Tx, legs: Sequence[Leg], classes: Sequence[str], parts: Mapping[str, int]) -> None:
    """Raises Refused where dangerous goods are not taken, with all that is wrong.

    `invalid` where classes are told and no quota is asked for, or the other way round; `not_offered` where a leg
    refuses a class, or nothing is known of it there.
    """
    if bool(classes) != (QUOTA in parts):
        raise Refused("invalid", t("Dangerous goods are booked with their classes and with {name}.", name=QUOTA))
    wrong = []
    for leg in legs if classes else ():
        of, row, rows = _asked(tx, leg)
        for one in classes:
            accepted = accepts(rows, of, row, one)
            if accepted is None:
                wrong.append(t("Whether {row} takes dangerous goods of class {name} is not known.", row=row, name=one))
            elif not accepted:
                wrong.append(t("{row} does not take dangerous goods of class {name}.", row=row, name=one))
    if wrong:
        raise Refused("not_offered", " ".join(dict.fromkeys(wrong)))


def accepts(rows: Rows, of: str, row: str, dangerous: str) -> bool | None:
    """Whether a service or an activity takes goods of a class; None where nothing is known."""
    said = {
        one["goods"]: one["accepted"] == "yes" for one in rows["acceptance"] if (one["of"], one["row"]) == (of, row)
    }
    for goods in (f"dg{dangerous}", "dg"):
        if goods in said:
            return said[goods]
    room = [
        float(one["amount"])
        for one in rows["service_capacity"]
        if of == "service" and one["service_id"] == row and one["resource"] == "dangerous_teu"
    ]
    return False if room and not any(room) else None


def _asked(tx: Tx, leg: Leg) -> tuple[str, str, Rows]:
    """What is asked of a leg: a table, its row, and the rows of the network."""
    head = tx.run(sa.select(departure).filter_by(departure_id=leg.departure_id)).first() if leg.departure_id else None
    if head is None:
        return "activity", leg.mode, rows_of(tx, newest(tx), *TABLES)
    return "service", str(head.service_id), rows_of(tx, head.network_id, *TABLES)
