"""`koridor operator` as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import koridor
from koridor.cli.main import main
from koridor.errors import DataError
from koridor.operator import check
from koridor.operator.common import policy
from koridor.operator.db.backup import backup
from koridor.operator.db.tables import booking, quote
from koridor.operator.demo import plan
from koridor.operator.demo.month import fill
from koridor.operator.network.plan import read_plan
from koridor.operator.setup import open_desk

MARGINS = {"road": 80, "terminal": 50}  # thousandths, of month.toml; 120 for every other mode
WORD = {"KORIDOR_PASSWORD": "a long enough password"}


def koridor_operator(*words: str, code: int = 0, **variables: str) -> str:
    """What the command said in a process of its own: standard output, or standard error where it must fail."""
    command = [sys.executable, "-m", "koridor", "operator", *words]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables}, check=False)
    return _said(done.returncode, done.stdout, done.stderr, code)


def typed(*words: str, code: int = 0) -> str:
    """The same in this process, which has loaded everything."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            found = main(["operator", *words])
        except SystemExit as end:
            found = int(end.code or 0)
    return _said(found, out.getvalue(), err.getvalue(), code)


def _said(found: int, out: str, err: str, code: int) -> str:
    assert found == code, err
    assert "Traceback" not in err
    return err if code > 1 or not out else out


