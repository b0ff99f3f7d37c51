"""Schema, transactions and backups, on both databases."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from desks import DESK, MONDAY_MS, price_line, staffed, train
from koridor.errors import DataError, UsageError
from koridor.operator import check
from koridor.operator.common import audit, policy
from koridor.operator.common.canonical import kept
from koridor.operator.common.desk import Desk, random_id
from koridor.operator.db import engine
from koridor.operator.db import migrate as scripts
from koridor.operator.db.backup import backup, fingerprint, restore
from koridor.operator.db.store import Store
from koridor.operator.db.tables import METADATA, entry, equipment_order, party, pool, repositioning
from koridor.operator.money import sale
from koridor.operator.money.split import Key


def shape(inspector: sa.Inspector, name: str) -> dict[str, object]:
    """What a database knows of a table, without the names that it made up itself."""
    return {
        "columns": {one["name"]: one["nullable"] for one in inspector.get_columns(name)},
        "key": inspector.get_pk_constraint(name)["constrained_columns"],
        "refers": {(*one["constrained_columns"], one["referred_table"]) for one in inspector.get_foreign_keys(name)},
        "unique": {one["name"] for one in inspector.get_unique_constraints(name)},
        "checks": {one["name"] for one in inspector.get_check_constraints(name)},
        "indexes": {one["name"] for one in inspector.get_indexes(name)},
    }


def test_scripts_make_the_declared_tables(store: Store, where: str) -> None:
    """The scripts, run one after another, give the tables that the code declares: compared with `create_all`."""
    migrated = sa.inspect(store.engine)
    shapes = {name: shape(migrated, name) for name in migrated.get_table_names()}
    assert set(shapes) == set(METADATA.tables)
    with store.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            other = sa.create_engine("sqlite://")
            METADATA.create_all(other)
            declared = sa.inspect(other)
            assert {name: shape(declared, name) for name in shapes} == shapes
            other.dispose()
            return
        connection.exec_driver_sql("CREATE SCHEMA declared")
        connection.exec_driver_sql("SET LOCAL search_path TO declared")
        METADATA.create_all(connection)
        declared = sa.inspect(connection)
        assert {name: shape(declared, name) for name in shapes} == shapes


def test_sqlite_keeps_what_was_told_through_a_loss_of_power(
    tmp_path: Path, full_pragmas: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every connection waits until a commit is on the disk (2 is FULL), where the other tests wait for none (0)."""
    waits = []
    for pragmas in (engine.PRAGMAS, full_pragmas):
        monkeypatch.setattr(engine, "PRAGMAS", pragmas)
        with Store(str(tmp_path / "desk.db")) as opened, opened.engine.connect() as connection:
            asked = ("journal_mode", "synchronous", "foreign_keys")
            waits.append([connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked])
    assert waits == [["wal", 0, 1], ["wal", 2, 1]]


def test_migrating_again_changes_nothing(store: Store) -> None:
    """A start of the service on a database that is up to date adds no version."""
    assert store.write(lambda connection: scripts.migrate(connection, MONDAY_MS)) == []


def test_a_newer_database_is_refused(store: Store) -> None:
    """An old program must not write into tables that it does not know."""
    row = {"version": 9999, "digest": "", "applied_ms": MONDAY_MS}
    store.write(lambda connection: connection.execute(scripts.schema_version.insert().values(row)))
    with pytest.raises(UsageError, match="9999"):
        store.write(lambda connection: scripts.migrate(connection, MONDAY_MS))


def test_proposals_of_before_leave_one_in_force(where: str) -> None:
    """Two of a party that were both in force, and one of another: of the two the later stays."""
    told = [("M1", "P1", 5), ("M2", "P1", 6), ("M3", "P2", 1)]
    with Store(where) as store:
        store.write(lambda connection: scripts.migrate(connection, MONDAY_MS, to=13))

        def before(connection: sa.Connection) -> None:
            for party_id in ("P1", "P2"):
                connection.execute(party.insert().values(party_id=party_id, kind="partner", name=party_id))
            for name, party_id, at_ms in told:
                values = f"('{name}', '{party_id}', 'proposed', 4, '{{}}', '{{}}', {at_ms}, NULL)"
                connection.exec_driver_sql(f"INSERT INTO repositioning VALUES {values}")

        store.write(before)
        store.write(lambda connection: scripts.migrate(connection, MONDAY_MS))
        rows = store.read(lambda connection: connection.execute(sa.select(repositioning)).all())
    found = sorted((row.repositioning_id, row.state, row.decided_ms, row.outcome) for row in rows)
    assert found == [("M1", "superseded", 5, "{}"), ("M2", "proposed", None, "{}"), ("M3", "proposed", None, "{}")]


