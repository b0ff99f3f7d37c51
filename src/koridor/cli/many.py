"""A file of queries answered to a file of ways, with progress; a run that was stopped goes on where it was."""

from __future__ import annotations

import csv
import hashlib
import json
from argparse import Namespace
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import koridor
from koridor.cli.dated import FIELDS, query_of
from koridor.cli.inputs import load_scenario
from koridor.cli.output import document, sentence
from koridor.cli.progress import progress
from koridor.errors import KoridorError, UsageError
from koridor.text import language, t, tn

if TYPE_CHECKING:
    from koridor.model.scenario import Scenario
    from koridor.studies.route import Prepared, Query
    from koridor.studies.route.many import Wrong

    Cells = Mapping[str, Any]  # a row's texts by column; None where it ends early

ANSWERS, PARQUET = ".csv", ".parquet"
NAME = "query"  # a column that names a query; without it they are numbered
_ANY_DAY = "2026-01-01"  # on which options are checked that name no day
_SURPLUS = ""  # what cells beyond the columns are read under; no column may have that name
_OPTIONS = tuple(name for name in FIELDS if name not in ("from", "to"))  # rows without a word of their own take these


def run_many(args: Namespace) -> int:
    """Answers every row of `--many` to `--to`. Exit code 0; refused rows are counted and told in the file."""
    from koridor.studies import route
    from koridor.studies.route.many import COLUMNS, REFUSED, answers

    _refuse_strange(args)
    target = _target(args)
    rows = _read(args.many)
    scenario = load_scenario(args)
    prepared = route.prepare(scenario)
    _check_options(prepared, args)
    part, head = _part(target, _mark(args, scenario))
    done = _resume(part, head)
    queries = ((name, *_query(scenario, args, row)) for name, row in rows[done:])
    with progress(silent=args.json) as show, part.open("a", encoding="utf-8") as stream:
        if not done:
            stream.write(json.dumps(head) + "\n")
        for at, found in enumerate(answers(prepared, queries), done + 1):
            stream.write(json.dumps(found, ensure_ascii=False) + "\n")
            stream.flush()
            show(at, len(rows), t("queries"))
    told = [json.loads(line) for line in _lines(part)[1:]]
    _write(target, [row for rows_of in told for row in rows_of], COLUMNS)
    part.unlink()
    refused = sum(rows_of[0]["status"] == REFUSED for rows_of in told)
    _say(args, target, len(rows), refused)
    return 0


def _refuse_strange(args: Namespace) -> None:
    """Raises UsageError for what a file of queries leaves no room for."""
    given = {"FROM": args.origin, "TO": args.destination, "--least": args.least, "--out": args.out}
    strange = [name for name, value in given.items() if value is not None]
    if strange:
        raise UsageError(
            t("--many takes places from its rows and writes to --to; leave out {names}.", names=", ".join(strange))
        )


def _check_options(prepared: Prepared, args: Namespace) -> None:
    """Raises UsageError for options that no row could be asked with, before the first is; the ends do not matter."""
    from koridor.studies.route.many import check

    places = list(prepared.scenario.table("place")["place_id"])[:2]
    if len(places) < 2:
        return
    words = _common(args) | dict(zip(("from", "to"), places, strict=True))
    if not words["leave"] and not words["arrive_by"]:
        words["leave"] = _ANY_DAY
    check(prepared, query_of(prepared.scenario, words, horizon_d=args.horizon)[0])


def _common(args: Namespace) -> dict[str, str | None]:
    return {name: getattr(args, name, None) for name in _OPTIONS}


def _target(args: Namespace) -> Path:
    if args.to is None:
        raise UsageError(t("--many needs --to FILE, a .csv or .parquet to write."))
    target: Path = args.to
    if target.suffix.lower() not in (ANSWERS, PARQUET):
        raise UsageError(t("--to {path}: give a file that ends in .csv or .parquet.", path=target))
    if target.exists():
        raise UsageError(t("--to {path}: there is such a file already; name another.", path=target))
    if not target.parent.is_dir():
        raise UsageError(t("--to {path}: there is no folder {folder}.", path=target, folder=target.parent))
    if target.suffix.lower() == PARQUET and find_spec("pyarrow") is None:
        raise UsageError(t("--to {path}: Parquet needs pyarrow, which is not installed; name a .csv.", path=target))
    return target


