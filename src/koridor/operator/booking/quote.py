"""Quotes: an itinerary with its price, dated and versioned. The id is a hash of what is offered.

The same offer made again is the same quote while it is valid, and its next version afterwards. An expired quote cannot
be booked. Costs, margins and shares are for the seller's and the earner's own staff; customers get what they pay.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import dangerous, itinerary, terms
from koridor.operator.booking.itinerary import Leg
from koridor.operator.common.canonical import canonical, hash_of
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed, in_parts, select_by
from koridor.operator.db.tables import party, quote
from koridor.operator.db.wall import EVERYBODY
from koridor.operator.money import agreed
from koridor.operator.money.currency import exponents
from koridor.operator.money.price import PriceLine, totals
from koridor.operator.network.publish import newest
from koridor.operator.people import access
from koridor.text import t

HASH_SIGNS = 24
CONTENTS_MAX = 2048  # contents of quotes that stay parsed, some kB each
RAIL = "rail"
CARGO = "cargo"  # what travels, such as 2x40HC, among the facts of an offer
_BY_ID = Fixed(select_by(quote, "quote_id"))
_LATER = Fixed(sa.select(quote.c.quote_id).where(quote.c.replaces == sa.bindparam("former")))


@dataclass(frozen=True, slots=True)
class Offer:
    """What a seller offers a customer.

    Attributes
    ----------
    customer_id : str
        Who may book it.
    legs, parts : tuple of Leg, mapping
        The way, and the parts of each resource that it takes on every leg with a departure.
    lines : tuple of PriceLine
        The price.
    facts : mapping
        What else the customer is told: cargo, p50_h, p90_h, co2e_kg, included, excluded, conditions, dangerous (classes
        of the goods). No fractions.
    """

    customer_id: str
    legs: tuple[Leg, ...]
    parts: Mapping[str, int]
    lines: tuple[PriceLine, ...]
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Offer:
        """An offer of what `as_content` gave."""
        legs, lines = map(Leg.of, content["legs"]), map(PriceLine.of, content["lines"])
        return cls(content["customer_id"], tuple(legs), content["parts"], tuple(lines), content["facts"])

    def as_content(self) -> dict[str, Any]:
        """The offer as JSON can hold it."""
        return {
            "customer_id": self.customer_id,
            "legs": [leg.as_row() for leg in self.legs],
            "parts": dict(self.parts),
            "lines": [line.as_row() for line in self.lines],
            "facts": dict(self.facts),
        }


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote that was made; what is booked of it is shared by its split, None where the seller alone earns."""

    quote_id: str
    seller_id: str
    network_id: str
    tariff_id: str
    created_ms: int
    valid_to_ms: int
    version: int
    offer: Offer
    replaces: str | None = None
    split_id: str | None = None

    @property
    def totals(self) -> dict[str, int]:
        """What the customer pays in each currency."""
        return totals(self.offer.lines)

    @property
    def partners(self) -> list[str]:
        """Partners who earn part of it, the seller aside."""
        return _partners(self.offer, self.seller_id)


def make(tx: Tx, offer: Offer, *, valid_h: int | None = None, replaces: Quote | None = None) -> Quote:
    """A quote of the actor's party; the same one where the same offer is still valid.

    Raises Refused `invalid`, or `split_missing` where it is earned with a partner and no split is agreed.
    """
    _refuse_wrong(tx, offer)
    itinerary.leaves_ms(tx, offer.legs)
    itinerary.wants(tx, offer.legs, offer.parts)
    itinerary.refuse_unfit(tx, offer.legs, new=True)
    dangerous.refuse(tx, offer.legs, offer.facts.get(dangerous.FACT, ()), offer.parts)
    itinerary.refuse_missed(tx, offer.legs)
    network_id = network_in_force(tx)
    tariff_id, _ = terms.in_force(tx, tx.actor.party_id)
    seller_id = tx.actor.party_id
    split_id = agreed.needed(tx, seller_id, _partners(offer, seller_id))
    head = {"seller": seller_id, "network": network_id, "tariff": tariff_id, "valid_h": valid_h}
    head |= {} if split_id is None else {"split": split_id}
    former = {} if replaces is None else {"replaces": replaces.quote_id}
    base = {**head, **former, **offer.as_content()}
    version = 0 if replaces is None else replaces.version
    while True:
        version += 1
        quote_id = f"Q{hash_of({**base, 'version': version})[:HASH_SIGNS]}"
        known = tx.run(sa.select(quote.c.valid_to_ms).filter_by(quote_id=quote_id)).scalar()
        if known is None:
            break
        if known > tx.now_ms:
            return of(tx, quote_id)
    valid_to_ms = tx.now_ms + (valid_h or tx.policy.quote_h) * HOUR_MS
    ids = {"quote_id": quote_id, "seller_id": seller_id, "customer_id": offer.customer_id}
    row = {**ids, "network_id": network_id, "tariff_id": tariff_id, "created_ms": tx.now_ms, "valid_to_ms": valid_to_ms}
    row |= {"replaces": None if replaces is None else replaces.quote_id, "split_id": split_id}
    tx.add(quote, {**row, "content": canonical({"version": version, **offer.as_content()})})
    made = of(tx, quote_id)
    access.share(tx, "quote", quote_id, sharers(made))
    tx.note("quote", f"quote/{quote_id}", totals=(None, made.totals), version=(None, version))
    return made


