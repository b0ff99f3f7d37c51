"""`koridor operator identify` and `papers` as a clerk meets them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from koridor.cli.main import main
from tests.consignments import EXAMPLE, edited, timber


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a call."""
    code = main(argv)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_identify_says_what_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    """A valid number says its owner; a wrong one the digit that it should have; the exit code tells a script."""
    code, out, err = run(capsys, "operator", "identify", "сsqu 305438-3", "zzz999")
    assert (code, err) == (1, "")
    assert "owner CSQ" in out
    assert "Cyrillic" in out
    assert "zzz999: looks like no number or code that is known" in out
    assert "2 texts, 1 not valid" in out
    assert run(capsys, "operator", "identify", "CSQU3054383")[0] == 0


def test_identify_by_kind_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With a kind, a number of goods is no wagon: one finding, its problem with code and remedy."""
    code, out, _ = run(capsys, "operator", "identify", "94123425", "--kind", "wagon", "--json")
    (item,) = json.loads(out)["items"]
    (finding,) = item["findings"]
    assert code == 1
    assert (finding["kind"], finding["valid"]) == ("wagon", False)
    assert finding["problems"][0]["code"] == "check_digit"
    assert "94123452" in finding["problems"][0]["remedy"]


def test_identify_a_column(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Cells are named by the row of the spreadsheet, empty ones passed over, a file of Windows with its mark read."""
    path = tmp_path / "list.csv"
    path.write_text("no,box\n1,CSQU3054383\n2,\n3,CSQU3054384\n", encoding="utf-8-sig")
    code, out, _ = run(capsys, "operator", "identify", "--file", str(path), "--column", "box")
    assert code == 1
    assert "row 2: CSQU3054383" in out
    assert "row 4: CSQU3054384" in out
    assert "2 texts, 1 not valid" in out


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["identify"], "--file"),
        (["identify", "x", "--kind", "boxes"], "container"),
        (["identify", "--file", "no-such.csv"], "no-such.csv"),
        (["papers", "no-such.json"], "no-such.json"),
        (["papers", str(EXAMPLE), "--kind", "vgm"], "no leg"),
        (["papers", str(EXAMPLE), "--kind", "waybill"], "smgs"),
        (["papers", str(EXAMPLE), "--on", "soon"], "2026-03-09"),
        (["papers", str(EXAMPLE), "--previous", "no-such"], "no-such"),
        ([], "identify, observe, papers"),
        (["delay", str(EXAMPLE), "--leg", "3"], "there are 1"),
        (["delay", str(EXAMPLE), "--charge", "1"], "together"),
        (["delay", str(EXAMPLE), "--charge", "1", "--arrived", "2026-03-01"], "before"),
        (["delay", str(EXAMPLE), "--charge", "1.001", "--arrived", "2026-04-20"], "decimals"),
    ],
)
def test_what_cannot_be_meant_is_refused(capsys: pytest.CaptureFixture[str], argv: list[str], word: str) -> None:
    """Each refusal names what there is; none is a fault of koridor."""
    code, out, err = run(capsys, "operator", *argv)
    assert (code, out) == (2, "")
    assert word in err


def test_a_missing_column_names_those_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The columns of the file are named."""
    (tmp_path / "a.csv").write_text("one,two\n1,2\n", encoding="utf-8")
    code, _, err = run(capsys, "operator", "identify", "--file", str(tmp_path / "a.csv"), "--column", "three")
    assert code == 2
    assert "one, two" in err


def test_papers_are_written_and_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A first issue in a folder, a second that says which boxes changed; every paper as data and as a page."""
    first, second = tmp_path / "first", tmp_path / "second"
    code, out, _ = run(capsys, "operator", "papers", str(EXAMPLE), "--out", str(first))
    assert code == 0
    assert "smgs-1: can be issued" in out
    names = {path.stem for path in first.glob("*.json")}
    assert names == {path.stem for path in first.glob("*.html")}
    assert {"smgs-1", "cim-2", "cmr-3", "checklist"} <= names
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(edited(timber(), "contract", "EX-2026/02")), encoding="utf-8")
    argv = ["operator", "papers", str(changed), "--kind", "smgs,cmr", "--out", str(second), "--previous", str(first)]
    code, out, _ = run(capsys, *argv)
    assert code == 0
    assert "box 25: EX-2026/01 → EX-2026/02" in out
    assert out.count("→") == 1
    code, out, _ = run(capsys, *argv[:5], "--previous", str(first), "--json")
    assert [change["where"] for change in json.loads(out)["changes"]["smgs-1"]] == ["25"]


def test_papers_without_the_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without the extra the pages are written, and the user is told how to get PDF; JSON stays JSON."""
    monkeypatch.setitem(sys.modules, "typst", None)
    code, out, _ = run(capsys, "operator", "papers", str(EXAMPLE), "--kind", "smgs", "--out", str(tmp_path / "a"))
    assert code == 0
    assert "koridor[pdf]" in out
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"smgs-1.json", "smgs-1.html"}
    argv = ("operator", "papers", str(EXAMPLE), "--kind", "smgs", "--out", str(tmp_path / "b"), "--json")
    assert json.loads(run(capsys, *argv)[1])["problems"] == 0


def test_papers_with_problems_end_with_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Problems are named by paper, box and field, and a script sees the exit code."""
    path = tmp_path / "c.json"
    path.write_text(json.dumps(edited(timber(), "wagons.0.number", "94680112")), encoding="utf-8")
    code, out, _ = run(capsys, "operator", "papers", str(path), "--kind", "smgs")
    assert code == 1
    assert "SMGS, box 7, wagons[0].number" in out
    assert "cannot be issued" in out


def test_a_file_with_problems_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Unknown keys are data problems, with the file named."""
    path = tmp_path / "c.json"
    path.write_text(json.dumps(edited(timber(), "consingee", {})), encoding="utf-8")
    code, _, err = run(capsys, "operator", "papers", str(path))
    assert code == 1
    assert "consingee" in err
    assert "c.json" in err


def test_a_late_delivery_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    """3,466 km in boxes: 24 days and one of dispatch, until 3 April; 17 of 25 days late are above 3/10: 30 %."""
    argv = ("operator", "delay", str(EXAMPLE), "--arrived", "2026-04-20", "--charge", "3500.25")
    code, out, _ = run(capsys, *argv)
    assert code == 0
    assert "within 25 days, until 2026-04-03" in out
    assert "17 days late: 30.0 % of the charge, 1050.08" in out  # 1050.075, half up
    assert "estimate" in out
    said = json.loads(run(capsys, *argv, "--json")[1])
    assert (said["period_days"], said["penalty"]["amount"], said["estimate"]) == (25, "1050.08", True)
