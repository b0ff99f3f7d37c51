"""The commands of the studies as a user meets them: what is printed, JSON, folders of tables, pages, errors."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from koridor import atlas
from koridor.cli.main import main
from koridor.errors import UsageError
from koridor.model.gazetteer import find_place
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.testing import dataset_of, five_place_rows, five_places

WIDTH = 100
COMMANDS = {
    "route": ["route", "P", "Q"],
    "assign": ["assign"],
    "assign capped": ["assign", "--capped"],
    "assign months": ["assign", "--months"],
    "assign money": ["assign", "--principle", "money"],
    "link": ["link", "--quick", "--processes", "1"],
    "validate": ["validate"],
}


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def five(tmp_path: Path) -> str:
    """Folder of the dataset of five places."""
    five_places().write(tmp_path / "five")
    return str(tmp_path / "five")


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a call."""
    code = main(argv)
    said = capsys.readouterr()
    return code, said.out, said.err


def document(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    """The one JSON document that a call prints."""
    code, out, err = run(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def only_progress(said: str) -> bool:
    """Whether there is nothing but lines of progress, such as `3/8 central`."""
    return all(re.match(r"\d+/\d+ ", line) for line in said.splitlines())


def total(found: dict[str, Any], metric: str) -> float:
    return next(float(row["value"]) for row in found["metrics"] if row["metric"] == metric)


@pytest.mark.parametrize("argv", COMMANDS.values(), ids=COMMANDS)
def test_every_study_prints_for_people(capsys: pytest.CaptureFixture[str], five: str, argv: list[str]) -> None:
    """Something is printed, nothing wider than the page, nothing but progress beside it, no column of raw metrics."""
    code, out, err = run(capsys, *argv, "--data", five)
    assert code == 0
    assert only_progress(err)
    assert out.strip()
    assert max(len(line) for line in out.splitlines()) <= WIDTH + 20
    assert "_usd" not in out


@pytest.mark.parametrize("argv", COMMANDS.values(), ids=COMMANDS)
def test_json_and_tables_say_the_same(
    capsys: pytest.CaptureFixture[str], five: str, tmp_path: Path, argv: list[str]
) -> None:
    """`--json` is one document and nothing else; `--out` is a result that reads back with the same tables."""
    out = tmp_path / "out"
    found = document(capsys, *argv, "--data", five, "--out", str(out))
    result = Result.read(out)
    assert result.study == found["study"]
    assert result.status == found["status"]
    assert set(result.tables) == set(found["tables"])
    assert {name: len(frame) for name, frame in result.tables.items()} == {
        name: len(rows) for name, rows in found["tables"].items()
    }
    assert len(result.metrics) == len(found["metrics"])
    assert result.params["command"].startswith("koridor ")


@pytest.mark.parametrize("argv", COMMANDS.values(), ids=COMMANDS)
def test_broken_data_ends_in_problems(
    capsys: pytest.CaptureFixture[str], five: str, tmp_path: Path, argv: list[str]
) -> None:
    """Exit code 1, every problem named, nothing printed as a result and nothing written."""
    (Path(five) / "country.csv").unlink()
    link = Path(five) / "link.csv"
    link.write_text(link.read_text(encoding="utf-8").replace("400", "four"), encoding="utf-8")
    code, said, err = run(capsys, *argv, "--data", five, "--out", str(tmp_path / "out"))
    assert (code, said) == (1, "")
    assert "country.csv" in err
    assert "four" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["route", "P", "Nowhere"], ["Nowhere"]),
        (["route", "P", "P"], ["P", "same place"]),
        (["route", "P", "Q", "--modes", "balloon"], ["balloon", "rail"]),
        (["route", "P", "Q", "--commodity", "gold"], ["gold", "goods"]),
        (["route", "P", "Q", "--set", "link.P-X.long_km=1"], ["long_km"]),
        (["assign", "--year", "1999"], ["1999"]),
        (["assign", "--patch", "no-such"], ["no-such"]),
        (["link", "--a", "NOPE"], ["NOPE", "NS", "EW"]),
        (["link", "--a", "NS", "--b", "NS"], ["common"]),
    ],
)
def test_what_cannot_be_meant(
    capsys: pytest.CaptureFixture[str], five: str, tmp_path: Path, argv: list[str], words: list[str]
) -> None:
    """A sentence that names the trouble, no result, nothing written."""
    code, out, err = run(capsys, *argv, "--data", five, "--out", str(tmp_path / "out"))
    assert code in (1, 2)
    assert out == ""
    assert all(word in err for word in words)
    assert not (tmp_path / "out").exists()


