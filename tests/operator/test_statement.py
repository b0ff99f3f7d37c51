"""Statements that are compiled once, on both databases: what they give, refuse and undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, MultipleResultsFound, NoResultFound

from koridor.operator.db.statement import Fixed, Rows, driver_of, insertion, insertion_once, savepoint, select_by
from koridor.operator.db.store import Store
from koridor.operator.db.tables import account, party

ADD = insertion(party, ("party_id", "kind", "name"))
ALL = Fixed(sa.select(party).order_by(party.c.party_id))
BY_KIND = Fixed(select_by(party, "kind").order_by(party.c.party_id))
RENAME = Fixed(party.update().where(party.c.kind == sa.bindparam("b_kind")).values(name=sa.bindparam("b_name")))
THREE = [("a", "partner", "A"), ("b", "shipper", "B"), ("c", "shipper", "C")]


def rows(*several: tuple[str, str, str]) -> list[dict[str, str]]:
    """Parties as values of a statement."""
    return [dict(zip(("party_id", "kind", "name"), one, strict=True)) for one in several]


@pytest.fixture
def ask(store: Store) -> Callable[..., Any]:
    """Does a work on a database with three parties: a partner A and the shippers B and C."""
    store.write(lambda connection: ADD.run_each(connection, rows(*THREE)))
    return store.write


# ---- Rows


def test_rows_are_asked_as_those_of_sqlalchemy() -> None:
    """Of no row there is no first and no only one, of two no only one; scalars are the first cells: 1 and 3."""
    none, one, two = Rows([], 0), Rows([(1, 2)], 1), Rows([(1, 2), (3, 4)], 2)
    assert (none.first(), none.all(), list(none.scalars())) == (None, [], [])
    assert (one.first(), one.one(), one.scalar_one()) == ((1, 2), (1, 2), 1)
    assert (two.first(), two.all(), list(two)) == ((1, 2), [(1, 2), (3, 4)], [(1, 2), (3, 4)])
    assert (two.scalars().all(), two.scalars().rowcount) == ([1, 3], 2)
    for rows_, error in ((none, NoResultFound), (two, MultipleResultsFound)):
        with pytest.raises(error):
            rows_.one()
        with pytest.raises(error):
            rows_.scalar_one()


# ---- Fixed


def test_a_fixed_statement_gives_rows_by_name(ask: Callable[..., Any]) -> None:
    """Two of three are shippers, and nobody is a carrier; columns are attributes; another value asks again."""
    found = ask(lambda c: BY_KIND.run(c, {"kind": "shipper"}))
    assert [(row.party_id, row.name) for row in found] == [("b", "B"), ("c", "C")]
    assert ask(lambda c: BY_KIND.run(c, {"kind": "partner"})).one().name == "A"
    assert ask(lambda c: BY_KIND.run(c, {"kind": "carrier"})).first() is None


def test_a_fixed_statement_counts_what_it_touched(ask: Callable[..., Any]) -> None:
    """B and C are renamed and A is not; nobody is a terminal. An UPDATE gives no rows."""
    told = ask(lambda c: RENAME.run(c, {"b_kind": "shipper", "b_name": "X"}))
    assert (told.rowcount, told.all()) == (2, [])
    assert ask(lambda c: RENAME.run(c, {"b_kind": "terminal", "b_name": "X"})).rowcount == 0
    assert [row.name for row in ask(lambda c: ALL.run(c, {}))] == ["A", "X", "X"]


def test_values_that_a_statement_holds_itself_need_not_be_given(ask: Callable[..., Any]) -> None:
    """The word `shipper` is in the statement, and the id comes with the call: b and c fit both, a is a partner."""
    one = sa.select(party.c.name).where(party.c.kind == "shipper", party.c.party_id == sa.bindparam("party_id"))
    fixed = Fixed(one)
    assert [ask(lambda c, n=name: fixed.run(c, {"party_id": n}).scalars().all()) for name in "abc"] == [
        [],
        ["B"],
        ["C"],
    ]


@pytest.mark.parametrize("values", [{}, {"kind": "shipper", "name": "B"}], ids=["too few", "too many"])
def test_a_call_with_other_values_is_a_bug(ask: Callable[..., Any], values: dict[str, str]) -> None:
    """`BY_KIND` takes a kind, no less and no more: never is a value left out in silence."""
    with pytest.raises(AssertionError, match="is given"):
        ask(lambda c: BY_KIND.run(c, values))


def test_a_statement_may_be_another_in_each_database(ask: Callable[..., Any]) -> None:
    """Made once for each dialect, by its name, however often it is run."""
    asked: list[str] = []

    def statement(dialect: str) -> sa.Select[Any]:
        asked.append(dialect)
        return sa.select(sa.literal(dialect))

    fixed = Fixed(statement)
    names = [ask(lambda c: (fixed.run(c, {}).scalar_one(), c.dialect.name)) for _ in range(2)]
    assert all(told == name for told, name in names)
    assert asked == [names[0][1]]


def test_what_the_database_refuses_is_told_as_sqlalchemy_tells_it(ask: Callable[..., Any]) -> None:
    """A party that is there already: IntegrityError, alone and among several, and then none of the several is kept."""
    for work in (
        lambda c: ADD.run(c, rows(THREE[0])[0]),
        lambda c: add(c, "d", "a"),
    ):
        with pytest.raises(IntegrityError):
            ask(work)
    assert ids(ask) == "abc"


# ---- insertion


def test_an_insertion_is_made_once_for_its_columns(ask: Callable[..., Any]) -> None:
    """The same table and columns give the same statement, others another; it adds one row, which is there."""
    assert insertion(party, ("party_id", "kind", "name")) is ADD
    assert insertion(account, ("account_id",)) is not insertion(account, ("account_id", "kind"))
    assert ask(lambda c: ADD.run(c, rows(("d", "carrier", "D"))[0])).rowcount == 1
    assert ask(lambda c: BY_KIND.run(c, {"kind": "carrier"})).one().name == "D"


def test_an_insertion_of_what_is_there_adds_nothing(ask: Callable[..., Any]) -> None:
    """`insertion_once` touches one row for d, which is new, and none for a, whose name stays A."""
    once = insertion_once(party)
    assert ask(lambda c: once.run(c, rows(("d", "carrier", "D"))[0])).rowcount == 1
    assert ask(lambda c: once.run(c, rows(("a", "carrier", "X"))[0])).rowcount == 0
    assert [row.name for row in ask(lambda c: ALL.run(c, {}))] == ["A", "B", "C", "D"]


# ---- savepoint


class StopError(Exception):
    """What a test raises inside a savepoint."""


def add(connection: sa.Connection, *names: str) -> None:
    """Adds shippers."""
    ADD.run_each(connection, rows(*((name, "shipper", name.upper()) for name in names)))


def add_and_stop(connection: sa.Connection, name: str) -> None:
    """Adds a shipper in a savepoint, and raises there."""
    with savepoint(connection):
        add(connection, name)
        raise StopError


def ids(ask: Callable[..., Any]) -> str:
    """Ids of all parties, each a letter."""
    return "".join(row.party_id for row in ask(lambda c: ALL.run(c, {})))


def test_a_savepoint_undoes_what_was_done_inside_alone(ask: Callable[..., Any]) -> None:
    """Of d before, e inside and f after it, e is undone; its error goes on, and the transaction keeps d and f."""

    def work(connection: sa.Connection) -> None:
        add(connection, "d")
        with pytest.raises(StopError):
            add_and_stop(connection, "e")
        add(connection, "f")

    ask(work)
    assert ids(ask) == "abcdf"


def test_the_innermost_savepoint_is_undone(ask: Callable[..., Any]) -> None:
    """All have one name: d outside stays, e inside does not, nor does f when the database refuses a beside it."""

    def work(connection: sa.Connection) -> None:
        with savepoint(connection):
            add(connection, "d")
            with pytest.raises(StopError):
                add_and_stop(connection, "e")
            with pytest.raises(IntegrityError), savepoint(connection):
                add(connection, "f", "a")

    ask(work)
    assert ids(ask) == "abcd"


def test_an_outer_savepoint_undoes_inner_ones_that_were_kept(ask: Callable[..., Any]) -> None:
    """What the inner one kept, e, goes with d when the outer one is undone; g comes after both and stays."""

    def outer(connection: sa.Connection) -> None:
        with savepoint(connection):
            add(connection, "d")
            with savepoint(connection):
                add(connection, "e")
            raise StopError

    def work(connection: sa.Connection) -> None:
        with pytest.raises(StopError):
            outer(connection)
        add(connection, "g")

    ask(work)
    assert ids(ask) == "abcg"


def test_a_transaction_that_is_over_keeps_its_own_error(store: Store) -> None:
    """Where the transaction ended inside, there is no savepoint to go back to: what is told is why, not that."""

    def over(connection: sa.Connection) -> None:
        with savepoint(connection):
            driver_of(connection).rollback()
            raise StopError

    with store.engine.connect() as connection, connection.begin(), pytest.raises(StopError):
        over(connection)