def _read(path: Path) -> list[tuple[str, Cells]]:
    """Rows of the file with their names. Raises UsageError for a file that is none of queries."""
    if not path.is_file():
        raise UsageError(t("--many {path}: there is no such file.", path=path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, restkey=_SURPLUS, strict=True)
            _check_columns(path, list(reader.fieldnames or ()))
            rows: list[tuple[str, Cells]] = [(row.get(NAME) or str(at), row) for at, row in enumerate(reader, 1)]
    except UnicodeDecodeError:
        raise UsageError(t("--many {path}: the file is not UTF-8; save it as CSV UTF-8.", path=path)) from None
    except csv.Error as error:
        raise UsageError(
            t("--many {path}: {error}; see that every quote that opens is closed.", path=path, error=error)
        ) from None
    if not rows:
        raise UsageError(t("--many {path}: the file has no queries.", path=path))
    return rows


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    """Raises UsageError for a first row that names no ends, a strange column, or one column twice."""
    strange = [name for name in columns if name not in (NAME, *FIELDS)]
    if strange or not {"from", "to"} <= set(columns):
        listed = {"known": ", ".join((NAME, *FIELDS)), "strange": ", ".join(strange) or "–"}
        raise UsageError(
            t("--many {path}: the first row must name columns, from and to among them; known are {known}; "
              "not known: {strange}.", path=path, **listed)
        )  # fmt: skip
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise UsageError(t("--many {path}: columns named twice: {names}.", path=path, names=", ".join(twice)))


def _query(scenario: Scenario, args: Namespace, row: Cells) -> tuple[Query | Wrong, str]:
    """The query of a row and what was made of its words; in place of one that cannot be read, why."""
    from koridor.studies.route.many import Wrong

    surplus = row.get(_SURPLUS)
    if surplus:
        why = t("The row has more cells than the first row: {cells}; put cells that have commas, such as a cargo, "
                'in quotes: "40HC,24t".', cells=", ".join(surplus))  # fmt: skip
        return Wrong(why), ""
    if any("\n" in (text or "") for text in row.values()):
        return Wrong(t("A cell goes over several lines; see that every quote that opens is closed.")), ""
    words: dict[str, str | None] = {**_common(args), **{str(name): str(text) for name, text in row.items() if text}}
    try:
        query, notes = query_of(scenario, words, horizon_d=args.horizon)
    except KoridorError as error:
        return Wrong(str(error)), ""
    return query, " ".join(notes)


def _mark(args: Namespace, scenario: Scenario) -> str:
    """A hash of all that answers depend on: the file, the options, the scenario, the language, the version."""
    options = json.dumps(
        {**_common(args), "horizon": args.horizon, "language": language(), "koridor": koridor.__version__}
    )
    return hashlib.sha256(args.many.read_bytes() + options.encode() + scenario.hash.encode()).hexdigest()


def _part(target: Path, mark: str) -> tuple[Path, dict[str, Any]]:
    return target.with_name(f"{target.name}.part"), {"mark": mark}


def _resume(part: Path, head: dict[str, Any]) -> int:
    """How many queries an earlier run has answered; what it was stopped in is cut off."""
    lines = _lines(part) if part.exists() else []
    if not lines or lines[0] != json.dumps(head):
        part.write_text("", encoding="utf-8")
        return 0
    part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines) - 1


def _lines(part: Path) -> list[str]:
    """Whole lines of a file: the last may have been cut off."""
    return part.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]


def _write(target: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(columns))
    frame["ways_on_front"] = frame["ways_on_front"].astype("Int64")
    fresh = target.with_name(f"{target.name}.new")
    if target.suffix.lower() == PARQUET:
        frame.to_parquet(fresh, index=False)
    else:
        frame.to_csv(fresh, index=False, lineterminator="\n")
    fresh.replace(target)


def _say(args: Namespace, target: Path, count: int, refused: int) -> None:
    if args.json:
        document({"queries": count, "refused": refused, "file": str(target)})
        return
    sentence(tn("{count} query answered.", "{count} queries answered.", count))
    if refused:
        sentence(tn("{count} was refused; its row says why.", "{count} were refused; their rows say why.", refused))
    sentence(t("Answers: {file}", file=target))