def test_a_full_folder_is_refused_before_the_run(capsys: pytest.CaptureFixture[str], five: str, tmp_path: Path) -> None:
    """A folder of something else keeps its files, and no minute is lost before it is said."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    code, out, err = run(capsys, "assign", "--data", five, "--out", str(tmp_path / "mine"))
    assert (code, out) == (2, "")
    assert "not empty" in err
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_route_by_hand(capsys: pytest.CaptureFixture[str], five: str) -> None:
    """P to Q: two local links of 400 km at half of 40 km/h and 1 USD a TEU-km; loading is free in this dataset.

    So 800 km, 40 h and 800 USD a TEU; of 10 t, with 40 h at 0.5 USD a tonne-hour, 80 + 20 = 100 USD a tonne.
    """
    found = document(capsys, "route", "P", "Q", "--data", five)
    assert found["status"] == "found"
    wanted = {"distance_km": 800, "time_h": 40, "money_usd_per_teu": 800, "cost_usd_per_t": 100}
    assert {metric: total(found, metric) for metric in wanted} == pytest.approx(wanted)
    assert [row["act"] for row in found["tables"]["stretches"]] == ["load", "move", "unload"]
    assert found["tables"]["stretches"][1]["sum_time_h"] == pytest.approx(40)


def test_route_in_a_corridor_is_a_stretch_of_its_own(capsys: pytest.CaptureFixture[str], five: str) -> None:
    """With A in force both links take 10 h in its regime, and joining it 6 h: 26 h; the price stays 800 USD a TEU."""
    found = document(capsys, "route", "P", "Q", "--data", five, "--set", "corridor.A.in_force=yes")
    assert total(found, "time_h") == pytest.approx(26)
    assert total(found, "money_usd_per_teu") == pytest.approx(800)
    acts = [row["act"] for row in found["tables"]["stretches"]]
    assert acts[0] == "load"
    assert acts[-1] == "unload"
    assert {"join", "leave"} <= set(acts)
    moves = [row for row in found["tables"]["stretches"] if row["act"] == "move"]
    assert {row["corridor"] for row in moves} == {"A"}


def test_route_via_a_place_does_not_unload_there(capsys: pytest.CaptureFixture[str], five: str) -> None:
    """P to X by way of Q is there and back: 1,200 km, one loading and one unloading."""
    found = document(capsys, "route", "P", "X", "--via", "Q", "--data", five)
    assert total(found, "distance_km") == pytest.approx(1200)
    acts = [row["act"] for row in found["tables"]["stretches"]]
    assert (acts.count("load"), acts.count("unload")) == (1, 1)


def test_no_way_is_a_result_with_its_reason(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Without the link to Q nothing ends there: exit code 0, the status in JSON, the reason in words."""
    rows = five_place_rows()
    for link in rows["link"]:
        link["status"] = "planned" if "Q" in link["link_id"] else "open"
    dataset_of(rows).write(tmp_path / "cut")
    code, out, _ = run(capsys, "route", "P", "Q", "--data", str(tmp_path / "cut"))
    assert code == 0
    assert "no way" in out
    found = document(capsys, "route", "P", "Q", "--data", str(tmp_path / "cut"))
    assert found["status"] == "no way"
    assert [row["reason"] for row in found["tables"]["reasons"]] in (["destination"], ["apart"])


def test_modes_that_leave_no_way_are_named(capsys: pytest.CaptureFixture[str], five: str) -> None:
    """All links are rail: by sea there is no way, by other modes there is."""
    found = document(capsys, "route", "P", "Q", "--modes", "sea", "--data", five)
    assert (found["status"], found["tables"]["reasons"]) == ("no way", [{"reason": "modes"}])


def test_assign_says_totals_and_gap(capsys: pytest.CaptureFixture[str], five: str) -> None:
    """All of 250,000 t go: 0.25 Mt carried, nothing left."""
    _, out, _ = run(capsys, "assign", "--data", five)
    assert "250" in out
    assert "Gap" in out
    found = document(capsys, "assign", "--data", five)
    assert total(found, "assigned_t") == pytest.approx(250_000)


def test_link_tells_how_to_repeat_it(capsys: pytest.CaptureFixture[str], five: str, tmp_path: Path) -> None:
    """The report stands beside the tables and holds the command as it was typed."""
    out = tmp_path / "out"
    argv = ["link", "--quick", "--processes", "1", "--data", five, "--out", str(out)]
    code, said, err = run(capsys, *argv)
    assert code == 0
    assert only_progress(err)
    assert "report.html" in said
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"koridor {' '.join(argv)}" in page
    assert Result.read(out).params["command"] == f"koridor {' '.join(argv)}"


