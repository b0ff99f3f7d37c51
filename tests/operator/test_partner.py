"""The partner's side: scenarios tried against a real server and a real receiver, and robots that carry shipments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from desks import DAY_MS, offered, staffed, train, who
from koridor.cli.main import main
from koridor.operator import check
from koridor.operator.booking import book, quote
from koridor.operator.common import policy
from koridor.operator.db.tables import booking, tariff
from koridor.operator.partner import conform, events, scenario
from koridor.operator.partner.robots import container_number
from koridor.operator.partner.wire import Wire
from koridor.operator.people import tokens
from koridor.operator.setup import open_desk
from receivers import receiving
from served import Forked

CAST = {"sales": "ann", "shipper": "gus", "stranger": "hal", "plan_clerk": "dan", "carrier": "cid"}
CAST |= {"partner": "ann", "railway": "dan", "ferry": "cid", "terminal": "cid"}
WORLD = '[world]\nfrom_place = "A"\nto_place = "D"\nrailway = "BCh"\ncurrency = "USD"\n'


@pytest.fixture
def played(where: str, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The URL of a server on a desk with people, terms, a train and three bookings by rail; and the cast's file.

    The server is a process of its own that has loaded everything: to load it for each test took longer than to play.
    """
    desk = open_desk(where, policy.load())
    now_ms = desk.clock()

    def work(tx: Any) -> dict[str, str]:
        staffed(tx)
        tx.run(tariff.update().values(valid_from_ms=now_ms - DAY_MS, valid_to_ms=now_ms + 90 * DAY_MS))
        train(tx, "T1", starts_ms=now_ms + 3 * DAY_MS)
        return {part: tokens.issue(tx, name, "session").word for part, name in CAST.items()}

    words = desk.do(who("ann"), work)
    made = desk.do(who("ann"), lambda tx: quote.make(tx, offered(railways=["BCh"])))
    for _ in range(3):
        desk.do(who("gus"), lambda tx: book.receive(tx, made.quote_id))
    desk.store.close()
    file = tmp_path / "people.toml"
    file.write_text("".join(f'[{part}]\ntoken = "{word}"\n' for part, word in words.items()) + WORLD, encoding="utf-8")
    with Forked(where, policy.load()) as server:
        yield f"http://{server.address.hostname}:{server.address.port}", file
    desk = open_desk(where, policy.load())
    assert desk.store.read(check.problems) == []
    desk.store.close()


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and document of a command."""
    code = main(["operator", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_desk_conforms(played: tuple[str, Path], where: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every scenario of a desk, played by the command line against a server: all steps as expected, exit code 0; and
    no booking of the robot is left that holds or has sold capacity.
    """
    url, file = played
    code, told = said(capsys, "conform", "--url", url, "--people", str(file), "--scenario", "all")
    assert [row for row in told["steps"] if row["wrong"]] == []
    assert (code, told["status"]) == (0, "ok")
    named = {one.name for one in scenario.scenarios().values() if one.side == scenario.DESK}
    assert {row["scenario"] for row in told["steps"]} == named
    desk = open_desk(where, policy.load())
    left = desk.store.read(lambda c: sorted(c.execute(sa.select(booking.c.status)).scalars()))
    desk.store.close()
    assert left.count("HELD") == 3
    assert set(left) == {"HELD", "CANCELLED", "DECLINED"}


