"""What is sold on a departure, counted in whole parts: quarters of a TEU, kilograms, centimetres.

`unknown` says what a departure that does not state a resource means: `refuse`, as of sockets and dangerous goods, or
`free`, nobody is held. `of_dataset` is its name in the table `service_capacity`, `a_unit` how much of that a unit
takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from koridor.operator.common.refused import Refused
from koridor.operator.identifiers.tables import by_key, rows
from koridor.text import t

HERE = Path(__file__).parent

MOST = 10**9


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its parts in a unit, what a part is, and whether it is refused where it is not stated."""

    name: str
    parts: int
    part: str
    refused_unknown: bool


@cache
def resources() -> Mapping[str, Resource]:
    """All resources by name."""
    return {
        row["resource"]: Resource(row["resource"], int(row["parts"]), row["part"], row["unknown"] == "refuse")
        for row in rows("resource", HERE)
    }


def parts_of(name: str, quantity: str) -> int:
    """Whole parts of a quantity told as a decimal number, such as 9 of 2.25 TEU. Raises Refused `invalid`."""
    known = resources()
    if name not in known:
        raise Refused("invalid", t("Resource {name} is not one of {known}.", name=name, known=", ".join(known)))
    try:
        parts = Decimal(quantity) * known[name].parts
    except InvalidOperation:
        parts = Decimal("NaN")
    if not parts.is_finite() or parts != parts.to_integral_value() or not 0 < parts <= MOST:
        raise Refused(
            "invalid",
            t(
                'Quantity of {name}: found "{found}": must be above 0 and a whole number of its parts ({part}).',
                name=name,
                found=quantity,
                part=known[name].part,
            ),
        )
    return int(parts)


def parts_within(of_dataset: str, amount: float) -> tuple[str, int]:
    """The resource of a name of the dataset, and how many whole parts of it an amount has room for."""
    row = by_key("resource", "of_dataset", HERE)[of_dataset]
    parts = Decimal(str(amount)) * int(row["parts"]) / Decimal(row["a_unit"])
    return row["resource"], min(int(parts), MOST)


def left(name: str, parts: int) -> str:
    """What is left as a decimal number; 0 where more was taken than there is."""
    return told(name, max(parts, 0))


def told(name: str, parts: int) -> str:
    """A quantity as a decimal number, such as 2.25 for 9 quarters of a TEU."""
    text = format(Decimal(parts) / resources()[name].parts, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
