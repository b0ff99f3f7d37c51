"""Contracts in force, the clocks that run under them, and their charges in the ledger.

What a clock has come to is computed anew from the events each time and posted as the difference from what was posted,
so that an event that came late, was corrected or taken back mends the books by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from koridor.operator.common import events
from koridor.operator.common.canonical import canonical, whole
from koridor.operator.common.desk import Tx
from koridor.operator.common.gently import gently
from koridor.operator.common.refused import Refused, unknown_id
from koridor.operator.db.tables import CLOCK_KINDS, party, unit
from koridor.operator.db.tables import clock_contract as table
from koridor.operator.equipment import charges, pools, units
from koridor.operator.equipment.charges import Run
from koridor.operator.equipment.contract import Contract, parse
from koridor.operator.money import ledger, sale
from koridor.operator.money.ledger import Posting
from koridor.operator.people import access
from koridor.text import t

OWED, ASKED = "owed", "asked"
POSTED = {OWED: ("cost", "accrued"), ASKED: ("unbilled", "revenue")}
CHARGE = "clock"


@dataclass(frozen=True, slots=True)
class Terms:
    """A contract with what it is for: the pool, the other party, the kind of clock and who pays."""

    contract_id: str
    pool_id: str
    party_id: str
    kind: str
    side: str
    valid_from_ms: int
    valid_to_ms: int
    contract: Contract

    def ref(self, unit_id: str) -> str:
        """The reference under which its charges for a unit are posted; a contract that supersedes it has the same."""
        return f"{self.side}/{self.kind}/{unit_id}/{self.party_id}"


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs, and when its first day begins that costs something.

    Attributes
    ----------
    keeper_id, pool_id, party_id : str
        Whose unit it is to watch, in which pool, and with whom the contract is.
    unit_id, number : str
        The unit.
    kind, side : str
        demurrage, detention, storage or standing; `owed` by the keeper or `asked` from the party.
    starts_ms, ends_ms : int
        When it started, and when the free time is over.
    """

    keeper_id: str
    pool_id: str
    party_id: str
    unit_id: str
    number: str
    kind: str
    side: str
    starts_ms: int
    ends_ms: int


def checked(tx: Tx, content: Mapping[str, Any]) -> dict[str, Any]:
    """A proposal of a contract as it will be kept. Raises Refused `not_found`, `forbidden`, `invalid`, `conflict`."""
    access.need_part(tx, "pool", str(content["pool_id"]), pools.OWNER)
    parse(content["contract"])
    head = {name: str(content[name]) for name in ("pool_id", "party_id", "kind", "side")}
    span = {name: whole(content[name]) for name in ("valid_from_ms", "valid_to_ms")}
    if head["kind"] not in CLOCK_KINDS or head["side"] not in POSTED or span["valid_from_ms"] >= span["valid_to_ms"]:
        raise Refused("invalid", t("A contract is for a kind of clock, owed or asked, and holds for some time."))
    if tx.run(sa.select(party.c.party_id).filter_by(party_id=head["party_id"])).first() is None:
        raise Refused("invalid", t("Party {id} is not known.", id=head["party_id"]))
    supersedes = content.get("supersedes")
    made = {**head, **span, "supersedes": supersedes, "contract": dict(content["contract"])}
    _refuse_double(tx, made)
    return made


def _refuse_double(tx: Tx, content: Mapping[str, Any]) -> None:
    """Raises Refused where what is superseded is not in force, or where two contracts would hold at once."""
    same = [
        one
        for one in in_force(tx, content["pool_id"])
        if (one.party_id, one.kind, one.side) == (content["party_id"], content["kind"], content["side"])
    ]
    if content["supersedes"] is not None and content["supersedes"] not in {one.contract_id for one in same}:
        raise unknown_id()
    start = parse(content["contract"]).start
    for one in same:
        apart = one.valid_to_ms <= content["valid_from_ms"] or one.valid_from_ms >= content["valid_to_ms"]
        if one.contract_id != content["supersedes"] and not apart and one.contract.start == start:
            raise Refused("conflict", t("Contract {id} holds already in that time.", id=one.contract_id))


def agree(tx: Tx, content: Mapping[str, Any]) -> str:
    """Id of a contract that is in force now, in place of the one it supersedes. Run it strict. Raises Refused."""
    made = checked(tx, content)
    contract_id = tx.new_id("K")
    row = {name: value for name, value in made.items() if name != "contract"}
    tx.add(table, {"contract_id": contract_id, **row, "recorded_ms": tx.now_ms, "content": canonical(made["contract"])})
    tx.note("agree", f"clock_contract/{contract_id}", kind=(None, row["kind"]), supersedes=(None, row["supersedes"]))
    return contract_id


def end(tx: Tx, contract_id: str, at_ms: int) -> str:
    """Id of the contract in the place of another, over at a moment: no clock starts under it from then on, and those
    that run go on. Called by the second pair of eyes alone (`endings`). Raises Refused as `shorter` does.
    """
    return agree(tx, shorter(tx, contract_id, at_ms))


def shorter(tx: Tx, contract_id: str, at_ms: int) -> dict[str, Any]:
    """A contract in force as it would be in its place, over at a moment.

    Raises Refused `not_found`, `not_allowed_now` where it has not begun or is over by then.
    """
    row = tx.run(sa.select(table).filter_by(contract_id=contract_id)).mappings().first()
    if row is None:
        raise unknown_id()
    access.need_part(tx, "pool", row["pool_id"], pools.OWNER)
    if contract_id not in {one.contract_id for one in in_force(tx, row["pool_id"])}:
        raise unknown_id()
    if not row["valid_from_ms"] < at_ms < row["valid_to_ms"]:
        raise Refused("not_allowed_now", t("It has not begun by then, or is over already."))
    names = ("pool_id", "party_id", "kind", "side", "valid_from_ms")
    kept = {name: row[name] for name in names}
    return {**kept, "valid_to_ms": at_ms, "supersedes": contract_id, "contract": json.loads(row["content"])}


