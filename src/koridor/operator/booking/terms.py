"""A tariff's terms: what cancelling costs, when booking ends, who stands where; published by two people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.canonical import canonical, whole
from koridor.operator.common.desk import Tx
from koridor.operator.common.pages import page
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.statement import Fixed, select_by
from koridor.operator.db.tables import party, tariff
from koridor.operator.money.currency import exponents
from koridor.operator.money.split import Key, allocate, key_of
from koridor.text import t

PER_CENT = 100
ANY = "*"  # every country, every mode
_BY_ID = Fixed(select_by(tariff, "tariff_id"))
_LATEST = Fixed(
    select_by(tariff, "party_id")
    .where(tariff.c.valid_from_ms <= sa.bindparam("now_ms"), tariff.c.valid_to_ms > sa.bindparam("now_ms"))
    .where(sa.func.coalesce(tariff.c.ended_ms, tariff.c.valid_to_ms) > sa.bindparam("now_ms"))
    .order_by(tariff.c.valid_from_ms.desc(), tariff.c.tariff_id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Band:
    """Cancelling fewer than `below_h` hours before departure costs `per_cent` of the price."""

    below_h: int
    per_cent: int


@dataclass(frozen=True, slots=True)
class Stand:
    """Who stands for a mode, or for terminals, in a country: the partner who earns it, and whom that partner pays."""

    country: str
    mode: str
    earner_id: str
    payee_id: str


@dataclass(frozen=True, slots=True)
class Door:
    """What the way between the doors of a place and its terminal costs for one unit."""

    place_id: str
    currency: str
    cost_minor: int
    earner_id: str
    payee_id: str


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of a seller.

    Attributes
    ----------
    cutoff_h : int
        Hours before departure at which booking ends.
    free_days : int
        Days in a terminal that cost nothing.
    bands : tuple of Band
        By `below_h`, ascending; further off, cancelling is free.
    stands : tuple of Stand
        Who earns and who is paid where; none, where quotes are not made of ways.
    margin : mapping
        Of the cost, in thousandths, by mode.
    doors : tuple of Door
        What is agreed for the way between door and terminal.
    """

    cutoff_h: int
    free_days: int
    bands: tuple[Band, ...]
    stands: tuple[Stand, ...] = ()
    margin: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    doors: tuple[Door, ...] = ()

    def stand(self, country: str, mode: str) -> Stand | None:
        """Who stands for a mode in a country: what names both comes before what names the country, or the mode."""
        known = {(one.country, one.mode): one for one in self.stands}
        keys = ((country, mode), (country, ANY), (ANY, mode), (ANY, ANY))
        return next((known[key] for key in keys if key in known), None)

    def margin_per_mille(self, mode: str) -> int:
        """Thousandths of the cost that are added to it."""
        return self.margin.get(mode, self.margin.get(ANY, 0))


def parse(content: Mapping[str, Any]) -> Terms:
    """Terms of their content. Raises Refused `invalid`."""
    try:
        bands = tuple(Band(whole(row["below_h"]), whole(row["per_cent"])) for row in content["bands"])
        stands = tuple(Stand(**row) for row in content.get("stands", ()))
        margin = {str(row["mode"]): whole(row["per_mille"]) for row in content.get("margin", ())}
        doors = tuple(Door(**row) for row in content.get("doors", ()))
        terms = Terms(whole(content["cutoff_h"]), whole(content["free_days"]), bands, stands, margin, doors)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("invalid", t("Terms cannot be read: {error}.", error=repr(error))) from error
    hours = [band.below_h for band in bands]
    shares = all(0 <= band.per_cent <= PER_CENT for band in bands)
    if hours != sorted(set(hours)) or not shares or min(terms.cutoff_h, terms.free_days) < 0:
        raise Refused("invalid", t("Terms need ascending hours, per cent from 0 to 100, and no hours or days below 0."))
    if any(share < 0 for share in margin.values()) or any(whole(door.cost_minor) < 0 for door in doors):
        raise Refused("invalid", t("Margins and costs are not below 0."))
    return terms


def publish(tx: Tx, party_id: str, content: Mapping[str, Any], from_ms: int, to_ms: int) -> str:
    """Id of terms that are now published. Called by the second pair of eyes alone (`four_eyes`)."""
    need_partners(tx, parse(content))
    if from_ms >= to_ms:
        raise Refused("invalid", t("Terms must hold for some time."))
    tariff_id = tx.new_id("T")
    row = {"tariff_id": tariff_id, "party_id": party_id, "valid_from_ms": from_ms, "valid_to_ms": to_ms}
    tx.add(tariff, {**row, "content": canonical(dict(content)), "ended_ms": None})
    tx.note("publish", f"tariff/{tariff_id}", content=(None, dict(content)))
    return tariff_id


