"""Reading of JSON fields with every problem kept; shared by the formats in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from koridor.errors import DataError, Problem
from koridor.text import t


@dataclass(slots=True)
class Reader:
    """An object of a message, with its path and the problems found so far (shared by all readers of a message)."""

    table: str
    found: Mapping[str, Any]
    path: str = ""
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, key: str, limit: str, found: object = "", hint: str = "") -> None:
        """Notes a problem of a field."""
        where = ".".join(filter(None, (self.path, key)))
        self.problems.append(Problem(self.table, field=where, found=str(found), limit=limit, hint=hint))

    def text(self, key: str, *, needed: bool = False) -> str:
        """A text, "" where it is not there."""
        value = self.found.get(key)
        if value is None or value == "":
            if needed:
                self.wrong(key, t("is missing"))
            return ""
        if not isinstance(value, str):
            self.wrong(key, t("must be a text"), value)
            return ""
        return value

    def one_of(self, key: str, known: Sequence[str]) -> str:
        """A text out of those known."""
        value = self.text(key, needed=True)
        if value and value not in known:
            self.wrong(key, t("must be one of {known}", known=", ".join(known)), value)
        return value

    def moment(self, key: str, *, needed: bool = False) -> datetime | None:
        """A moment with its offset, None where it is not there or wrong."""
        value = self.text(key, needed=needed)
        if not value:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.wrong(key, t("must be a moment with its offset, such as 2026-03-09T14:30+03:00"), value)
            return None
        return moment

    def inner(self, key: str) -> Reader:
        """The reader of an object inside, of an empty one where it is not there."""
        value = self.found.get(key)
        path = ".".join(filter(None, (self.path, key)))
        if value is not None and not isinstance(value, Mapping):
            self.wrong(key, t("must be an object with keys"), value)
        return Reader(self.table, value if isinstance(value, Mapping) else {}, path, self.problems)

    def rest(self, known: Sequence[str]) -> dict[str, Any]:
        """Fields that are not among those known: kept, since a later version may know them."""
        return {key: value for key, value in self.found.items() if key not in known}

    def finish(self) -> None:
        """Raises DataError where anything was wrong."""
        if self.problems:
            raise DataError(self.problems)


def listed(table: str, found: Any, key: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Objects of a message with their paths: a list, an object that holds one under a key, or a single object.

    Raises DataError where an entry is no object.
    """
    inside = found.get(key) if isinstance(found, Mapping) and key in found else found
    many = inside if isinstance(inside, list) else [inside]
    paths = [f"{key}[{at}]" for at in range(len(many))] if isinstance(inside, list) else [""]
    bad = [
        Problem(table, field=path, found=str(one), limit=t("must be an object with keys"))
        for path, one in zip(paths, many, strict=True)
        if not isinstance(one, Mapping)
    ]
    if bad:
        raise DataError(bad)
    return list(zip(paths, many, strict=True))
