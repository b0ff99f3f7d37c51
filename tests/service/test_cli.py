"""The command line as a user meets it: help, refusals, exit codes, the small commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from koridor import __version__
from koridor.cli import main as entry
from koridor.cli.main import lines_of, main
from koridor.errors import DataError, Problem


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a call."""
    try:
        code = main(argv)
    except SystemExit as ended:
        code = int(ended.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Help is asked for, so it ends with 0 and on standard output."""
    code, out, err = run(capsys, "--help")
    assert (code, err) == (0, "")
    assert all(name in out for name in ("atlas", "check", "import", "route", "assign", "link", "validate"))


@pytest.mark.parametrize("command", ["atlas", "check", "import", "route", "assign", "link", "validate"])
def test_help_of_a_command(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Each command tells its own arguments and those common to all."""
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert f"koridor {command}" in out
    assert "--json" in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version is that of the package."""
    assert run(capsys, "--version")[:2] == (0, f"koridor {__version__}\n")


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["atlas", "--nothing"], "--nothing"),
        (["--nothing", "atlas"], "--nothing"),
        (["nothing"], "nothing"),
        ([], "atlas, check"),
        (["atlas", "extra"], "extra"),
        (["route", "one"], "two places"),
        (["link", "--processes", "0"], "less than 1"),
        (["atlas", "--lang", "xx"], "xx"),
        (["check", "no-such-folder"], "no-such-folder"),
        (["atl"], "atl"),
        (["link", "--proc", "2"], "--proc"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(capsys: pytest.CaptureFixture[str], argv: list[str], word: str) -> None:
    """Usage errors: exit code 2, one line that names the trouble, nothing on standard output."""
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert word in err


def test_options_stand_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    """Common options mean the same on both sides of the command."""
    before, after = run(capsys, "--json", "atlas"), run(capsys, "atlas", "--json")
    assert before == after
    assert json.loads(after[1])["study"] == "contents"


def test_atlas_tells_its_contents(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every table with rows has a line; shares of sources add up to one."""
    code, out, _ = run(capsys, "atlas")
    assert code == 0
    assert "Rows by kind of source" in out
    code, out, _ = run(capsys, "atlas", "--json", "--out", str(tmp_path / "out"))
    found = json.loads(out)
    shares = {row["key"]: row["value"] for row in found["metrics"]}
    assert sum(shares[kind] for kind in ("published", "mixed", "derived", "estimate")) == pytest.approx(1)
    assert (tmp_path / "out" / "result.json").is_file()


def test_copy_of_the_atlas_checks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A copy, as a folder or a workbook, is the same dataset: same hash, no problems."""
    folder, book = tmp_path / "copy", tmp_path / "copy.xlsx"
    assert run(capsys, "atlas", "--copy", str(folder), "--xlsx", str(book))[0] == 0
    said = {run(capsys, "check", *where)[1] for where in ([], [str(folder)], [str(book)])}
    assert len(said) == 1


def test_broken_copy_lists_all_problems(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Two faults in two tables are both named at once; nothing is written; exit code 1."""
    folder, out = tmp_path / "copy", tmp_path / "out"
    run(capsys, "atlas", "--copy", str(folder))
    (folder / "country.csv").unlink()
    link = folder / "link.csv"
    link.write_text(link.read_text(encoding="utf-8").replace("length_km", "long_km", 1), encoding="utf-8")
    code, said, err = run(capsys, "check", str(folder), "--out", str(out))
    assert (code, said) == (1, "")
    assert "country.csv" in err
    assert "long_km" in err
    assert not out.exists()
    code, said, _ = run(capsys, "check", str(folder), "--json")
    assert code == 1
    assert len(json.loads(said)["problems"]) >= 2


def test_many_problems_of_a_kind_are_cut() -> None:
    """Of one kind the first few are shown and the others counted, so that a rare kind is not drowned."""
    same = [Problem("link", "link.csv", row, "length_km", (), "-1", "must be at least 0") for row in range(2, 60)]
    lines = lines_of(DataError([*same, Problem("place", "place.csv", limit="the file is required")]))
    assert lines[0] == "59 problems in the data:"
    assert any("48 more" in line for line in lines)
    assert "place.csv" in lines[-1]
    assert len(lines) == 1 + 10 + 1 + 1


def test_language_of_the_sentences(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`--lang` wins over the machine's locale, and an unknown locale means English."""
    assert "Команды" in run(capsys, "--lang", "ru", "--help")[1]
    monkeypatch.setenv("LANG", "tr_TR.UTF-8")
    assert "Komutlar" in run(capsys, "--help")[1]
    monkeypatch.setenv("LANG", "sw_KE.UTF-8")
    assert "Commands" in run(capsys, "--help")[1]


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (ValueError("odd"), 70)])
def test_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    """An interrupt and a fault of koridor end in a sentence; KORIDOR_DEBUG=1 shows where the fault is."""

    def fail(argv: object) -> None:
        raise error

    monkeypatch.setattr(entry.parser, "parse", fail)
    found = run(capsys, "atlas")
    assert found[0] == code
    assert len(found[2].splitlines()) == 1
    if isinstance(error, ValueError):
        monkeypatch.setenv("KORIDOR_DEBUG", "1")
        with pytest.raises(ValueError, match="odd"):
            main(["atlas"])
