"""The papers of a shipment from its booking: data, drafts, checklist and customs segments; what a new issue changes.

Each issue keeps the whole data set as it was, so that it can be compared with what the booking says today.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from koridor.errors import DataError
from koridor.operator.booking import shipments
from koridor.operator.common.canonical import hash_of, kept
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import consignment as table
from koridor.operator.documents import Consignment, Draft, changes, draft, needed, parse, segments
from koridor.operator.documents.papers import checklist
from koridor.operator.messages.iftmin import iftmin
from koridor.operator.people import access
from koridor.operator.track.draft import Plain, drafted, merged
from koridor.text import t

CONTROL_SIGNS = 14  # most that UNB holds
CHECKLIST = "checklist"


@dataclass(frozen=True, slots=True)
class Issue:
    """A version of the data: what people gave, and the whole as it was then. Version 0 is before the first."""

    version: int = 0
    given: Mapping[str, Any] | None = None
    content: Mapping[str, Any] | None = None
    created_ms: int = 0


def issue(tx: Tx, shipment_id: str, given: Plain) -> dict[str, Any]:
    """Version of the data after what was given, and what it changes in each paper. The same data are the same version.

    Raises
    ------
    DataError
        With every problem: what is missing, unknown or of another kind.
    Refused
        `not_found`; `forbidden` for carriers; `invalid` for legs that the booking does not have.
    """
    access.need_part(tx, "shipment", shipment_id, "seller", "partner", "customer")
    shipments.lock(tx, shipment_id)
    before = last(tx, shipment_id)
    content = merged(drafted(tx, shipment_id), given)
    made = _parsed(content)
    changed = _changes(tx, before.content, made)
    if (before.given, before.content) != (given, content):
        row = {"shipment_id": shipment_id, "version": before.version + 1, "person_id": tx.actor.person_id}
        tx.add(table, {**row, "given": kept(given), "content": kept(content), "created_ms": tx.now_ms})
        tx.note("consignment", f"shipment/{shipment_id}", version=(before.version, before.version + 1))
    return {"shipment_id": shipment_id, "version": last(tx, shipment_id).version, "changes": changed}


def last(tx: Tx, shipment_id: str) -> Issue:
    """The issue in force; callers have asked `access` before."""
    newest = sa.select(table).filter_by(shipment_id=shipment_id).order_by(table.c.version.desc()).limit(1)
    row = tx.run(newest).first()
    if row is None:
        return Issue()
    return Issue(row.version, json.loads(row.given), json.loads(row.content), row.created_ms)


def view(tx: Tx, shipment_id: str) -> dict[str, Any]:
    """The data as the booking and the last issue make them today, with their papers; or what they lack for papers.

    Raises Refused `not_found`.
    """
    access.part(tx, "shipment", shipment_id)
    before = last(tx, shipment_id)
    content = merged(drafted(tx, shipment_id), before.given or {})
    shown = {"shipment_id": shipment_id, "version": before.version, "data": content}
    try:
        made = _parsed(content)
    except DataError as error:
        empty: dict[str, Any] = {"papers": [], "checklist": [], "segments": [], "changes": {}}
        return {**shown, **empty, "missing": [str(problem) for problem in error.problems]}
    passed = segments(made, _day(tx, made))
    drafts = _drafts(tx, made)
    entries = checklist(made, passed, frozenset(one.kind.replace("/", "_").lower() for one in drafts))
    return {
        **shown,
        "missing": [],
        "papers": [{"name": one.name, **one.document()} for one in drafts],
        "checklist": [_dated(asdict(one)) for one in entries],
        "segments": [_dated(asdict(one)) for one in passed],
        "changes": _changes(tx, before.content, made),
    }


def paper(tx: Tx, shipment_id: str, name: str) -> Draft:
    """A paper by its name. Raises Refused `not_found`, DataError where the data are not whole."""
    drafts = _drafts(tx, consignment_of(tx, shipment_id)[1])
    for one in drafts:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in drafts)
    raise Refused("not_found", t("There is no paper of that name; there are {known}.", known=known))


def instructions(tx: Tx, shipment_id: str) -> dict[str, Any]:
    """IFTMIN for each leg, a function of the last issue alone, so that telling it again is the same message.

    Raises Refused `not_found`; `not_allowed_now` before the first issue; DataError for texts that do not fit.
    """
    version, made = consignment_of(tx, shipment_id)
    if version.content is None:
        raise Refused("not_allowed_now", t("The consignment's data were not issued yet."))
    made = _parsed(version.content)
    written = datetime.fromtimestamp(version.created_ms / 1000, UTC)
    sender = shipments.quote_of(tx, shipment_id).seller_id
    found = []
    for leg in made.legs:
        recipient = leg.sections[0].carrier if leg.sections else leg.leg_id
        control = hash_of([shipment_id, version.version, leg.leg_id])[:CONTROL_SIGNS]
        text = iftmin(made, leg, sender=sender, recipient=recipient, control=control, now=written)
        found.append({"leg_id": leg.leg_id, "recipient": recipient, "text": text})
    return {"shipment_id": shipment_id, "version": version.version, "messages": found}


def consignment_of(tx: Tx, shipment_id: str) -> tuple[Issue, Consignment]:
    """The last issue, and the consignment as it is today. Raises Refused `not_found`, DataError with all that lacks."""
    access.part(tx, "shipment", shipment_id)
    before = last(tx, shipment_id)
    return before, _parsed(merged(drafted(tx, shipment_id), before.given or {}))


def issued(tx: Tx, shipment_id: str) -> Consignment:
    """The consignment as it was issued last, which it must have been."""
    content = last(tx, shipment_id).content
    assert content is not None, "nothing was issued"
    return _parsed(content)


def _parsed(content: Mapping[str, Any]) -> Consignment:
    return parse(dict(content))


def _day(tx: Tx, made: Consignment) -> date:
    """The day whose norms apply: the start of the first leg, else today."""
    return made.legs[0].start or datetime.fromtimestamp(tx.now_ms / 1000, UTC).date()


def _drafts(tx: Tx, made: Consignment) -> tuple[Draft, ...]:
    return draft(made, needed(made), _day(tx, made))


def _changes(tx: Tx, before: Mapping[str, Any] | None, made: Consignment) -> dict[str, list[dict[str, Any]]]:
    """By paper, what differs from the issue before; nothing where there was none."""
    if before is None:
        return {}
    old = {one.name: one.document() for one in _drafts(tx, _parsed(before))}
    found = {one.name: changes(old.get(one.name, {}), one.document()) for one in _drafts(tx, made)}
    return {name: [asdict(one) for one in several] for name, several in found.items() if several}


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose dates are texts, as JSON has no dates."""
    plain = {name: _dated(value) if isinstance(value, dict) else value for name, value in row.items()}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in plain.items()}
