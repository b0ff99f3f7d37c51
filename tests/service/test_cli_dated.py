"""`koridor route` by date as a user meets it: the table, the page, a file of queries, and what cannot be meant."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from koridor.cli.main import main
from koridor.testing import dataset_of
from timetables import world_rows

LEAVE = ("--leave", "2026-03-01T20:00Z")
TYPES = [{"cargo_type": "20DC", "kind": "box", "length_m": 6.058, "size_teu": 1, "tare_t": 2, "gross_max_t": 30}]
QUERIES = "query,from,to,leave\na,P,R,2026-03-01\nb,P,Nowhere,2026-03-01\nc,P,S,2026-02-30\nd,R,S,2026-03-05\n"


@pytest.fixture
def world(tmp_path: Path) -> str:
    """Folder of the world of timetables."""
    dataset_of(world_rows(cargo_type=TYPES)).write(tmp_path / "world")
    return str(tmp_path / "world")


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main(["route", *argv])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_ways_are_printed_and_put_on_a_page(capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path) -> None:
    """A row a way, its stretches, why; the page opens offline with a map and three diagrams."""
    out = tmp_path / "out"
    code, said, err = run(capsys, "P", "S", *LEAVE, "--cargo", "20DC", "--data", world, "--out", str(out))
    assert (code, err) == (0, "")
    assert "W1" in said
    assert "Costs least." in said
    page = (out / "route.html").read_text(encoding="utf-8")
    assert page.count('role="img"') == 4
    assert " src=" not in page
    assert "<script" not in page
    assert {"ways.csv", "front.csv", "legs.csv", "prices.csv", "emissions.csv"} <= {path.name for path in out.iterdir()}


def test_a_title_has_the_clock_of_the_place(capsys: pytest.CaptureFixture[str], world: str) -> None:
    """P is in Baku, four hours ahead: midnight there is 20:00 UTC of the day before, and is told as midnight."""
    _, said, _ = run(capsys, "R", "P", "--arrive-by", "2026-03-22", "--data", world)
    assert "there by 2026-03-22 00:00 (Asia/Baku)" in said
    _, said, _ = run(capsys, "P", "R", "--leave", "2026-03-22", "--data", world)
    assert "leaving 2026-03-22 00:00 (Asia/Baku)" in said


def test_a_date_before_all_price_lists_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The oldest list of the atlas is of April 2020: a way of 1972 has prices without a date, and says so."""
    code, said, err = run(capsys, "Minsk", "Baku", "--cargo", "40HC", "--leave", "1972-03-02", "--criteria", "money")
    assert (code, err) == (0, "")
    assert "Price lists begin on 2020-04-01: prices of 1972-03-02" in said


def test_no_way_is_an_answer_with_its_reason(capsys: pytest.CaptureFixture[str], world: str) -> None:
    """By rail alone nothing leads over the sea: exit code 0, and the ship is named."""
    code, said, err = run(capsys, "P", "S", *LEAVE, "--modes", "rail", "--data", world)
    assert (code, err) == (0, "")
    assert "no way" in said
    assert "R – S: It needs a mode" in said


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("P", "R", "--leave", "2026-02-30"), ["2026-02-30", "28"]),
        (("P", "R", "--leave", "soon"), ["soon", "2026-03-02"]),
        (("P", "R", *LEAVE, "--arrive-by", "2026-02-01"), ["not after"]),
        (("P", "R", *LEAVE, "--cargo", "22XX"), ["20DC"]),
        (("P", "R", *LEAVE, "--cargo", "20DC,99t"), ["99", "30"]),
        (("P", "R", *LEAVE, "--cargo", "20DC", "--form", "bulk"), ["20DC", "box", "bulk"]),
        (("P", "R", *LEAVE, "--cargo", "bulk", "--form", "box"), ["form bulk, not box"]),
        (("P", "R", *LEAVE, "--criteria", "speed"), ["speed", "money"]),
        (("P", "R", *LEAVE, "--forbid", "Narnia"), ["Narnia", "AA"]),
        (("P", "R", *LEAVE, "--horizon", "100000000"), ["horizon", "at most 3660"]),
        (("P", "R", *LEAVE, "--epsilon", "nan"), ["epsilon nan", "finite"]),
        (("P", "R", *LEAVE, "--epsilon", "inf"), ["epsilon inf", "finite"]),
        (("P", "R", *LEAVE, "--epsilon", "much"), ["much"]),
        (("P", "R", *LEAVE, "--epsilon", "-1"), ["epsilon", "at least 0"]),
        (("P", "R", *LEAVE, "--least", "time"), ["--least"]),
        (("P", "R", "--cargo", "20DC"), ["--cargo", "--leave"]),
        (("P", "P", *LEAVE), ["same place"]),
        (("P", "Nowhere", *LEAVE), ["Nowhere"]),
        (("P",), ["two places"]),
        (("--many", "none.csv", "--to", "x.csv"), ["none.csv"]),
        (("--many", "none.csv", "--to", "x.csv", "--least", "time"), ["--least"]),
        (("P", "R", "--many", "none.csv", "--to", "x.csv"), ["FROM, TO"]),
        (("P", "R", *LEAVE, "--to", "x.csv"), ["--to", "--many"]),
    ],
)
def test_what_cannot_be_meant_ends_in_a_sentence(
    capsys: pytest.CaptureFixture[str], world: str, argv: tuple[str, ...], words: list[str]
) -> None:
    """Exit code 2, nothing on standard output, one line that names what is wrong."""
    code, said, err = run(capsys, *argv, "--data", world)
    assert (code, said) == (2, "")
    assert all(word in err for word in words), err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1


