"""Backups while the desk works: every row, from one state of the database, as lines of JSON in one packed file.

Rows and not pages, so that a backup of one database restores into the other. The last line holds a hash over all lines
before it: a file cut short or changed is refused. A backup of an older schema is restored as it was, then migrated.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from koridor.errors import DataError, Problem, UsageError
from koridor.operator.db.migrate import migrate, versions
from koridor.operator.db.store import Store
from koridor.operator.db.tables import METADATA, schema_version
from koridor.text import t

MARK = "koridor operator backup"
PART = 500
BEFORE = {"entry": "journal"}  # a journal seals its entries, so they come first


def backup(store: Store, file: Path) -> str:
    """Hash of the backup that was written, whole or not at all. Others go on reading and writing meanwhile.

    Raises UsageError where its folder is not there.
    """
    if not file.parent.is_dir():
        raise UsageError(t("Backup {file}: there is no folder {folder}; make it first.", file=file, folder=file.parent))
    rough = file.with_name(f".{file.name}.part")
    rough.unlink(missing_ok=True)  # of a backup that was killed, with the rights that it had
    rough.touch(mode=0o600, exist_ok=False)  # it holds hashes of passwords
    with gzip.open(rough, "wt", encoding="utf-8", newline="\n") as stream:
        total = store.read(lambda connection: _write(connection, stream))
    rough.replace(file)
    return total


def restore(store: Store, file: Path, now_ms: int) -> str:
    """Hash of the restored backup. Raises UsageError where the database is not empty, DataError for a broken file."""
    lines = _read(file)
    return store.write(lambda connection: _load(connection, lines, now_ms))


def fingerprint(connection: sa.Connection) -> str:
    """Hash of every row of every table; the same in both databases, whatever the order on disk."""
    digest = hashlib.sha256()
    for line in _lines(connection):
        digest.update(line.encode())
    return digest.hexdigest()


def _write(connection: sa.Connection, stream: Any) -> str:
    digest = hashlib.sha256()
    head = _json({"mark": MARK, "schema": max(versions(connection), default=0)})
    for line in (head, *_lines(connection)):
        digest.update(line.encode())
        stream.write(f"{line}\n")
    stream.write(f"{_json({'hash': digest.hexdigest()})}\n")
    return digest.hexdigest()


def _lines(connection: sa.Connection) -> Iterator[str]:
    for table in _in_order():
        names = [column.name for column in table.columns]
        rows = [[_plain(cell) for cell in row] for row in connection.execute(sa.select(table))]
        yield _json({"table": table.name, "columns": names})
        yield from sorted(map(_json, rows))


def _in_order() -> list[sa.Table]:
    """Tables such that none comes before what it refers to, but where a trigger wants it so."""
    tables = [table for table in METADATA.sorted_tables if table is not schema_version]
    for early, late in BEFORE.items():
        moved = METADATA.tables[early]
        tables.remove(moved)
        tables.insert(tables.index(METADATA.tables[late]), moved)
    return tables


def _read(file: Path) -> list[str]:
    try:
        with gzip.open(file, "rt", encoding="utf-8", newline="\n") as stream:
            lines = stream.read().splitlines()
        head, last = json.loads(lines[0]), json.loads(lines[-1])
    except (gzip.BadGzipFile, zlib.error, EOFError, ValueError, IndexError, RecursionError):
        head, last = {}, {}
        lines = []
    digest = hashlib.sha256()
    for line in lines[:-1]:
        digest.update(line.encode())
    whole = isinstance(head, dict) and head.get("mark") == MARK and isinstance(head.get("schema"), int)
    if not whole or not isinstance(last, dict) or last.get("hash") != digest.hexdigest():
        limit = t("must be a whole backup of the operator, as it was written")
        raise DataError([Problem("", str(file), limit=limit, hint=t("take another backup"))])
    return lines


def _load(connection: sa.Connection, lines: list[str], now_ms: int) -> str:
    if versions(connection):
        raise UsageError(t("The database is not empty; restore into a new one."))
    migrate(connection, now_ms, to=json.loads(lines[0])["schema"])
    table, rows = sa.table(""), list[dict[str, Any]]()
    for line in (*lines[1:-1], "{}"):
        item = json.loads(line)
        if isinstance(item, list):
            rows.append({column.name: _bytes(cell) for column, cell in zip(table.columns, item, strict=True)})
        if rows and (isinstance(item, dict) or len(rows) == PART):
            connection.execute(table.insert(), rows)
            rows = []
        if item and isinstance(item, dict):
            table = sa.table(item["table"], *map(sa.column, item["columns"]))
    migrate(connection, now_ms)
    return str(json.loads(lines[-1])["hash"])


def _json(item: object) -> str:
    return json.dumps(item, ensure_ascii=True, separators=(",", ":"))


def _plain(cell: Any) -> Any:
    return {"bytes": base64.b64encode(cell).decode()} if isinstance(cell, bytes | memoryview) else cell


def _bytes(cell: Any) -> Any:
    return base64.b64decode(cell["bytes"]) if isinstance(cell, dict) else cell
