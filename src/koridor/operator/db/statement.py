"""Statements that are built and compiled once, and handed to the driver as text.

What the database does for a small statement takes some 10 microseconds; building one takes SQLAlchemy forty times that
and running a built one ten times. So what is run for every booking is `Fixed`; whatever is run now and then is not.
Columns hold texts, whole numbers and bytes alone, so a driver's rows need no translation.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound

T = TypeVar("T")
SAVEPOINT = "koridor"
NAMES_AT_ONCE = 200  # a statement holds so many in either database


def select_by(table: sa.Table, *columns: str) -> sa.Select[Any]:
    """Rows of a table whose columns have the values that are given, by the columns' names, when it is run."""
    return sa.select(table).where(*(table.c[name] == sa.bindparam(name) for name in columns))


def in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Names, or rows that have names, in parts that a statement holds."""
    return (items[first : first + NAMES_AT_ONCE] for first in range(0, len(items), NAMES_AT_ONCE))


class Rows:
    """What a fixed statement gave: all its rows, with columns as attributes, and how many rows it touched.

    Asked in the words of SQLAlchemy's results.
    """

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        """All rows."""
        return self._rows

    def first(self) -> Any:
        """The first row, or None."""
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        """The only row. Raises NoResultFound or MultipleResultsFound."""
        if not self._rows:
            raise NoResultFound("no row where there must be one")
        if len(self._rows) > 1:
            raise MultipleResultsFound("more than one row where there must be one")
        return self._rows[0]

    def scalars(self) -> Rows:
        """The first cell of each row."""
        return Rows([row[0] for row in self._rows], self.rowcount)

    def scalar_one(self) -> Any:
        """The first cell of the only row. Raises as `one`."""
        return self.one()[0]


class Fixed:
    """A statement that never changes; where the databases speak differently, a function from a dialect's name to it.

    `columns` are those that an INSERT fills; values go in by name when it is run.
    """

    __slots__ = ("_columns", "_ready", "_statement")

    def __init__(self, statement: Any | Callable[[str], Any], columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._ready: dict[str, _Ready] = {}

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> Rows:
        """What the statement gives for values. Raises SQLAlchemy's DBAPIError, as its own way would."""
        return self._on(connection.dialect).run(connection, values)

    def run_each(self, connection: sa.Connection, several: Iterable[Mapping[str, Any]]) -> None:
        """Runs it for each of several sets of values."""
        self._on(connection.dialect).run_each(connection, several)

    def _on(self, dialect: sa.Dialect) -> _Ready:
        ready = self._ready.get(dialect.name)
        if ready is None:
            statement = self._statement(dialect.name) if callable(self._statement) else self._statement
            ready = self._ready[dialect.name] = _Ready(dialect, statement, self._columns)
        return ready


class _Ready:
    """A statement as text of one database, with the order of its values and the form of its rows."""

    def __init__(self, dialect: sa.Dialect, statement: Any, columns: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns, compile_kwargs={"render_postcompile": True})
        self._text = str(compiled)
        self._asked = frozenset(name for parameter, name in compiled.bind_names.items() if parameter.required)
        self._given = {name: value for name, value in compiled.params.items() if name not in self._asked}
        self._order: list[str] | None = compiled.positiontup if compiled.positional else None
        assert dialect.dbapi is not None
        self._dialect, self._error = dialect, dialect.dbapi.Error
        self._row: Callable[..., Any] | None = None

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> Rows:
        """See Fixed."""
        ordered = self._ordered(values)
        try:
            cursor = driver_of(connection).execute(self._text, ordered)
            found = cursor.fetchall() if cursor.description else []
        except self._error as error:
            raise self._told(error, ordered) from error
        if found and self._row is None:
            self._row = _row_of([column[0] for column in cursor.description])
        rows = Rows([self._row(*row) for row in found] if self._row else [], cursor.rowcount)
        cursor.close()
        return rows

    def run_each(self, connection: sa.Connection, several: Iterable[Mapping[str, Any]]) -> None:
        """See Fixed."""
        cursor = driver_of(connection).cursor()
        ordered = list(map(self._ordered, several))
        try:
            cursor.executemany(self._text, ordered)
        except self._error as error:
            raise self._told(error, ordered) from error
        cursor.close()

    def _ordered(self, values: Mapping[str, Any]) -> Any:
        assert values.keys() == self._asked, f"{self._text} is given {sorted(values)}"
        whole = {**self._given, **values} if self._given else values
        return whole if self._order is None else [whole[name] for name in self._order]

    def _told(self, error: Exception, ordered: Any) -> BaseException:
        return DBAPIError.instance(self._text, ordered, error, self._error, dialect=self._dialect)


def _row_of(columns: list[str]) -> Callable[..., Any]:
    row: Callable[..., Any] = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
    return row


@cache
def insertion(table: sa.Table, columns: tuple[str, ...]) -> Fixed:
    """The statement that adds a row with some columns to a table."""
    return Fixed(table.insert().inline(), columns)


def insertion_once(table: sa.Table) -> Fixed:
    """The statement that adds a whole row unless one of its keys is there; `rowcount` says whether it did."""

    def statement(dialect: str) -> Any:
        return (postgresql if dialect == "postgresql" else sqlite).insert(table).inline().on_conflict_do_nothing()

    return Fixed(statement, [column.name for column in table.c])


def driver_of(connection: sa.Connection) -> Any:
    """The driver's own connection, inside the transaction that SQLAlchemy has begun on it."""
    return connection.connection.dbapi_connection


@contextmanager
def savepoint(connection: sa.Connection) -> Iterator[None]:
    """Undoes what was done inside when it raises, and raises that on. May be nested: the innermost is meant."""
    driver = driver_of(connection)
    driver.execute(f"SAVEPOINT {SAVEPOINT}")
    try:
        yield
    except BaseException as error:
        try:
            driver.execute(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")
            driver.execute(f"RELEASE SAVEPOINT {SAVEPOINT}")
        except Exception:
            raise error from None  # the database has ended the transaction itself: why is in the first error
        raise
    driver.execute(f"RELEASE SAVEPOINT {SAVEPOINT}")
