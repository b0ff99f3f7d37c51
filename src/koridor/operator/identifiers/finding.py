"""What a check of an identifier finds, the same for every kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

Derived = str | int | Fraction | bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing wrong or doubtful: a code for programs, a sentence and a remedy for people."""

    code: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


@dataclass(frozen=True, slots=True)
class Finding:
    """An identifier after its check.

    Attributes
    ----------
    kind : str
        Kind of identifier, a key of `identify.kinds`.
    given : str
        The text as it came.
    value : str
        The text mended (spaces, dashes, case, look-alike letters); what is to be stored.
    problems, warnings : tuple of Trouble
        What makes it invalid, and what a clerk should look at although it is valid.
    derived : mapping
        What the identifier itself says, by name: owner, country, TEU and so on.
    """

    kind: str
    given: str
    value: str
    problems: tuple[Trouble, ...] = ()
    warnings: tuple[Trouble, ...] = ()
    derived: Mapping[str, Derived] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def document(self) -> dict[str, object]:
        """The finding as plain data for JSON; fractions as text such as 9/4."""
        return {
            "kind": self.kind,
            "given": self.given,
            "value": self.value,
            "valid": self.valid,
            "problems": [_plain(trouble) for trouble in self.problems],
            "warnings": [_plain(trouble) for trouble in self.warnings],
            "derived": {name: str(v) if isinstance(v, Fraction) else v for name, v in self.derived.items()},
        }


def _plain(trouble: Trouble) -> dict[str, str]:
    return {"code": trouble.code, "message": trouble.message, "remedy": trouble.remedy}
