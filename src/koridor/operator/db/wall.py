"""The second wall between parties: a transaction that is narrowed to one reads that party's rows alone.

What those are is said by the policies of migration 0007, which PostgreSQL keeps; in SQLite narrowing does nothing.
"""

from __future__ import annotations

import sqlalchemy as sa

from koridor.operator.db.engine import POSTGRESQL
from koridor.operator.db.statement import Fixed

EVERYBODY = ""  # narrowed to whom all is seen, as it is where nothing was narrowed
_NARROW = Fixed(sa.select(sa.func.set_config("koridor.party", sa.bindparam("party_id"), sa.true())))
_UNBOUND = sa.text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")


def narrow(connection: sa.Connection, party_id: str) -> None:
    """Lets the transaction see, from now to its end, what a party sees, or EVERYBODY."""
    if connection.dialect.name == POSTGRESQL:
        _NARROW.run(connection, {"party_id": party_id})


def passed_by(connection: sa.Connection) -> bool:
    """Whether the role of this connection is one of PostgreSQL that no policy binds: a superuser, or BYPASSRLS."""
    return connection.dialect.name == POSTGRESQL and bool(connection.execute(_UNBOUND).scalar_one())
