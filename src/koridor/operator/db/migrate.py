"""Numbered scripts that bring a database to the schema of this version of koridor.

A script is plain SQL, statements parted by empty lines, that means the same in both databases; `{bytes}` stands for the
type of bytes. What differs (triggers, reading of JSON) is in a file for each that ends with the name of the database,
beside it or alone. A script that was once released is never edited: its digest is kept beside its number and compared.
"""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

import sqlalchemy as sa

from koridor.errors import UsageError
from koridor.operator.db.tables import schema_version
from koridor.text import t

BYTES = {"sqlite": "BLOB", "postgresql": "BYTEA"}
NAME = re.compile(r"((\d{4})_\w+)(?:\.\w+)?\.sql")
LOCK = 5_047_462  # any number that only this program uses: two starts at once must not both migrate


def scripts() -> dict[int, str]:
    """Name of the script of each version, without its end."""
    names = [entry.name for entry in files(f"{__package__}.migrations").iterdir()]
    return {int(found[2]): found[1] for name in sorted(names) if (found := NAME.fullmatch(name))}


def statements(name: str, dialect: str) -> list[str]:
    """The statements of a script for a database."""
    folder = files(f"{__package__}.migrations")
    parts = (folder.joinpath(f"{name}{end}.sql") for end in ("", f".{dialect}"))
    text = "\n\n".join(part.read_text(encoding="utf-8") for part in parts if part.is_file())
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("{bytes}", BYTES[dialect])) if part.strip()]


def digest(name: str, dialect: str) -> str:
    """Hash of what a script does in a database."""
    return hashlib.sha256("\n\n".join(statements(name, dialect)).encode()).hexdigest()


def migrate(connection: sa.Connection, now_ms: int, *, to: int | None = None) -> list[int]:
    """The versions that were added, up to the newest or `to`.

    Raises UsageError for a database of a newer koridor, or one that was tampered with.
    """
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    applied = versions(connection)
    known = scripts()
    _refuse_foreign(applied, known, dialect)
    added = [version for version in known if version not in applied and (to is None or version <= to)]
    for version in added:
        for statement in statements(known[version], dialect):
            connection.exec_driver_sql(statement)
        row = {"version": version, "digest": digest(known[version], dialect), "applied_ms": now_ms}
        connection.execute(schema_version.insert().values(row))
    return added


def versions(connection: sa.Connection) -> dict[int, str]:
    """Digest of every version that a database has; none when it is empty."""
    if not sa.inspect(connection).has_table(schema_version.name):
        return {}
    return {row.version: row.digest for row in connection.execute(sa.select(schema_version))}


def _refuse_foreign(applied: dict[int, str], known: dict[int, str], dialect: str) -> None:
    newer = sorted(set(applied) - set(known))
    if newer:
        raise UsageError(
            t(
                "The database has schema version {found}; this koridor knows {known} at most: install a newer one.",
                found=newer[-1],
                known=max(known),
            )
        )
    for version, kept in applied.items():
        if kept != digest(known[version], dialect):
            raise UsageError(
                t("Schema version {version} of the database is not that of this koridor; restore it.", version=version)
            )
