"""The units in which tables and results speak: each is the end of a column's name, and has a text for people.

A column holds one unit and its name says which (``cost_usd_per_teu``). Numbers for people are rounded to about three
digits, large ones take a prefix (12.3 MUSD, 45.6 kTEU), and thousands are parted by a narrow space that does not break.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

THIN = "\u202f"  # narrow no-break space
MINUS = "\u2212"
MISSING = "\u2013"
_PREFIXES = ((1e6, "M"), (1e3, "k"), (1.0, ""))


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: the ending of names, the symbol for people, and whether large numbers of it take a prefix."""

    suffix: str
    symbol: str
    doc: str
    prefixed: bool = False


_ALL = (
    Unit("usd", "USD", "US dollars of the dataset's price year", prefixed=True),
    Unit("t", "t", "tonnes", prefixed=True),
    Unit("teu", "TEU", "twenty-foot equivalent units", prefixed=True),
    Unit("h", "h", "hours"),
    Unit("d", "d", "days"),
    Unit("s", "s", "seconds"),
    Unit("mib", "MiB", "mebibytes"),
    Unit("t_h", "t·h", "hours, each weighted by the tonnes that spend it", prefixed=True),
    Unit("km", "km", "kilometres"),
    Unit("kmh", "km/h", "kilometres an hour"),
    Unit("deg", "°", "degrees, WGS 84"),
    Unit("share", "%", "part of one; shown in per cent"),
    Unit("factor", "", "multiplies another quantity"),
    Unit("ratio", "", "one quantity against another of the same unit"),
    Unit("alpha", "", "coefficient of a volume-delay function"),
    Unit("power", "", "exponent of a volume-delay function"),
    Unit("per_t", "/t", "units of an element for a tonne"),
    Unit("per_teu", "/TEU", "units of an element for a TEU"),
    Unit("per_usd", "/USD", "units of a currency for a US dollar"),
    Unit("m", "m", "metres"),
    Unit("per_yr", "/yr", "units of an element a year", prefixed=True),
    Unit("per_month", "/month", "units of an element in a month", prefixed=True),
    Unit("per_week", "/week", "departures a week"),
    Unit("t_per_yr", "t/yr", "tonnes a year", prefixed=True),
    Unit("teu_per_yr", "TEU/yr", "TEU a year", prefixed=True),
    Unit("t_per_teu", "t/TEU", "tonnes in a TEU"),
    Unit("usd_per_t", "USD/t", "US dollars a tonne"),
    Unit("usd_per_teu", "USD/TEU", "US dollars a TEU"),
    Unit("usd_per_km", "USD/km", "US dollars a kilometre, for a TEU in a box and for a tonne outside"),
    Unit("usd_per_t_h", "USD/t·h", "US dollars for an hour of a tonne"),
    Unit("g_per_t", "g/t", "grams of CO2e a tonne"),
    Unit("g_per_t_km", "g/t·km", "grams of CO2e a tonne-kilometre"),
    Unit("kg_per_t", "kg/t", "kilograms of CO2e a tonne"),
    Unit("kg_per_teu", "kg/TEU", "kilograms of CO2e a TEU"),
)
UNITS: Mapping[str, Unit] = MappingProxyType({unit.suffix: unit for unit in _ALL})


def unit_of(column: str) -> Unit | None:
    """The unit that a column's name ends in, the longest that fits; None when it ends in none."""
    words = column.split("_")
    endings = ("_".join(words[at:]) for at in range(len(words)))
    return next((UNITS[ending] for ending in endings if ending in UNITS), None)


def format_number(value: float | None, unit: str = "", *, signed: bool = False) -> str:
    """The number with its unit as people read it; a dash where there is none. `signed` shows a plus too.

    Shares come in per cent. Units that are not registered stand as they are.
    """
    if value is None or math.isnan(value):
        return MISSING
    known = UNITS.get(unit, Unit(unit, unit.replace("_", " "), ""))
    sign = MINUS if value < 0 else ("+" if signed and value > 0 else "")
    size = abs(value)
    if math.isinf(size):
        number, prefix = "∞", ""
    elif unit == "share":
        number, prefix = _percent(size * 100), ""
    else:
        scale, prefix = _prefix(size) if known.prefixed else _PREFIXES[-1]
        number = _digits(size / scale)
    if not any(digit in number for digit in "123456789∞"):
        number, prefix, sign = "0", "", ""
    if known.symbol.startswith("/"):
        return f"{sign}{number}{THIN + prefix if prefix else ''}{known.symbol}"
    tail = prefix + known.symbol
    return f"{sign}{number}{'' if tail in ('', '°') else THIN}{tail}"


def _prefix(size: float) -> tuple[float, str]:
    """The largest prefix of which there is at least one after rounding to three digits."""
    rounded = float(f"{size:.3g}")
    return next((pair for pair in _PREFIXES if rounded >= pair[0]), _PREFIXES[-1])


def _digits(size: float) -> str:
    """About three digits: whole numbers stay whole, nothing before the point is rounded away."""
    if size == 0 or (size == int(size) and size < 1000):
        return f"{size:.0f}"
    places = 2 - math.floor(math.log10(float(f"{size:.3g}")))
    return f"{size:,.{max(0, min(places, 6))}f}".replace(",", THIN)


def _percent(size: float) -> str:
    return f"{size:,.{0 if size >= 9.95 else 1}f}".replace(",", THIN)
