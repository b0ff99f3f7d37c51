"""How a quantity is shown: divided by what, with which unit and how many digits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from koridor.text import t
from koridor.units import MINUS, MISSING, THIN

NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Shape:
    """Name, divisor, decimals at most, and whether a gain carries its plus sign. The name keeps equal shapes apart."""

    name: str
    divisor: float
    decimals: int
    signed: bool = False


class Measure(Enum):
    """Kinds of numbers in the report; each has its unit."""

    MUSD = Shape("musd", 1e6, 3)
    MUSD_CHANGE = Shape("musd_change", 1e6, 3, True)
    KUSD = Shape("kusd", 1e3, 2)
    KUSD_CHANGE = Shape("kusd_change", 1e3, 2, True)
    USD = Shape("usd", 1.0, 0)
    USD_CHANGE = Shape("usd_change", 1.0, 0, True)
    USD_IN_ALL = Shape("usd_in_all", 1.0, 2)
    USD_PER_TEU = Shape("usd_per_teu", 1.0, 0)
    USD_PER_T = Shape("usd_per_t", 1.0, 1)
    TEU = Shape("teu", 1.0, 0)
    T = Shape("t", 1.0, 0)
    KT = Shape("kt", 1e3, 2)
    MT = Shape("mt", 1e6, 3)
    PERCENT = Shape("percent", 0.01, 1)
    RATIO = Shape("ratio", 1.0, 2)
    HOURS = Shape("hours", 1.0, 1)
    DAYS = Shape("days", 24.0, 1)
    KM = Shape("km", 1.0, 0)
    KG = Shape("kg", 1.0, 0)
    KG_IN_ALL = Shape("kg_in_all", 1.0, 0)
    COUNT = Shape("count", 1.0, 0)
    PER_YEAR = Shape("per_year", 1.0, 0)
    PLAIN = Shape("plain", 1.0, 3)


def unit_name(measure: Measure) -> str:
    """The unit as it stands over columns and along axes; empty for plain numbers."""
    names = {
        Measure.MUSD: t("MUSD/yr"),
        Measure.MUSD_CHANGE: t("MUSD/yr"),
        Measure.KUSD: t("kUSD/yr"),
        Measure.KUSD_CHANGE: t("kUSD/yr"),
        Measure.USD: t("USD/yr"),
        Measure.USD_CHANGE: t("USD/yr"),
        Measure.USD_IN_ALL: t("USD"),
        Measure.KG_IN_ALL: t("kg CO2e"),
        Measure.USD_PER_TEU: t("USD/TEU"),
        Measure.USD_PER_T: t("USD/t"),
        Measure.TEU: t("TEU/yr"),
        Measure.T: t("t/yr"),
        Measure.KT: t("kt/yr"),
        Measure.MT: t("Mt/yr"),
        Measure.PERCENT: "%",
        Measure.HOURS: t("h"),
        Measure.DAYS: t("days"),
        Measure.KM: t("km"),
        Measure.KG: t("kg CO2e/TEU"),
        Measure.RATIO: t("times"),
        Measure.PER_YEAR: t("units/yr"),
    }
    return names.get(measure, "")


def unit_words(measure: Measure) -> str:
    """The unit as it stands in a sentence."""
    names = {
        Measure.MUSD: t("MUSD a year"),
        Measure.MUSD_CHANGE: t("MUSD a year"),
        Measure.KUSD: t("kUSD a year"),
        Measure.KUSD_CHANGE: t("kUSD a year"),
        Measure.USD: t("USD a year"),
        Measure.USD_CHANGE: t("USD a year"),
        Measure.TEU: t("TEU a year"),
        Measure.T: t("t a year"),
        Measure.KT: t("kt a year"),
        Measure.MT: t("Mt a year"),
    }
    return names.get(measure, unit_name(measure))


def money(*values: float) -> Measure:
    """MUSD, or the smaller unit in which the largest of these values in USD can be read."""
    return _fitting(values, (Measure.MUSD, Measure.KUSD, Measure.USD))


def money_change(*values: float) -> Measure:
    """The same for gains and losses."""
    return _fitting(values, (Measure.MUSD_CHANGE, Measure.KUSD_CHANGE, Measure.USD_CHANGE))


def tonnes(*values: float) -> Measure:
    """Mt, or the smaller unit in which the largest of these values in tonnes can be read."""
    return _fitting(values, (Measure.MT, Measure.KT, Measure.T))


def _fitting(values: Iterable[float], measures: Sequence[Measure]) -> Measure:
    """The first measure in which the largest value is a tenth at least; the first where there is nothing to show."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    found = (measure for measure in measures if largest >= 0.1 * measure.value.divisor)
    return next(found, measures[-1]) if largest > 0.0 else measures[0]


def figure(value: float, measure: Measure) -> str:
    """The number without its unit: three significant digits, two below one, thin spaces above, a true minus sign."""
    shape = measure.value
    scaled = value / shape.divisor
    if not math.isfinite(scaled):
        return MISSING
    if scaled != 0 and abs(scaled) < 0.5 * 10.0**-shape.decimals:
        smallest = f"{10.0**-shape.decimals:.{shape.decimals}f}"
        return f"{MINUS if scaled < 0 else ''}<{smallest}"
    if scaled == 0:
        return "0"
    size = math.floor(math.log10(abs(scaled)))
    decimals = max(0, min(shape.decimals, 2 - size if size >= 0 else 1 - size))
    text = f"{abs(scaled):,.{decimals}f}".replace(",", THIN)
    return (MINUS if scaled < 0 else "+" if shape.signed else "") + text


def tick(value: float, measure: Measure) -> str:
    """A round number on an axis: no more digits than it has, no plus sign."""
    scaled = value / measure.value.divisor
    text = f"{abs(scaled):,.6f}".rstrip("0").rstrip(".").replace(",", THIN)
    return MINUS + text if scaled < 0 and text != "0" else text


def quantity(value: float, measure: Measure) -> str:
    """The number with its unit."""
    unit = unit_words(measure)
    return f"{figure(value, measure)}{NO_BREAK}{unit}".strip()


def tonnage(value: float) -> str:
    """Tonnes a year in the unit in which they can be read."""
    return quantity(value, tonnes(value))


def measure_of_unit(unit: str) -> Measure:
    """The measure in which a value of a declared unit is shown."""
    known = {
        "usd": Measure.MUSD,
        "usd_per_yr": Measure.MUSD,
        "usd_per_teu": Measure.USD_PER_TEU,
        "usd_per_t": Measure.USD_PER_T,
        "teu": Measure.TEU,
        "teu_per_yr": Measure.TEU,
        "t": Measure.MT,
        "t_per_yr": Measure.MT,
        "share": Measure.PERCENT,
        "ratio": Measure.RATIO,
        "h": Measure.HOURS,
        "km": Measure.KM,
    }
    return known.get(unit, Measure.PLAIN)
