"""Numbers of bills: by book and year (UTC) 1, 2, 3 and on, none left out, credit notes in the same row.

A bill is the next event of the stream of its book and year, in the transaction that posts it: what is undone leaves no
gap, and nobody gets a number before who came first has kept or lost it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from koridor.operator.common import events
from koridor.operator.common.desk import Tx
from koridor.operator.db.tables import event, party
from koridor.operator.people import access

BILL = "bill"
DIGITS = 6
_BOOK = sa.select(party.c.party_id).where(party.c.party_id == sa.bindparam("book")).with_for_update(key_share=True)


def number(tx: Tx, book: str, journal_id: str, ref: str, customer_id: str, amounts: Mapping[str, int]) -> str:
    """The number under which a bill of a book is now kept, such as 2026-000001."""
    year = datetime.fromtimestamp(tx.now_ms / 1000, UTC).year
    row = f"{book}/{year}"
    tx.run(_BOOK, book=book)
    access.share(tx, BILL, row, {book: "seller"})
    body = {"journal_id": journal_id, "ref": ref, "customer_id": customer_id, "amounts": dict(amounts)}
    events.append(tx, f"{BILL}/{row}", BILL, body)
    return _written(year, events.last(tx, f"{BILL}/{row}"))


def listed(tx: Tx, year: int, after: int) -> dict[str, Any]:
    """A page of the bills of a year in the actor's book, by number; `next` is where it ends, None at the last."""
    mine = sa.select(event).where(event.c.stream == f"{BILL}/{tx.actor.party_id}/{year}", event.c.seq > after)
    rows = tx.run(mine.order_by(event.c.seq).limit(tx.policy.page_rows_max)).all()
    shown = [{"number": _written(year, row.seq), "at_ms": row.recorded_ms, **events.event_of(row).body} for row in rows]
    return {"bills": shown, "next": rows[-1].seq if len(rows) == tx.policy.page_rows_max else None}


def problems(connection: sa.Connection) -> list[str]:
    """Streams of bills in which a number is missing."""
    count, last = sa.func.count(), sa.func.max(event.c.seq)
    rows = sa.select(event.c.stream).where(event.c.stream.startswith(f"{BILL}/")).group_by(event.c.stream)
    return list(connection.execute(rows.having(count != last)).scalars())


def _written(year: int, seq: int) -> str:
    return f"{year}-{seq:0{DIGITS}d}"
