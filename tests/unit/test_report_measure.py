"""Numbers of the report: sensible digits, true minus signs, nothing rounded into silence."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from koridor.report.measure import Measure, figure, quantity, tick
from koridor.report.scale import enclosing, round_below, ticks
from koridor.report.svg import width_of, wrapped


@pytest.mark.parametrize(
    ("value", "measure", "text"),
    [
        (3_214_567.0, Measure.MUSD, "3.21"),
        (104_249_000.0, Measure.MUSD, "104"),
        (-400_000.0, Measure.MUSD, "\u22120.40"),
        (18_240_000.0, Measure.MUSD_CHANGE, "+18.2"),
        (0.0, Measure.MUSD_CHANGE, "0"),
        (12.0, Measure.MUSD, "<0.001"),
        (-12.0, Measure.MUSD_CHANGE, "\u2212<0.001"),
        (31_000.0, Measure.TEU, "31\u202f000"),
        (0.163, Measure.PERCENT, "16.3"),
        (60.0, Measure.DAYS, "2.5"),
        (math.nan, Measure.MUSD, "\u2013"),
    ],
)
def test_figures(value: float, measure: Measure, text: str) -> None:
    assert figure(value, measure) == text


def test_measures_keep_their_units_apart() -> None:
    """Megatonnes and millions of dollars have one shape and two units."""
    assert quantity(2e6, Measure.MT) == "2.00\u00a0Mt a year"
    assert quantity(2e6, Measure.MUSD) == "2.00\u00a0MUSD a year"
    assert len({measure.value.name for measure in Measure}) == len(Measure.__members__)


def test_ticks_carry_no_empty_digits() -> None:
    assert [tick(value, Measure.MUSD) for value in (-5e6, 0.0, 2.5e6)] == ["\u22125", "0", "2.5"]


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
@example(0.0, 5e-324)
@example(-5e-324, 0.0)
def test_ticks_are_few_round_and_enclose(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    found = ticks(low, high)
    assert 2 <= len(found) <= 14
    if high - low > 1e-290:
        assert found[0] <= low + 1e-6 * (high - low)
        assert found[-1] >= high - 1e-6 * (high - low)


@given(st.lists(st.floats(-1e9, 1e9), max_size=8))
def test_scales_hold_zero_and_every_value(values: list[float]) -> None:
    scale, marks = enclosing(values, 100.0, 700.0)
    for value in [0.0, *values]:
        assert 99.9 <= scale(value) <= 700.1
    assert all(99.9 <= scale(mark) <= 700.1 for mark in marks)


@given(st.floats(1e-6, 1e12))
def test_round_below(value: float) -> None:
    assert value / 2.5 * 0.999 <= round_below(value) <= value * 1.0002


def test_long_names_go_on_two_lines_that_fit() -> None:
    lines = wrapped("Poland to Belarus rail border shut for the whole of a year", 200, 12)
    assert len(lines) == 2
    assert all(width_of(line, 12) <= 200 for line in lines)
