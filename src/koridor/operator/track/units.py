"""What a shipment is made of: its containers, wagons and papers by number, and who else tells of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import aboard, shipments
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import party
from koridor.operator.db.tables import shipment_unit as table
from koridor.operator.identifiers import Finding, check
from koridor.operator.people import access
from koridor.operator.track.match import lock_tellers, rematch
from koridor.text import t

CHECKED_BY = {"container": ("container",), "wagon": ("wagon", "uic_wagon")}
TELLERS = ("carrier", "terminal")
MOST = 500
_OF = select_by(table, "shipment_id").order_by(table.c.kind, table.c.number)


def change(
    tx: Tx, shipment_id: str, add: Mapping[str, Sequence[str]], remove: Iterable[str], tellers: Sequence[str]
) -> int:
    """How many events that waited were matched by what was added.

    Parameters
    ----------
    add : mapping
        Numbers by kind: container, wagon, reference (of a note, a customs paper, a carrier's booking).
    remove : iterable of str
        Numbers that no longer belong to it; what was told of them stays.
    tellers : sequence of str
        Carriers and terminals who take part and see it from now on; the seller's to say.

    Raises
    ------
    Refused
        `not_found`; `forbidden` for another part; `invalid` with every number that is wrong.
    """
    part = access.need_part(tx, "shipment", shipment_id, "seller", "partner", "carrier")
    if tellers and part != "seller":
        raise Refused("forbidden", t("This is for another party of it to do."))
    lock_tellers(tx, {*access.parts_of(tx, "shipment", shipment_id), *tellers})
    shipments.lock(tx, shipment_id)
    new = _checked(tx, add, tellers)
    gone = [aboard.bare(number) for number in remove]
    if gone:
        tx.run(table.delete().where(table.c.shipment_id == shipment_id, table.c.number.in_(gone)))
    there = {(row.kind, row.number) for row in tx.run(_OF, shipment_id=shipment_id)}
    if len(there | set(new)) > MOST:
        raise Refused("invalid", t("A shipment has at most {most} numbers.", most=MOST))
    fresh = [one for one in dict.fromkeys(new) if one not in there]
    rows = ({"shipment_id": shipment_id, "kind": kind, "number": number} for kind, number in fresh)
    tx.add(table, *({**row, "added_ms": tx.now_ms} for row in rows))
    access.share(tx, "shipment", shipment_id, dict.fromkeys(tellers, "carrier"))
    if fresh or gone or tellers:
        added = [f"{kind} {number}" for kind, number in fresh]
        tx.note("equip", f"shipment/{shipment_id}", added=(None, added), removed=(gone, None), tellers=(None, tellers))
    return rematch(tx, shipment_id)


def listed(tx: Tx, shipment_id: str) -> dict[str, Any]:
    """The numbers of a shipment by kind. Raises Refused `not_found`."""
    access.part(tx, "shipment", shipment_id)
    found = of(tx, shipment_id)
    return {"shipment_id": shipment_id, **{f"{kind}s": found[kind] for kind in ("container", "wagon", "reference")}}


def of(tx: Tx, shipment_id: str) -> dict[str, list[str]]:
    """Numbers by kind; callers have asked `access` before."""
    found: dict[str, list[str]] = {"container": [], "wagon": [], "reference": []}
    for row in tx.run(_OF, shipment_id=shipment_id):
        found[row.kind].append(row.number)
    return found


def _checked(tx: Tx, add: Mapping[str, Sequence[str]], tellers: Sequence[str]) -> list[tuple[str, str]]:
    """Kind and mended number of each. Raises Refused `invalid` with all that is wrong."""
    wrong: list[str] = []
    found: list[tuple[str, str]] = []
    for kind, numbers in add.items():
        for number in numbers:
            findings = [check(name, number) for name in CHECKED_BY.get(kind, ())]
            good = next((one.value for one in findings if one.valid), None)
            if findings and good is None:
                wrong.append(_why(findings))
            found.append((kind, good or aboard.bare(number)))
    known = set(
        tx.run(sa.select(party.c.party_id).where(party.c.party_id.in_(tellers), party.c.kind.in_(TELLERS))).scalars()
    )
    strangers = sorted(set(tellers) - known)
    if strangers:
        wrong.append(t("{ids}: no carrier or terminal that is known", ids=", ".join(strangers)))
    if wrong:
        raise Refused("invalid", "; ".join(wrong), wrong=wrong)
    return found


def _why(findings: Sequence[Finding]) -> str:
    nearest = min(findings, key=lambda one: len(one.problems))
    return "; ".join(map(str, nearest.problems))