def test_a_file_of_queries_goes_on_where_it_was_stopped(
    capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path
) -> None:
    """A run cut off in its third query gives the same file as one that was not; refused queries say why."""
    asked, whole, again = tmp_path / "q.csv", tmp_path / "whole.csv", tmp_path / "again.csv"
    asked.write_text(QUERIES, encoding="utf-8")
    common = ("--many", str(asked), "--data", world, "--criteria", "time,money")
    kept: list[str] = []
    original = Path.unlink

    def keep(path: Path, *args: object, **more: object) -> None:
        if path.suffix == ".part":
            kept.append(path.read_text(encoding="utf-8"))
        original(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "unlink", keep)
        assert run(capsys, *common, "--to", str(whole))[0] == 0
    lines = kept[0].split("\n")
    again.with_name("again.csv.part").write_text("\n".join(lines[:3]) + "\n" + lines[3][:9], encoding="utf-8")
    code, said, _ = run(capsys, *common, "--to", str(again), "--json")
    assert code == 0
    assert json.loads(said)["refused"] == 2
    assert again.read_bytes() == whole.read_bytes()
    assert not again.with_name("again.csv.part").exists()
    with whole.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["query"] for row in rows if row["status"] == "refused"] == ["b", "c"]
    assert {row["query"] for row in rows if row["status"] == "found"} == {"a", "d"}
    assert "Nowhere" in next(row["why"] for row in rows if row["query"] == "b")


@pytest.mark.parametrize("changed", ["language", "version"])
def test_answers_of_another_language_or_version_are_not_gone_on_with(
    capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """A part whose one answer nobody would give is written on by the same run and begun anew by another."""
    asked, marks = tmp_path / "q.csv", []
    asked.write_text("query,from,to,leave\na,P,R,2026-03-01\n", encoding="utf-8")
    original = Path.unlink

    def keep(path: Path, *args: object, **more: object) -> None:
        if path.suffix == ".part":
            marks.append(path.read_text(encoding="utf-8").split("\n")[0])
        original(path)

    monkeypatch.setattr(Path, "unlink", keep)
    common = ("--many", str(asked), "--data", world, "--criteria", "time")
    assert run(capsys, *common, "--to", str(tmp_path / "a.csv"))[0] == 0
    wrong = json.dumps([{"query": "a", "status": "found", "course": "strange"}])
    for name in ("same.csv.part", "other.csv.part"):
        (tmp_path / name).write_text(f"{marks[0]}\n{wrong}\n", encoding="utf-8")
    assert run(capsys, *common, "--to", str(tmp_path / "same.csv"))[0] == 0
    assert "strange" in (tmp_path / "same.csv").read_text(encoding="utf-8")
    if changed == "version":
        monkeypatch.setattr("koridor.__version__", "0.0.0")
    more = ("--lang", "ru") if changed == "language" else ()
    assert run(capsys, *common, *more, "--to", str(tmp_path / "other.csv"))[0] == 0
    assert "strange" not in (tmp_path / "other.csv").read_text(encoding="utf-8")


def test_a_way_that_no_list_prices_says_so(capsys: pytest.CaptureFixture[str], world: str) -> None:
    """The world has no price lists: each way is told to be priced by rates without a date."""
    found = json.loads(run(capsys, "P", "S", *LEAVE, "--data", world, "--json")[1])["tables"]
    told = [note for note in found["notes"] if note["kind"] == "price" and "no date" in note["text"]]
    assert len(told) == len(found["ways"]) > 0


def test_spread_is_another_word_for_variance(capsys: pytest.CaptureFixture[str], world: str) -> None:
    """The table of ways says `spread` of what the query calls variance: both words ask the same."""
    ways = [
        json.loads(run(capsys, "P", "S", *LEAVE, "--criteria", f"money,{word}", "--data", world, "--json")[1])["tables"]
        for word in ("spread", "variance")
    ]
    assert ways[0]["ways"] == ways[1]["ways"] != []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["from and to"]),
        ("from,to,colour\nP,R,red\n", ["colour"]),
        ("from,to\n", ["no queries"]),
        ("from,to,cargo,cargo\nP,R,20DC,40HC\n", ["twice", "cargo"]),
        ('from,to,leave\nP,R,"2026-03-01\n', ["quote"]),
    ],
)
def test_a_file_that_is_none_of_queries_is_refused(
    capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path, text: str, words: list[str]
) -> None:
    """The first row names columns, and there must be rows."""
    asked = tmp_path / "q.csv"
    asked.write_text(text, encoding="utf-8")
    code, _, err = run(capsys, "--many", str(asked), "--to", str(tmp_path / "a.csv"), "--data", world)
    assert code == 2
    assert all(word in err for word in words)