def test_orders_of_before_know_their_proposal(where: str) -> None:
    """Orders of two proposals that were accepted before orders kept of which they are get theirs, by the ids that it
    kept. M1/9, which somebody made by hand, is of none though its reference looks like one.
    """
    references = {"R1": "M1/1", "R11": "M1/1", "R2": "M1/2", "R3": "M12/1", "R9": "M1/9", "R5": "train 7"}
    made = {"M1": {1: ["R1", "R11"], 2: ["R2"]}, "M12": {1: ["R3"]}, "M3": {}}
    with Store(where) as store:
        store.write(lambda connection: scripts.migrate(connection, MONDAY_MS, to=13))

        def before(connection: sa.Connection) -> None:
            connection.execute(party.insert().values(party_id="P1", kind="partner", name="P1"))
            connection.execute(pool.insert().values(pool_id="O1", keeper_id="P1", name="boxes", created_ms=0))
            for name, ids in made.items():
                values = f"('{name}', 'P1', 'accepted', 4, '{{}}', '{kept(ids)}', 1, 1)"
                connection.exec_driver_sql(f"INSERT INTO repositioning VALUES {values}")
            for name, reference in references.items():
                kind = "return" if name == "R11" else "release"
                rest = {"pool_id": "O1", "kind": kind, "place_id": "A", "valid_to_ms": 9, "status": "open"}
                values = {"order_id": name, "reference": reference, **rest, "created_ms": 1}
                connection.execute(sa.insert(equipment_order), values)

        store.write(before)
        store.write(lambda connection: scripts.migrate(connection, MONDAY_MS))
        asked = sa.select(equipment_order.c.order_id, equipment_order.c.repositioning_id)
        found = store.read(lambda connection: dict(map(tuple, connection.execute(asked))))
    assert found == {"R1": "M1", "R11": "M1", "R2": "M1", "R3": "M12", "R9": None, "R5": None}


def test_a_work_that_fails_leaves_nothing_and_harms_nobody(store: Store) -> None:
    """Works that share a commit are apart: of 40 at once, those that fail leave no row, the others one each."""

    def work(at: int) -> None:
        def inside(connection: sa.Connection) -> None:
            connection.execute(party.insert().values(party_id=f"P{at:02d}", kind="shipper", name="x"))
            if at % 4 == 0:
                raise ValueError(at)

        try:
            store.write(inside)
        except ValueError as error:
            told.append(error.args[0])

    told: list[int] = []
    threads = [threading.Thread(target=work, args=(at,)) for at in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = store.read(lambda connection: set(connection.scalars(sa.select(party.c.party_id))))
    assert sorted(told) == list(range(0, 40, 4))
    assert kept == {f"P{at:02d}" for at in range(40) if at % 4}


def test_a_commit_that_fails_harms_nobody_later(store: Store) -> None:
    """What breaks a rule that is looked at in the end is refused there; works after it are kept, and reads go on."""

    def ruled(connection: sa.Connection) -> None:
        rule = "REFERENCES party (party_id) DEFERRABLE INITIALLY DEFERRED"
        connection.exec_driver_sql(f"CREATE TABLE child (party_id TEXT {rule})")

    def add(name: str) -> None:
        store.write(
            lambda connection: connection.execute(party.insert().values(party_id=name, kind="shipper", name="x"))
        )

    store.write(ruled)
    for _ in range(2):
        with pytest.raises(sa.exc.IntegrityError):
            store.write(lambda connection: connection.exec_driver_sql("INSERT INTO child VALUES ('nobody')"))
    add("P1")
    add("P2")
    assert store.read(lambda connection: set(connection.scalars(sa.select(party.c.party_id)))) == {"P1", "P2"}


@pytest.mark.parametrize("error", [StopIteration(), KeyboardInterrupt(), SystemExit(1)], ids=repr)
def test_whatever_a_work_raises_is_told_and_the_writer_goes_on(store: Store, error: BaseException) -> None:
    """An error that ends a thread, or that no future takes, ends its own work alone, asked by a thread or by a loop."""
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no writer's thread: works run in the thread that asks")

    def broken(connection: sa.Connection) -> None:
        raise error

    async def soon() -> None:
        await asyncio.wait_for(store.write_soon(broken), 30)

    with pytest.raises(RuntimeError, match="a work ended by"):
        store.write(broken)
    with pytest.raises(RuntimeError, match="a work ended by"):
        asyncio.run(soon())
    assert store.write(lambda connection: connection.execute(sa.select(1)).scalar_one()) == 1


def test_all_who_share_a_commit_are_told_wherever_they_wait(store: Store) -> None:
    """Works of two loops and of a thread in one commit: each hears its own, though a third loop has ended meanwhile."""
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no shared commit")
    begun, go = threading.Event(), threading.Event()

    def first(connection: sa.Connection) -> None:
        begun.set()
        assert go.wait(30)

    async def soon(values: range) -> list[int]:
        works = (store.write_soon(lambda connection, value=value: value) for value in values)
        return list(await asyncio.gather(*works))

    async def impatient() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.write_soon(lambda connection: None), 0.01)

    with ThreadPoolExecutor() as pool_:
        holds = pool_.submit(store.write, first)
        assert begun.wait(30)
        asyncio.run(impatient())
        loops = [pool_.submit(asyncio.run, soon(values)) for values in (range(5), range(5, 9))]
        thread = pool_.submit(store.write, lambda connection: 9)
        go.set()
        assert [one.result(30) for one in loops] == [[0, 1, 2, 3, 4], [5, 6, 7, 8]]
        assert (thread.result(30), holds.result(30)) == (9, None)


