"""Patches: lists of edits to tables. Projects, policies, disruptions and links between corridors are all patches.

The patches of a scenario are a set. Their edits apply in fixed phases, drop and add, set, raise_to, scale, shift, so
that order never matters; edits that contradict each other are problems, named with both patches. A central value may be
edited past the bounds of its range: the bound moves out with it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from koridor.errors import DataError, Problem, UsageError
from koridor.schema.fields import Kind, Table
from koridor.schema.tables import TABLES
from koridor.text import t


class Op(StrEnum):
    """What an edit does, in the order of the phases."""

    DROP = "drop"
    ADD = "add"
    SET = "set"
    RAISE_TO = "raise_to"
    SCALE = "scale"
    SHIFT = "shift"


_ROW_HINT = 'write JSON, such as {"link_id": "L9", ...}'
_NUMERIC = (Op.RAISE_TO, Op.SCALE, Op.SHIFT)


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """One edit. `key` is the parts of a row's key joined by `/`; a part may be `*`, and trailing parts may be left
    out.
    """

    table: str
    key: str
    field: str
    op: Op
    value: str


@dataclass(frozen=True, slots=True)
class Patch:
    """A named set of edits."""

    patch_id: str
    edits: tuple[Edit, ...]

    @classmethod
    def of(cls, patch_id: str, *edits: tuple[str, str, str, str, object]) -> Patch:
        """A patch from tuples (table, key, field, op, value)."""
        return cls(
            patch_id,
            tuple(Edit(table, key, field, Op(op), _text(value)) for table, key, field, op, value in edits),
        )


def read_assignment(assignment: str) -> Patch:
    """The patch behind `table.key.field=value` as typed on the command line. Raises UsageError when it has another
    shape.
    """
    left, equals, value = assignment.partition("=")
    table, dot, rest = left.strip().partition(".")
    key, dot_field, field = rest.rpartition(".")
    if not (equals and dot and dot_field and table and key and field):
        example = "interchange.BAKU.joined_h=12"
        raise UsageError(
            t("--set {given}: write table.key.field=value, such as {example}", given=repr(assignment), example=example)
        )
    return Patch(f"--set {assignment}", (Edit(table, key, field, Op.SET, value.strip()),))


def from_edits(edits: pd.DataFrame) -> list[Patch]:
    """Patches from rows of the table `edit`, in the order of their ids."""
    filled = edits.fillna({"field": "", "value": ""})
    return [
        Patch(
            str(patch_id),
            tuple(
                Edit(str(row.table), str(row.key), str(row.field), Op(row.op), str(row.value))
                for row in group.itertuples(index=False)
            ),
        )
        for patch_id, group in filled.groupby("patch_id", sort=True)
    ]


def apply(
    tables: Mapping[str, pd.DataFrame], patches: Iterable[Patch], *, only: Collection[str] | None = None
) -> dict[str, pd.DataFrame]:
    """Tables, or `only` some of them, that the patches change, as new frames. The frames given stay as they are.

    Raises DataError with all problems: unknown table, field or row, unreadable value, and edits that contradict.
    """
    by_table: dict[str, list[tuple[str, Edit]]] = {}
    problems: list[Problem] = []
    for patch in sorted(patches, key=lambda item: item.patch_id):
        for edit in patch.edits:
            if only is not None and edit.table not in only:
                continue
            if edit.table not in TABLES:
                problems.append(_problem(patch.patch_id, edit, "no such table", f"tables: {', '.join(TABLES)}"))
            else:
                by_table.setdefault(edit.table, []).append((patch.patch_id, edit))
    changed = {name: _Editor(TABLES[name], tables[name], problems).run(edits) for name, edits in by_table.items()}
    if problems:
        raise DataError(problems)
    return changed


class _Editor:
    """Applies the edits of one table, collecting problems."""

    def __init__(self, table: Table, frame: pd.DataFrame, problems: list[Problem]) -> None:
        self.table = table
        self.frame = frame.reset_index(drop=True)
        self.problems = problems
        self._keys: list[np.ndarray] | None = None
        self._cells: dict[str, np.ndarray] = {}
        self._before: dict[str, np.ndarray] = {}
        self._edited: dict[str, np.ndarray] = {}  # rows whose cell an edit has named, by field

    def run(self, edits: list[tuple[str, Edit]]) -> pd.DataFrame:
        phases: dict[Op, list[tuple[str, Edit]]] = {op: [] for op in Op}
        for owner, edit in edits:
            phases[edit.op].append((owner, edit))
        self._refuse_edits_of_dropped(phases)
        self._drop_and_add(phases[Op.DROP], phases[Op.ADD])
        cells: dict[tuple[str, int], tuple[str, object]] = {}
        for op in (Op.SET, Op.RAISE_TO, Op.SCALE, Op.SHIFT):
            for owner, edit in phases[op]:
                self._edit_cells(owner, edit, cells)
        changed = {
            name: pd.Series(cells, self.frame.index).astype(self._dtype(name)) for name, cells in self._cells.items()
        }
        self.frame = self.frame.assign(**changed)
        self._widen()
        return self.frame

    def _dtype(self, name: str) -> object:
        """Type of a column; whole numbers that an edit has made fractions become numbers."""
        own = self.frame[name].dtype
        if self.table.field(name).kind is not Kind.INTEGER:
            return own
        cells = pd.to_numeric(pd.Series(self._cells[name]), errors="coerce")
        return own if (cells.dropna() % 1 == 0).all() else float

    def _original(self, name: str) -> np.ndarray:
        """Cells of a column before any edit. Raises KeyError for a field that the table does not have."""
        if name not in self._before:
            self._before[name] = self.frame[name].to_numpy(dtype=object)
        return self._before[name]

    def _column(self, name: str) -> np.ndarray:
        """Cells of a column, to be changed in place."""
        if name not in self._cells:
            number = self.table.field(name).kind is Kind.NUMBER
            # np.array, for to_numpy of a text column hands out its own memory even when a copy is asked for
            self._cells[name] = np.array(self.frame[name].to_numpy(dtype=float if number else object), copy=True)
        return self._cells[name]

    def _widen(self) -> None:
        """Lets a range hold its central value: a bound that an edit of that value has passed moves out to it."""
        for field in self.table.fields:
            if field.central in self._edited:
                central, bound = self.frame[field.central], self.frame[field.name]
                reach = bound.clip(upper=central) if "_low_" in field.name else bound.clip(lower=central)
                own = self._edited.get(field.name, np.zeros(len(bound), dtype=bool))
                self.frame = self.frame.assign(**{field.name: bound.where(own, reach)})

    def _rows(self, key: str) -> np.ndarray:
        """Positions of the rows that a key names."""
        if self._keys is None:
            self._keys = [self.frame[name].astype(str).to_numpy(dtype=object) for name in self.table.key]
        return rows_named(self._keys, key)

    def _stands(self, row: dict[str, object], kept: np.ndarray) -> bool:
        """Whether a row that is kept has this row's key; a `*` in a key that is added is no wildcard."""
        same = kept.copy()
        for name in self.table.key:
            same &= (self.frame[name].astype(str) == str(row[name])).to_numpy()
        return bool(same.any())

    def _refuse_edits_of_dropped(self, phases: dict[Op, list[tuple[str, Edit]]]) -> None:
        dropped: dict[int, str] = {}
        for owner, edit in phases[Op.DROP]:
            for row in self._rows(edit.key):
                dropped[int(row)] = owner
        if not dropped:
            return
        for op in (Op.SET, *_NUMERIC):
            for owner, edit in phases[op]:
                clash = {dropped[int(row)] for row in self._rows(edit.key) if int(row) in dropped}
                for other in sorted(clash):
                    self._say(owner, edit, f"patch {other} drops the row", "take one of the two patches out")

    def _drop_and_add(self, drops: list[tuple[str, Edit]], adds: list[tuple[str, Edit]]) -> None:
        gone = np.zeros(len(self.frame), dtype=bool)
        for owner, edit in drops:
            rows = self._rows(edit.key)
            if not len(rows):
                self._say(owner, edit, "no such row", "see the keys of the table")
            gone[rows] = True
        new: dict[str, tuple[str, dict[str, object]]] = {}
        for owner, edit in adds:
            row = self._read_row(owner, edit)
            if row is None:
                continue
            key = "/".join(str(row.get(name, "")) for name in self.table.key)
            if key in new and new[key][1] != row:
                self._say(owner, edit, f"patch {new[key][0]} adds another row of that key", "take one of the two out")
            elif self._stands(row, ~gone):
                self._say(owner, edit, "the row exists already", "use set, or drop it in the same patch")
            else:
                new[key] = (owner, row)
        kept = self.frame[~gone]
        if new:
            added = pd.DataFrame([row for _, row in new.values()], columns=list(self.table.columns))
            kept = pd.concat([kept, added.astype(self.frame.dtypes.to_dict())], ignore_index=True)
        self.frame = kept.reset_index(drop=True)
        self._keys = None

    def _read_row(self, owner: str, edit: Edit) -> dict[str, object] | None:
        try:
            row = json.loads(edit.value)
        except json.JSONDecodeError as error:
            self._say(owner, edit, f"unreadable row: {error.msg}", _ROW_HINT)
            return None
        if not isinstance(row, dict):
            self._say(owner, edit, "a row is fields with their values", _ROW_HINT)
            return None
        unknown = set(row) - set(self.table.columns)
        if unknown:
            self._say(owner, edit, f"unknown fields {', '.join(sorted(unknown))}", "see the fields of the table")
            return None
        cells: dict[str, object] = {}
        for name in self.table.columns:
            try:
                cells[name] = _typed(self.table, name, row.get(name))
            except (ValueError, TypeError):
                self._say(owner, edit, f"unreadable {name}: {row[name]}", f"{name} holds {self.table.field(name).kind}")
        return cells if len(cells) == len(self.table.columns) else None

    def _edit_cells(self, owner: str, edit: Edit, cells: dict[tuple[str, int], tuple[str, object]]) -> None:
        if edit.field not in self.table.columns:
            self._say(owner, edit, "no such field", f"fields: {', '.join(self.table.columns)}")
            return
        rows = self._rows(edit.key)
        if not len(rows):
            self._say(owner, edit, "no such row", f"a key is {'/'.join(self.table.key)}, and may be shortened")
            return
        kind = self.table.field(edit.field).kind
        if edit.op in _NUMERIC and kind not in (Kind.NUMBER, Kind.INTEGER):
            self._say(owner, edit, f"{edit.op} needs a number field", "use set")
            return
        try:
            value = self._value(edit, rows)
        except (ValueError, KeyError):
            self._say(owner, edit, "unreadable value", f"{edit.field} holds {kind}")
            return
        column = self._column(edit.field)
        self._edited.setdefault(edit.field, np.zeros(len(self.frame), dtype=bool))[rows] = True
        if edit.op is Op.SET:
            self._set(owner, edit, rows, value, column, cells)
            return
        old = np.array([np.nan if pd.isna(cell) else float(cell) for cell in column[rows]])
        if np.isnan(old).any():
            self._say(owner, edit, f"{edit.op} of an empty cell", "set it first")
            return
        amount = float(value)  # type: ignore[arg-type]
        column[rows] = {Op.RAISE_TO: np.maximum(old, amount), Op.SCALE: old * amount, Op.SHIFT: old + amount}[edit.op]

    def _set(
        self, owner: str, edit: Edit, rows: np.ndarray, value: object, column: np.ndarray,
        cells: dict[tuple[str, int], tuple[str, object]],
    ) -> None:  # fmt: skip
        values = value if isinstance(value, np.ndarray) else [value] * len(rows)
        for row, cell in zip(rows, values, strict=True):
            before = cells.setdefault((edit.field, int(row)), (owner, cell))
            empty = pd.isna(before[1]), pd.isna(cell)
            if not all(empty) and (any(empty) or before[1] != cell):
                self._say(owner, edit, f"patch {before[0]} sets it to {before[1]}", "take one of the two out")
                return
            column[row] = cell

    def _value(self, edit: Edit, rows: np.ndarray) -> object:
        if edit.value.startswith("@"):
            if edit.op is not Op.SET:
                raise ValueError(edit.value)
            if _sort(self.table, edit.value[1:]) != _sort(self.table, edit.field):
                raise ValueError(edit.value)
            taken, own = (self._original(name)[rows] for name in (edit.value[1:], edit.field))
            return np.where(pd.isna(taken), own, taken)
        if edit.op in _NUMERIC:
            number = float(edit.value)
            if not np.isfinite(number):
                raise ValueError(edit.value)
            return number
        return _typed(self.table, edit.field, edit.value)

    def _say(self, owner: str, edit: Edit, found: str, hint: str) -> None:
        self.problems.append(_problem(owner, edit, found, hint))


