"""P9 where the application forgets its filter: PostgreSQL lets a party's reads through to that party's rows alone.

Every statement here asks for whole tables, as one would that has lost its WHERE. SQLite has no policies to be tried.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from desks import DAY_MS, DESK, MONDAY_MS, Clock, counters, offered, staffed, train, who
from koridor.operator.booking import book, quote, views
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.store import Store
from koridor.operator.db.tables import METADATA, hold, member, party, shipment
from koridor.operator.db.wall import EVERYBODY, passed_by
from koridor.operator.network import allotment, offer

pytestmark = pytest.mark.parametrize("where", ["postgresql"], indirect=True)

OPEN = {
    "schema_version": "versions of the schema: no party's",
    "network": "what runs is published to all who may read it",
    "departure": "departures are offered to all",
    "stop": "so are their calls",
    "chain": "number and hash of the audit's last row, which every auditor keeps outside",
}
PARTS = ("booking", "shipment", "quote", "enquiry", "incident", "pool", "equipment_order", "claim")
CELLS: dict[tuple[str, str], Any] = {
    ("party", "kind"): "shipper",
    ("token", "kind"): "key",
    ("member", "kind"): "booking",
    ("departure", "status"): "open",
    ("hold", "state"): "pending",
    ("incident", "state"): "in_force",
    ("plan_approval", "status"): "agreed",
    ("proposal", "state"): "open",
    ("shipment_unit", "kind"): "container",
    ("told", "state"): "unmatched",
    ("alert", "object_kind"): "booking",
    ("delivery", "state"): "waiting",
    ("unit", "kind"): "container",
    ("unit", "state"): "available",
    ("equipment_order", "kind"): "release",
    ("equipment_order", "status"): "open",
    ("repositioning", "state"): "proposed",
    ("clock_contract", "kind"): "storage",
    ("clock_contract", "side"): "owed",
    ("clock_contract", "valid_from_ms"): 0,
    ("book_rate", "valid_from_ms"): 0,
    ("carrier_line", "state"): "unknown",
    ("claim", "kind"): "delay",
    ("claim", "state"): "noted",
    ("entry", "amount_minor"): 0,
    ("split", "state"): "offered",
    ("split", "kind"): "leg",
}
WALLED = sorted(set(METADATA.tables) - set(OPEN) - {"party"})


def cell(column: sa.Column[Any], party_id: str) -> Any:
    """A value of a party's row: ids are the party's own name, so that rows refer to rows of the same party."""
    name = (column.table.name, column.name)
    if name in CELLS:
        return CELLS[name]
    if name == ("event", "stream"):
        return f"booking/{party_id}"
    if column.nullable:
        return None
    if isinstance(column.type, sa.LargeBinary):
        return b""
    return 1 if isinstance(column.type, sa.BigInteger) else party_id


def own_rows(tx: Tx, party_id: str) -> None:
    """One row of a party in each table, and its part of each kind of object."""
    late = [METADATA.tables[name] for name in ("journal", "sold")]  # a journal seals its entries, so they come first
    tables = [one for one in METADATA.sorted_tables if one.name not in ("schema_version", "chain")]
    for table in (*(one for one in tables if one not in late), *late):
        row = {column.name: cell(column, party_id) for column in table.columns}
        rows = [{**row, "kind": kind} for kind in PARTS] if table is member else [row]
        serial = [{**one, "seq": ord(party_id[-1])} if table.name == "audit" else one for one in rows]
        tx.add(table, *serial)


@pytest.fixture
def two(desk: Desk) -> Desk:
    """A desk on which the shippers S1 and S2 have one row each in every table."""

    def work(tx: Tx) -> None:
        for party_id in ("S1", "S2"):
            own_rows(tx, party_id)
        tx.add(party, {"party_id": "P1", "kind": "partner", "name": "P1"})

    desk.do(SYSTEM, work)
    return desk


def everything(tx: Tx) -> dict[str, list[str]]:
    """Whose rows a transaction finds in each table: the ids of rows are the names of their parties."""
    found = {}
    for name in WALLED:
        table = METADATA.tables[name]
        told = next(one for one in table.columns if cell(one, "S1") in ("S1", "booking/S1"))
        found[name] = sorted({str(one).removeprefix("booking/") for one in tx.run(sa.select(told)).scalars()})
    return found


def of(party_id: str) -> Actor:
    """Somebody of a party."""
    return Actor("somebody", party_id, frozenset({"shipper"}))


def test_every_table_is_behind_the_wall_or_says_why_not(desk: Desk) -> None:
    """Whoever adds a table decides: `koridor_wall` in its script, or a reason in OPEN. FORCE binds the owner too."""
    asked = sa.text(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND relkind = 'r'"
        " AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)"
    )
    behind = set(desk.look(SYSTEM, lambda tx: tx.run(asked).scalars().all()))
    assert behind | set(OPEN) == set(METADATA.tables)
    assert not behind & set(OPEN)


@pytest.mark.parametrize(
    ("actor", "seen"),
    [(of("S1"), ["S1"]), (of("S2"), ["S2"]), (of("S3"), []), (of("P1"), []), (SYSTEM, ["S1", "S2"])],
    ids=["S1", "S2", "stranger", "partner", "not narrowed"],
)
def test_a_query_without_its_filter_finds_own_rows_alone(two: Desk, actor: Actor, seen: list[str]) -> None:
    """Each of the two has a row in every table; who is narrowed to one sees that one's, and a third none.

    The last case is the proof that the wall does it: the same statements find both where nothing is narrowed.
    """
    assert two.look(actor, everything) == dict.fromkeys(WALLED, seen)


def test_a_superuser_is_told_that_nothing_binds_it(desk: Desk, pg_server: str) -> None:
    """The desk of the tests works as a role that policies bind; the owner of their server passes them by."""
    assert not desk.store.read(passed_by)
    if sa.make_url(pg_server).username == desk.store.engine.url.username:
        pytest.skip("KORIDOR_TEST_PG names a role that is no superuser")
    with Store(pg_server) as admin:
        assert admin.read(passed_by)


def test_narrowing_ends_with_its_transaction(two: Desk) -> None:
    """A connection goes back to the pool: who has it next is not narrowed to the one before."""
    for _ in range(20):
        two.look(of("S1"), everything)
        assert two.look(SYSTEM, everything)["booking"] == ["S1", "S2"]


@pytest.mark.parametrize(
    ("actor", "known"), [(of("S1"), ["P1", "S1"]), (of("P1"), ["P1", "S1", "S2"]), (SYSTEM, ["P1", "S1", "S2"])]
)
def test_customers_do_not_know_of_each_other(two: Desk, actor: Actor, known: list[str]) -> None:
    """Partners are known to all, as they sell; they know who there is. A shipper finds itself and them."""
    assert sorted(two.look(actor, lambda tx: tx.run(sa.select(party.c.party_id)).scalars().all())) == known


def test_a_part_in_which_others_are_seen_ends(two: Desk) -> None:
    """What crosses parties by design does so inside its `seeing` alone, also where it is refused halfway."""

    def halfway(tx: Tx) -> None:
        with tx.seeing("S2"):
            assert everything(tx)["tariff"] == ["S2"]
            with tx.seeing(EVERYBODY):
                assert everything(tx)["tariff"] == ["S1", "S2"]
            assert everything(tx)["tariff"] == ["S2"]
            raise Refused("invalid", "halfway")

    def work(tx: Tx) -> list[str]:
        with pytest.raises(Refused):
            halfway(tx)
        return everything(tx)["tariff"]

    assert two.look(of("S1"), work) == ["S1"]


def test_what_writes_is_not_narrowed(two: Desk) -> None:
    """A sale stands in both partners' books, and who gives up a place gives it to another: writes cross parties."""

    def work(tx: Tx) -> list[str]:
        with tx.seeing("S2"):
            return everything(tx)["tariff"]

    assert two.do(of("S1"), work) == ["S1", "S2"]