def end(tx: Tx, tariff_id: str, at_ms: int) -> None:
    """Ends a tariff of the actor's party at a moment: no quote is made by it from then on, and those made keep it.

    Called by the second pair of eyes alone (`endings`). Raises Refused as `need_running`.
    """
    row = need_running(tx, tariff_id, at_ms)
    tx.run(tariff.update().where(tariff.c.tariff_id == tariff_id).values(ended_ms=at_ms))
    tx.note("end", f"tariff/{tariff_id}", ended_ms=(row.ended_ms, at_ms))


def need_running(tx: Tx, tariff_id: str, at_ms: int) -> Any:
    """The row of a tariff of the actor's party that would go on beyond a moment.

    Raises Refused `not_found`, `not_allowed_now` where it is over by then.
    """
    row = tx.run(_BY_ID, tariff_id=tariff_id).first()
    if row is None or row.party_id != tx.actor.party_id:
        raise unknown_id()
    if at_ms >= (row.valid_to_ms if row.ended_ms is None else row.ended_ms):
        raise Refused("not_allowed_now", t("It is over by then already."))
    return row


def listed(tx: Tx, after: str) -> dict[str, Any]:
    """A page of the tariffs of the actor's party, those that begin last first, and where the next begins."""
    mine = sa.select(tariff).where(tariff.c.party_id == tx.actor.party_id)
    rows, following = page(tx, mine, tariff.c.valid_from_ms, tariff.c.tariff_id, after, latest=True)
    names = ("tariff_id", "valid_from_ms", "valid_to_ms", "ended_ms")
    shown = [{**{name: row._mapping[name] for name in names}, "terms": json.loads(row.content)} for row in rows]
    return {"tariffs": shown, "next": following}


def need_partners(tx: Tx, terms: Terms) -> None:
    """Raises Refused `invalid` for terms by which no sale could be posted: an earner who is no partner, a payee or a
    currency that is not known.
    """
    kinds = {row.party_id: row.kind for row in tx.run(sa.select(party.c.party_id, party.c.kind))}
    named: list[Stand | Door] = [*terms.stands, *terms.doors]
    earners = {one.earner_id for one in named}
    others = sorted(name for name in earners if kinds.get(name) != "partner")
    if others:
        raise Refused("invalid", t("Only partners earn; these are none: {names}.", names=", ".join(others)))
    unknown = sorted({one.payee_id for one in named} - kinds.keys())
    strange = sorted({door.currency for door in terms.doors} - exponents().keys())
    if unknown or strange:
        names = ", ".join([*unknown, *strange])
        raise Refused("invalid", t("The terms name payees or currencies that are not known: {names}.", names=names))


def in_force(tx: Tx, party_id: str) -> tuple[str, Terms]:
    """Id and terms of a seller now: of those that hold, the ones that began last. Raises Refused `not_found`."""
    row = tx.run(_LATEST, party_id=party_id, now_ms=tx.now_ms).first()
    if row is None:
        raise Refused("not_found", t("No tariff of the seller is in force; two people must publish one."))
    return row.tariff_id, _read(row.content)


def of(tx: Tx, tariff_id: str) -> Terms:
    """Terms of an id, read once a transaction: they never change."""
    name = f"tariff/{tariff_id}"
    if name not in tx.memo:
        tx.memo[name] = _read(tx.run(_BY_ID, tariff_id=tariff_id).one().content)
    return tx.memo[name]


def old_key(tx: Tx, tariff_id: str) -> Key | None:
    """The key that a tariff held before partners agreed on splits, for what was sold by it then; None of later ones."""
    content = json.loads(tx.run(_BY_ID, tariff_id=tariff_id).one().content)
    return key_of(content["key"]) if "key" in content else None


@lru_cache
def _read(content: str) -> Terms:
    return parse(json.loads(content))


def fee(terms: Terms, totals: Mapping[str, int], leaves_ms: int | None, now_ms: int) -> dict[str, int]:
    """What cancelling costs now, by currency. A price below nothing costs nothing."""
    if leaves_ms is None:
        return {}
    left_ms = leaves_ms - now_ms
    band = next((band for band in terms.bands if left_ms < band.below_h * HOUR_MS), Band(0, 0))
    parts = {"fee": band.per_cent, "rest": PER_CENT - band.per_cent}
    return {currency: allocate(max(total, 0), parts)["fee"] for currency, total in totals.items() if band.per_cent}