def _sort(table: Table, name: str) -> str:
    """Numbers, flags or texts. Raises KeyError for a field that the table does not have."""
    kind = table.field(name).kind
    return "number" if kind in (Kind.NUMBER, Kind.INTEGER) else "flag" if kind is Kind.FLAG else "text"


def _typed(table: Table, name: str, value: object) -> object:
    """A cell of the column's dtype. Raises ValueError when it cannot be read."""
    field = table.field(name)
    if value is None or value == "":
        return {Kind.NUMBER: np.nan, Kind.INTEGER: pd.NA, Kind.FLAG: False}.get(field.kind, np.nan)
    if field.kind in (Kind.NUMBER, Kind.INTEGER):
        number = float(value)  # type: ignore[arg-type]
        if not np.isfinite(number) or (field.kind is Kind.INTEGER and number % 1):
            raise ValueError(value)
        return number if field.kind is Kind.NUMBER else int(number)
    if field.kind is Kind.FLAG:
        if str(value).lower() not in ("yes", "no", "true", "false"):
            raise ValueError(value)
        return str(value).lower() in ("yes", "true")
    if isinstance(value, list | dict):
        if field.kind is not Kind.LIST or isinstance(value, dict):
            raise ValueError(value)
        return ";".join(map(str, value))
    return str(value)


def rows_named(columns: Sequence[np.ndarray], key: str) -> np.ndarray:
    """Positions of the rows that a key names: a part for each of these columns of texts, `*` for any, or the first few.

    columns: those of the key of the table, in its order.
    """
    parts = key.split("/")
    if len(parts) > len(columns):
        return np.empty(0, dtype=np.int64)
    hit = np.ones(len(columns[0]), dtype=bool)
    for column, part in zip(columns, parts, strict=False):
        if part != "*":
            hit &= column == part
    return np.flatnonzero(hit)


def cell_text(cell: object) -> str:
    """A cell of a table as the value of an edit that sets it."""
    return "" if pd.isna(cell) else _text(cell.item() if isinstance(cell, np.generic) else cell)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, float) else str(value)


def _problem(owner: str, edit: Edit, found: str, hint: str) -> Problem:
    return Problem(
        table=edit.table,
        file=f"patch {owner}",
        field=edit.field,
        keys=tuple(edit.key.split("/")),
        found=found,
        limit=f"{edit.op} {edit.value}".strip(),
        hint=hint,
    )
