"""What is priced: one consignment of like units, with the quantities by which tariffs count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from koridor.errors import UsageError
from koridor.text import t

KINDS = ("box", "wagon", "bulk")
_DIGITS = 6


def exact(value: float | Fraction) -> Fraction:
    """The number as it is written: 0.1 is a tenth, and not the binary number nearest to it."""
    return value if isinstance(value, Fraction) else Fraction(Decimal(repr(float(value))))


@dataclass(frozen=True, slots=True)
class Consignment:
    """Like units under one consignment note.

    kind: box, wagon or bulk. size: size type of a box, such as 40HC. count: units. gross_t, net_t: tonnes of one unit,
    with and without its tare. teu: TEU of one unit; 0 outside a box. commodity: id, or "". gng: code, or "".
    dangerous: class, or "". loaded: not empty. wagon: `private`, `pool`, or "" where it is not said. axles, length_m:
    of one unit, None where they are not said.
    """

    kind: str
    size: str = ""
    count: int = 1
    gross_t: float = 0.0
    net_t: float = 0.0
    teu: Fraction = Fraction(0)
    commodity: str = ""
    gng: str = ""
    dangerous: str = ""
    loaded: bool = True
    wagon: str = ""
    axles: int | None = None
    length_m: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(t("kind {kind}: it must be one of {kinds}", kind=repr(self.kind), kinds=", ".join(KINDS)))
        if self.count < 1:
            raise UsageError(t("count {count}: it must be at least 1", count=self.count))

    @property
    def in_box(self) -> bool:
        """Whether the network's prices of a box hold."""
        return self.kind == KINDS[0]

    @property
    def size_of_unit(self) -> Fraction:
        """What the network's prices count in one unit: TEU of a box, tonnes outside."""
        return exact(self.teu) if self.in_box else exact(self.net_t)

    def quantities(self) -> dict[str, Fraction | None]:
        """Quantities of one unit by name; None where they are not said. The kilometres come with the stretch."""
        return {
            "consignment": Fraction(1),
            "unit": Fraction(1),
            "teu": exact(self.teu),
            "t": exact(self.net_t),
            "m": None if self.length_m is None else exact(self.length_m),
            "axle": None if self.axles is None else Fraction(self.axles),
        }


def consignment_of(cargo: Any, **more: Any) -> Consignment:
    """The consignment of a `model.cargo.Cargo`; `more` gives or replaces fields, such as axles and length_m."""
    if isinstance(cargo, Consignment):
        return cargo
    known: Mapping[str, Any] = {
        name: getattr(cargo, name) for name in Consignment.__slots__ if getattr(cargo, name, None) not in (None, "")
    }
    if not known.get("length_m"):
        known = {name: value for name, value in known.items() if name != "length_m"}
    return Consignment(**{**known, **more})


def plain(value: Fraction | float) -> str:
    """The number in decimals, of at most six places."""
    text = f"{float(value):.{_DIGITS}f}".rstrip("0").rstrip(".")
    return text or "0"


def quantity_name(name: str) -> str:
    """A quantity as people call it."""
    return {
        "consignment": t("consignment"), "unit": t("units"), "teu": t("TEU"), "t": t("t"), "m": t("m"),
        "axle": t("axles"), "km": t("km"),
    }[name]  # fmt: skip
