"""Capacities that a dataset does not hold, such as sockets and wagon slots, from a file of the operator."""

from __future__ import annotations

import csv
from pathlib import Path

from koridor.errors import DataError, Problem
from koridor.operator.common.refused import Refused
from koridor.operator.network.resource import parts_of, resources
from koridor.text import t

COLUMNS = ("service_id", "resource", "quantity")


def read_plan(file: Path) -> dict[tuple[str, str], str]:
    """Quantity by service and resource. Raises DataError with all problems of the file."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            limit = t("must have the columns {names}", names=", ".join(COLUMNS))
            raise DataError([Problem("", str(file), 1, found=", ".join(reader.fieldnames or ()), limit=limit)])
        rows = [(reader.line_num, row) for row in reader]
    plan: dict[tuple[str, str], str] = {}
    found: list[Problem] = []
    for at, row in rows:
        cells = [*(row[name] for name in COLUMNS), *row.get(None, ())]
        if None in cells or len(cells) > len(COLUMNS):
            told = ",".join(cell or "" for cell in cells)
            limit = t("must have the {count} cells of the columns; write decimals with a point", count=len(COLUMNS))
            found.append(Problem("", str(file), at, "", (), told, limit))
            continue
        key = (row["service_id"], row["resource"])
        if key[1] not in resources():
            limit = t("must be one of {names}", names=", ".join(resources()))
            found.append(Problem("", str(file), at, "resource", (), key[1], limit))
            continue
        try:
            parts_of(key[1], row["quantity"])
        except Refused as refused:
            found.append(Problem("", str(file), at, "quantity", (), row["quantity"], refused.sentence))
        if key in plan:
            found.append(Problem("", str(file), at, "service_id", (), key[0], t("must be there once for a resource")))
        plan[key] = row["quantity"]
    if found:
        raise DataError(found)
    return plan