def test_a_desk_that_does_not_conform_is_told(played: tuple[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """With the shipper as the stranger, the booking is there for him: the step says so, exit code 1."""
    url, file = played
    text = file.read_text(encoding="utf-8")
    words = {line.split('"')[1]: part for part, line in zip(CAST, text.splitlines()[1::2], strict=False)}
    shipper, stranger = (next(w for w, part in words.items() if part == name) for name in ("shipper", "stranger"))
    file.write_text(text.replace(stranger, shipper), encoding="utf-8")
    code, told = said(capsys, "conform", "--url", url, "--people", str(file), "--scenario", "strangers")
    wrong = [row for row in told["steps"] if row["wrong"]]
    assert code == 1
    assert [(row["step"], row["heard"]) for row in wrong] == [
        ("another shipper gets the same answer for this one", "200")
    ]


def test_a_receiver_that_checks_conforms_and_one_that_does_not_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The robot as the desk: a receiver that checks signatures passes, one that takes everything fails."""
    file = tmp_path / "secret"
    file.write_text("the secret\n", encoding="utf-8")
    forgeries = [step.title for step in scenario.scenarios()["forged"].steps if step.signed != "good"]
    assert len(forgeries) == 4
    with receiving() as receiver:
        words = ("conform", "--receiver", receiver.url, "--secret", str(file), "--trial")
        receiver.secret = "the secret"
        code, told = said(capsys, *words)
        assert (code, told["status"], [row for row in told["steps"] if row["wrong"]]) == (0, "ok", [])
        receiver.secret = ""
        code, told = said(capsys, *words)
        assert code == 1
        assert [row["step"] for row in told["steps"] if row["wrong"]] == forgeries
    code, told = said(capsys, *words)
    assert (code, {row["heard"] for row in told["steps"] if row["wrong"]}) == (1, {"0 no_answer"})


def test_what_cannot_be_played_is_said_at_once(
    played: tuple[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No side, both, an unknown scenario, nobody for a part, an inner address, a desk that is away: exit code 2."""
    url, file = played
    few = tmp_path / "few.toml"
    few.write_text('[sales]\ntoken = "x"\n', encoding="utf-8")
    bad = tmp_path / "bad.toml"
    bad.write_text('[sales]\nword = "x"\n', encoding="utf-8")
    wrong = (
        ("conform",),
        ("conform", "--url", url, "--receiver", url),
        ("conform", "--url", url),
        ("conform", "--url", "desk", "--people", str(file)),
        ("conform", "--url", url, "--people", str(file), "--scenario", "nothing"),
        ("conform", "--url", url, "--people", str(few)),
        ("conform", "--url", url, "--people", str(tmp_path / "none")),
        ("conform", "--receiver", "https://127.0.0.1/", "--secret", str(file)),
        ("conform", "--url", "http://127.0.0.1:1", "--people", str(file)),
        ("simulate", "--url", url, "--people", str(few)),
        ("simulate", "--url", url, "--people", str(file), "--rounds", "0"),
    )
    for words in wrong:
        with pytest.raises(SystemExit) as end:
            raise SystemExit(main(["operator", *words]))
        assert end.value.code == 2, words
        assert "Traceback" not in capsys.readouterr().err
    assert main(["operator", "conform", "--url", url, "--people", str(bad)]) in (1, 2)


def test_robots_carry_shipments(played: tuple[str, Path], where: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Three bookings by rail: the railway answers, the partner decides, what is confirmed is carried over a wire that
    loses, doubles and delays; in the end the desk knows of each shipment what the robots told, and both seeds do.
    """
    url, file = played
    words = ("simulate", "--url", url, "--people", str(file), "--rounds", "12", "--pause", "0")
    code, told = said(capsys, *words, "--seed", "3")
    assert code == 0
    assert set(told["shipments"].values()) <= {True}
    assert told["shipments"], told["counts"]
    assert told["counts"]["railway: 201"] == 3
    assert {one for one in told["counts"] if one.startswith("sent as")} == {
        "sent as dcsa",
        "sent as epcis",
        "sent as iftsta",
    }
    assert not any("422" in name or "500" in name for name in told["counts"]), told["counts"]


def test_a_wire_brings_everything_in_the_end() -> None:
    """Lost, doubled, late: each of 200 messages arrives at least once, some twice, and not in their order."""
    arrived: list[int] = []
    wire = Wire(Random(1))
    for number in range(200):
        wire.put(lambda number=number: arrived.append(number) is None)  # type: ignore[misc]
    for _ in range(10):
        wire.go_on()
    wire.broken = False
    wire.go_on()
    assert wire.empty
    assert set(arrived) == set(range(200))
    assert len(arrived) > 200
    assert arrived != sorted(arrived)
    assert wire.counts["lost"] > 0


def test_every_format_tells_the_same() -> None:
    """An event written as DCSA, EPCIS or IFTSTA and read by the desk's readers is the same kind, moment, place, box."""
    carried = events.Carried("S1", "P1", "A", "D", container_number(1))
    assert carried.container == "QQQU0000017"  # 28 * (1 + 2 + 4) + 32 * 8 + 1 * 512 = 964 = 7 modulo 11
    for by, told in events.course(carried, events.moment_of(1_796_601_600_000)):
        for form in (events.DCSA, events.EPCIS, events.IFTSTA):
            (again,) = events.read(events.written(told, by, form))
            assert (again.kind, again.happened, again.place, again.equipment) == (
                told.kind,
                told.happened,
                told.place,
                told.equipment,
            )
        for form in (events.DCSA, events.EPCIS):
            wrong, back, right = (events.read(events.written(one, by, form))[0] for one in events.corrected(told))
            assert back.retracts == wrong.event_id != right.event_id


def test_the_tree_of_scenarios_is_whole() -> None:
    """Each has a title and steps, begins with its parent's, and its words in braces are known by then."""
    known = scenario.scenarios()
    assert len(known) >= 10
    for one in known.values():
        assert one.title
        assert one.steps
        assert not one.after or one.steps[: len(known[one.after].steps)] == known[one.after].steps
        words = {*conform.world_of(None), "from_place", "to_place", "railway", "currency"}
        for step in one.steps:
            scenario.filled([step.ask, step.key, step.body, step.send, step.has], dict.fromkeys(words, "x"))
            words |= set(step.keep)
