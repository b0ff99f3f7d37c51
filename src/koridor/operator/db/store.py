"""Transactions: one interface over SQLite, which has a single writer, and PostgreSQL, which has many.

`write` gives the work a connection inside a transaction and returns what the work returns once it is on disk; the work
may be run again from its start, so it must do nothing but use the connection. SQLite's writer takes what waits in its
queue into one commit, each work in a savepoint of its own: the cost of reaching the disk is shared, and order is fair,
where processes that poll for the lock starve each other (measured: 3.5 s at worst with 32 of them).
"""

from __future__ import annotations

import asyncio
import queue
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, Self, TypeVar

import sqlalchemy as sa
from anyio import to_thread
from sqlalchemy.exc import DBAPIError

from koridor.errors import UsageError
from koridor.operator.db.engine import WRITES, is_sqlite, open_engine
from koridor.operator.db.statement import driver_of, savepoint
from koridor.text import t

R = TypeVar("R")
Work = Callable[[sa.Connection], Any]
Tell = Callable[[Any, Exception | None], object]
MOST_TOGETHER = 64
TRIES = 12
IDLE_MOST = 8  # connections that stay, of up to 2 MB each
AGAIN = {"40001", "40P01"}  # serialization failure, deadlock: PostgreSQL asks to run the whole transaction again


class Writer(Protocol):
    """Runs a work in a transaction of its own and returns when that is kept."""

    def run(self, work: Work, *, strict: bool) -> Any:
        """What the work returned; what it raised is raised, and nothing of it is kept."""

    async def soon(self, work: Work, *, strict: bool) -> Any:
        """The same for a loop of events, which goes on meanwhile."""

    def close(self) -> None:
        """Ends the writer; what was asked before is done first."""


class Reader(Protocol):
    """Runs a work that changes nothing on one state of the database."""

    def run(self, work: Work) -> Any:
        """What the work returned."""

    def close(self) -> None:
        """Lets go of the connections that it keeps."""


class Store:
    """A database opened for work. Use as a context, or `close` it.

    Raises UsageError where it cannot be opened, or where there is no such file of SQLite and `make` is false.
    """

    def __init__(self, where: str, *, make: bool = True) -> None:
        self.engine = open_engine(where, make=make)
        first = _connected(self.engine)
        if is_sqlite(self.engine):
            self._writer: Writer = QueueWriter(first)
            self._reader: Reader = KeptReader(self.engine)
        else:
            first.close()
            self._writer = PooledWriter(self.engine)
            self._reader = PooledReader(self.engine)

    def write(self, work: Callable[[sa.Connection], R], *, strict: bool = False) -> R:
        """What `work` returned, once kept. `strict` asks for SERIALIZABLE, for works that decide by what they read."""
        return self._writer.run(work, strict=strict)

    async def write_soon(self, work: Callable[[sa.Connection], R], *, strict: bool = False) -> R:
        """The same for a loop of events: no thread waits for SQLite's writer."""
        return await self._writer.soon(work, strict=strict)

    def read(self, work: Callable[[sa.Connection], R]) -> R:
        """What `work` returned, from one state of the database."""
        return self._reader.run(work)

    def close(self) -> None:
        """Ends the writer and lets go of the connections."""
        self._writer.close()
        self._reader.close()
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _connected(engine: sa.Engine) -> sa.Connection:
    """A first connection, so that what is no database is told to who opens it and not to the writer's thread."""
    try:
        return engine.connect()
    except DBAPIError as error:
        engine.dispose()
        url, why = engine.url.render_as_string(hide_password=True), " ".join(str(error.orig).split())
        raise UsageError(t("Database {url} cannot be opened: {why}", url=url, why=why)) from error


class PooledWriter:
    """PostgreSQL: a transaction on a connection of the pool, run again as often as the database asks for it."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def run(self, work: Work, *, strict: bool) -> Any:
        """What the work returned. Raises the database's error after `TRIES` tries."""
        level = "SERIALIZABLE" if strict else "READ COMMITTED"
        for tried in range(TRIES):
            try:
                connection = self._engine.connect().execution_options(isolation_level=level)
                with connection, connection.begin():
                    return work(connection)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in AGAIN or tried + 1 == TRIES:
                    raise
                time.sleep(random.uniform(0, 0.002 * 2**tried))  # apart, so that the same two do not meet again
        raise AssertionError("not reached")

    async def soon(self, work: Work, *, strict: bool) -> Any:
        """The same, in a thread."""
        return await to_thread.run_sync(partial(self.run, work, strict=strict))

    def close(self) -> None:
        """Nothing to end."""


