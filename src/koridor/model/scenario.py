"""A scenario: a dataset under a set of patches, immutable and identified by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.data.dataset import table_hash
from koridor.errors import DataError, UsageError
from koridor.model import patch as patches_of
from koridor.model.patch import Patch
from koridor.schema import TABLES, check
from koridor.text import t

if TYPE_CHECKING:
    import pandas as pd

    from koridor.data.dataset import Dataset


@dataclass(frozen=True)
class Scenario:
    """Tables of `dataset` with `patches` applied, checked again.

    parent: a scenario with the first of the patches; its tables that the others leave alone are used again.

    Raises DataError when patches contradict each other or the merged tables are not valid.
    """

    dataset: Dataset
    patches: tuple[Patch, ...] = ()
    parent: InitVar[Scenario | None] = None
    _changed: dict[str, pd.DataFrame] = field(init=False, repr=False, compare=False)
    _digests: dict[str, bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self, parent: Scenario | None) -> None:
        known, extra = ({}, self.patches) if parent is None else (parent._changed, self.patches[len(parent.patches) :])
        touched = {edit.table for patch in extra for edit in patch.edits}
        changed = {**known, **patches_of.apply(self.dataset.tables, self.patches, only=touched)}
        if touched:
            problems = check({**self.dataset.tables, **changed}, only=touched)
            if problems:
                raise DataError(problems)
        object.__setattr__(self, "_changed", changed)
        kept = {} if parent is None else parent._digests
        object.__setattr__(self, "_digests", {name: digest for name, digest in kept.items() if name not in touched})

    def table(self, name: str) -> pd.DataFrame:
        """The table of that name under the patches; a shallow copy."""
        return self._changed[name].copy(deep=False) if name in self._changed else self.dataset.table(name)

    @cached_property
    def hash(self) -> str:
        """Content hash: that of the dataset and of every table that the patches really change."""
        digest = hashlib.sha256(self.dataset.hash.encode())
        for name in sorted(self._changed):
            content = self.digest(name)
            if content != self.dataset.digest(name):
                digest.update(name.encode() + content)
        return digest.hexdigest()

    def digest(self, name: str) -> bytes:
        """Content hash of one table."""
        if name not in self._changed:
            return self.dataset.digest(name)
        if name not in self._digests:
            self._digests[name] = table_hash(TABLES[name], self._changed[name])
        return self._digests[name]

    def with_patches(self, *extra: Patch) -> Scenario:
        """The same dataset under these patches too."""
        return Scenario(self.dataset, (*self.patches, *extra), self)


def find_patches(dataset: Dataset, names: Iterable[str]) -> list[Patch]:
    """Patches by the ids that the dataset knows, or by files of edits. Raises UsageError for a name that is neither."""
    names, edits = list(names), dataset.table("edit")
    known = {item.patch_id: item for item in patches_of.from_edits(edits[edits["patch_id"].isin(names)])}
    declared = set(dataset.table("patch")["patch_id"])
    found = []
    for name in names:
        if name in known:
            found.append(known[name])
        elif name in declared:
            found.append(Patch(name, ()))
        elif Path(name).is_file():
            found.extend(read_patch_file(Path(name)))
        else:
            raise UsageError(
                t(
                    "patch {name}: neither a patch of {dataset} nor a file of edits",
                    name=repr(name), dataset=dataset.name,
                )
            )  # fmt: skip
    return found


def read_patch_file(path: Path) -> list[Patch]:
    """Patches of a CSV with the columns of the table `edit`; without patch_id, all edits make one patch named as the
    file.
    """
    from koridor.data.store import read_table

    frame = read_table(path, "edit", defaults={"patch_id": path.stem})
    return patches_of.from_edits(frame)
