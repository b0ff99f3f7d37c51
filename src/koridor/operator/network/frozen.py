"""Rows of a dataset in force, read from its frozen file without loading the rest."""

from __future__ import annotations

import csv
import io
import zipfile
from functools import lru_cache

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.db.tables import network

NETWORKS_KEPT = 4
Row = dict[str, str]


def rows(tx: Tx, network_id: str, table: str) -> dict[str, Row]:
    """Rows of a table by their first column; none where no file of that name is in the dataset."""
    content = tx.run(sa.select(network.c.content).where(network.c.network_id == network_id)).scalar_one()
    return _read(bytes(content), f"{table}.csv")


@lru_cache(maxsize=NETWORKS_KEPT)
def _read(content: bytes, name: str) -> dict[str, Row]:
    stream = io.BytesIO(content)
    if not zipfile.is_zipfile(stream):
        return {}
    with zipfile.ZipFile(stream) as pack:
        if name not in pack.namelist():
            return {}
        with pack.open(name) as raw:
            found = csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8", newline=""))
            return {row[found.fieldnames[0]]: row for row in found} if found.fieldnames else {}
