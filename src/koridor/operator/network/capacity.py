"""Counters of capacity, one a departure, segment, resource and pool: never read and then written.

A counter moves by one conditional UPDATE, and the database keeps `sold + held <= cap + overbook` by a CHECK besides.
All counters of a request move in one transaction, in the order of their keys, so that two requests never wait for each
other in a ring. A line sits in one pool: that of the party's own allotment where it fits, else the free one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed
from koridor.operator.db.tables import capacity as table
from koridor.operator.db.tables import departure
from koridor.operator.network.publish import FREE
from koridor.operator.network.resource import resources
from koridor.text import t


@dataclass(frozen=True, slots=True, order=True)
class Want:
    """Parts of a resource on one segment of a departure."""

    departure_id: str
    seq: int
    resource: str
    quantity: int


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """Parts that were taken, and from which pool."""

    departure_id: str
    seq: int
    resource: str
    pool: str
    quantity: int


def not_offered(tx: Tx, departure_id: str, resource: str) -> Refused:
    """The refusal of a resource that a departure does not offer, or `not_found` where there is no such departure."""
    if tx.run(sa.select(departure.c.status).filter_by(departure_id=departure_id)).first() is None:
        return Refused("not_found", t("There is no departure {id}.", id=departure_id))
    return Refused("not_offered", t("Departure {id} does not offer {resource}.", id=departure_id, resource=resource))


class SoldOut(Refused):
    """Refused `sold_out`, with what was wanted and did not fit."""

    def __init__(self, want: Want) -> None:
        self.want = want
        super().__init__(
            "sold_out",
            t("Sold out: {resource} on departure {id}.", resource=want.resource, id=want.departure_id),
            departure_id=want.departure_id,
            segment=want.seq,
            resource=want.resource,
        )


P = sa.bindparam
_HERE = sa.and_(
    table.c.departure_id == P("b_departure"),
    table.c.seq == P("b_seq"),
    table.c.resource == P("b_resource"),
    table.c.pool == P("b_pool"),
)
_QUANTITY = P("b_quantity", type_=sa.BigInteger)
_FITS = table.c.sold + table.c.held + _QUANTITY <= table.c.cap + table.c.overbook
_HOLD = Fixed(table.update().where(_HERE, _FITS).values(held=table.c.held + _QUANTITY))
# what a cut left oversold shrinks as bookings go, so that nobody is sold the place of one who left
_LESS = sa.case((table.c.overbook > _QUANTITY, table.c.overbook - _QUANTITY), else_=0)
_UNHOLD = Fixed(table.update().where(_HERE).values(held=table.c.held - _QUANTITY, overbook=_LESS))
_SELL = Fixed(table.update().where(_HERE).values(held=table.c.held - _QUANTITY, sold=table.c.sold + _QUANTITY))
_UNSELL = Fixed(table.update().where(_HERE).values(sold=table.c.sold - _QUANTITY, overbook=_LESS))
_POOLS = Fixed(
    sa.select(table.c.departure_id, table.c.seq, table.c.resource, table.c.pool)
    .join(departure, departure.c.departure_id == table.c.departure_id)
    .where(table.c.departure_id == P("departure_id"), table.c.seq.between(P("first"), P("last")))
    .where(sa.or_(table.c.pool == P("own"), table.c.pool == FREE))
    .where(departure.c.status == "open")
    .order_by(table.c.pool == FREE)
    .with_for_update(read=True, key_share=True, of=departure)  # nobody cancels it before this transaction ends
)


def take(tx: Tx, wants: Iterable[Want], party_id: str) -> list[Line]:
    """Lines that now hold what is wanted. Raises SoldOut or Refused `not_offered`; then nothing may be kept."""
    wanted = sorted(wants)
    pools = _pools(tx, wanted, party_id)
    lines = []
    for want in wanted:
        offered = pools.get((want.departure_id, want.seq, want.resource), ())
        if not offered:
            _refuse_unknown(want)
            continue
        line = next((line for pool in offered if _held(tx, line := _in(want, pool))), None)
        if line is None:
            raise SoldOut(want)
        lines.append(line)
    return lines


def post(tx: Tx, lines: Iterable[Line]) -> None:
    """Turns what is held into sold."""
    _each(tx, _SELL, lines)


def void(tx: Tx, lines: Iterable[Line]) -> None:
    """Gives back what is held."""
    _each(tx, _UNHOLD, lines)


def free(tx: Tx, lines: Iterable[Line]) -> None:
    """Gives back what was sold."""
    _each(tx, _UNSELL, lines)


def lock(tx: Tx, lines: Iterable[Line | Want]) -> None:
    """Takes the locks of the counters of all lines, in order, before any is changed; SQLite has one writer anyway."""
    ids = sorted({line.departure_id for line in lines})
    if tx.connection.dialect.name != "sqlite":
        order = (table.c.departure_id, table.c.seq, table.c.resource, table.c.pool)
        tx.run(sa.select(table.c.seq).where(table.c.departure_id.in_(ids)).order_by(*order).with_for_update())


def _pools(tx: Tx, wanted: Sequence[Want], party_id: str) -> dict[tuple[str, int, str], list[str]]:
    """Pools from which the party may take, its own first, by segment and resource; only of departures that are open."""
    found: dict[tuple[str, int, str], list[str]] = {}
    for departure_id, its in groupby(wanted, key=attrgetter("departure_id")):
        seqs = [want.seq for want in its]
        for row in tx.run(_POOLS, departure_id=departure_id, first=seqs[0], last=seqs[-1], own=party_id):
            found.setdefault((row.departure_id, row.seq, row.resource), []).append(row.pool)
    segments = {key[:2] for key in found}
    for want in wanted:
        if (want.departure_id, want.seq) not in segments:
            raise Refused(
                "not_offered",
                t("Departure {id} is not offered on this segment.", id=want.departure_id),
                departure_id=want.departure_id,
                segment=want.seq,
            )
    return found


def _refuse_unknown(want: Want) -> None:
    if resources()[want.resource].refused_unknown:
        raise Refused(
            "not_offered",
            t("Departure {id} does not offer {resource}.", id=want.departure_id, resource=want.resource),
            departure_id=want.departure_id,
            resource=want.resource,
        )


def _in(want: Want, pool: str) -> Line:
    return Line(want.departure_id, want.seq, want.resource, pool, want.quantity)


def _held(tx: Tx, line: Line) -> bool:
    return tx.run(_HOLD, **_row(line)).rowcount == 1


def _each(tx: Tx, statement: Fixed, lines: Iterable[Line]) -> None:
    for line in sorted(lines):
        moved = tx.run(statement, **_row(line)).rowcount
        assert moved == 1, "a line without its counter"


def _row(line: Line) -> dict[str, object]:
    return {
        "b_departure": line.departure_id,
        "b_seq": line.seq,
        "b_resource": line.resource,
        "b_pool": line.pool,
        "b_quantity": line.quantity,
    }