def test_ids_follow_those_of_moments_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sorted as text they are in the order of their milliseconds, up to 3084 (2 ** 45 ms); those of one are apart.

    They are as long as ever, a letter and 20 signs, so that lists show them whole.
    """
    moments_ms = [MONDAY_MS, MONDAY_MS + 1, MONDAY_MS + 10**9, 2**45 - 1]
    made = []
    for now_ms in moments_ms:
        monkeypatch.setattr(time, "time_ns", lambda now_ms=now_ms: now_ms * 1_000_000)
        made.append(sorted(random_id("B") for _ in range(50)))
    whole = [one for several in made for one in several]
    assert whole == sorted(set(whole))
    assert {len(one) for one in whole} == {21}


def test_a_full_disk_fails_the_whole_batch(store: Store) -> None:
    """P2: what was told is kept, also when the disk is full halfway through a shared commit.

    SQLite then undoes all that the batch wrote, so `small` and `late`, which share it with `big`, must hear it too;
    PostgreSQL has no such limit, and there all four are kept. Afterwards the writer goes on.
    """
    sqlite = store.engine.dialect.name == "sqlite"
    begun, go = threading.Event(), threading.Event()
    told: dict[str, bool] = {}

    def add(name: str, size: int = 1) -> None:
        def inside(connection: sa.Connection) -> None:
            connection.execute(party.insert().values(party_id=name, kind="shipper", name="x" * size))

        told[name] = True
        try:
            store.write(inside)
        except sa.exc.DBAPIError:
            told[name] = False

    def wait(_: sa.Connection) -> None:
        begun.set()
        go.wait()

    def limit(connection: sa.Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 3}")

    if sqlite:
        store.write(limit)
    first = threading.Thread(target=store.write, args=(wait,))
    first.start()
    begun.wait()
    others = [threading.Thread(target=add, args=args) for args in (("small",), ("big", 200_000), ("late",))]
    for thread in others:
        thread.start()
        time.sleep(0.1)  # so that they stand in the queue in this order
    go.set()
    for thread in (first, *others):
        thread.join()
    assert told == dict.fromkeys(("small", "big", "late"), not sqlite)
    add("after")
    kept = store.read(lambda connection: set(connection.scalars(sa.select(party.c.party_id))))
    assert kept == {name for name, was_kept in told.items() if was_kept}
    assert told["after"]


def test_a_backup_while_writing_restores_to_equal_hashes(store: Store, tmp_path: Path) -> None:
    """P14: a backup is one state: rows come in pairs, so a half pair would show; it restores into either database."""
    stop = threading.Event()

    def pairs() -> None:
        at = 0
        while not stop.is_set():
            at += 1
            rows = [{"party_id": f"{half}{at}", "kind": "shipper", "name": "Ə\nМинск"} for half in "AB"]
            store.write(lambda connection, rows=rows: connection.execute(party.insert(), rows))

    writer = threading.Thread(target=pairs)
    writer.start()
    file = tmp_path / "desk.backup"
    try:
        for _ in range(5):
            backup(store, file)
    finally:
        stop.set()
        writer.join()
    with Store(str(tmp_path / "other.db")) as other:
        restore(other, file, MONDAY_MS)
        restored = other.read(fingerprint)
        names = other.read(lambda connection: list(connection.scalars(sa.select(party.c.party_id))))
        again = tmp_path / "again.backup"
        backup(other, again)
    assert {name[1:] for name in names if name[0] == "A"} == {name[1:] for name in names if name[0] == "B"}
    with Store(str(tmp_path / "third.db")) as third:
        restore(third, again, MONDAY_MS)
        assert third.read(fingerprint) == restored


def test_a_backup_names_the_folder_that_is_not_there(store: Store, tmp_path: Path) -> None:
    """The folder that was typed, not the hidden file that is written first."""
    with pytest.raises(UsageError) as error:
        backup(store, tmp_path / "none" / "desk.backup")
    assert f"no folder {tmp_path / 'none'};" in str(error.value)
    assert ".part" not in str(error.value)


def test_a_backup_goes_from_one_database_to_the_other(where: str, tmp_path: Path) -> None:
    """What was begun on a laptop moves to the server: SQLite's backup, with money, bytes and audit, fills the test's
    database, with equal hashes; its triggers and CHECKs take every row, and refuse what they must afterwards.
    """
    numbers = count(1)
    with Store(str(tmp_path / "laptop.db")) as first:
        first.write(lambda connection: scripts.migrate(connection, MONDAY_MS))
        first.write(audit.start)
        desk = Desk(first, policy.load(), lambda: MONDAY_MS, lambda prefix: f"{prefix}{next(numbers)}")
        lines = [price_line(1000, "P1", cost=300), price_line(501, "P2")]
        desk.do(DESK, lambda tx: (staffed(tx), train(tx)))
        desk.do(DESK, lambda tx: sale.sell(tx, "B", "P1", "S1", Key("leg", {}), lines))
        desk.do(DESK, lambda tx: sale.unsell(tx, "B"))
        backup(first, tmp_path / "one.backup")
        expected = first.read(fingerprint)
    with Store(where) as other:
        restore(other, tmp_path / "one.backup", MONDAY_MS)
        assert other.read(fingerprint) == expected
        assert other.read(check.problems) == []
        with pytest.raises(sa.exc.DBAPIError):
            other.write(lambda connection: connection.execute(entry.delete()))


def test_a_damaged_backup_is_refused(store: Store, tmp_path: Path) -> None:
    """A file cut short, or with one sign changed, never becomes a database."""
    file = tmp_path / "one.backup"
    backup(store, file)
    file.write_bytes(file.read_bytes()[:-30])
    with Store(str(tmp_path / "two.db")) as other, pytest.raises(DataError, match="whole backup"):
        restore(other, file, MONDAY_MS)


@pytest.mark.parametrize("text", ["[]", '{"mark": "koridor operator backup"}\n[]', "[" * 100_000, "1\n2"])
def test_a_packed_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    """JSON that is no backup, such as a list, is told as a broken file and not as a fault of koridor."""
    file = tmp_path / "list.backup"
    file.write_bytes(gzip.compress(text.encode()))
    with Store(str(tmp_path / "two.db")) as other, pytest.raises(DataError, match="whole backup"):
        restore(other, file, MONDAY_MS)


def test_a_full_database_is_not_restored_over(store: Store, tmp_path: Path) -> None:
    """A slip of the hand must not mix two desks."""
    backup(store, tmp_path / "one.backup")
    with pytest.raises(UsageError, match="not empty"):
        restore(store, tmp_path / "one.backup", MONDAY_MS)
