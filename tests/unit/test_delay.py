"""Volume-delay functions against their formulas, finite differences and quadrature."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from koridor.kernels.delay import FULL, Delay, delays, social
from koridor.kernels.reference import bpr_hours

CAPACITY = 100.0
CURVES = [
    (Delay.BPR, 10.0, 0.15, 4.0),
    (Delay.BPR, 40.0, 1.0, 2.0),
    (Delay.BPR, 3.0, 2.5, 1.0),
    (Delay.BPR, 3.0, 0.7, 0.5),
    (Delay.BPR, 3.0, 0.7, 0.0),
    (Delay.CONICAL, 10.0, 4.0, 0.0),
    (Delay.CONICAL, 2.0, 1.5, 0.0),
    (Delay.QUEUE, 6.0, 0.5, 0.0),
    (Delay.QUEUE, 6.0, 1.0, 0.0),
]
VOLUMES = [1.0, 50.0, 93.0, 100.0, 170.0]


def at(volume: float, kind: int, free: float, alpha: float, power: float) -> list[float]:
    """Hours, slope and integral at one volume."""
    one = [np.array([value]) for value in (kind, volume, CAPACITY, free, alpha, power)]
    return [float(value[0]) for value in delays(*one)]  # type: ignore[arg-type]


def as_social(kind: int, free: float, alpha: float, power: float) -> tuple[int, float, float, float]:
    codes, grown = social(np.array([int(kind)]), np.array([alpha]), np.array([power]))
    return int(codes[0]), free, float(grown[0]), power


def test_at_capacity_alpha_of_the_free_hours_is_added() -> None:
    """BPR (1964): t(v) - free = free * alpha * (v / c)^power: 10 * 0.15 = 1.5 h at v = c, 16 times that at 2 c."""
    assert at(100.0, Delay.BPR, 10.0, 0.15, 4.0)[0] == pytest.approx(1.5)
    assert at(200.0, Delay.BPR, 10.0, 0.15, 4.0)[0] == pytest.approx(24.0)
    assert at(70.0, Delay.BPR, 10.0, 0.15, 4.0)[0] == pytest.approx(bpr_hours(70.0, 100.0, 10.0, 0.15, 4.0))


def test_a_cone_doubles_the_hours_at_capacity() -> None:
    """Spiess (1990): f(0) = 1 and f(1) = 2, so 0 and the free hours are added; far above the slope is 2 alpha."""
    for alpha in (1.5, 4.0, 8.0):
        assert at(0.0, Delay.CONICAL, 10.0, alpha, 0.0)[0] == pytest.approx(0.0, abs=1e-12)
        assert at(100.0, Delay.CONICAL, 10.0, alpha, 0.0)[0] == pytest.approx(10.0)
        assert at(1e7, Delay.CONICAL, 10.0, alpha, 0.0)[1] == pytest.approx(2 * alpha * 10.0 / 100.0, rel=1e-6)


def test_a_queue_waits_what_pollaczek_and_khinchine_say() -> None:
    """One server, service of 6 h, exponential (alpha 1): at half load one service, at 90 % nine; tangent from 95 %."""
    assert at(50.0, Delay.QUEUE, 6.0, 1.0, 0.0)[0] == pytest.approx(6.0)
    assert at(90.0, Delay.QUEUE, 6.0, 1.0, 0.0)[0] == pytest.approx(54.0)
    assert at(50.0, Delay.QUEUE, 6.0, 0.5, 0.0)[0] == pytest.approx(3.0)  # services all alike wait half as long
    slope = at(100 * FULL, Delay.QUEUE, 6.0, 1.0, 0.0)[1]
    assert at(300.0, Delay.QUEUE, 6.0, 1.0, 0.0)[1] == pytest.approx(slope)


def test_power_0_adds_the_same_at_any_volume() -> None:
    """(v / c)^0 = 1: 0.7 of 3 h, at no volume too; nothing is added without a kind, without free hours or alpha."""
    for volume in (0.0, 1.0, 500.0):
        assert at(volume, Delay.BPR, 3.0, 0.7, 0.0)[:2] == pytest.approx([2.1, 0.0])
        assert at(volume, Delay.NONE, 3.0, 0.7, 4.0) == [0.0, 0.0, 0.0]
        assert at(volume, Delay.BPR, 0.0, 0.7, 4.0) == [0.0, 0.0, 0.0]
        assert at(volume, Delay.BPR, 3.0, 0.0, 4.0) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("curve", [c for c in CURVES if c[3] != 0.0 or c[0] != Delay.BPR])
def test_nothing_is_added_without_volume(curve: tuple[int, float, float, float]) -> None:
    """t(0) = free, and the free hours belong to the arc."""
    assert at(0.0, *curve)[0] == pytest.approx(0.0, abs=1e-12)
    assert at(0.0, *curve)[2] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("curve", [*CURVES, *(as_social(*c) for c in CURVES)], ids=str)
@pytest.mark.parametrize("volume", VOLUMES)
def test_slope_and_integral_belong_to_the_hours(curve: tuple[int, float, float, float], volume: float) -> None:
    """The slope is a central difference of the hours, the integral a Gauss-Legendre quadrature between kinks."""
    hours, slope, integral = at(volume, *curve)
    step = 1e-4
    if abs(volume - 100 * FULL) > step:
        difference = (at(volume + step, *curve)[0] - at(volume - step, *curve)[0]) / (2 * step)
        assert slope == pytest.approx(difference, rel=1e-6, abs=1e-9)
    node, weight = np.polynomial.legendre.leggauss(40)
    edges = np.unique([0.0, *np.geomspace(1e-9, 1.0, 12) * volume, min(100 * FULL, volume), volume])
    area = 0.0
    for low, high in itertools.pairwise(edges):
        at_nodes = [at((high - low) / 2 * x + (high + low) / 2, *curve)[0] for x in node]
        area += float(weight @ np.array(at_nodes)) * (high - low) / 2
    assert integral == pytest.approx(area, rel=1e-7, abs=1e-9)
    assert hours >= 0.0


@pytest.mark.parametrize("curve", CURVES, ids=str)
def test_social_hours_are_what_one_more_costs_all(curve: tuple[int, float, float, float]) -> None:
    """g(v) = d/dv (v t(v)), so that its integral is v t(v): all hours added."""
    for volume in VOLUMES:
        assert at(volume, *as_social(*curve))[2] == pytest.approx(volume * at(volume, *curve)[0], rel=1e-12)
