"""Numbers for people: about three digits, prefixes for what is large, thousands parted by a thin space."""

from __future__ import annotations

import math

import pytest

from koridor.units import MINUS, THIN, UNITS, format_number, unit_of


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12_345_678, "usd", "12.3 MUSD"),
        (1.2345e9, "usd", "1 234 MUSD"),  # no prefix beyond the million, so that all money compares at a glance
        (999_999, "usd", "1.00 MUSD"),  # rounding comes first, then the prefix
        (45_600, "teu", "45.6 kTEU"),
        (1_230_000, "t", "1.23 Mt"),
        (950, "usd", "950 USD"),
        (0, "usd", "0 USD"),
        (1e-12, "usd", "0 USD"),  # noise of a solver is nothing
        (0.395, "share", "40 %"),
        (0.004, "share", "0.4 %"),
        (12.345, "h", "12.3 h"),
        (5, "h", "5 h"),
        (9.999, "h", "10.0 h"),
        (1234.4, "km", "1 234 km"),
        (0.0123, "usd_per_t_h", "0.0123 USD/t·h"),
        (1230, "usd_per_teu", "1 230 USD/TEU"),
        (200_000, "per_yr", "200 k/yr"),
        (12.5, "deg", "12.5°"),
        (0.85, "factor", "0.850"),
        (math.inf, "h", "∞ h"),
        (math.nan, "h", "–"),
        (None, "h", "–"),
        (7, "sheep", "7 sheep"),  # a unit that is not registered stands as it is
    ],
)
def test_format(value: float | None, unit: str, text: str) -> None:
    """Each text by the rules in the module's docstring, with narrow spaces in place of those written here."""
    assert format_number(value, unit) == text.replace(" ", THIN)


def test_signs() -> None:
    """A minus is a minus sign; a plus is shown where asked for; nothing has no sign."""
    assert format_number(-5, "h") == f"{MINUS}5{THIN}h"
    assert format_number(5, "h", signed=True) == f"+5{THIN}h"
    assert format_number(-1e-12, "share", signed=True) == f"0{THIN}%"


@pytest.mark.parametrize(
    ("column", "unit"),
    [("vot_usd_per_t_h", "usd_per_t_h"), ("co2e_kg_per_teu", "kg_per_teu"), ("teu", "teu"), ("rent_usd", "usd"),
     ("load_none_per_yr", "per_yr")],
)  # fmt: skip
def test_unit_of_a_column_is_its_longest_ending(column: str, unit: str) -> None:
    """`vot_usd_per_t_h` ends in `h` and in `usd_per_t_h`: the longer one is meant."""
    assert unit_of(column) == UNITS[unit]


def test_columns_without_unit() -> None:
    """A name has no unit."""
    assert unit_of("place_name") is None
