"""Benchmarks from the command line: import, check, assign, verify."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from koridor.cli.main import main
from tntp_files import BRAESS, TRIPS, net_text, trips_text, write

ALONE = ["1 5 10 1 10 1 1 0 0 1;", "1 4 10 1 50 1 1 0 0 1;", "5 2 10 1 50 1 1 0 0 1;", "4 2 10 1 10 1 1 0 0 1;"]


def run(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, str, str]:
    code = main([str(word) for word in argv])
    said = capsys.readouterr()
    return code, said.out, said.err


def metrics(said: str) -> dict[str, float]:
    return {row["metric"]: row["value"] for row in json.loads(said)["metrics"] if row["key"] == ""}


def test_braess_from_files_to_a_verified_answer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Braess (1968), doi:10.1007/BF01918335: of 6 trips 2 take each of three ways, and each of these takes 92 h: 552
    tonne-hours are paid. Beckmann's objective is 2 x 10 x 4^2 / 2 + 2 x (50 x 2 + 2^2 / 2) + 10 x 2 + 2^2 / 2 = 386.
    """
    rows = ["1 3 1 1 .00000001 1000000000 1 0 0 1;", "1 4 1 1 50 .02 1 0 0 1;", "3 2 1 1 50 .02 1 0 0 1;",
            "3 4 1 1 10 .1 1 0 0 1;", "4 2 1 1 .00000001 1000000000 1 0 0 1;"]  # fmt: skip
    files, data, out = write(tmp_path, net_text(rows), trips_text(TRIPS)), tmp_path / "data", tmp_path / "out"
    code, said, err = run(capsys, "import", "tntp", *files, "--out", data)
    assert (code, err) == (0, "")
    assert "4 places, 5 links and 1 flows" in said
    assert run(capsys, "check", data)[0] == 0
    code, said, _ = run(capsys, "assign", data, "--gap-max", "1e-4", "--rounds-max", "300", "--json", "--out", out)
    assert code == 0
    found = metrics(said)
    assert {"gap", "solve_s", "iterations", "memory_mb"} <= found.keys()
    assert found["users_usd"] == pytest.approx(552.0, rel=1e-3)
    assert found["unserved_t"] == 0.0
    code, said, _ = run(capsys, "assign", "--verify", out, "--json")  # the dataset is that of the result
    assert code == 0
    assert json.loads(said)["objective_t_h"] == pytest.approx(386.0, rel=1e-4)
    code, said, _ = run(capsys, "assign", data, "--verify", out)
    assert code == 0
    assert said.startswith("Verified")


def test_a_changed_result_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """One figure of one table changed on disk: exit code 1, and the table, field and row are named."""
    files, data, out = write(tmp_path, net_text(BRAESS), trips_text(TRIPS)), tmp_path / "data", tmp_path / "out"
    run(capsys, "import", "tntp", *files, "--out", data)
    run(capsys, "assign", data, "--out", out)
    table = out / "link_flows.csv"
    row = next(line for line in table.read_text().splitlines() if line.startswith("1-3,"))
    table.write_text(table.read_text().replace(row, "1-3,7,0,0,0"))
    code, said, err = run(capsys, "assign", "--verify", out)
    assert (code, said) == (1, "")
    assert "link_flows.csv (link_flows 1-3), forward_t" in err
    code, said, err = run(capsys, "assign", "--verify", out, "--json")
    assert (code, err) == (1, "")
    assert json.loads(said)["problems"]


@pytest.mark.parametrize(
    ("rows", "trips", "unserved"),
    [
        (ALONE, {1: {3: 5.0}}, 5.0),  # zone 3 stands alone
        (ALONE, {2: {1: 5.0}}, 5.0),  # no way leads back
        (ALONE, {1: {1: 4.0, 2: 6.0}}, 0.0),  # demand to itself is no demand of ways
    ],
)
def test_demand_that_finds_no_way_is_an_outcome(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    rows: list[str],
    trips: dict[int, dict[int, float]],
    unserved: float,
) -> None:
    """What cannot be carried stays, is counted, and the answer is verified all the same."""
    net = net_text(rows, zones=3, nodes=5)
    files, data, out = write(tmp_path, net, trips_text(trips, zones=3)), tmp_path / "data", tmp_path / "out"
    assert run(capsys, "import", "tntp", *files, "--out", data)[0] == 0
    code, said, _ = run(capsys, "assign", data, "--json", "--out", out)
    assert code == 0
    assert metrics(said)["unserved_t"] == pytest.approx(unserved)
    assert run(capsys, "assign", "--verify", out)[0] == 0


def test_bad_files_write_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every problem of both files, exit code 1, and no folder."""
    rows = ["1 3 1 10 -10 1 1 0 0 1;", "1 4 0 7 50 1 1 0 0 1;"]
    files = write(tmp_path, net_text(rows), trips_text({1: {9: 6.0}}))
    code, said, err = run(capsys, "import", "tntp", *files, "--out", tmp_path / "data")
    assert (code, said) == (1, "")
    assert all(word in err for word in ("row 8", "free_flow_time", "row 9", "capacity", "destination", "made_trips"))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["import"], "tntp"),
        (["import", "osm"], "osm"),
        (["import", "tntp", "a", "b"], "--out"),
        (["import", "tntp", "a"], "required"),
        (["import", "tntp", "a", "b", "--toll-weight", "-1"], "at least 0"),
        (["import", "tntp", "a", "b", "--distance-weight", "nan"], "at least 0"),
        (["assign", "a", "--data", "b"], "once"),
        (["assign", "a", "--gap-max", "-1"], "at least 0"),
        (["assign", "a", "--rounds-max", "0"], "less than 1"),
        (["assign", "no-such-folder"], "no-such-folder"),
    ],
)
def test_what_cannot_be_meant(capsys: pytest.CaptureFixture[str], argv: list[str], word: str) -> None:
    """Usage errors: exit code 2, one line that names the trouble."""
    code, said, err = run(capsys, *argv)
    assert (code, said) == (2, "")
    assert word in err


def test_files_that_are_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Both are named at once."""
    argv = ["import", "tntp", tmp_path / "a_net.tntp", tmp_path / "a_trips.tntp", "--out", tmp_path / "data"]
    code, _, err = run(capsys, *argv)
    assert code == 1
    assert "a_net.tntp" in err
    assert "a_trips.tntp" in err


def test_json_of_an_import(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """One JSON document with what the dataset holds."""
    files = write(tmp_path, net_text(BRAESS), trips_text(TRIPS))
    code, said, _ = run(capsys, "import", "tntp", *files, "--out", tmp_path / "data", "--json")
    assert code == 0
    rows = {row["table"]: row["rows"] for row in json.loads(said)["tables"]["contents"]}
    assert (rows["link"], rows["place"]) == (5, 4)