def answered(
    capsys: pytest.CaptureFixture[str], world: str, folder: Path, text: str, *argv: str
) -> list[dict[str, str]]:
    """Rows of the answers to a file of queries."""
    asked, told = folder / "q.csv", folder / "a.csv"
    asked.write_text(text, encoding="utf-8")
    code, _, err = run(capsys, "--many", str(asked), "--to", str(told), "--data", world, *argv)
    assert (code, err) == (0, "")
    with told.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_cells_beyond_the_columns_refuse_their_row(
    capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path
) -> None:
    """A cargo without quotes falls into two cells: its weight must not be lost without a word. So with an open quote,
    which takes in the next line.
    """
    text = 'from,to,leave,cargo\nP,R,2026-03-01,20DC,24t\nP,R,2026-03-01,"20DC,24t"\nP,R,2026-03-01,"20DC\nP,R,"\n'
    rows = answered(capsys, world, tmp_path, text)
    by = {row["query"]: row for row in rows}
    assert [by[name]["status"] for name in "123"] == ["refused", "found", "refused"]
    assert "24t" in by["1"]["why"]
    assert "quote" in by["1"]["why"]
    assert "quote" in by["3"]["why"]


def test_days_to_look_ahead_hold_for_every_row(capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path) -> None:
    """P to S takes a train and a weekly ship: in one day there is no way, in the usual 200 there is."""
    text = "from,to,leave\nP,S,2026-03-01\n"
    assert answered(capsys, world, tmp_path, text, "--horizon", "1")[0]["status"] == "no way"
    (tmp_path / "a.csv").unlink()
    assert answered(capsys, world, tmp_path, text)[0]["status"] == "found"


@pytest.mark.parametrize(
    ("argv", "word"),
    [(("--criteria", "foo"), "foo"), (("--epsilon", "-1"), "at least 0"), (("--modes", "camel"), "camel")],
)
def test_an_option_that_no_row_could_use_is_refused_at_once(
    capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path, argv: tuple[str, str], word: str
) -> None:
    """Else every row would be refused with the same words, with exit code 0."""
    asked, told = tmp_path / "q.csv", tmp_path / "a.csv"
    asked.write_text(QUERIES, encoding="utf-8")
    code, _, err = run(capsys, "--many", str(asked), "--to", str(told), "--data", world, *argv)
    assert (code, list(tmp_path.glob("a.csv*"))) == (2, [])
    assert word in err


def test_the_form_told_is_that_of_the_cargo(capsys: pytest.CaptureFixture[str], world: str) -> None:
    """Goods outside boxes are not told as a box because nobody named a form; without a cargo it is a box."""
    for argv, form in ((("--cargo", "bulk,60t"), "bulk"), ((), "box")):
        _, said, _ = run(capsys, "P", "R", *LEAVE, "--data", world, "--json", *argv)
        assert json.loads(said)["params"]["form"] == form


