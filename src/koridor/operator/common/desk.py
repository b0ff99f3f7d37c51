"""The desk: a store, a clock, a source of ids and a policy; and the transaction in which every use case runs."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, Self, TypeVar, overload

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from koridor.operator.common import audit
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.policy import Policy
from koridor.operator.db import wall
from koridor.operator.db.statement import Fixed, Rows, insertion, savepoint
from koridor.operator.db.store import Store

R = TypeVar("R")
RANDOM_BITS, PAIR_BITS, ID_BITS = 55, 10, 100
_PAIRS = ["".join(pair) for pair in product("0123456789abcdefghjkmnpqrstvwxyz", repeat=2)]
_PAIR = (1 << PAIR_BITS) - 1
_SHIFTS = range(ID_BITS - PAIR_BITS, -1, -PAIR_BITS)


def wall_ms() -> int:
    """Milliseconds since 1970 in UTC, by the machine's clock."""
    return time.time_ns() // 1_000_000


def random_id(prefix: str) -> str:
    """A new id that cannot be guessed: the prefix, and 20 signs of the millisecond (45 bits) and 55 random bits.

    The millisecond comes first, as in version 7 of UUIDs (RFC 9562): rows of one hour lie on a few pages of each index
    and not all over it, so that a commit writes half as much, however large the database has become. Signs are those
    of ULIDs, which nobody takes for others, in the order of their values.
    """
    number = wall_ms() << RANDOM_BITS | secrets.randbits(RANDOM_BITS)
    return prefix + "".join([_PAIRS[number >> shift & _PAIR] for shift in _SHIFTS])


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction of one actor. Use cases take it first; what they change they `note` for the audit.

    Attributes
    ----------
    connection : Connection
        Inside the transaction.
    now_ms : int
        The moment of the transaction: the same for all that it does.
    new_id : callable
        A new id with a prefix.
    memo : dict
        What was read once and holds for all of the transaction.
    sight : list of str
        Whose rows the database lets through, the last first to be given up; none: everybody's.
    """

    connection: sa.Connection
    actor: Actor
    now_ms: int
    new_id: Callable[[str], str]
    policy: Policy
    notes: list[audit.Note] = field(default_factory=list)
    memo: dict[str, Any] = field(default_factory=dict)
    sight: list[str] = field(default_factory=list)

    @overload
    def run(self, statement: Fixed, **values: Any) -> Rows: ...

    @overload
    def run(self, statement: sa.Executable, **values: Any) -> sa.CursorResult[Any]: ...

    def run(self, statement: Fixed | sa.Executable, **values: Any) -> Rows | sa.CursorResult[Any]:
        """Carries out a statement, with the values that it asks for."""
        if isinstance(statement, Fixed):
            return statement.run(self.connection, values)
        return self.connection.execute(statement, values)

    def add(self, table: sa.Table, *rows: dict[str, Any]) -> None:
        """Adds rows, which name the same columns, to a table; none is nothing to do."""
        if rows:
            insertion(table, tuple(rows[0])).run_each(self.connection, rows)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction that is undone by itself when it raises, with its notes and what it read."""
        noted, known = len(self.notes), dict(self.memo)
        try:
            with savepoint(self.connection):
                yield
        except BaseException:
            del self.notes[noted:]
            self.memo.clear()
            self.memo.update(known)
            raise

    @contextmanager
    def seeing(self, party_id: str) -> Iterator[None]:
        """A part of a narrowed transaction in which the rows of another party, or of EVERYBODY, are let through.

        For what by design crosses parties; whoever asks has asked `access` before. What sees all already goes on so.
        """
        if not self.sight or self.sight[-1] == party_id:
            yield
            return
        self.narrow(party_id)
        try:
            yield
        finally:
            self.sight.pop()
            with suppress(DBAPIError):  # a transaction that has failed reads nothing more
                wall.narrow(self.connection, self.sight[-1])

    def narrow(self, party_id: str) -> None:
        """Lets through, from now on, the rows of a party alone."""
        wall.narrow(self.connection, party_id)
        self.sight.append(party_id)

    def note(self, action: str, what: str, **change: tuple[Any, Any]) -> None:
        """Remembers a change for the audit: each field with its old and its new value."""
        self.notes.append(audit.Note(action, what, change))

    def note_for(self, party_id: str, action: str, what: str, **change: tuple[Any, Any]) -> None:
        """The same for the audit of another party than the actor's: what the desk itself did to what is its own."""
        self.notes.append(audit.Note(action, what, change, party_id))


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that use cases run on. The clock and the ids come from outside, so that a run can be repeated."""

    store: Store
    policy: Policy
    clock: Callable[[], int] = wall_ms
    new_id: Callable[[str], str] = random_id

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def do(self, actor: Actor, work: Callable[[Tx], R], *, strict: bool = False) -> R:
        """What the work returned, once it and its audit are kept. `work` may be run again from its start."""
        return self.store.write(self._kept(lambda tx: actor, work), strict=strict)

    async def do_soon(self, who: Callable[[Tx], Actor], work: Callable[[Tx], R], *, strict: bool = False) -> R:
        """The same for a loop of events, by whom the transaction itself finds: `who` may be asked again as well."""
        return await self.store.write_soon(self._kept(who, work), strict=strict)

    def _kept(self, who: Callable[[Tx], Actor], work: Callable[[Tx], R]) -> Callable[[sa.Connection], R]:
        def whole(connection: sa.Connection) -> R:
            tx = self._tx(connection, SYSTEM)
            tx = replace(tx, actor=who(tx))
            result = work(tx)
            audit.append(connection, tx.actor, tx.now_ms, tx.notes)
            return result

        return whole

    def look(self, actor: Actor, work: Callable[[Tx], R]) -> R:
        """What the work returned, from one state of the database; it must change nothing.

        The database itself lets through what the actor's party may see, where it can (`db.wall`); SYSTEM sees all.
        """

        def whole(connection: sa.Connection) -> R:
            tx = self._tx(connection, actor)
            if actor != SYSTEM:
                tx.narrow(actor.party_id)
            return work(tx)

        return self.store.read(whole)

    def _tx(self, connection: sa.Connection, actor: Actor) -> Tx:
        return Tx(connection, actor, self.clock(), self.new_id, self.policy)