def test_a_desk_from_nothing(tmp_path: Path) -> None:
    """Publish, add people, back up, restore, check: each says what it did, and the copy has the hash of the first."""
    desk, copy, file = (str(tmp_path / name) for name in ("desk.db", "copy.db", "desk.backup"))
    told = json.loads(koridor_operator("publish", "--db", desk, "--days", "7", "--json"))
    assert told["network_id"] == koridor.load_atlas().hash
    assert told["departures_added"] > 100
    add = ("person", "--db", desk, "--party", "p", "--role", "sales", "ann")
    assert "ann of p" in koridor_operator(*add, "--kind", "partner", **WORD)
    assert "taken" in koridor_operator(*add, code=2, **WORD)
    assert "signs" in koridor_operator(*add[:-1], "bob", code=2, KORIDOR_PASSWORD="short")
    made = koridor_operator("backup", "--db", desk, file)
    restored = koridor_operator("restore", "--db", copy, file)
    assert made.split()[-1] == restored.split()[-1]
    assert "not empty" in koridor_operator("restore", "--db", copy, file, code=2)
    assert "Everything holds." in koridor_operator("check", "--db", copy)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name a command"),
        (("check", "--db", "mysql://x:secret@y/z"), "postgresql://"),
        (("check", "--policy", "nothing.toml"), "nothing.toml"),
        (("check", "--db", "postgresql://x:secret@127.0.0.1:1/y"), "cannot be opened"),
        (("check", "--db", "postgresql://x:secret@127.0.0.1:port/y"), "postgresql://user@host/name"),
    ],
)
def test_a_call_that_cannot_be_meant(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """A sentence, no traceback, and no password of a URL."""
    text = typed(*words, code=2)
    assert said in text
    assert "secret" not in text


def test_a_port_that_there_is_not(tmp_path: Path) -> None:
    """Ports end at 65535."""
    assert "99999" in typed("serve", "--db", str(tmp_path / "desk.db"), "--port", "99999", code=2)


def test_a_policy_is_checked_whole(tmp_path: Path) -> None:
    """An unknown key, a word for a number and too short a memory of keys: all told at once."""
    file = tmp_path / "policy.toml"
    file.write_text('hold_h = "x"\nkeys_kept_days = 6\nnothing = 1\n')
    with pytest.raises(DataError) as error:
        policy.load(file)
    assert [problem.field for problem in error.value.problems] == ["nothing", "hold_h", "keys_kept_days"]


def test_a_policy_says_what_differs(tmp_path: Path) -> None:
    """What a file leaves out is as it comes with koridor, so that one from before a limit was added goes on fitting."""
    file = tmp_path / "policy.toml"
    file.write_text("hold_h = 2\n")
    assert policy.load(file) == replace(policy.load(), hold_h=2)


def test_a_capacity_plan_is_read_whole(tmp_path: Path) -> None:
    """Every wrong row is told with its number; a right file gives what it says."""
    file = tmp_path / "plan.csv"
    rows = ("X,reefer_plug,12", "X,gold,1", "Y,teu,0.1", "X,reefer_plug,3", "M04,lane_m,1,5", "Y,teu")
    file.write_text("\n".join(("service_id,resource,quantity", *rows)))
    with pytest.raises(DataError) as error:
        read_plan(file)
    wrong = [(3, "resource"), (4, "quantity"), (5, "service_id"), (6, ""), (7, "")]
    assert [(problem.row, problem.field) for problem in error.value.problems] == wrong
    assert "M04,lane_m,1,5" in str(error.value)
    file.write_text("service_id,resource,quantity\nX,reefer_plug,12\n")
    assert read_plan(file) == {("X", "reefer_plug"): "12"}


def filled(where: Path) -> dict[str, Any]:
    """A demonstration in a new database, its quotes, and how many bookings are in which state."""
    desk = open_desk(str(where), policy.load(), clock=lambda: 1_796_601_600_000)
    try:
        found = fill(desk, koridor.load_atlas())
        assert desk.store.read(check.problems) == []
        rows = desk.store.read(lambda c: c.execute(booking.select()).all())
        states: dict[str, int] = {}
        for row in rows:
            states[row.status] = states.get(row.status, 0) + 1
        made = desk.store.read(lambda c: c.execute(quote.select()).all())
        return {**found, "states": states, "quotes": [json.loads(row.content) for row in made]}
    finally:
        desk.store.close()


def test_the_demonstration_is_a_month_that_holds(tmp_path: Path) -> None:
    """All of it holds together; it has what a desk has: things held, confirmed, completed, cancelled, refused, paid."""
    found = filled(tmp_path / "one.db")
    assert {"CONFIRMED", "COMPLETED", "CANCELLED"} <= set(found["states"])
    assert found["counts"]["bookings"] == sum(found["states"].values())
    assert found["counts"]["statements signed"] == 2
    assert "not empty" in typed("demo", "--db", str(tmp_path / "one.db"), code=2)
    assert len(found["quotes"]) == found["counts"]["quotes"]
    for made in found["quotes"]:
        assert any(leg["departure_id"] for leg in made["legs"])
        assert made["facts"]["p50_h"] <= made["facts"]["p90_h"]
        for line in made[
            "lines"
        ]:  # a price list and its sum, or what the terms agree for a door; and the margin of its mode
            assert line["trace"] or line["text"].startswith("road between door")
            margin = MARGINS.get(line["mode"], 120)
            assert line["amount_minor"] == line["cost_minor"] + (line["cost_minor"] * margin + 500) // 1000


def test_a_month_of_ones_own_is_checked_whole(tmp_path: Path) -> None:
    """An unknown key, one that is missing, a word for a number and a kind that there is not: all told at once; and
    places that the dataset does not have are named, with the remedy.
    """
    file = tmp_path / "month.toml"
    text = Path(plan.__file__).with_name("month.toml").read_text(encoding="utf-8")
    wrong = text.replace("seed = 7\ndays = 28", 'seeds = 7\ndays = "x"').replace("station-station", "x")
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(DataError) as error:
        plan.read(file)
    assert [problem.field for problem in error.value.problems] == ["seed", "days", "enquiries 8.kind", "seeds"]
    file.write_text(text.replace("BYOSH", "NOWHERE"), encoding="utf-8")
    said = typed("demo", "--db", str(tmp_path / "one.db"), "--month", str(file), code=2)
    assert "NOWHERE" in said
    assert "--month" in said
    assert "no.toml" in typed("demo", "--db", str(tmp_path / "one.db"), "--month", "no.toml", code=2)


@pytest.mark.parametrize("command", ["check", "backup", "serve"])
def test_what_is_no_database_is_told_at_once(tmp_path: Path, command: str) -> None:
    """A text, a folder that is not there, a URL that is none: a sentence, where the writer's thread once died unseen
    and the command waited for it for ever.
    """
    (tmp_path / "text.db").write_text("service_id,resource,quantity\n" * 50)
    more = ("x.backup",) if command == "backup" else ()
    for where, said in (("text.db", "not a database"), ("nodir/x.db", "nodir"), ("://", "postgresql://")):
        named = where if "://" in where else str(tmp_path / where)
        assert said in typed(command, "--db", named, *more, code=2)


def test_a_slip_in_the_name_makes_no_desk(tmp_path: Path) -> None:
    """`check` and `backup` of a name with a slip fail and leave no file; an empty file holds no desk either."""
    slip, file = tmp_path / "slip.db", tmp_path / "slip.backup"
    for words in (("check", "--db", str(slip)), ("backup", "--db", str(slip), str(file))):
        assert "no such desk" in typed(*words, code=2)
        assert list(tmp_path.iterdir()) == []
    slip.touch()
    assert "no desk yet" in typed("check", "--db", str(slip), code=2)


def test_the_database_and_its_backup_are_their_owners(tmp_path: Path) -> None:
    """Both hold hashes of passwords: no rights for others, whatever the umask (as 0o022 gives 0o644) and whatever a
    killed backup left; SQLite gives its log the rights of the database.
    """
    desk, file = tmp_path / "desk.db", tmp_path / "desk.backup"
    file.with_name(f".{file.name}.part").touch(mode=0o644)
    opened = open_desk(str(desk), policy.load())
    try:
        backup(opened.store, file)
        assert {one.name: oct(one.stat().st_mode & 0o777) for one in tmp_path.iterdir()} == dict.fromkeys(
            ("desk.db", "desk.db-shm", "desk.db-wal", "desk.backup"), "0o600"
        )
    finally:
        opened.store.close()
