"""Hours of a way as a distribution: against closed forms, against draws, and under a timetable worked by hand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import ndtr

from koridor.model.network import BOX
from koridor.model.spread import ALONE, Spread, distribution, simulate, spread
from koridor.model.spread.parts import deviation_of
from tariff_worlds import all_ways, compiled_world, rail_world, way_of

DRAWS = 20_000
NORMAL = {0.05: -1.6448536269514722, 0.5: 0.0, 0.8: 0.8416212335729143, 0.95: 1.6448536269514722}


def parts(
    fixed: list[float], delay: list[float], deviation: list[float], wait: list[float], group: list[int] | None = None
) -> Spread:
    """Spread of arcs 0, 1, ... by hand."""
    rows = (np.array(column, dtype=np.float64) for column in (fixed, delay, deviation, wait))
    return Spread(*rows, np.array(group or [ALONE] * len(fixed)))


def test_one_lognormal_has_its_quantiles() -> None:
    """Mean m and deviation s give log scale v = ln(1 + s^2 / m^2), location ln m - v / 2; quantiles in closed form."""
    found = distribution(parts([10.0], [20.0], [15.0], [0.0]), np.array([0]))
    scale = np.sqrt(np.log1p((15.0 / 20.0) ** 2))
    location = np.log(20.0) - scale**2 / 2.0
    for share, z in NORMAL.items():
        assert found.quantile(share) == pytest.approx(10.0 + np.exp(location + scale * z), abs=found.step_h)
        assert found.probability_by(10.0 + np.exp(location + scale * z)) == pytest.approx(share, abs=0.003)
    assert found.mean_h == 30.0
    assert found.sd_h == pytest.approx(15.0)
    assert found.free_h == pytest.approx(10.0 + np.exp(location - 1.2815515655446004 * scale))
    p95 = 10.0 + np.exp(location + scale * NORMAL[0.95])
    assert found.buffer_index == pytest.approx((p95 - 30.0) / 30.0, abs=0.001)
    assert found.planning_time_index == pytest.approx(p95 / found.free_h, abs=0.001)


def test_two_headways_make_a_triangle() -> None:
    """Two uniform waits over 8 h sum to a triangle on 0 to 16: half by 8 h, an eighth by 4 h (4^2 / 2 / 64)."""
    found = distribution(parts([1.0, 1.0], [0.0, 0.0], [0.0, 0.0], [4.0, 4.0]), np.array([0, 1]))
    assert found.quantile(0.5) == pytest.approx(10.0, abs=0.01)
    assert found.probability_by(6.0) == pytest.approx(0.125, abs=0.001)
    assert found.sd_h == pytest.approx(np.sqrt(2 * 8.0**2 / 12.0))


def test_nothing_random_is_one_point() -> None:
    """Without delay and wait the way takes its fixed hours, by then surely and before then never."""
    found = distribution(parts([3.0, 4.5], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]), np.array([0, 1]))
    assert (found.quantile(0.05), found.quantile(0.95)) == (7.5, 7.5)
    assert (found.probability_by(7.4), found.probability_by(7.5)) == (0.0, 1.0)


@pytest.mark.parametrize("group", [[ALONE] * 4, [7, ALONE, 7, 8]])
def test_draws_agree_with_the_convolution(group: list[int]) -> None:
    """Quantiles of 20,000 draws lie within four standard errors, sqrt(p (1 - p) / n) / density, of the convolution.

    The density is read off the convolution itself about the quantile; with delays that move together too, whose
    deviations add (3 of 7: 8 + 4) while those of others add in squares.
    """
    mine = parts([5.0, 0.0, 2.0, 1.0], [10.0, 6.0, 5.0, 0.0], [8.0, 3.0, 4.0, 0.0], [0.0, 12.0, 0.0, 3.0], group)
    way = np.arange(4)
    found = distribution(mine, way)
    together = (8.0 + 4.0) ** 2 if group[0] == 7 else 8.0**2 + 4.0**2
    assert found.sd_h == pytest.approx(np.sqrt(together + 3.0**2 + 24.0**2 / 12.0 + 6.0**2 / 12.0))
    hours = simulate(mine, [way], seed=3, draws=DRAWS).hours[0]
    for share in NORMAL:
        at = found.quantile(share)
        density = (found.probability_by(at + 0.5) - found.probability_by(at - 0.5)) / 1.0
        error = np.sqrt(share * (1.0 - share) / DRAWS) / density
        assert np.quantile(hours, share) == pytest.approx(at, abs=4.0 * error + found.step_h)
    assert hours.mean() == pytest.approx(found.mean_h, abs=4.0 * found.sd_h / np.sqrt(DRAWS))


def test_ways_through_one_border_are_late_together() -> None:
    """Arcs of one group have the same delay in every draw, up to their size; others are independent.

    With 20,000 draws a correlation of independent delays is within 4 / sqrt(n) of 0.
    """
    mine = parts([0.0] * 3, [10.0, 20.0, 10.0], [5.0, 10.0, 5.0], [0.0] * 3, [1, 1, 2])
    hours = simulate(mine, [np.array([0]), np.array([1]), np.array([2])], seed=1, draws=DRAWS).hours
    assert hours[1] == pytest.approx(2.0 * hours[0])
    assert abs(np.corrcoef(hours[0], hours[2])[0, 1]) < 4.0 / np.sqrt(DRAWS)


def test_draws_do_not_depend_on_what_else_is_asked() -> None:
    """The same seed gives the same draws for a way, alone and among others, in whatever order; another seed others."""
    mine = parts([1.0, 1.0], [5.0, 6.0], [4.0, 3.0], [2.0, 0.0])
    one, two = np.array([0, 1]), np.array([1])
    first = simulate(mine, [one, two], seed=5, draws=100).hours
    assert (simulate(mine, [two, one], seed=5, draws=100).hours == first[::-1]).all()
    assert (simulate(mine, [one], seed=6, draws=100).hours[0] != first[0]).any()


@dataclass(frozen=True)
class Daily:
    """A timetable of two arcs: arc 1 leaves at 24, 48 and 72 h and rides 5 h, with a cut-off of an hour."""

    depart_ptr = np.array([0, 0, 3])
    depart_min = np.array([24, 48, 72]) * 60
    ride_min = np.array([300, 300, 300])
    cut_off_min = np.array([0, 60])
    run_min = np.array([20 * 60, 0])
    open_ptr = np.array([0, 0, 0])
    open_from = np.array([], dtype=np.int64)
    open_to = np.array([], dtype=np.int64)


def test_late_goods_miss_their_train() -> None:
    """10 h fixed and a delay of mean 10 h (sd 8): the plan is there after 20 h and takes the train of hour 24.

    The train is missed by a delay over 13 h (23 h less 10): a share 1 - Phi((ln 13 - location) / scale) of draws, to
    four standard errors. Who misses it arrives at 53 h and not at 29, or later; over 61 h there is no train left.
    """
    mine = parts([10.0, 0.0], [10.0, 0.0], [8.0, 0.0], [0.0, 0.0])
    found = simulate(mine, [np.array([0, 1])], seed=2, draws=DRAWS, timetable=Daily(), at=0)
    scale = np.sqrt(np.log1p(0.8**2))
    location = np.log(10.0) - scale**2 / 2.0
    late, lost = (float(ndtr((location - np.log(hours)) / scale)) for hours in (13.0, 61.0))
    assert found.missed[0][1] == pytest.approx(late, abs=4.0 * np.sqrt(late * (1.0 - late) / DRAWS))
    assert set(np.unique(found.hours[0])) <= {29.0, 53.0, 77.0, np.inf}
    assert np.isinf(found.hours[0]).mean() == pytest.approx(lost, abs=4.0 * np.sqrt(lost / DRAWS))


def test_parts_sum_to_the_hours_of_the_network() -> None:
    """Means of all parts are the arc's hours; the variance is that of the border where nothing else varies."""
    border = {"border_id": "BC2", "from_place": "B", "to_place": "C", "mode": "rail", "time_h": 12, "time_low_h": 4,
              "time_high_h": 30}  # fmt: skip
    dataset = rail_world(
        {"AB": ("A", "B", 100), "BC": ("B", "C", 10)}, {"A": "XX", "B": "XX", "C": "YY"}, more={"border": [border]}
    )
    _, compiled = compiled_world(dataset)
    mine, arcs = spread(compiled), compiled.network.arcs
    assert mine.fixed_h + mine.delay_h + mine.wait_h == pytest.approx(arcs.hours[BOX])
    assert mine.variance_h2 == pytest.approx(arcs.sd_h[BOX] ** 2)
    way = way_of(compiled, "AB", "BC")
    assert mine.delay_h[way].sum() == pytest.approx(18.0)  # 6 h of the world's own border and 12 h
    assert len({int(group) for group in mine.group[way] if group != ALONE}) == 1
    for one in all_ways(compiled, BOX, 10):
        assert all(arcs.head[a] == arcs.tail[b] for a, b in pairwise(one))


def test_tenth_percentile_of_nothing() -> None:
    """Mean 10, P90 20, P10 unknown: s solves 2 = exp(1.28 s - s^2 / 2); P90 of that lognormal is 20 again.

    P90 of 30 is more than any lognormal of mean 10 has (22.7): then s = 1.28.
    """
    import pandas as pd

    rows = pd.DataFrame({"time_h": [10.0, 10.0], "time_low_h": [0.0, 0.0], "time_high_h": [20.0, 30.0]})
    deviation = deviation_of(rows)
    scale = np.sqrt(np.log1p((deviation / 10.0) ** 2))
    assert 10.0 * np.exp(1.2815515655446004 * scale[0] - scale[0] ** 2 / 2.0) == pytest.approx(20.0)
    assert scale[1] == pytest.approx(1.2815515655446004)