def network_in_force(tx: Tx) -> str:
    """Id of the network that was published last. Raises Refused `not_found`."""
    return newest(tx)


def replace(tx: Tx, quote_id: str, offer: Offer, *, valid_h: int | None = None) -> Quote:
    """The next version of a quote, which cannot be booked from now on.

    Raises Refused `conflict` where it has a later version already, `invalid` for another customer.
    """
    access.need_part(tx, "quote", quote_id, "seller")
    tx.run(sa.select(quote.c.quote_id).filter_by(quote_id=quote_id).with_for_update())
    former = of(tx, quote_id)
    later = _later(tx, quote_id)
    if later is not None:
        raise Refused("conflict", t("The quote has a later version already: {id}.", id=later), quote_id=later)
    if offer.customer_id != former.offer.customer_id:
        raise Refused("invalid", t("A version of a quote is for the same customer."))
    return make(tx, offer, valid_h=valid_h, replaces=former)


def _later(tx: Tx, quote_id: str) -> str | None:
    row = tx.run(_LATER, former=quote_id).first()
    return None if row is None else row.quote_id


def replace_by(tx: Tx, old: Quote, offer: Offer) -> Quote:
    """A quote in the place of one that is booked, under its network, its tariff and its split.

    Where another partner than before earns of it, under the split in force; one from before splits has none, as
    `shared.by` shares it by what it was sold by. Raises Refused `invalid`, `split_missing`.

    Legs that were run already stand in it, so its departures may have left; who asks has looked at those ahead. It is
    for the booking alone: nobody else can book it, as it is valid until now.
    """
    _refuse_wrong(tx, offer)
    dangerous.refuse(tx, offer.legs, offer.facts.get(dangerous.FACT, ()), offer.parts)
    base = {"replaces": old.quote_id, "at_ms": tx.now_ms, "version": 1, **offer.as_content()}
    quote_id = f"Q{hash_of(base)[:HASH_SIGNS]}"
    if tx.run(sa.select(quote.c.quote_id).filter_by(quote_id=quote_id)).first() is None:
        ids = {"quote_id": quote_id, "seller_id": old.seller_id, "customer_id": offer.customer_id}
        partners, split_id = _partners(offer, old.seller_id), None
        if old.split_id is not None or partners != old.partners:
            split_id = agreed.needed(tx, old.seller_id, partners, old.split_id)
        ids |= {"network_id": old.network_id, "tariff_id": old.tariff_id}
        content = canonical({"version": 1, **offer.as_content()})
        when = {"created_ms": tx.now_ms, "valid_to_ms": tx.now_ms}
        tx.add(quote, {**ids, **when, "content": content, "split_id": split_id})
    made = of(tx, quote_id)
    access.share(tx, "quote", quote_id, sharers(made))
    tx.note("quote", f"quote/{quote_id}", totals=(old.totals, made.totals), replaces=(None, old.quote_id))
    return made


def of(tx: Tx, quote_id: str) -> Quote:
    """The quote of an id, whoever asks; callers have asked `access`. Read once a transaction, as it never changes."""
    name = f"quote/{quote_id}"
    if name not in tx.memo:
        row = tx.memo.pop(_row(quote_id), None) or tx.run(_BY_ID, quote_id=quote_id).one()
        version, offer = _parsed(row.content)
        ids = (row.quote_id, row.seller_id, row.network_id, row.tariff_id)
        tx.memo[name] = Quote(*ids, row.created_ms, row.valid_to_ms, version, offer, row.replaces, row.split_id)
    return tx.memo[name]


def read(tx: Tx, quote_ids: Iterable[str]) -> None:
    """Reads at once, in few statements, the quotes that `of` will be asked for."""
    for some in in_parts(sorted(set(quote_ids))):
        rows = tx.run(sa.select(quote).where(quote.c.quote_id.in_(some)))
        tx.memo.update((_row(row.quote_id), row) for row in rows)


def _row(quote_id: str) -> str:
    return f"quote/{quote_id}/row"


@lru_cache(CONTENTS_MAX)
def _parsed(content: str) -> tuple[int, Offer]:
    """The version and the offer that a content tells."""
    told = json.loads(content)
    return told["version"], Offer.of(told)


