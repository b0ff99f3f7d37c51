"""P1 and P2 with a real server: many clients at the last unit, and a kill at any moment."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desks import DAY_MS, at_once, offered, staffed, train, who
from koridor.operator import check
from koridor.operator.booking import quote
from koridor.operator.common import policy
from koridor.operator.common.desk import Desk
from koridor.operator.db.tables import booking, capacity, tariff
from koridor.operator.people import tokens
from koridor.operator.setup import open_desk
from rounds import rounds
from served import Server

LIMITS = "requests_per_min = 600000\nholds_max = 100000\nhold_teu_max = 1000000\n"


@pytest.fixture
def limits(tmp_path: Path) -> str:
    """A policy that holds nobody to limits of rate and hoarding, which would hide what is tried here."""
    text = (Path(policy.__file__).parent / policy.FILE).read_text(encoding="utf-8")
    names = {line.split(" = ")[0] for line in LIMITS.splitlines()}
    kept = [line for line in text.splitlines() if line.split(" = ")[0].strip() not in names]
    file = tmp_path / "policy.toml"
    file.write_text("\n".join([*kept, LIMITS]), encoding="utf-8")
    return str(file)


@contextmanager
def opened(where: str) -> Iterator[Desk]:
    """The desk of a database, while no server has it."""
    desk = open_desk(where, policy.load())
    try:
        yield desk
    finally:
        desk.store.close()


def prepared(where: str, cap: int) -> tuple[dict[str, str], str]:
    """Tokens by name, and a quote of one TEU on a train of so many quarters that leaves in three days."""
    with opened(where) as desk:
        now_ms = desk.clock()

        def work(tx: Any) -> None:
            staffed(tx)
            tx.run(tariff.update().values(valid_from_ms=now_ms - DAY_MS, valid_to_ms=now_ms + 90 * DAY_MS))
            train(tx, "T1", {"teu": cap}, now_ms + 3 * DAY_MS)
            train(tx, "T2", {"teu": cap}, now_ms + 4 * DAY_MS)

        desk.do(who("ann"), work)
        words = {}
        for name in ("ann", "gus"):
            words[name] = desk.do(who("ann"), lambda tx, n=name: tokens.issue(tx, n, "session")).word
        return words, desk.do(who("ann"), lambda tx: quote.make(tx, offered())).quote_id


def live(where: str) -> int:
    """Bookings that hold capacity; the whole of the database having been checked."""
    with opened(where) as desk:
        assert desk.store.read(check.problems) == []
        held = sa.select(sa.func.count()).select_from(booking).where(booking.c.status == "HELD")
        used = sa.select(sa.func.max(capacity.c.sold + capacity.c.held)).where(capacity.c.departure_id == "T1")
        count, parts = desk.store.read(lambda c: (c.execute(held).scalar_one(), c.execute(used).scalar_one()))
        assert parts == 4 * count
        return count


@pytest.mark.parametrize("bookers", [12])
def test_many_clients_at_the_last_units(where: str, limits: str, bookers: int) -> None:
    """P1: 12 connections ask three times each for one of 10 TEU: exactly 10 hear 201, all others 409 `sold_out` with an
    alternative, and the counters are what the bookings say.
    """
    words, quote_id = prepared(where, 40)
    with Server(where, limits) as server:

        def booker(at: int) -> list[tuple[int, Any]]:
            with server.client(words["gus"]) as ask:
                heard = [ask("POST", "/v1/bookings", {"quote_id": quote_id}, key=f"{at}.{turn}") for turn in range(3)]
            return [(one.status, one.json) for one in heard]

        told = [pair for each in at_once([lambda at=at: booker(at) for at in range(bookers)]) for pair in each]
    assert sorted(status for status, _ in told) == [201] * 10 + [409] * (3 * bookers - 10)
    for status, body in told:
        if status == 409:
            assert body["code"] == "sold_out"
            assert [one["departure_id"] for one in body["alternatives"]] == ["T2"]
    assert live(where) == 10


Told = dict[str, bytes]  # what was acknowledged, by key


def press(server: Server, word: str, quote_id: str, prefix: str, told: Told, until: threading.Event) -> None:
    """Books again and again and notes what was acknowledged, until the server is gone."""
    turn = 0
    with suppress(OSError, http.client.HTTPException), server.client(word) as ask:
        while not until.is_set():
            key = f"{prefix}.{turn}"
            heard = ask("POST", "/v1/bookings", {"quote_id": quote_id}, key=key)
            if heard.status == 201:
                told[key] = heard.content
            turn += 1


def killed_rounds(where: str, limits: str, times: int, end: Callable[[Server], None], seed: int) -> int:
    """How many bookings were acknowledged over rounds of pressing and killing; each is found again after each kill."""
    words, quote_id = prepared(where, 4_000_000)
    moment, told = random.Random(seed), Told()
    for number in range(times):
        with Server(where, limits) as server:
            with server.client(words["gus"]) as ask:
                for key in moment.sample(sorted(told), min(5, len(told))):  # told again, as if the answer had been lost
                    again = ask("POST", "/v1/bookings", {"quote_id": quote_id}, key=key)
                    assert (again.status, again.content) == (201, told[key])
            before = len(told)
            gone = threading.Event()
            pressing = [
                threading.Thread(target=press, args=(server, words[name], quote_id, f"{number}.{at}", told, gone))
                for at, name in enumerate(("gus", "gus", "gus"))
            ]
            for thread in pressing:
                thread.start()
            while len(told) == before:
                time.sleep(0.01)
            time.sleep(moment.uniform(0.0, 0.5))
            end(server)
            gone.set()
            for thread in pressing:
                thread.join()
        with opened(where) as desk:
            kept = set(desk.store.read(lambda c: c.execute(sa.select(booking.c.booking_id)).scalars().all()))
        for content in told.values():
            assert content.split(b'"booking_id":"')[1].split(b'"')[0].decode() in kept
        live(where)
    return len(told)


ROUNDS_OF_ONE = 20  # rounds on one database, all of which is read after each


def shards(times: int) -> list[tuple[int, int]]:
    """Seed and number of rounds of databases that together take so many rounds."""
    return [(first, min(ROUNDS_OF_ONE, times - first)) for first in range(0, times, ROUNDS_OF_ONE)]


@pytest.mark.parametrize(("seed", "times"), shards(rounds(3)))
def test_a_kill_loses_nothing_that_was_told(
    where: str, limits: str, seed: int, times: int, record_property: Callable[[str, object], None]
) -> None:
    """P2: SIGKILL at a random moment while three clients book: every booking that was acknowledged is there, none is
    there by half (counters, events, audit, rows), and a request told again gets the same bytes.
    """
    acknowledged = killed_rounds(where, limits, times, Server.kill, seed=seed)
    record_property("acknowledged", acknowledged)
    assert acknowledged > 0


def test_a_database_stopped_at_once_loses_nothing_either(
    where: str, limits: str, request: pytest.FixtureRequest
) -> None:
    """P2 on PostgreSQL: `pg_ctl restart -m immediate`, its own crash, under the running server: the same holds."""
    if not where.startswith("postgresql"):
        pytest.skip("SQLite has no server of its own")
    restart = request.getfixturevalue("pg_restart")

    def crash(server: Server) -> None:
        restart()
        server.kill()

    assert killed_rounds(where, limits, 1, crash, seed=1) > 0