def test_parquet_that_cannot_be_written_is_refused_before_the_first_query(
    capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours of answers must not end in what could have been told at once."""
    monkeypatch.setattr("koridor.cli.many.find_spec", lambda name: None)
    asked = tmp_path / "q.csv"
    asked.write_text(QUERIES, encoding="utf-8")
    code, _, err = run(capsys, "--many", str(asked), "--to", str(tmp_path / "a.parquet"), "--data", world)
    assert code == 2
    assert "pyarrow" in err
    assert [path.name for path in tmp_path.glob("a.*")] == []


def test_parquet_holds_what_the_csv_holds(capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path) -> None:
    """The same queries to both kinds of file: the same rows and columns, numbers as numbers."""
    pytest.importorskip("pyarrow")
    asked, plain, packed = tmp_path / "q.csv", tmp_path / "a.csv", tmp_path / "a.parquet"
    asked.write_text(QUERIES, encoding="utf-8")
    for target in (plain, packed):
        assert run(capsys, "--many", str(asked), "--to", str(target), "--data", world)[0] == 0
    told, read = pd.read_csv(plain, dtype={"query": str}), pd.read_parquet(packed)
    assert list(read.columns) == list(told.columns)
    assert read["query"].tolist() == told["query"].tolist()
    np.testing.assert_allclose(read["time_h"].astype(float), told["time_h"], rtol=1e-12)
    assert read["money_usd"].dtype == np.float64


@pytest.mark.parametrize("coding", ["utf-16", "cp1251"])
def test_a_file_in_another_coding_is_refused(
    capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path, coding: str
) -> None:
    """What Excel saves as Unicode text or, in a Russian Windows, as CSV is not UTF-8; that is said."""
    asked = tmp_path / "q.csv"
    asked.write_text("from,to,leave\n\u041c\u0438\u043d\u0441\u043a,R,2026-03-01\n", encoding=coding)
    code, _, err = run(capsys, "--many", str(asked), "--to", str(tmp_path / "a.csv"), "--data", world)
    assert code == 2
    assert "UTF-8" in err


@pytest.mark.parametrize("part", [b"query,status\n", b"\xff\xfe\n"])
def test_a_part_that_no_run_left_is_not_gone_on_from(
    capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path, part: bytes
) -> None:
    """A file of that name that is not what a run writes: all is answered anew."""
    (tmp_path / "a.csv.part").write_bytes(part)
    rows = answered(capsys, world, tmp_path, "from,to,leave\nP,R,2026-03-01\n")
    assert rows[0]["status"] == "found"


def test_what_was_made_of_a_time_is_told_in_every_form(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """02:30 on 2026-03-29 does not exist in Berlin, where clocks went from 02:00 to 03:00: said as text, in JSON, in
    a file of answers, and beside the reasons where there is no way.
    """
    place_zone = [{"place_id": "P", "zone": "Europe/Berlin"}]
    dataset_of(world_rows(cargo_type=TYPES) | {"place_zone": place_zone}).write(tmp_path / "berlin")
    world, when = str(tmp_path / "berlin"), "2026-03-29T02:30"
    argv = ("P", "R", "--leave", when, "--data", world)
    note = next(line for line in run(capsys, *argv)[1].splitlines() if "02:30" in line)
    for more in ((), ("--modes", "sea")):
        said = run(capsys, *argv, *more, "--json")[1]
        rows = json.loads(said)["tables"]["notes"]
        assert note in str(rows), rows
    told = answered(capsys, world, tmp_path, f"from,to,leave\nP,R,{when}\nP,R,2026-03-02\n")
    assert next(row["note"] for row in told if row["query"] == "1") == note
    assert {row["note"] for row in told if row["query"] == "2"} == {""}


def test_refused_rows_of_one_name_count_one_by_one(
    capsys: pytest.CaptureFixture[str], world: str, tmp_path: Path
) -> None:
    """Two of three rows are refused, though both are called `a`."""
    asked = tmp_path / "q.csv"
    asked.write_text("query,from,to,leave\na,P,No,2026-03-01\na,P,No,2026-03-01\na,P,R,2026-03-01\n", encoding="utf-8")
    argv = ("--many", str(asked), "--to", str(tmp_path / "a.csv"), "--data", world, "--json")
    said = json.loads(run(capsys, *argv)[1])
    assert (said["queries"], said["refused"]) == (3, 2)


def test_the_one_way_of_a_year_tells_what_was_made_of_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the atlas's places that begin with Horgos the town is taken; the others are told as text and in JSON."""
    said = run(capsys, "Horgos", "Baku")[1].splitlines()
    notes = json.loads(run(capsys, "Horgos", "Baku", "--json")[1])["tables"]["notes"]
    assert "Horgos" in said[0]
    assert said[0].split(":")[0] in str(notes)
