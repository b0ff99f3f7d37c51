"""Messages of partners: kept raw, read, and each event taken once.

The event's own id decides what was told before, within its sender: two senders may use the same id for two things. A
sender learns what became of its events on shipments that it is a part of, and of all others the same: nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import aboard
from koridor.operator.common.canonical import kept
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import message, party, told
from koridor.operator.identifiers import check
from koridor.operator.messages import Told, incoming
from koridor.operator.track.match import UNMATCHED, Heard, heard_of, lock_tellers, place
from koridor.text import t

EVENT_SIGNS = 32
_PARTNER = select_by(party, "party_id", "kind")
_KNOWN = select_by(message, "party_id", "digest")
_TOLD = select_by(told, "event_id")
_TIMELESS = ("written_ms",)  # a fact sent again is written later


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it came.

    Attributes
    ----------
    to_id : str
        The partner whose dispatcher gets what reaches no shipment.
    text, name : str
        The message, and one of `incoming.FORMATS`; "" to find it out.
    offset_min : int
        Minutes by which times without an offset are ahead of UTC.
    """

    to_id: str
    text: str
    name: str = ""
    offset_min: int = 0


def receive(tx: Tx, sent: Sent, latest_ms: int) -> dict[str, Any]:
    """What was read, and how many of the events are new and reached a shipment. Events are of 1970 to `latest_ms`.

    Raises
    ------
    DataError
        With every problem of the message.
    Refused
        `invalid` for another recipient, or too many events; `conflict` where an event was told before with another
        content; `too_many` where too many of the sender's events wait already.
    """
    if tx.run(_PARTNER, party_id=sent.to_id, kind="partner").first() is None:
        raise Refused("invalid", t("A message is addressed to a partner that is known."))
    found, events = incoming.read(sent.text, timezone(timedelta(minutes=sent.offset_min)), sent.name)
    _refuse_wrong(tx, events, latest_ms)
    lock_tellers(tx, [tx.actor.party_id])
    message_id = _keep(tx, sent, found)
    fresh, differing = _fresh(tx, [_heard(tx, one) for one in events])
    if differing:
        sentence = t("Events were told before with another content: {ids}.", ids=", ".join(differing))
        raise Refused("conflict", sentence, events=differing)
    tx.add(told, *(_row(tx, one, message_id, sent.to_id) for one in fresh))
    states = Counter(place(tx, one) for one in fresh)
    _refuse_full(tx)
    shown = {"message_id": message_id, "format": found, "events": len(events), "new": len(fresh)}
    return {**shown, "matched": states["matched"]}


def _refuse_wrong(tx: Tx, events: Sequence[Told], latest_ms: int) -> None:
    most = tx.policy.message_events_max
    if len(events) > most:
        raise Refused("invalid", t("A message has at most {most} events.", most=most))
    wrong = [one.event_id for one in events if not 0 <= one.happened_ms <= latest_ms]
    if wrong:
        raise Refused("invalid", t("Events are of another time than ours: {ids}.", ids=", ".join(wrong)), events=wrong)


def _keep(tx: Tx, sent: Sent, found: str) -> str:
    """Id under which the text is kept, the same for the same text of the same sender."""
    digest = hashlib.sha256(sent.text.encode()).hexdigest()
    known = tx.run(_KNOWN, party_id=tx.actor.party_id, digest=digest).first()
    if known is not None:
        return str(known.message_id)
    message_id = tx.new_id("M")
    head = {"message_id": message_id, "party_id": tx.actor.party_id, "to_id": sent.to_id, "format": found}
    tx.add(message, {**head, "digest": digest, "raw": sent.text, "received_ms": tx.now_ms})
    tx.note("message", f"message/{message_id}", digest=(None, digest), format=(None, found))
    return message_id


def _heard(tx: Tx, one: Told) -> Heard:
    sender = tx.actor.party_id
    retracts = own_id(sender, one.retracts) if one.retracts else ""
    body = {**one.body(), "sender": sender, "told_id": one.event_id}
    if "place_id" in body:
        body["place_id"] = aboard.bare(body["place_id"]) if one.place else body["place_id"]
    if retracts:
        body["retracts"] = retracts
    return Heard(
        own_id(sender, one.event_id), sender, one.kind, one.happened_ms, unit_of(one.equipment), retracts, body
    )


def own_id(sender: str, event_id: str) -> str:
    """The desk's id of a sender's event."""
    return f"M{hashlib.sha256(f'{sender}|{event_id}'.encode()).hexdigest()[:EVENT_SIGNS]}"


def unit_of(number: str) -> str:
    """A number of a box or wagon, mended where it is one that we know how to check."""
    finding = check("container", number) if number else None
    return finding.value if finding and finding.valid else aboard.bare(number)


def _fresh(tx: Tx, heard: Sequence[Heard]) -> tuple[list[Heard], list[str]]:
    """Events that were not told before, each once; and the ids, as their sender gave them, of those that differ."""
    fresh: dict[str, Heard] = {}
    differing: list[str] = []
    for one in heard:
        row = tx.run(_TOLD, event_id=one.event_id).first()
        before = fresh.get(one.event_id) or (None if row is None else heard_of(row))
        if before is None:
            fresh[one.event_id] = one
        elif _content(before) != _content(one):
            differing.append(str(one.body["told_id"]))
    return list(fresh.values()), differing


def _content(one: Heard) -> tuple[str, int, str]:
    return one.kind, one.happened_ms, kept({key: value for key, value in one.body.items() if key not in _TIMELESS})


def _row(tx: Tx, one: Heard, message_id: str, to_id: str) -> dict[str, Any]:
    ids = {"party_id": one.party_id, "event_id": one.event_id, "told_id": one.body["told_id"], "to_id": to_id}
    what = {"message_id": message_id, "kind": one.kind, "happened_ms": one.happened_ms, "unit": one.unit}
    return {**ids, **what, "retracts": one.retracts, "body": kept(dict(one.body)), "state": UNMATCHED,
            "recorded_ms": tx.now_ms}  # fmt: skip


def _refuse_full(tx: Tx) -> None:
    waiting = sa.select(sa.func.count()).select_from(told).filter_by(party_id=tx.actor.party_id, state=UNMATCHED)
    most = tx.policy.inbox_rows_max
    if tx.run(waiting).scalar_one() > most:
        sentence = t(
            "More than {most} of your events wait to be matched; nothing of this message was taken.", most=most
        )
        raise Refused("too_many", sentence)