def number(table: sa.Table) -> Callable[[Tx], int]:
    """How many rows of a table are found."""
    return lambda tx: tx.run(sa.select(sa.func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ann", {"booking": 1, "quote": 1, "hold": 1, "shipment": 1, "entry": 5}),  # sells
        ("eve", {"booking": 1, "quote": 1, "hold": 1, "shipment": 1, "entry": 4}),  # earns
        (
            "gus",
            {"booking": 1, "quote": 1, "hold": 1, "shipment": 1, "entry": 0},
        ),  # is the customer
        ("ian", {"booking": 0, "quote": 0, "hold": 0, "shipment": 1, "entry": 0}),  # carries
        ("hal", {"booking": 0, "quote": 0, "hold": 0, "shipment": 0, "entry": 0}),
    ],
)
def test_a_booking_is_seen_by_its_parts(desk: Desk, name: str, found: dict[str, int]) -> None:
    """By hand: P1's book has unbilled, due, revenue, cost and accrued of the sale, P2's all of these but unbilled.

    C1, who carries, has the shipment and where it is, but neither the booking nor the quote with its prices.
    """
    shipment_id = sold(desk)
    tables = [METADATA.tables[one] for one in found]
    assert {one.name: desk.look(who(name), number(one)) for one in tables} == found
    if found["shipment"]:
        assert desk.look(who(name), lambda tx: views.shipment(tx, shipment_id))["shipment_id"] == shipment_id


def sold(desk: Desk) -> str:
    """Id of a shipment by T1: sold by P1 to S1, earned in part by P2, carried by C1."""

    def work(tx: Tx) -> str:
        staffed(tx)
        train(tx)
        book.confirm(tx, book.receive(tx, quote.make(tx, offered()).quote_id, wait=False))
        return tx.run(sa.select(shipment.c.shipment_id)).scalar_one()

    return desk.do(DESK, work)


def test_a_pool_of_capacity_is_its_partys(desk: Desk) -> None:
    """Of T1 40 parts are free on each of three hops; 8 allotted to P2 are its own pool, and the 32 left anybody's."""

    def work(tx: Tx) -> None:
        staffed(tx)
        train(tx)
        allotment.allot(tx, "T1", "teu", "P2", 8, MONDAY_MS + 1000)

    desk.do(DESK, work)
    free = {(seq, "teu", ""): (32, 0, 0) for seq in (1, 2, 3)}
    own = {(seq, "teu", "P2"): (8, 0, 0) for seq in (1, 2, 3)}
    assert desk.look(who("eve"), counters) == {**free, **own}
    for name in ("ann", "gus"):
        assert desk.look(who(name), counters) == free


def test_what_dead_holds_leave_free_is_told_without_whose_they_are(desk: Desk, clock: Clock) -> None:
    """S1 holds all 40 parts; once that has expired S2 is offered 10 TEU, before anything swept, and finds no hold."""
    desk.do(
        DESK,
        lambda tx: (staffed(tx), train(tx), book.receive(tx, quote.make(tx, offered(teu=40)).quote_id, wait=False)),
    )
    span = (MONDAY_MS, MONDAY_MS + 9 * DAY_MS)

    def free(tx: Tx) -> list[int]:
        return [one.free["teu"] for one in offer.offers(tx, "S2", "A", "D", *span)]

    assert desk.look(who("hal"), free) == [0]
    clock.now_ms += desk.policy.hold_ms
    assert desk.look(who("hal"), free) == [40]
    assert desk.look(who("hal"), number(hold)) == 0
    assert desk.look(who("gus"), number(hold)) == 1
