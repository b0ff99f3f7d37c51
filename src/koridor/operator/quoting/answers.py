"""Enquiries as they are kept: answered once, shown to seller and customer, made quotes of by sales."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from koridor.operator.booking import itinerary, quote, terms
from koridor.operator.booking.quote import Offer, Quote
from koridor.operator.common.canonical import canonical
from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import select_by
from koridor.operator.db.tables import enquiry as table
from koridor.operator.db.tables import party
from koridor.operator.money.price import totals
from koridor.operator.people import access
from koridor.operator.quoting.ask import Ways, disturbed
from koridor.operator.quoting.enquiry import Enquiry
from koridor.operator.quoting.price import with_margin
from koridor.text import t

NAME = "W{number}"
_BY_ID = select_by(table, "enquiry_id")


@dataclass(frozen=True, slots=True)
class Answered:
    """An enquiry with its answer.

    Attributes
    ----------
    offers : mapping
        By the name of the way.
    """

    enquiry_id: str
    enquiry: Enquiry
    network_id: str
    created_ms: int
    offers: Mapping[str, Offer]
    reasons: tuple[str, ...]
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class How:
    """What sales decides of a quote: None is what policy and terms say; and the quote that it replaces."""

    valid_h: int | None = None
    margin_per_mille: int | None = None
    replaces: str | None = None


def need_parties(tx: Tx, asked: Enquiry) -> None:
    """Raises Refused `invalid` unless a partner is asked for a shipper, by one of the two."""
    if tx.actor.party_id not in (asked.seller_id, asked.customer_id):
        raise Refused("invalid", t("Who asks is the seller or the customer."))
    kinds = {row.party_id: row.kind for row in tx.run(sa.select(party.c.party_id, party.c.kind))}
    if kinds.get(asked.seller_id) != "partner":
        raise Refused("invalid", t("An enquiry goes to a partner."))
    if kinds.get(asked.customer_id) != "shipper":
        raise Refused("invalid", t("Customer {id} is not a known shipper.", id=asked.customer_id))


def keep(tx: Tx, ways: Ways) -> str:
    """Id of an enquiry that is now kept with its answer."""
    asked = ways.asked
    need_parties(tx, asked)
    enquiry_id = tx.new_id("E")
    offers = [one.as_content() for one in ways.offers]
    told = {"reasons": list(ways.reasons), "incidents": list(ways.incidents)}
    content = canonical({"enquiry": asked.as_row(), "offers": offers, **told})
    ids = {"enquiry_id": enquiry_id, "seller_id": asked.seller_id, "customer_id": asked.customer_id}
    tx.add(table, {**ids, "network_id": ways.network_id, "created_ms": tx.now_ms, "content": content})
    access.share(tx, "enquiry", enquiry_id, {asked.customer_id: "customer", asked.seller_id: "seller"})
    tx.note("enquire", f"enquiry/{enquiry_id}", ways=(None, len(offers)))
    return enquiry_id


def of(tx: Tx, enquiry_id: str) -> Answered:
    """The enquiry of an id, whoever asks; callers have asked `access` before."""
    row = tx.run(_BY_ID, enquiry_id=enquiry_id).one()
    content = json.loads(row.content)
    offers = {NAME.format(number=at): Offer.of(one) for at, one in enumerate(content["offers"], start=1)}
    asked = Enquiry.of(content["enquiry"])
    told = (tuple(content["reasons"]), tuple(content.get("incidents", ())))
    return Answered(enquiry_id, asked, row.network_id, row.created_ms, offers, *told)


def view(tx: Tx, enquiry_id: str) -> dict[str, Any]:
    """An enquiry as the actor's part of it sees it. Raises Refused `not_found`."""
    part = access.part(tx, "enquiry", enquiry_id)
    found = of(tx, enquiry_id)
    ways = [
        {
            "way": name,
            "totals": totals(one.lines),
            **one.as_content(),
            "lines": quote.lines_for(tx, one.lines, part),
        }
        for name, one in found.offers.items()
    ]
    head = {"enquiry_id": enquiry_id, "network_id": found.network_id, "created_ms": found.created_ms}
    reasons = [*found.reasons, *disturbed(found.incidents, told=part == "seller")]
    return {**head, "enquiry": found.enquiry.as_row(), "ways": ways, "reasons": reasons}


def make_quote(tx: Tx, enquiry_id: str, way: str, how: How = How()) -> Quote:
    """A quote of a way, or the next version of another; valid at most until its first departure's cut-off.

    Raises Refused `not_found` for a way that is not there, `not_allowed_now` where another network is in force by now
    or the cut-off is too near.
    """
    access.need_part(tx, "enquiry", enquiry_id, "seller")
    found = of(tx, enquiry_id)
    if way not in found.offers:
        raise Refused("not_found", t("The enquiry has no way {way}.", way=way))
    if found.network_id != quote.network_in_force(tx):
        raise Refused("not_allowed_now", t("Another network is in force by now; ask again."))
    _, agreed = terms.in_force(tx, found.enquiry.seller_id)
    offer = found.offers[way]
    if how.margin_per_mille is not None:
        offer = replace(offer, lines=with_margin(offer.lines, agreed, how.margin_per_mille))
    hours = _hours_left(tx, offer, agreed.cutoff_h, how.valid_h or tx.policy.quote_h)
    if how.replaces is None:
        return quote.make(tx, offer, valid_h=hours)
    return quote.replace(tx, how.replaces, offer, valid_h=hours)


def _hours_left(tx: Tx, offer: Offer, cutoff_h: int, valid_h: int) -> int:
    leaves_ms = itinerary.leaves_ms(tx, offer.legs)
    if leaves_ms is None:
        return valid_h
    left = (leaves_ms - cutoff_h * HOUR_MS - tx.now_ms) // HOUR_MS
    if left < 1:
        raise Refused("not_allowed_now", t("The cut-off of the first departure is too near; ask again."))
    return min(valid_h, left)
