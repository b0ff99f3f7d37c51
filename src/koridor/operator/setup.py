"""Opening a desk: the database is brought to today's schema, and its audit chain has a head."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from koridor.operator.common import audit
from koridor.operator.common.desk import Desk, random_id, wall_ms
from koridor.operator.common.policy import Policy
from koridor.operator.db.migrate import migrate
from koridor.operator.db.store import Store
from koridor.operator.db.tables import chain


def open_store(where: str, policy: Policy) -> Desk:
    """A desk on a database as it is, maybe without a schema."""
    return Desk(Store(where), policy)


def open_desk(
    where: str, policy: Policy, clock: Callable[[], int] = wall_ms, new_id: Callable[[str], str] = random_id
) -> Desk:
    """A desk on a file of SQLite or a URL of PostgreSQL, which are made ready where they are empty."""
    store = Store(where)

    def ready(connection: sa.Connection) -> None:
        migrate(connection, clock())
        if connection.execute(sa.select(chain.c.name)).first() is None:
            audit.start(connection)

    store.write(ready)
    return Desk(store, policy, clock, new_id)
