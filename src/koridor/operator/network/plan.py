"""Capacities that a dataset does not hold, such as sockets and wagon slots, from a file of the operator."""

from __future__ import annotations

import csv
from pathlib import Path

from koridor.errors import DataError, Problem
from koridor.operator.common.refused import Refused
from koridor.operator.network.resource import parts_of
from koridor.text import t

COLUMNS = ("service_id", "resource", "quantity")


def read_plan(file: Path) -> dict[tuple[str, str], str]:
    """Quantity by service and resource. Raises DataError with all problems of the file."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            limit = t("must have the columns {names}", names=", ".join(COLUMNS))
            raise DataError([Problem("", str(file), 1, found=", ".join(reader.fieldnames or ()), limit=limit)])
        rows = list(reader)
    plan: dict[tuple[str, str], str] = {}
    found: list[Problem] = []
    for at, row in enumerate(rows, start=2):
        key = (row["service_id"] or "", row["resource"] or "")
        try:
            parts_of(key[1], row["quantity"] or "")
        except Refused as refused:
            found.append(Problem("", str(file), at, "quantity", (), row["quantity"] or "", refused.sentence))
        if key in plan:
            found.append(Problem("", str(file), at, "service_id", (), key[0], t("must be there once for a resource")))
        plan[key] = row["quantity"] or ""
    if found:
        raise DataError(found)
    return plan
