"""The volume-delay function against its formula, finite differences and quadrature."""

from __future__ import annotations

import numpy as np
import pytest

from koridor.kernels.delay import bpr_arrays
from koridor.kernels.reference import bpr_hours

CURVES = [(10.0, 0.15, 4.0), (40.0, 1.0, 2.0), (3.0, 2.5, 1.0)]


def at(volume: float, free: float, alpha: float, power: float) -> list[float]:
    one = [np.array([value]) for value in (volume, 100.0, free, alpha, power)]
    return [float(value[0]) for value in bpr_arrays(*one)]


def test_at_capacity_alpha_of_the_free_hours_is_added() -> None:
    """BPR (1964): t(v) - free = free * alpha * (v / c)^power: 10 * 0.15 = 1.5 h at v = c, 16 times that at 2 c."""
    assert at(100.0, 10.0, 0.15, 4.0)[0] == pytest.approx(1.5)
    assert at(200.0, 10.0, 0.15, 4.0)[0] == pytest.approx(24.0)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("volume", [1.0, 50.0, 100.0, 170.0])
def test_value_slope_and_integral_agree(curve: tuple[float, float, float], volume: float) -> None:
    """The slope is that of a central difference of the slow twin, the integral that of Gauss-Legendre quadrature, exact
    for polynomials up to degree 15.
    """
    hours, slope, integral = at(volume, *curve)
    step = 1e-4
    difference = (bpr_hours(volume + step, 100.0, *curve) - bpr_hours(volume - step, 100.0, *curve)) / (2 * step)
    node, weight = np.polynomial.legendre.leggauss(8)
    area = sum(w * bpr_hours(volume / 2 * (x + 1), 100.0, *curve) for x, w in zip(node, weight, strict=True))
    assert hours == pytest.approx(bpr_hours(volume, 100.0, *curve), rel=1e-12)
    assert slope == pytest.approx(difference, rel=1e-6)
    assert integral == pytest.approx(area * volume / 2, rel=1e-12)


def test_nothing_is_added_without_volume() -> None:
    """t(0) = free, and the free hours belong to the arc."""
    assert at(0.0, 10.0, 0.15, 4.0) == [0.0, 0.0, 0.0]
