"""Problems of a file, gathered as it is read, and the lines and tags that both files have in common."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from koridor.data.files import read_text
from koridor.errors import Problem
from koridor.schema.convert import MOST
from koridor.text import t

_TAG = re.compile(r"<\s*([^>]*?)\s*>(.*)")
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


@dataclass
class Faults:
    """Problems of one file. Of one kind (field and limit) the first are kept and the rest counted."""

    file: str
    _kinds: dict[tuple[str, str], list[Problem]] = field(default_factory=dict)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, row: int | None, name: str, found: object, limit: str, hint: str) -> None:
        """One more problem, in a line of the file counted from 1."""
        kind = (name, limit)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if self._counts[kind] <= MOST:
            problem = Problem("", self.file, row, name, (), str(found), limit, hint)
            self._kinds.setdefault(kind, []).append(problem)

    def take(self, problems: list[Problem]) -> None:
        """Problems of the file as a whole."""
        for problem in problems:
            self._kinds.setdefault((problem.field, problem.limit), []).append(problem)

    def problems(self) -> list[Problem]:
        """All kinds; of those cut short, how many more there are."""
        found = []
        for (name, limit), some in self._kinds.items():
            found += some
            more = self._counts.get((name, limit), 0) - len(some)
            if more > 0:
                said = t("{count} more rows have the same problem", count=more)
                found.append(Problem("", self.file, None, name, (), "", said))
        return found


@dataclass(frozen=True, slots=True)
class Text:
    """A file: its tags (in capitals) with their values and lines, its other lines, and the digest of its bytes."""

    tags: dict[str, tuple[str, int]]
    lines: list[tuple[int, str]]
    digest: str

    def whole(self, tag: str, faults: Faults, *, least: int = 0, needed: str = "") -> int | None:
        """The whole number of a tag; None where it is absent or is none. `needed` is the remedy where it must be."""
        value, row = self.tags.get(tag, ("", None))
        if not value:
            if needed:
                faults.add(row, f"<{tag}>", "", t("the tag is required"), needed)
            return None
        if not _WHOLE.fullmatch(value) or int(value) < least:
            limit = t("must be a whole number of at least {least}", least=least)
            faults.add(row, f"<{tag}>", value, limit, t("count anew, or restore the file"))
            return None
        return int(value)


def read_lines(path: Path, faults: Faults) -> Text | None:
    """The lines of a file that are not empty, numbered from 1; tags may stand anywhere and in any order.

    What is not UTF-8 can only be in a comment and is no problem. None when the file cannot be read.
    """
    text, problems = read_text(path, "", large=lambda block: b"<" in block, strict=False)
    if text is None:
        faults.take(problems)
        return None
    digest = hashlib.sha256(text.encode()).hexdigest()
    tags: dict[str, tuple[str, int]] = {}
    lines = []
    for number, line in _numbered(text):
        tag = _TAG.match(line)
        if tag is None:
            lines.append((number, line))
        else:
            value = tag[2].partition("~")[0].strip().rstrip(";").strip()
            tags[" ".join(tag[1].upper().split())] = (value, number)
    return Text(tags, lines, digest)


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        bare = line.strip()
        if bare:
            yield number, bare
