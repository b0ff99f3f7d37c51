"""Consignments for tests, as plain data to be changed and parsed."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parents[1] / "examples" / "orsha-mersin.json"
Plain = dict[str, Any]


@cache
def _example() -> str:
    return EXAMPLE.read_text(encoding="utf-8")


def timber() -> Plain:
    """Two boxes of timber by rail under SMGS and CIM, then by lorry: the example of the handbook."""
    found: Plain = json.loads(_example())
    return found


def acid() -> Plain:
    """One tank container of sulphuric acid by rail under SMGS, by ship, and by lorry."""
    alat = {"name": "Ələt", "country": "AZ", "esr": "548502", "locode": "AZALA", "name_ru": "Алят"}
    gence = {"name": "Gəncə", "country": "AZ", "esr": "556208", "name_ru": "Гянджа"}
    aktau = {"name": "Aktau", "country": "KZ", "locode": "KZAAU"}
    door = {"name": "Aktau, warehouse 1", "country": "KZ"}
    return {
        "consignment_id": "ACID-1",
        "consignor": {"name": "Завод", "address": "Гянджа", "country": "AZ"},
        "consignee": {"name": "Склад", "address": "Актау", "country": "KZ"},
        "mass_method": "weighed", "issued_at": "Aktau", "issued": "2026-05-12",
        "legs": [
            {
                "leg_id": "1", "mode": "rail", "note": "SMGS", "origin": gence, "destination": alat,
                "start": "2026-05-04",
                "sections": [{"carrier": "ADY", "origin": gence, "destination": alat, "distance_km": 297}],
            },
            {
                "leg_id": "2", "mode": "sea", "note": "B/L", "origin": alat, "destination": aktau,
                "vehicle": "MV Sample", "start": "2026-05-08",
            },
            {
                "leg_id": "3", "mode": "road", "note": "CMR", "origin": aktau, "destination": door,
                "sections": [{"carrier": "Haulier", "origin": aktau, "destination": door, "distance_km": 12}],
            },
        ],
        "containers": [
            {
                "number": "CSQU3054383", "size_type": "22T1", "tare_kg": 3800, "max_gross_kg": 30480,
                "seals": [{"number": "1"}],
                "vgm": {
                    "mass_kg": 23810, "method": "SM1", "determined": "2026-05-07T09:30+04:00", "responsible": "Завод",
                    "signatory": "Head of dispatch",
                },
            }
        ],
        "wagons": [
            {
                "number": "94123452", "provided_by": "carrier", "capacity_kg": 68000, "tare_kg": 24000, "axles": 4,
                "containers": ["CSQU3054383"],
            }
        ],
        "goods": [
            {
                "description": "Серная кислота", "packages": 1, "packaging": "tank container", "gross_kg": 20000,
                "gng": "28070000", "etsng": "481016", "hs": "280700", "container": "CSQU3054383",
                "dangerous": {
                    "un_number": "UN1830", "proper_name": "Sulphuric acid with more than 51 % acid", "dg_class": "8",
                    "packing_group": "II", "hazard_id": "80", "tunnel": "E", "ems": "F-A, S-B", "emergency_card": "801",
                    "emergency_contact": "+994 00 000 00 00",
                },
            }
        ],
        "payments": [{"carrier": "ADY", "payer": "Завод", "code": "1000002"}],
        "attached": [{"kind": "invoice", "number": "1"}],
    }  # fmt: skip


def edited(plain: Plain, path: str, value: Any) -> Plain:
    """A copy with one value set; the path is `legs.0.origin.esr`, and a value of None removes the key."""
    made = copy.deepcopy(plain)
    at: Any = made
    *way, last = path.split(".")
    for step in way:
        at = at[int(step) if step.isdigit() else step]
    if value is None:
        del at[int(last) if last.isdigit() else last]
    else:
        at[int(last) if last.isdigit() else last] = value
    return made
