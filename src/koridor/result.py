"""The result of a study: tables, metrics, and what they were computed from. Written as a folder of CSV files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import koridor
from koridor.data.files import write_folder
from koridor.data.store import LARGE_SIGNS, in_parts, number_text, read_plain
from koridor.errors import DataError, Problem, UsageError
from koridor.text import t

FILE = "result.json"
METRICS = "metrics"
METRIC_COLUMNS = ("metric", "key", "value", "unit")


@dataclass(frozen=True, eq=False)
class Result:
    """What a study found.

    Attributes
    ----------
    study : str
        Name of the study.
    scenario : str
        Content hash of the scenario.
    dataset : str
        Name of the dataset.
    params : mapping
        Parameters, such as JSON can hold.
    status : str
        Outcome: that a limit was hit or that no way exists is a result too.
    tables : mapping of str to DataFrame
        Tables by name; columns of text, numbers or truth values. The end of a column's name is its unit.
    metrics : DataFrame
        Columns metric, key, value, unit; key is a country, element or commodity, or "".
    """

    study: str
    scenario: str
    dataset: str
    params: Mapping[str, Any]
    status: str
    tables: Mapping[str, pd.DataFrame]
    metrics: pd.DataFrame

    def __post_init__(self) -> None:
        if tuple(self.metrics.columns) != METRIC_COLUMNS:
            given = ", ".join(map(str, self.metrics.columns))
            raise UsageError(
                t(
                    "metrics has the columns {given}; it must have {wanted}",
                    given=given,
                    wanted=", ".join(METRIC_COLUMNS),
                )
            )
        if METRICS in self.tables:
            raise UsageError(
                t('a table must not be called "{name}": the metrics have that name; choose another', name=METRICS)
            )

    def write(self, folder: Path | str, *, replace: bool = False) -> None:
        """Write one CSV a table, metrics.csv and result.json, whole or not at all.

        An earlier result in the folder is replaced, other files in it are kept. Raises UsageError when the folder holds
        something and no result, unless `replace`, or when a table or parameter cannot be written.
        """
        target = Path(folder)
        frames = {**self.tables, METRICS: self.metrics}
        kinds = {
            name: {str(column): _kind(name, frame, str(column)) for column in frame} for name, frame in frames.items()
        }
        head = self._head(kinds)

        def fill(fresh: Path) -> None:
            (fresh / FILE).write_text(head, encoding="utf-8", newline="\n")
            for name, frame in frames.items():
                (fresh / f"{name}.csv").write_text(_csv(frame, kinds[name]), encoding="utf-8", newline="\n")

        earlier = _tables_of(target)
        old = {FILE, *(f"{name}.csv" for name in (*(earlier or ()), *frames))}
        write_folder(target, fill, replace=replace or earlier is not None, own=lambda name: name in old)

    def _head(self, kinds: Mapping[str, Mapping[str, str]]) -> str:
        units = self.metrics.drop_duplicates("metric")
        head = {
            "study": self.study,
            "scenario": self.scenario,
            "dataset": self.dataset,
            "params": dict(self.params),
            "status": self.status,
            "koridor": koridor.__version__,
            "units": dict(zip(units["metric"], units["unit"], strict=True)),
            "tables": kinds,
        }
        try:
            return json.dumps(head, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        except (TypeError, ValueError) as error:
            raise UsageError(
                t("params cannot be written as JSON ({error}); use numbers, texts and lists", error=str(error))
            ) from error

    @classmethod
    def read(cls, folder: Path | str) -> Result:
        """The result of a folder. A text without a value comes back as "". Raises DataError with all problems."""
        path = Path(folder)
        try:
            head = json.loads((path / FILE).read_text(encoding="utf-8"))
            frames = {name: _read_csv(path / f"{name}.csv", kinds) for name, kinds in head["tables"].items()}
            metrics = frames.pop(METRICS)
            names = ("study", "scenario", "dataset", "params", "status")
            return cls(**{name: head[name] for name in names}, tables=frames, metrics=metrics)
        except FileNotFoundError as error:
            file = Path(error.filename).name
            raise DataError([Problem("", file, limit="the file is required", hint="run the study again")]) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            limit = f"must hold a result as koridor writes it: {error}"
            raise DataError([Problem("", str(path), limit=limit, hint="run the study again")]) from error


def _tables_of(folder: Path) -> list[str] | None:
    """Names of the tables of the result in a folder; None when there is no result."""
    try:
        return list(json.loads((folder / FILE).read_text(encoding="utf-8"))["tables"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _kind(table: str, frame: pd.DataFrame, column: str) -> str:
    """What a column holds: text, number, integer or flag. Raises UsageError when it is none of them."""
    cells = frame[column]
    if pd.api.types.is_bool_dtype(cells) and not cells.hasnans:
        return "flag"
    if pd.api.types.is_integer_dtype(cells):
        return "integer"
    if pd.api.types.is_float_dtype(cells):
        return "number"
    if all(isinstance(cell, str) or pd.isna(cell) for cell in cells):
        return "text"
    raise UsageError(
        t(
            "table {table}, column {column} holds {found}; use texts, numbers or truth values",
            table=table, column=column, found=str(cells.dtype),
        )
    )  # fmt: skip


def _csv(frame: pd.DataFrame, kinds: Mapping[str, str]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(frame.columns)
    for part in in_parts(frame):
        writer.writerows(zip(*(_texts(part[name], kind) for name, kind in kinds.items()), strict=True))
    return text.getvalue()


def _texts(cells: pd.Series, kind: str) -> list[str]:
    if kind == "flag":
        return ["yes" if cell else "no" for cell in cells]
    show = number_text if kind == "number" else str
    pairs = zip(cells.tolist(), cells.isna().tolist(), strict=True)
    return ["" if gone else show(cell) for cell, gone in pairs]


def _read_csv(path: Path, kinds: Mapping[str, str]) -> pd.DataFrame:
    with path.open(encoding="utf-8", newline="") as stream:
        text = stream.read()
    end = text.find("\n")
    header = next(csv.reader([text if end < 0 else text[:end]]), [])
    if header != list(kinds):
        raise ValueError(f"{path.name} has other columns than {FILE} says")
    large = read_plain(text, ",", header) if len(text) > LARGE_SIGNS else None
    if large is not None:
        return pd.DataFrame({name: _series(large[name].tolist(), kind) for name, kind in kinds.items()})
    _, *rows = csv.reader(io.StringIO(text, newline=""))
    columns = zip(*rows, strict=True) if rows else ([] for _ in header)
    cells = {name: _series(list(texts), kinds[name]) for name, texts in zip(header, columns, strict=True)}
    return pd.DataFrame(cells)


def _series(texts: list[str], kind: str) -> pd.Series:
    if kind == "flag":
        return pd.Series([text == "yes" for text in texts], dtype="bool")
    if kind == "integer":
        whole = [int(text) if text else None for text in texts]
        return pd.Series(whole, dtype="Int64" if None in whole else "int64")
    if kind == "number":
        return pd.Series([float(text) if text else float("nan") for text in texts], dtype="float64")
    return pd.Series(texts, dtype="str")
