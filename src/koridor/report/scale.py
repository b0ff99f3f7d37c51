"""Axes: round ticks and linear scales."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_POINT = 1e-290  # a shorter range is one value: a tenth of it would no longer be a number


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values that enclose the range, about `count` of them, with steps of 1, 2 or 5 times a power of ten."""
    if not high - low > _POINT:
        low, high = min(low, 0.0), max(high, 0.0)
    if not _POINT < high - low < math.inf:
        low, high = 0.0, 1.0
    rough = (high - low) / max(1, count)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def round_below(value: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * factor for factor in (5, 2, 1) if power * factor <= value * 1.0001)


@dataclass(frozen=True, slots=True)
class Linear:
    """Maps `low`..`high` to `start`..`stop`."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        return self.start + (self.stop - self.start) * ((value - self.low) / span if span else 0.0)


def enclosing(values: Sequence[float], start: float, stop: float, *, count: int = 5) -> tuple[Linear, list[float]]:
    """A scale over the values and zero, and the ticks inside it."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = min([0.0, *finite]), max([0.0, *finite])
    marks = ticks(low, high, count)
    if high <= low:
        return Linear(marks[0], marks[-1], start, stop), marks
    slack = 1e-9 * (high - low)
    return Linear(low, high, start, stop), [mark for mark in marks if low - slack <= mark <= high + slack]
