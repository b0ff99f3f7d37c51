"""Opening a desk: the database is brought to today's schema, and its audit chain has a head."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from koridor.errors import UsageError
from koridor.operator.common import audit
from koridor.operator.common.desk import Desk, random_id, wall_ms
from koridor.operator.common.policy import Policy
from koridor.operator.db.migrate import migrate, versions
from koridor.operator.db.store import Store
from koridor.operator.db.tables import chain
from koridor.text import t


def open_store(where: str, policy: Policy) -> Desk:
    """A desk on a database as it is, maybe without a schema."""
    return Desk(Store(where), policy)


def open_desk(
    where: str,
    policy: Policy,
    clock: Callable[[], int] = wall_ms,
    new_id: Callable[[str], str] = random_id,
    *,
    make: bool = True,
) -> Desk:
    """A desk on a file of SQLite or a URL of PostgreSQL, which with `make` are made ready where they are empty.

    Raises UsageError for what cannot be opened, and without `make` for what holds no desk.
    """
    store = Store(where, make=make)

    def ready(connection: sa.Connection) -> None:
        if not make and not versions(connection):
            raise UsageError(t("The database holds no desk yet; publish, person, demo and serve make one."))
        migrate(connection, clock())
        if connection.execute(sa.select(chain.c.name)).first() is None:
            audit.start(connection)

    try:
        store.write(ready)
    except BaseException:
        store.close()
        raise
    return Desk(store, policy, clock, new_id)
