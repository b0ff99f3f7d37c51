"""The papers of a shipment from its booking: data, drafts, checklist and customs segments; what a new issue changes.

Each issue keeps the whole data set as it was, so that it can be compared with what the booking says today, and which
legs it was given for: where these have changed, the legs in force count (`kept`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from koridor.errors import DataError
from koridor.operator.booking import quote, shipments
from koridor.operator.booking.itinerary import Leg
from koridor.operator.booking.quote import Quote
from koridor.operator.common.canonical import hash_of, kept
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import consignment as table
from koridor.operator.db.wall import EVERYBODY
from koridor.operator.documents import Consignment, Draft, changes, draft, needed, parse, segments
from koridor.operator.documents.papers import checklist
from koridor.operator.messages.iftmin import iftmin
from koridor.operator.people import access
from koridor.operator.track.draft import Plain, drafted, merged, places_of
from koridor.operator.track.kept import Told, agreeing, carried, in_paper
from koridor.text import t

CONTROL_SIGNS = 14  # most that UNB holds
CHECKLIST = "checklist"


@dataclass(frozen=True, slots=True)
class Issue:
    """A version of the data: what people gave, the whole as it was then, and the quote whose legs it was given for.

    Version 0 is before the first.
    """

    version: int = 0
    given: Mapping[str, Any] | None = None
    content: Mapping[str, Any] | None = None
    created_ms: int = 0
    quote_id: str | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """The data as the legs in force and what was given make them, and what was given that these legs contradict."""

    content: Plain
    told: Sequence[Told]

    def contradictions(self) -> list[str]:
        """What is told, a sentence each."""
        return [str(one.defect) for one in self.told]


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
    in_force = shipments.quote_of(tx, shipment_id)
    quote_id = in_force.quote_id
    whole = _whole(tx, shipment_id, Issue(given=given, quote_id=quote_id), in_force)
    changed = _changes(tx, before.content, _parsed(whole.content))
    if (before.given, before.content, before.quote_id) != (given, whole.content, quote_id):
        row = {"shipment_id": shipment_id, "version": before.version + 1, "person_id": tx.actor.person_id}
        row |= {"given": kept(given), "content": kept(whole.content), "quote_id": quote_id}
        tx.add(table, {**row, "created_ms": tx.now_ms})
        tx.note("consignment", f"shipment/{shipment_id}", version=(before.version, before.version + 1))
    version = last(tx, shipment_id).version
    told = whole.contradictions()
    return {"shipment_id": shipment_id, "version": version, "changes": changed, "contradictions": told}


def last(tx: Tx, shipment_id: str) -> Issue:
    """The issue in force; callers have asked `access` before."""
    newest = sa.select(table).filter_by(shipment_id=shipment_id).order_by(table.c.version.desc()).limit(1)
    row = tx.run(newest).first()
    if row is None:
        return Issue()
    return Issue(row.version, json.loads(row.given), json.loads(row.content), row.created_ms, row.quote_id)


def view(tx: Tx, shipment_id: str) -> dict[str, Any]:
    """The data as the booking and the last issue make them today, with their papers; or what they lack for papers.

    Raises Refused `not_found`.
    """
    access.part(tx, "shipment", shipment_id)
    before = last(tx, shipment_id)
    whole = _whole(tx, shipment_id, before, shipments.quote_of(tx, shipment_id))
    shown = {"shipment_id": shipment_id, "version": before.version, "data": whole.content}
    shown["contradictions"] = whole.contradictions()
    try:
        made = _parsed(whole.content)
    except DataError as error:
        empty: dict[str, Any] = {"papers": [], "checklist": [], "segments": [], "changes": {}}
        return {**shown, **empty, "missing": [str(problem) for problem in error.problems]}
    passed = segments(made, _day(tx, made))
    drafts = _drafts(tx, made, whole.told)
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
    access.part(tx, "shipment", shipment_id)
    whole = _whole(tx, shipment_id, last(tx, shipment_id), shipments.quote_of(tx, shipment_id))
    drafts = _drafts(tx, _parsed(whole.content), whole.told)
    for one in drafts:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in drafts)
    raise Refused("not_found", t("There is no paper of that name; there are {known}.", known=known))


def instructions(tx: Tx, shipment_id: str) -> dict[str, Any]:
    """IFTMIN for each leg, a function of the last issue alone, so that telling it again is the same message.

    Raises Refused `not_found`; `not_allowed_now` before the first issue, or where the legs have changed since the last;
    DataError for texts that do not fit.
    """
    access.part(tx, "shipment", shipment_id)
    version = last(tx, shipment_id)
    if version.content is None:
        raise Refused("not_allowed_now", t("The consignment's data were not issued yet."))
    in_force = shipments.quote_of(tx, shipment_id)
    if _legs_then(tx, version, in_force) != in_force.offer.legs:
        raise Refused("not_allowed_now", t("The legs have changed since the data were issued; give the data anew."))
    made = _parsed(version.content)
    written = datetime.fromtimestamp(version.created_ms / 1000, UTC)
    sender = in_force.seller_id
    found = []
    for leg in made.legs:
        recipient = leg.sections[0].carrier if leg.sections else leg.leg_id
        control = hash_of([shipment_id, version.version, leg.leg_id])[:CONTROL_SIGNS]
        text = iftmin(made, leg, sender=sender, recipient=recipient, control=control, now=written)
        found.append({"leg_id": leg.leg_id, "recipient": recipient, "text": text})
    return {"shipment_id": shipment_id, "version": version.version, "messages": found}


def issued(tx: Tx, shipment_id: str) -> Consignment:
    """The consignment as it was issued last, which it must have been; where its legs have changed since, as it is today
    if that is whole.
    """
    version = last(tx, shipment_id)
    assert version.content is not None, "nothing was issued"
    in_force = shipments.quote_of(tx, shipment_id)
    if _legs_then(tx, version, in_force) != in_force.offer.legs:
        with suppress(DataError):
            return _parsed(_whole(tx, shipment_id, version, in_force).content)
    return _parsed(version.content)


def _whole(tx: Tx, shipment_id: str, version: Issue, in_force: Quote) -> Whole:
    """The data of today by what a version gave."""
    places = places_of(tx, in_force.network_id)
    legs, known = in_force.offer.legs, drafted(tx, shipment_id, in_force, places)
    given, left_out = carried(version.given or {}, _legs_then(tx, version, in_force), legs)
    given, wrong = agreeing(given, known["legs"], legs, places)
    return Whole(merged(known, given), (*left_out, *wrong))


def _legs_then(tx: Tx, version: Issue, in_force: Quote) -> tuple[Leg, ...]:
    """The legs that a version was given for; before the first version those in force."""
    if version.quote_id in (None, in_force.quote_id):
        return in_force.offer.legs
    with tx.seeing(EVERYBODY):  # whoever sees the shipment may know its way, also before a rebooking brought it in
        return quote.of(tx, str(version.quote_id)).offer.legs


def _parsed(content: Mapping[str, Any]) -> Consignment:
    return parse(dict(content))


def _day(tx: Tx, made: Consignment) -> date:
    """The day whose norms apply: the start of the first leg, else today."""
    return made.legs[0].start or datetime.fromtimestamp(tx.now_ms / 1000, UTC).date()


def _drafts(tx: Tx, made: Consignment, told: Sequence[Told] = ()) -> tuple[Draft, ...]:
    """The papers; in those of a leg, what was given for it and does not hold."""
    drafts = draft(made, needed(made), _day(tx, made))
    return tuple(replace(one, defects=(*one.defects, *in_paper(told, one.leg_id, one.kind))) for one in drafts)


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
