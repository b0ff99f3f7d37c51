"""The audit chain: who changed what and when, from what to what, each row hashed over the one before.

Whoever changes or removes a row in the middle must change every later hash too; whoever keeps the last hash elsewhere
(`head`) finds even that. The head's row is taken last in a transaction, so that others wait only for its commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.actor import Actor
from koridor.operator.common.canonical import canonical, hash_of
from koridor.operator.db.statement import Fixed, insertion
from koridor.operator.db.tables import audit as table
from koridor.operator.db.tables import chain

NAME = "audit"
START = "0" * 64
FIELDS = ("seq", "at_ms", "actor", "party_id", "action", "object", "change", "previous")


_HERE = chain.c.name == NAME
_LAST = Fixed(sa.select(chain.c.seq, chain.c.hash).where(_HERE).with_for_update())
_HEAD = Fixed(chain.update().where(_HERE).values(seq=sa.bindparam("b_seq"), hash=sa.bindparam("b_hash")))


@dataclass(frozen=True, slots=True)
class Note:
    """A change: what was done to what, each field from its old to its new value.

    of_party : the party that reads it; "": the actor's.
    """

    action: str
    what: str
    change: dict[str, tuple[Any, Any]]
    of_party: str = ""


def start(connection: sa.Connection) -> None:
    """Puts down the head of an empty chain."""
    connection.execute(chain.insert().values(name=NAME, seq=0, hash=START))


def append(connection: sa.Connection, actor: Actor, now_ms: int, notes: Sequence[Note]) -> None:
    """Adds the notes to the chain."""
    if not notes:
        return
    last, previous = _LAST.run(connection, {}).one()
    rows = []
    for seq, note in enumerate(notes, last + 1):
        row = {
            "seq": seq,
            "at_ms": now_ms,
            "actor": actor.person_id,
            "party_id": note.of_party or actor.party_id,
            "action": note.action,
            "object": note.what,
            "change": canonical(note.change),
            "previous": previous,
        }
        previous = hash_of(row)
        rows.append({**row, "hash": previous})
    insertion(table, tuple(rows[0])).run_each(connection, rows)
    _HEAD.run(connection, {"b_seq": last + len(rows), "b_hash": previous})


def head(connection: sa.Connection) -> tuple[int, str]:
    """Number of rows and hash of the last: to be kept by both partners, outside this database."""
    row = connection.execute(sa.select(chain).where(chain.c.name == NAME)).one()
    return row.seq, row.hash


def broken_at(connection: sa.Connection) -> int | None:
    """The first row that is not as it was written, or None when the whole chain holds."""
    previous, expected = START, 1
    for row in connection.execute(sa.select(table).order_by(table.c.seq)).mappings():
        content = {name: row[name] for name in FIELDS}
        if row["seq"] != expected or row["previous"] != previous or row["hash"] != hash_of(content):
            return expected
        previous, expected = row["hash"], expected + 1
    return None if head(connection) == (expected - 1, previous) else expected
