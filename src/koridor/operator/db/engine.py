"""Engines: SQLite in one file or PostgreSQL by URL, each set up so that a commit that was told is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError

from koridor.errors import UsageError
from koridor.operator.db.statement import Fixed, driver_of
from koridor.text import t

BUSY_MS = 15_000
SQLITE, POSTGRESQL = "sqlite", "postgresql"
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # NORMAL may lose the last commits that were told, after a loss of power
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA temp_store=MEMORY",  # what a savepoint must remember would go through a file
)
WRITES = "koridor_writes"
_READ, _WRITE = Fixed(sa.text("BEGIN DEFERRED")), Fixed(sa.text("BEGIN IMMEDIATE"))


def open_engine(where: str, *, make: bool = True) -> sa.Engine:
    """An engine for a file of SQLite or the URL of a PostgreSQL database.

    Raises UsageError for another URL, for a file that is not there unless `make`, for one that cannot be made.
    """
    if "://" not in where:
        where = f"sqlite:///{Path(where)}"
    if where.startswith("postgresql://"):
        where = where.replace("postgresql://", "postgresql+psycopg://", 1)
    try:
        url = sa.make_url(where)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError; neither must show a password
        raise UsageError(t("--db: must be a file of SQLite or postgresql://user@host/name")) from None
    if url.get_backend_name() == SQLITE:
        if url.database and url.database != ":memory:":
            _stand(Path(url.database), make)
        return _sqlite(url)
    if url.get_backend_name() == POSTGRESQL:
        return sa.create_engine(url, pool_size=16, max_overflow=32, pool_pre_ping=True)
    raise UsageError(
        t(
            "Database {url}: must be a file of SQLite or postgresql://user@host/name",
            url=url.render_as_string(hide_password=True),
        )
    )


def _stand(file: Path, make: bool) -> None:
    """Sees that the file is there. It holds hashes of passwords, so a new one is its owner's alone."""
    if not make and not file.is_file():
        raise UsageError(t("--db {file}: there is no such desk; publish, person, demo and serve make one", file=file))
    try:
        file.touch(mode=0o600)
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(t("Database {url} cannot be opened: {why}", url=file, why=why)) from error


def _sqlite(url: sa.URL) -> sa.Engine:
    arguments = {"check_same_thread": False, "timeout": BUSY_MS / 1000}
    engine = sa.create_engine(url, connect_args=arguments, poolclass=sa.NullPool)  # the store keeps its connections

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; `_begin` does
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        driver = driver_of(connection)
        if driver.in_transaction:  # a COMMIT failed, and SQLite goes on with what it could not keep
            driver.rollback()
        # A deferred transaction that reads and then writes fails when another wrote between, whatever the time-out.
        (_WRITE if connection.get_execution_options().get(WRITES) else _READ).run(connection, {})

    return engine


def is_sqlite(engine: sa.Engine) -> bool:
    """Whether the engine is SQLite, which bears one writer at a time."""
    return engine.dialect.name == SQLITE
