"""What commands print: tables, sentences, JSON. Tables have their units in the headers and numbers to the right."""

from __future__ import annotations

import json
import math
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from koridor.errors import UsageError
from koridor.text import t
from koridor.units import format_number

if TYPE_CHECKING:
    import pandas as pd

    from koridor.result import Result

WIDTH = 100
JSON_ROWS = 50_000
Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a printed table: its head and, for numbers, the unit of its cells (`share` shows per cent)."""

    head: str
    unit: str | None = None

    @property
    def title(self) -> str:
        """The head, with the unit where it has one."""
        symbol = "%" if self.unit == "share" else (self.unit or "")
        return f"{self.head}, {symbol}" if symbol else self.head

    def show(self, value: Cell) -> str:
        """A cell as text; the unit stands in the head."""
        if isinstance(value, str):
            return value
        if value is None or math.isnan(value):
            return "–"
        if self.unit == "share":
            return format_number(value, "share").rstrip("%\u202f ")
        return format_number(value)


def sentence(line: str = "") -> None:
    """One line on standard output."""
    print(line)


def as_it_is(content: bytes) -> None:
    """What was answered on standard output, byte for byte, so that a page or PDF can be sent into a file."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def table(title: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
    """A table on standard output: drawn in a terminal, plain columns elsewhere."""
    texts = [[column.show(cell) for column, cell in zip(columns, row, strict=True)] for row in rows]
    right = [column.unit is not None or _all_numbers(rows, at) for at, column in enumerate(columns)]
    if sys.stdout.isatty():
        _draw(title, columns, texts, right)
    else:
        _plain(title, columns, texts, right)


def _all_numbers(rows: Sequence[Sequence[Cell]], at: int) -> bool:
    return bool(rows) and not any(isinstance(row[at], str) for row in rows)


def _draw(title: str, columns: Sequence[Column], texts: list[list[str]], right: list[bool]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    drawn = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column, to_right in zip(columns, right, strict=True):
        drawn.add_column(escape(column.title), justify="right" if to_right else "left", overflow="fold")
    for row in texts:
        drawn.add_row(*(escape(cell) for cell in row))
    Console().print(drawn)


def _plain(title: str, columns: Sequence[Column], texts: list[list[str]], right: list[bool]) -> None:
    heads = [column.title for column in columns]
    widths = [max(map(len, cells)) for cells in zip(heads, *texts, strict=True)]
    excess = sum(widths) + 2 * (len(widths) - 1) - WIDTH
    prose = [at for at in range(len(widths)) if not right[at] and any(" " in row[at] for row in texts)]
    if excess > 0 and prose:  # the widest column of words goes on below; ids stay whole, as they are asked for again
        widest = max(prose, key=widths.__getitem__)
        widths[widest] = max(12, widths[widest] - excess)
    print(title)
    for row in (heads, *texts):
        folded = [wrap(cell, width) if width < len(cell) else [cell] for cell, width in zip(row, widths, strict=True)]
        for cells in zip_longest(*folded, fillvalue=""):
            line = (
                cell.rjust(width) if to_right else cell.ljust(width)
                for cell, width, to_right in zip(cells, widths, right, strict=True)
            )
            print("  ".join(line).rstrip())
    print()


def document(content: dict[str, Any]) -> None:
    """One JSON document on standard output; numbers that are not finite become null."""
    json.dump(_plain_json(content), sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
    print()


def write_json(file: Path, content: Any) -> None:
    """A file of one JSON document."""
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    file.write_text(text, encoding="utf-8", newline="\n")


def _plain_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_json(item) for item in value]
    if hasattr(value, "item"):  # a number of numpy
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def rows_of(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows of a frame, None where there is no value."""
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame as JSON can hold them."""
    return [dict(zip(map(str, frame.columns), row, strict=True)) for row in rows_of(frame)]


def result_document(result: Result) -> dict[str, Any]:
    """A result as one JSON document: what it was computed from, its tables and its metrics.

    Tables too long to be read as JSON are named with their rows under `left_out`; `--out` writes them all.
    """
    short = {name: frame for name, frame in result.tables.items() if len(frame) <= JSON_ROWS}
    return {
        "study": result.study,
        "scenario": result.scenario,
        "dataset": result.dataset,
        "params": dict(result.params),
        "status": result.status,
        "tables": {name: records(frame) for name, frame in short.items()},
        "left_out": {name: len(frame) for name, frame in result.tables.items() if name not in short},
        "metrics": records(result.metrics),
    }


def with_command(args: Namespace, result: Result) -> Result:
    """The result with the command line and the year among its parameters, so that a reader can run it again."""
    from dataclasses import replace

    from koridor.cli.inputs import command_line

    return replace(result, params={**result.params, "command": command_line(args), "year": getattr(args, "year", None)})


def emit(args: Namespace, result: Result) -> bool:
    """Whether the result still has to be shown: it is written where `--out` says, and printed where `--json` asks."""
    if args.out is not None:
        result.write(args.out)
    if args.json:
        document(result_document(result))
        return False
    return True


def say_where(args: Namespace, page: Path | None = None) -> None:
    """Where the tables were written, and the page where there is one; nothing beside JSON."""
    if args.out is None or args.json:
        return
    sentence()
    sentence(t("Tables: {folder}", folder=args.out))
    if page is not None:
        sentence(t("Report: {file}", file=page))


def refuse_full(folder: Path | None) -> None:
    """Raises UsageError now, not after a long run, when `--out` cannot take the tables."""
    if folder is None or not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(t("{path} is a file; name a folder that is empty or does not exist", path=folder))
    if any(folder.iterdir()) and not (folder / "result.json").is_file():
        raise UsageError(t("{path} is not empty; name a folder that is empty or does not exist", path=folder))