def listed(tx: Tx, pool_id: str) -> list[dict[str, Any]]:
    """Contracts of a pool that nothing supersedes, for its keeper. Raises Refused `not_found`, `forbidden`."""
    access.need_part(tx, "pool", pool_id, pools.OWNER)
    names = ("contract_id", "pool_id", "party_id", "kind", "side", "valid_from_ms", "valid_to_ms")
    return [
        {**{name: getattr(one, name) for name in names}, "contract": asdict(one.contract)}
        for one in in_force(tx, pool_id)
    ]


def in_force(tx: Tx, pool_id: str | None = None) -> list[Terms]:
    """Contracts of a pool, or of all, that nothing supersedes."""
    gone = sa.select(table.c.supersedes).where(table.c.supersedes.is_not(None))
    asked = sa.select(table).where(table.c.contract_id.not_in(gone)).order_by(table.c.contract_id)
    rows = tx.run(asked if pool_id is None else asked.where(table.c.pool_id == pool_id)).mappings()
    names = ("contract_id", "pool_id", "party_id", "kind", "side", "valid_from_ms", "valid_to_ms")
    return [Terms(**{name: row[name] for name in names}, contract=parse(json.loads(row["content"]))) for row in rows]


def runs_of(tx: Tx, row: Mapping[Any, Any], terms: Terms, now_ms: int) -> list[Run]:
    """Clocks of a unit that started while a contract held, as they are at a moment."""
    told = events.stream_of(tx, units.stream(row["unit_id"]))
    found = charges.charges(told, terms.contract, row["type_code"], now_ms)
    return [one for one in found if terms.valid_from_ms <= one.starts_ms < terms.valid_to_ms]


def running(tx: Tx, now_ms: int) -> list[Running]:
    """Every clock that runs at a moment, of all parties, those whose free time ends first in front."""
    found = []
    for terms in in_force(tx):
        for row in gently(tx.run(sa.select(unit).filter_by(pool_id=terms.pool_id)).mappings().all()):
            for one in runs_of(tx, row, terms, now_ms):
                if one.stops_ms is None:
                    ends_ms = charges.free_until_ms(terms.contract, row["type_code"], one.starts_ms)
                    who = (row["keeper_id"], terms.pool_id, terms.party_id, row["unit_id"], row["number"])
                    found.append(Running(*who, terms.kind, terms.side, one.starts_ms, ends_ms))
    return sorted(found, key=lambda one: (one.ends_ms, one.unit_id, one.kind))


def of_unit(tx: Tx, unit_id: str) -> list[dict[str, Any]]:
    """The clocks of a unit with every day, for its keeper. Raises Refused `not_found`, `forbidden`."""
    row = units.of(tx, unit_id, pools.OWNER)
    return [
        _shown(terms, row["type_code"], one)
        for terms in in_force(tx, row["pool_id"])
        for one in runs_of(tx, row, terms, tx.now_ms)
    ]


def _shown(terms: Terms, type_code: str, run: Run) -> dict[str, Any]:
    days = [{**asdict(one), "day": one.day.isoformat()} for one in run.days]
    head = {name: getattr(terms, name) for name in ("contract_id", "party_id", "kind", "side")}
    when = {"starts_ms": run.starts_ms, "stops_ms": run.stops_ms, "place_id": run.place_id}
    free = charges.free_until_ms(terms.contract, type_code, run.starts_ms)
    money = {"currency": terms.contract.currency, "amount_minor": run.amount_minor}
    return {**head, **when, "free_until_ms": free, **money, "days": days}


def settle(tx: Tx, unit_id: str) -> list[dict[str, Any]]:
    """What the clocks of a unit have come to by now, posted as the difference from before; those asked are billed.

    Run it strict. Raises Refused `not_found`, `forbidden`.
    """
    row = units.of(tx, unit_id, pools.OWNER)
    units.lock(tx, unit_id)
    due: dict[tuple[str, str, str], dict[str, int]] = {}
    for terms in in_force(tx, row["pool_id"]):
        key = (terms.side, terms.party_id, terms.ref(unit_id))
        amounts = due.setdefault(key, {})
        total = sum(one.amount_minor for one in runs_of(tx, row, terms, tx.now_ms))
        amounts[terms.contract.currency] = amounts.get(terms.contract.currency, 0) + total
    return [one for key, amounts in sorted(due.items()) for one in _posted(tx, row["keeper_id"], *key, amounts)]


def _posted(
    tx: Tx, book: str, side: str, party_id: str, ref: str, amounts: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    debit, credit = POSTED[side]
    earlier = ledger.balance(tx, book, "cost" if side == OWED else "revenue", ref=ref, posted=CHARGE)
    sign = 1 if side == OWED else -1
    for currency in sorted({*amounts, *earlier}):
        change = amounts.get(currency, 0) - sign * earlier.get(currency, 0)
        about = {debit: "" if side == OWED else party_id, credit: party_id if side == OWED else ""}
        postings = [Posting(debit, about[debit], currency, change), Posting(credit, about[credit], currency, -change)]
        ledger.post(tx, book, CHARGE, ref, postings)
        yield {"ref": ref, "side": side, "party_id": party_id, "currency": currency, "change_minor": change}
    if side == ASKED:
        sale.bill(tx, ref, book, party_id)
