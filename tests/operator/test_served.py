"""P1 and P2 with a real server: many clients at the last unit, and a kill at any moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import killed
from desks import at_once
from killed import live, prepared
from koridor.operator.db import engine
from rounds import rounds
from served import Forked, Server


@pytest.fixture(autouse=True)
def _in_earnest(full_pragmas: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that are killed wait for the disk as any desk does."""
    monkeypatch.setattr(engine, "PRAGMAS", full_pragmas)


@pytest.fixture
def limits(tmp_path: Path) -> str:
    """A policy that holds nobody to limits of rate and hoarding, which would hide what is tried here."""
    return killed.limits(tmp_path / "policy.toml")


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


def test_a_stranger_does_not_stand_in_the_writer_s_queue(where: str, limits: str) -> None:
    """What has not the form of a token is refused at once, though another process has the file to itself: the
    writer would say in the end that it is busy.
    """
    if "://" in where:
        pytest.skip("PostgreSQL has no one writer")
    with Server(where, limits) as server, closing(sqlite3.connect(where, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with server.client("nobody") as ask:
            assert ask("POST", "/v1/bookings", {"quote_id": "Q1"}, key="1").status == 401


@pytest.mark.parametrize("part", [b"x" * 65_536, b"Name: value\r\n" * 5_000], ids=["of one", "of many"])
def test_a_head_without_an_end_is_cut_off(where: str, limits: str, part: bytes) -> None:
    """P11: who sends a head that does not end, 32 MB of one field or of many, is cut off: strangers fill no memory."""
    with Server(where, limits) as server, server.line() as line:
        line.sendall(b"GET / HTTP/1.1\r\nName: ")
        with pytest.raises(ConnectionError):
            line.sendall(part * 512)


ROUNDS_OF_ONE = 20  # rounds on one database, all of which is read after each


def shards(times: int) -> list[tuple[int, int]]:
    """Seed and number of rounds of databases that together take so many rounds."""
    return [(first, min(ROUNDS_OF_ONE, times - first)) for first in range(0, times, ROUNDS_OF_ONE)]


@pytest.mark.parametrize(("seed", "times"), shards(rounds(4)))
def test_a_kill_loses_nothing_that_was_told(
    where: str, seed: int, times: int, record_property: Callable[[str, object], None]
) -> None:
    """P2: SIGKILL at a random moment while six clients book: every booking that was acknowledged is there, none is
    there by half (counters, events, audit, rows), and a request told again gets the same bytes.

    `python -m benchmarks desk-kills` kills a thousand.
    """
    acknowledged = sum(killed.rounds(where, lambda: Forked(where, killed.RULES), times, Forked.kill, seed))
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

    assert sum(killed.rounds(where, lambda: Server(where, limits), 2, crash, seed=1)) > 0