def test_cases_are_kept_for_the_next_run(capsys: pytest.CaptureFixture[str], five: str, tmp_path: Path) -> None:
    """Results of cases lie in the user's cache by hash, so that a stopped run goes on; a second run is the same."""
    argv = ("link", "--quick", "--processes", "1", "--data", five)
    first = document(capsys, *argv)
    kept = list((tmp_path / "cache" / "koridor" / "cases").iterdir())
    assert kept
    again = document(capsys, *argv)
    assert again["tables"]["headline"] == first["tables"]["headline"]
    assert sorted(kept) == sorted((tmp_path / "cache" / "koridor" / "cases").iterdir())


@pytest.fixture(scope="module")
def real() -> Scenario:
    """The atlas."""
    return Scenario(atlas.load())


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("RUMOW", "RUMOW"),
        ("rumow", "RUMOW"),
        ("moscow", "RUMOW"),
        ("Москва", "RUMOW"),
        ("İstanbul", "TRIST"),
        ("ISTANBUL", "TRIST"),
        ("Xi’an", "CNSIA"),
        ("St Petersburg", "RULED"),
        ("Nhava Sheva", "INNSA"),
        ("Minsk", "BYMSQ"),
    ],
)
def test_places_are_found_by_name(real: Scenario, wanted: str, place: str) -> None:
    """Ids and names in any language, whatever the case, accents and apostrophes, or a longer name's first words."""
    assert find_place(real, wanted) == place


@pytest.mark.parametrize(
    ("wanted", "words"), [("Астара", ["AZAST", "IRASR"]), ("Tashkennt", ["UZTAS"]), ("qqq", ["none"]), (" ", ["id"])]
)
def test_near_misses_are_asked_back(real: Scenario, wanted: str, words: list[str]) -> None:
    """Two places of one name are both named, a slip gets what is near, and nothing is guessed."""
    with pytest.raises(UsageError) as error:
        find_place(real, wanted)
    assert all(word in str(error.value) for word in words)


def test_route_on_the_atlas(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """St Petersburg to Nhava Sheva with Rasht-Astara built: published 7,200 km, tolerance 5 % (facts/checks.txt).

    The page opens offline: it names nothing to load, holds both diagrams and the map.
    """
    out = tmp_path / "out"
    argv = ["route", "St Petersburg", "Nhava Sheva", "--patch", "rasht_astara", "--modes", "rail,sea"]
    code, said, err = run(capsys, *argv, "--least", "distance", "--out", str(out))
    assert (code, err) == (0, "")
    result = Result.read(out)
    km = result.metrics.set_index("metric")["value"]["distance_km"]
    assert km == pytest.approx(7200, rel=0.05)
    assert "USD/TEU" in said
    assert max(len(line) for line in said.splitlines()[:-1]) <= WIDTH
    legs = result.tables["legs"]
    gauges = legs.loc[legs["act"] == "transfer", ["from_carriage", "to_carriage"]]
    assert ["rail1520", "rail1435"] in gauges.to_numpy().tolist()
    page = (out / "route.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 3
    assert " src=" not in page
    assert "<script" not in page


def test_a_run_starts_from_another_s_folder(capsys: pytest.CaptureFixture[str], five: str, tmp_path: Path) -> None:
    """The same totals with a start as without; a folder without ways is refused with what to do, not a traceback."""
    before, plain = str(tmp_path / "before"), str(tmp_path / "plain")
    run(capsys, "assign", five, "--ways", "--out", before)
    run(capsys, "assign", five, "--out", plain)
    cold = document(capsys, "assign", five, "--capped")
    warm = document(capsys, "assign", five, "--capped", "--start", before)
    assert total(warm, "users_usd") == pytest.approx(total(cold, "users_usd"))
    assert warm["status"] == "solved"
    code, _, err = run(capsys, "assign", five, "--start", plain)
    assert code != 0
    assert "--ways" in err


def test_months_are_told_apart_or_said_to_be_alike(capsys: pytest.CaptureFixture[str], five: str) -> None:
    """Twelve rows that sum to the year; tables that could tell months apart are named as empty."""
    _, out, _ = run(capsys, "assign", five, "--months")
    assert "link_period" in out
    found = document(capsys, "assign", five, "--months")
    months = found["tables"]["months"]
    assert [row["month"] for row in months] == list(range(1, 13))
    assert sum(row["assigned_t"] for row in months) == pytest.approx(total(found, "assigned_t"))
