"""What requests may hold: nothing unknown, nothing of another type, nothing without a bound.

Times are milliseconds since 1970 in UTC, money is whole minor units, quantities of capacity are decimal text.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from koridor.operator.money.currency import MOST_MINOR

YEAR_2100_MS = 4_102_444_800_000
PER_MILLE_MAX = 10_000  # ten times the cost
DEPTH_MAX = 8
NODES_MAX = 2000

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Reason = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Quantity = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$")]
Millis = Annotated[int, Field(ge=0, le=YEAR_2100_MS)]
Minor = Annotated[int, Field(ge=-MOST_MINOR, le=MOST_MINOR)]
Paid = Annotated[int, Field(gt=0, le=MOST_MINOR)]
Count = Annotated[int, Field(ge=0, le=10**6)]
Word = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z0-9_-]{1,20})$")]
LegNumber = Annotated[int, Field(ge=1, le=100)]  # of an itinerary; people count from 1, and so do papers
Seq = Annotated[int, Field(ge=0, lt=2**63)]
Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


def bounded(content: dict[str, Any]) -> dict[str, Any]:
    """Free content that can be kept in any database: bounded, finite, without control signs. Raises ValueError."""
    nodes = 0

    def visit(item: Any, depth: int) -> None:
        nonlocal nodes
        nodes += 1
        if depth > DEPTH_MAX or nodes > NODES_MAX:
            raise ValueError("too deep or too large")
        if isinstance(item, dict):
            for name, value in item.items():
                visit(name, depth + 1)
                visit(value, depth + 1)
        elif isinstance(item, list):
            for value in item:
                visit(value, depth + 1)
        elif isinstance(item, str) and ("\x00" in item or (not item.isascii() and _unpaired(item))):
            raise ValueError("a sign that cannot be kept")
        elif isinstance(item, float) and not math.isfinite(item):
            raise ValueError("a number that is not finite")
        elif isinstance(item, int) and abs(item) >= 2**63:
            raise ValueError("a number too large")

    visit(content, 0)
    return content


def _unpaired(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)


Free = Annotated[dict[str, Any], AfterValidator(bounded)]


class Body(BaseModel):
    """A body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Shown(BaseModel):
    """What an answer holds: exactly its fields, so that nothing goes out that nobody declared."""

    model_config = ConfigDict(extra="forbid")


class NothingAnswer(Shown):
    """That it was done; there is nothing to tell."""


class Wrong(Shown):
    """One thing that a request may not hold."""

    where: str
    what: str


class Problem(BaseModel):
    """A refusal by RFC 9457: `code` for machines, `detail` for people, and the facts that explain it."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    errors: list[Wrong] = []
    retry_after_s: int = 0
