"""A dataset: a frozen, checked, hashed set of tables."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from koridor.data import excel, store
from koridor.data import meta as metadata
from koridor.data.meta import Meta
from koridor.errors import DataError, Problem, UsageError
from koridor.schema import TABLES, Table, check, convert, dtypes, empty
from koridor.text import t

FEW = 50  # rows whose texts are sooner encoded one by one


@dataclass(frozen=True, eq=False)
class Dataset:
    """A frozen set of tables that passed all checks. Make one with `of`, `load` or `load_xlsx`.

    Attributes
    ----------
    meta : Meta
        Name, title, years, and the sets of axes to compare. Not to be changed.
    tables : mapping of str to DataFrame
        All tables of the schema in their declared dtypes; those that are absent on disk are empty. Nobody changes them:
        `table` hands out copies that share the memory.
    """

    meta: Meta
    tables: Mapping[str, pd.DataFrame]

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame], meta: Meta) -> Self:
        """A dataset of frames in the declared dtypes; columns and tables that are not required may be absent.

        Raises DataError with all problems.
        """
        frames = {name: _complete(TABLES[name], frame) if name in TABLES else frame for name, frame in tables.items()}
        return cls._checked(frames, meta, metadata.problems_of(meta), {})

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """The dataset of a folder. Raises DataError with all problems."""
        return cls._from_text(store.read(Path(folder)))

    @classmethod
    def load_xlsx(cls, file: Path | str) -> Self:
        """The dataset of a workbook, one sheet a table. Raises DataError with all problems."""
        return cls._from_text(excel.read(Path(file)))

    @classmethod
    def _from_text(cls, raw: store.Raw) -> Self:
        if not raw.frames and raw.meta is None:
            raise DataError(raw.problems)
        problems, frames = list(raw.problems), {}
        for name, texts in raw.frames.items():
            frames[name], found = convert.frame(TABLES[name], texts, raw.files[name])
            problems += found
        return cls._checked(frames, raw.meta, problems, raw.files, raw.unread)

    @classmethod
    def _checked(
        cls,
        frames: Mapping[str, pd.DataFrame],
        meta: Meta | None,
        problems: list[Problem],
        files: Mapping[str, str],
        unread: frozenset[str] = frozenset(),
    ) -> Self:
        known = {(problem.table, problem.row, problem.field) for problem in problems if problem.row is not None}
        found = [
            item
            for item in check(frames, files=files, unread=unread)
            if item.row is None or (item.table, item.row, item.field) not in known
        ]
        if meta is not None and not problems and not found and "corridor" not in unread:
            axes = set(frames["corridor"]["axis"]) if "corridor" in frames else set()
            found += metadata.unknown_axes(meta, axes)
        if problems or found or meta is None:
            raise DataError(_in_order([*problems, *found]))
        whole = {
            name: frames[name].reset_index(drop=True) if name in frames else empty(table)
            for name, table in TABLES.items()
        }
        return cls(meta, whole)

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return self.meta["name"]

    def table(self, name: str) -> pd.DataFrame:
        """A table, maybe empty, always with all its columns. To change the copy changes nothing here."""
        if name not in self.tables:
            near = difflib.get_close_matches(name, TABLES, n=1)
            known = near[0] if near else ", ".join(TABLES)
            raise UsageError(t('table "{name}" is not in the schema; did you mean {known}?', name=name, known=known))
        return self.tables[name].copy(deep=False)

    @cached_property
    def hash(self) -> str:
        """Content hash, 64 hex digits: metadata, values and validity of every cell; the order of rows is no matter."""
        digest = hashlib.sha256(json.dumps(self.meta, sort_keys=True).encode())
        for name in TABLES:
            digest.update(self.digest(name))
        return digest.hexdigest()

    def digest(self, name: str) -> bytes:
        """Content hash of one table."""
        if name not in self._digests:
            self._digests[name] = table_hash(TABLES[name], self.tables[name])
        return self._digests[name]

    @cached_property
    def _digests(self) -> dict[str, bytes]:
        return {}

    def __eq__(self, other: object) -> bool:
        return self.hash == other.hash if isinstance(other, Dataset) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        rows = sum(len(frame) for frame in self.tables.values())
        return f"Dataset({self.name!r}, {rows} rows, hash {self.hash[:12]})"

    def write(self, folder: Path | str, *, replace: bool = False, bare: bool = False) -> None:
        """Write a folder of CSV files, whole or not at all. A folder that is not empty needs `replace`.

        `bare` leaves out columns that hold nothing and are not required, which matters for millions of rows.
        """
        store.write(Path(folder), self.meta, self.tables, replace=replace, bare=bare)

    def write_xlsx(self, file: Path | str) -> None:
        """Write a workbook, one sheet a table, whole or not at all, in the place of what was there."""
        excel.write(Path(file), self.meta, self.tables)


def table_hash(table: Table, frame: pd.DataFrame) -> bytes:
    """SHA-256 of a table's columns, values and validity mask, its rows sorted by key."""
    digest = hashlib.sha256(table.name.encode())
    if not frame.empty:
        rows = frame
        if len(frame) > 1:
            rows = frame.sort_values(list(table.key), kind="stable", na_position="first")
        for field in table.fields:
            digest.update(field.name.encode() + b"\x00")
            _update(digest, rows[field.name])
    return digest.digest()


def _update(digest: hashlib._Hash, cells: pd.Series) -> None:
    missing = cells.array.isna()
    digest.update(missing.tobytes())
    if cells.dtype == "str":
        if len(cells) < FEW:
            written = [b"" if gone else text.encode() for gone, text in zip(missing, cells.array, strict=True)]
            digest.update(np.array([len(text) for text in written], dtype="<i8").tobytes())
            digest.update(b"".join(written))
            return
        code, unique = pd.factorize(cells)  # -1 where missing: each text is encoded once
        texts = np.array([*(text.encode() for text in unique), b""], dtype=object)
        digest.update(np.array([len(text) for text in texts], dtype="<i8")[code].tobytes())
        digest.update(b"".join(texts[code].tolist()))
        return
    numbers = cells.to_numpy(dtype="<f8", na_value=0.0)
    digest.update((np.where(missing, 0.0, numbers) + 0.0).tobytes())  # + 0.0: minus nought is nought


def _complete(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the declared columns in order, those that are not required and absent as missing."""
    if tuple(frame.columns) == table.columns:
        return frame
    blank = {
        field.name: pd.Series(index=frame.index, dtype=dtypes(table)[field.name])
        for field in table.fields
        if field.name not in frame.columns and not field.required
    }
    whole = frame.assign(**blank)
    return whole[[*(name for name in table.columns if name in whole), *(set(whole.columns) - set(table.columns))]]


def _in_order(problems: list[Problem]) -> list[Problem]:
    """Problems by table, in the order of the schema, then by row; those of whole files first."""
    order = {name: at for at, name in enumerate(TABLES)}
    return sorted(problems, key=lambda item: (order.get(item.table, -1), item.row or 0))
