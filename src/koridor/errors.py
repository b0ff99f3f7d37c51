"""The errors of koridor, and the record of one thing wrong in data.

::

    KoridorError            everything that koridor raises on purpose
    ├── DataError           tables, files or patches that cannot be used: carries every Problem found, not the first
    └── UsageError          a call that cannot be meant: names argument, value, range and remedy

That a model has no solution, or that a limit was hit, is an outcome and not an error; a broken promise of the code
itself is an ``AssertionError``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in data: where it is, what was found, what must hold, and how to mend it.

    Attributes
    ----------
    table : str
        Table, or "" where the trouble is a whole file or folder.
    file : str
        File (or sheet of a spreadsheet) as the user knows it; "" for tables that were never on disk.
    row : int or None
        Row as a spreadsheet counts: the header is row 1.
    field : str
        Column.
    keys : tuple of str
        Key of the row, in the order of the table's key.
    found : str
        What stands there; "" where nothing does.
    limit : str
        What must hold.
    hint : str
        The remedy.
    """

    table: str
    file: str = ""
    row: int | None = None
    field: str = ""
    keys: tuple[str, ...] = ()
    found: str = ""
    limit: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """One line: ``link.csv row 14 (link A-B), length_km: found "-5": must be at least 0; give the length ...``."""
        from koridor.text import t  # late: the catalogue raises errors of this module

        where = self.file or self.table
        if self.row is not None:
            where = t("{file} row {row}", file=where, row=self.row)
        if self.keys:
            where += f" ({self.table} {'/'.join(self.keys)})"
        if self.field:
            where += f", {self.field}"
        said = [t('found "{text}"', text=shorten(self.found))] if self.found else []
        said += [self.limit] if self.limit else []
        line = f"{where}: {': '.join(said)}"
        return f"{line}; {self.hint}" if self.hint else line


def shorten(text: str, width: int = 60) -> str:
    """The text on one line, cut to `width` characters, with signs that cannot be printed as escapes."""
    seen = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text[: width + 1])
    return seen if len(seen) <= width else f"{seen[: width - 3]}..."


class KoridorError(Exception):
    """Everything that koridor raises on purpose."""


class DataError(KoridorError):
    """Data that cannot be used. `problems` holds all that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = list(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        from koridor.text import tn

        head = tn("{count} problem in the data:", "{count} problems in the data:", len(self.problems))
        return "\n".join([head, *(f"  {problem}" for problem in self.problems)])


class UsageError(KoridorError, ValueError):
    """A call that cannot be meant. The message names argument, value, range and remedy."""