def bookable(tx: Tx, quote_id: str) -> Quote:
    """A quote that the actor may book now. Raises Refused `not_found` or `quote_expired`."""
    access.need_part(tx, "quote", quote_id, "customer", "seller")
    found = of(tx, quote_id)
    if found.valid_to_ms <= tx.now_ms:
        raise Refused("quote_expired", t("The quote has expired; ask for its next version."))
    later = _later(tx, quote_id)
    if later is not None:
        raise Refused("quote_expired", t("The quote was replaced by a later version: {id}.", id=later), quote_id=later)
    return found


def sharers(made: Quote) -> dict[str, str]:
    """Who may see a quote and what is booked of it, and as which part."""
    partners = dict.fromkeys(made.partners, "partner")
    return {**partners, made.offer.customer_id: "customer", made.seller_id: "seller"}


def _partners(offer: Offer, seller_id: str) -> list[str]:
    return sorted({line.earner_id for line in offer.lines} - {seller_id})


def _refuse_wrong(tx: Tx, offer: Offer) -> None:
    named = {offer.customer_id, *(one for line in offer.lines for one in (line.earner_id, line.payee_id))}
    asked = sa.select(party.c.party_id, party.c.kind).where(party.c.party_id.in_({tx.actor.party_id, *named}))
    kinds = {row.party_id: row.kind for row in tx.run(asked)}
    mine = kinds.get(tx.actor.party_id)
    wrong = [
        (mine != "partner", t("Only a partner makes quotes.")),
        (kinds.get(offer.customer_id) != "shipper", t("Customer {id} is not a known shipper.", id=offer.customer_id)),
        (not offer.legs or not offer.parts, t("A quote needs legs, and what they carry.")),
        (not offer.lines, t("A quote needs a price.")),
        (
            any(leg.mode == RAIL and not leg.railways for leg in offer.legs),
            t("A leg by rail needs the railways that must approve its plan."),
        ),
        (any(total < 0 for total in totals(offer.lines).values()), t("A price is not below 0 in any currency.")),
    ]
    for line in offer.lines:
        wrong += [
            (line.currency not in exponents(), t("Currency {code} is not known.", code=line.currency)),
            (kinds.get(line.earner_id) != "partner", t("Each line of a price is earned by a partner.")),
            (bool(line.payee_id) and line.payee_id not in kinds, t("A line pays somebody who is not known.")),
            (line.cost_minor > 0 and not line.payee_id, t("A line that costs something names who is paid.")),
            (not 0 <= line.leg < len(offer.legs), t("A line is of a leg that is not there.")),
            (line.cost_minor < 0 or line.km < 0, t("Costs and kilometres are not below 0.")),
        ]
    found = [sentence for is_wrong, sentence in wrong if is_wrong]
    if found:
        raise Refused("invalid", " ".join(dict.fromkeys(found)))


def view(tx: Tx, made: Quote, part: str) -> dict[str, Any]:
    """What the actor may know of a quote, as which part of it; of a later version, also what has changed."""
    content = made.offer.as_content()
    content["lines"] = lines_for(tx, made.offer.lines, part)
    ids = {"quote_id": made.quote_id, "seller_id": made.seller_id, "network_id": made.network_id}
    when = {"created_ms": made.created_ms, "valid_to_ms": made.valid_to_ms, "version": made.version}
    shown = {**ids, **when, "totals": made.totals, **content}
    shown |= {} if part == "customer" else {"split_id": made.split_id}
    if made.replaces is None:
        return shown
    with tx.seeing(EVERYBODY):  # a partner whom a later version brings in had no part in the one before
        former = of(tx, made.replaces)
    return {**shown, "replaces": made.replaces, "changed": changes(former, made)}


def changes(old: Quote, new: Quote) -> dict[str, Any]:
    """What a customer finds different in a later version: old and new value of each that is."""
    both = [
        {
            "totals": one.totals,
            "valid_to_ms": one.valid_to_ms,
            "legs": [leg.as_row() for leg in one.offer.legs],
            "parts": dict(one.offer.parts),
            **{name: one.offer.facts.get(name) for name in {*old.offer.facts, *new.offer.facts}},
        }
        for one in (old, new)
    ]
    return {name: [both[0][name], both[1][name]] for name in sorted(both[0]) if both[0][name] != both[1][name]}


PUBLIC = ("text", "leg", "currency", "amount_minor", "source", "rules", "rate_date")
JOINT = (*PUBLIC, "earner_id", "km")


def lines_for(tx: Tx, lines: Sequence[PriceLine], part: str) -> list[dict[str, Any]]:
    """Customers get what they pay, partners who earns what; costs and payees are for the sales of whose they are."""
    found = []
    for line in lines:
        row = {**line.as_row(), "leg": line.leg + 1}  # people count from 1
        own = part == "seller" or (part == "partner" and line.earner_id == tx.actor.party_id)
        if part in ("seller", "partner"):
            shown = tuple(row) if own and access.may(tx.actor, "quote.cost") else JOINT
        else:
            shown = PUBLIC
        found.append({name: row[name] for name in shown})
    return found