class PooledReader:
    """PostgreSQL: a transaction on a connection of the pool."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def run(self, work: Work) -> Any:
        """What the work returned."""
        with self._engine.connect() as connection, connection.begin():
            return work(connection)

    def close(self) -> None:
        """Nothing to let go of."""


class KeptReader:
    """SQLite: connections that stay as they are between two works, as what a pool does for one costs more than most
    works. Of many that read at once a few stay.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._idle: list[sa.Connection] = []

    def run(self, work: Work) -> Any:
        """What the work returned."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        try:
            with connection.begin():
                return work(connection)
        finally:
            if len(self._idle) < IDLE_MOST:
                self._idle.append(connection)
            else:
                connection.close()

    def close(self) -> None:
        """Closes the connections."""
        while self._idle:
            self._idle.pop().close()


@dataclass(frozen=True, slots=True)
class _Job:
    """A work that waits for the writer, who is told its result or its error, and in which loop, where in one."""

    work: Work
    tell: Tell
    loop: asyncio.AbstractEventLoop | None


class QueueWriter:
    """SQLite: one thread with one connection. Every transaction is serialisable, as there is never another."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection.execution_options(**{WRITES: True})
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._loop, name="koridor-writer", daemon=True)
        self._thread.start()

    def run(self, work: Work, *, strict: bool) -> Any:
        """What the work returned, once its commit is on disk."""
        told: queue.SimpleQueue[tuple[Any, Exception | None]] = queue.SimpleQueue()
        self._put(work, lambda *found: told.put(found))
        return _found(*told.get())

    async def soon(self, work: Work, *, strict: bool) -> Any:
        """The same, told to the loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[Any, Exception | None]] = loop.create_future()
        self._put(work, partial(_settle, future), loop)
        return _found(*await future)

    def _put(self, work: Work, tell: Tell, loop: asyncio.AbstractEventLoop | None = None) -> None:
        context = copy_context()  # sentences are in the language of who asks
        self._jobs.put(_Job(lambda connection: context.run(work, connection), tell, loop))

    def close(self) -> None:
        """Does what waits, then ends the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _loop(self) -> None:
        with self._connection as connection:
            while (first := self._jobs.get()) is not None:
                batch = [first]
                ending = False
                while len(batch) < MOST_TOGETHER and not self._jobs.empty():
                    job = self._jobs.get()
                    if job is None:
                        ending = True
                        break
                    batch.append(job)
                _commit(connection, batch)
                if ending:
                    return


def _commit(connection: sa.Connection, batch: list[_Job]) -> None:
    """Carries out the jobs in one commit; tells each its own result or error, or to all that the commit failed.

    Of a disk that is full or fails, SQLite undoes the whole transaction and not the savepoint alone
    (sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction"): then no job of the batch is kept.
    """
    told: list[tuple[_Job, Any, Exception | None]] = []
    try:
        with connection.begin():
            for job in batch:
                try:
                    with savepoint(connection):
                        told.append((job, job.work(connection), None))
                except BaseException as error:  # whatever it is: the writer goes on, and nobody waits for ever
                    if _undone(connection):
                        raise
                    told.append((job, None, _told(error)))
    except BaseException as failed:
        told = [(job, None, _told(failed)) for job in batch]
    _tell(told)


def _tell(told: list[tuple[_Job, Any, Exception | None]]) -> None:
    """Tells all who wait; those in one loop together, as each call from outside wakes it."""
    waiting: dict[asyncio.AbstractEventLoop, list[Callable[[], object]]] = {}
    for job, result, refused in told:
        if job.loop is None:
            job.tell(result, refused)
        else:
            waiting.setdefault(job.loop, []).append(partial(job.tell, result, refused))
    for loop, tellings in waiting.items():
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(_call_each, tellings)


def _call_each(tellings: list[Callable[[], object]]) -> None:
    for telling in tellings:
        telling()


def _told(error: BaseException) -> Exception:
    """An error as it may be raised by who waits: one that would end a thread ends the request alone."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    other = RuntimeError(f"a work ended by {error!r}")
    other.__cause__ = error
    return other


def _settle(future: asyncio.Future[tuple[Any, Exception | None]], result: Any, refused: Exception | None) -> None:
    if not future.cancelled():
        future.set_result((result, refused))


def _found(result: Any, refused: Exception | None) -> Any:
    if refused is not None:
        raise refused
    return result


def _undone(connection: sa.Connection) -> bool:
    """Whether SQLite itself has ended the transaction; the next savepoint would quietly begin another."""
    driver = driver_of(connection)
    return driver is None or not driver.in_transaction
