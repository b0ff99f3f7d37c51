"""The queue: what waits, in the order of each object; who takes a receiver's letters alone; what became of them.

Two back-offs: a receiver that is not there makes all that is for it wait, a message that it will not take only the
later ones of the same object. A message that was refused as often as the policy says, or whose receiver has been away
for as long, is a dead letter, and the next one goes. What was delivered is dropped after a while.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from random import Random
from typing import Any

import sqlalchemy as sa

from koridor.operator.common import pages
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import Policy
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.statement import Fixed, insertion_once, select_by
from koridor.operator.db.tables import delivery as table
from koridor.operator.db.tables import delivery_dropped as tally
from koridor.operator.db.tables import subscription
from koridor.operator.outbox.announce import WAITING
from koridor.operator.outbox.send import Outcome
from koridor.operator.outbox.subscription import DEAD, readable
from koridor.text import t

DELIVERED = "delivered"
BATCH_MAX = 20
FORGOTTEN_MAX = 500
LEASE_TIMEOUTS = 3  # a hand begins no try after one time-out, so that its last has ended after two
SECOND_MS = 1000
LATE_MS = 60 * SECOND_MS  # what was not even tried for so long is behind too
_TALLY = insertion_once(tally)
_waits = sa.and_(table.c.subscription_id == subscription.c.subscription_id, table.c.state == WAITING)

P = sa.bindparam
# a subscription in force, whose receiver may be asked again and whose letters no hand has
_FREE = sa.and_(
    subscription.c.ended_ms.is_(None), subscription.c.next_ms <= P("now_ms"), subscription.c.lease_ms <= P("now_ms")
)
_DUE = Fixed(
    sa.select(subscription.c.subscription_id)
    .where(_FREE, sa.exists().where(_waits, table.c.next_ms <= P("now_ms")))
    .order_by(subscription.c.next_ms)
)
_LEASED = Fixed(
    subscription.update()
    .where(subscription.c.subscription_id == P("b_subscription"), _FREE)
    .values(lease_ms=P("b_lease"))
    .returning(*subscription.c)
)
_before = table.alias()
_stuck = sa.exists().where(
    _before.c.subscription_id == table.c.subscription_id,
    _before.c.stream == table.c.stream,
    _before.c.state == WAITING,
    _before.c.seq <= table.c.seq,
    _before.c.next_ms > P("now_ms"),
)
_LETTERS = Fixed(
    sa.select(table.c.delivery_id, table.c.stream, table.c.body)
    .where(table.c.subscription_id == P("subscription_id"), table.c.state == WAITING, ~_stuck)
    .order_by(table.c.queued_ms, table.c.stream, table.c.seq)
    .limit(BATCH_MAX)
)
_LOCKED = Fixed(select_by(subscription, "subscription_id").with_for_update())
_RECEIVER = ("failures", "failing_since_ms", "next_ms", "lease_ms")
_HEARD = Fixed(
    subscription.update()
    .where(subscription.c.subscription_id == P("b_subscription"))
    .values({name: P(f"b_{name}") for name in _RECEIVER})
)
_TRIED = Fixed(sa.select(table).where(table.c.delivery_id == P("delivery_id"), table.c.state == WAITING))
_LETTER = ("state", "tries", "next_ms", "done_ms", "last_error")
_SETTLED = Fixed(
    table.update()
    .where(table.c.delivery_id == P("b_delivery"), table.c.state == WAITING)
    .values({name: P(f"b_{name}") for name in _LETTER})
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that is due."""

    delivery_id: str
    stream: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one receiver gets now, in order: where, signed with which secrets; nobody else sends to it meanwhile."""

    subscription_id: str
    url: str
    secrets: tuple[str, ...]
    letters: tuple[Letter, ...]
    lease_ms: int


def due(tx: Tx) -> list[str]:
    """Subscriptions that have something to send, which nobody sends yet."""
    return list(tx.run(_DUE, now_ms=tx.now_ms).scalars())


def take(tx: Tx, subscription_id: str) -> Bundle | None:
    """The next letters of a subscription for this hand alone, until they are `settled` or time enough has passed."""
    lease_ms = tx.now_ms + LEASE_TIMEOUTS * tx.policy.delivery_timeout_s * SECOND_MS
    row = tx.run(_LEASED, b_subscription=subscription_id, b_lease=lease_ms, now_ms=tx.now_ms).first()
    if row is None:
        return None
    rows = tx.run(_LETTERS, subscription_id=subscription_id, now_ms=tx.now_ms)
    letters = tuple(Letter(one.delivery_id, one.stream, one.body.encode()) for one in rows)
    old = (row.secret_before,) if row.secret_before and row.before_until_ms > tx.now_ms else ()
    return Bundle(subscription_id, row.url, (row.secret, *old), letters, lease_ms)


def settle(tx: Tx, bundle: Bundle, told: Sequence[tuple[str, Outcome]], random: Random) -> None:
    """Puts down what came of the letters that were tried, in their order, and lets the next hand take others."""
    row = tx.run(_LOCKED, subscription_id=bundle.subscription_id).one()
    lost = bool(told) and not told[-1][1].there
    failures = row.failures + 1 if lost else 0 if told else row.failures
    since_ms = (row.failing_since_ms or tx.now_ms) if lost else None if told else row.failing_since_ms
    next_ms = tx.now_ms + (wait_ms(tx.policy, failures, random) if lost else 0)
    lease_ms = 0 if row.lease_ms == bundle.lease_ms else row.lease_ms  # of another hand, where this one was too slow
    state = dict(zip(_RECEIVER, (failures, since_ms, next_ms, lease_ms), strict=True))
    tx.run(_HEARD, b_subscription=bundle.subscription_id, **{f"b_{name}": value for name, value in state.items()})
    given_up = since_ms is not None and tx.now_ms - since_ms >= tx.policy.delivery_ms
    for delivery_id, outcome in told:
        _settle_one(tx, delivery_id, outcome, random, given_up=given_up)


def _settle_one(tx: Tx, delivery_id: str, outcome: Outcome, random: Random, *, given_up: bool) -> None:
    row = tx.run(_TRIED, delivery_id=delivery_id).first()
    if row is None:  # its subscription was ended meanwhile
        return
    tries, last_error = row.tries + outcome.there, outcome.error
    new = {**{name: getattr(row, name) for name in _LETTER}, "tries": tries, "last_error": last_error}
    if not outcome.error:
        new |= {"state": DELIVERED, "done_ms": tx.now_ms}
    elif tries >= tx.policy.delivery_tries_max if outcome.there else given_up:
        new |= {"state": DEAD, "done_ms": tx.now_ms}
        tx.note("dead_letter", f"delivery/{delivery_id}", last_error=(row.last_error, last_error))
    elif outcome.there:
        new |= {"next_ms": tx.now_ms + wait_ms(tx.policy, tries, random)}
    tx.run(_SETTLED, b_delivery=delivery_id, **{f"b_{name}": value for name, value in new.items()})


def wait_ms(policy: Policy, failures: int, random: Random) -> int:
    """How long to wait after so many failures: twice as long after each, up to a limit, and up to half of it less."""
    longest_ms = policy.delivery_wait_s_max * SECOND_MS
    whole_ms = min(policy.delivery_wait_s * SECOND_MS << min(failures - 1, 32), longest_ms)
    return whole_ms - random.randint(0, whole_ms // 2)


def redeliver(tx: Tx, delivery_id: str) -> dict[str, Any]:
    """A letter that waits again, at once. Raises Refused `not_found`, or `not_allowed_now` unless it is dead."""
    found = tx.run(_mine(tx).where(table.c.delivery_id == delivery_id)).first()
    if found is None:
        raise unknown_id()
    active = sa.exists().where(
        subscription.c.subscription_id == table.c.subscription_id, subscription.c.ended_ms.is_(None)
    )
    here = sa.and_(table.c.delivery_id == delivery_id, table.c.state == DEAD, active)
    again = {"state": WAITING, "tries": 0, "next_ms": tx.now_ms, "done_ms": None}
    if not tx.run(table.update().where(here).values(**again)).rowcount:
        raise Refused("not_allowed_now", t("Only a dead letter of a subscription in force is sent again."))
    tx.note("redeliver", f"delivery/{delivery_id}", state=(DEAD, WAITING))
    return shown(tx.run(_mine(tx).where(table.c.delivery_id == delivery_id)).one())


def page(tx: Tx, state: str | None, after: str) -> dict[str, Any]:
    """The latest letters of the actor's party that the actor may read, and where the next page begins.

    Raises Refused `invalid` for what no page ended with.
    """
    rows = _mine(tx)
    if state is not None:
        rows = rows.where(table.c.state == state)
    found, following = pages.page(tx, rows, table.c.queued_ms, table.c.delivery_id, after, latest=True)
    return {"deliveries": [shown(row) for row in found], "next": following}


def shown(row: Any) -> dict[str, Any]:
    """A letter as its party sees it."""
    names = ("delivery_id", "subscription_id", "stream", "seq", "kind", "state", "tries", "queued_ms", "next_ms")
    more = ("done_ms", "last_error")
    return {**{name: row._mapping[name] for name in (*names, *more)}, "body": json.loads(row.body)}


def forget(tx: Tx) -> int:
    """How many messages were dropped that were delivered longer ago than the policy keeps them; so many at most.

    The audit of its party has the count of each subscription. What waits and dead letters stay. Of each stream its last
    number stays too, so that the next message has the next.
    """
    old = sa.select(table.c.delivery_id).where(
        table.c.state == DELIVERED, table.c.done_ms < tx.now_ms - tx.policy.deliveries_kept_ms
    )
    some = old.order_by(table.c.done_ms, table.c.delivery_id).limit(FORGOTTEN_MAX)
    gone = table.delete().where(table.c.delivery_id.in_(some))
    places = ("subscription_id", "stream")
    rows = sorted(tx.run(gone.returning(*(table.c[name] for name in (*places, "seq", "queued_ms")))).all())
    for place, of in groupby(rows, lambda row: tuple(row[:2])):
        dropped = list(of)
        last = {"seq": max(row.seq for row in dropped), "queued_ms": max(row.queued_ms for row in dropped)}
        here = dict(zip(places, place, strict=True))
        tx.run(_TALLY, **here, seq=0, queued_ms=0, messages=0)
        later = {name: sa.case((tally.c[name] < value, value), else_=tally.c[name]) for name, value in last.items()}
        counted = {**later, "messages": tally.c.messages + len(dropped)}
        tx.run(tally.update().where(*(tally.c[name] == value for name, value in here.items())).values(counted))
    counts = Counter(row.subscription_id for row in rows)
    whose = sa.select(subscription.c.subscription_id, subscription.c.party_id)
    for one in tx.run(whose.where(subscription.c.subscription_id.in_(counts)).order_by(subscription.c.subscription_id)):
        name, count = f"subscription/{one.subscription_id}", counts[one.subscription_id]
        tx.note_for(one.party_id, "drop_delivered", name, messages=(None, count))
    return len(rows)


def behind_since_ms(tx: Tx) -> int | None:
    """The moment of the oldest message that should have arrived and has not; None where nothing is behind."""
    late = sa.or_(
        subscription.c.failing_since_ms.is_not(None), table.c.tries > 0, table.c.queued_ms < tx.now_ms - LATE_MS
    )
    oldest = sa.select(sa.func.min(table.c.queued_ms)).select_from(table.join(subscription, _waits)).where(late)
    return tx.run(oldest.where(subscription.c.ended_ms.is_(None))).scalar_one()


def _mine(tx: Tx) -> sa.Select[Any]:
    own = sa.select(table).join(subscription, subscription.c.subscription_id == table.c.subscription_id)
    return own.where(subscription.c.party_id == tx.actor.party_id, table.c.kind.in_(readable(tx.actor)))
