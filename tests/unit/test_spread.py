"""Hours of a way as a distribution: against closed forms, against draws, and under a timetable worked by hand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import ndtr

from koridor.data.dataset import Dataset
from koridor.model.cost import MODE_BIT
from koridor.model.network import BOX, Act
from koridor.model.spread import ALONE, Draws, Spread, distribution, simulate, spread
from koridor.model.spread.parts import deviation_of
from tariff_worlds import all_ways, compiled_world, rail_world, way_of

DRAWS = 20_000
NORMAL = {0.05: -1.6448536269514722, 0.5: 0.0, 0.8: 0.8416212335729143, 0.95: 1.6448536269514722}


def parts(
    fixed: list[float],
    delay: list[float],
    deviation: list[float],
    wait: list[float],
    group: list[int] | None = None,
    run: list[tuple[float, float]] | None = None,
) -> Spread:
    """Spread of arcs 0, 1, ... by hand; run: mean and scale of the gamma part."""
    hours = (np.array(column, dtype=np.float64) for column in (fixed, delay, deviation, wait))
    mean, scale = np.array(run or [(0.0, 0.0)] * len(fixed)).T
    fixed_h, delay_h, delay_sd_h, wait_h = hours
    return Spread(fixed_h, delay_h, delay_sd_h, wait_h, np.array(group or [ALONE] * len(fixed)), mean, scale)


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


def test_two_legs_of_running_by_hand() -> None:
    """Gammas of mean and scale 6 h, and 2 h, are exponentials: together 1 - (6 e^(-t/6) - 2 e^(-t/2)) / 4 by t.

    The sd is sqrt(36 + 4) h; at the tenth percentile, for the free-flow time, each is -ln 0.9 of its mean.
    """
    mine = parts([3.0, 1.0], [0.0] * 2, [0.0] * 2, [0.0] * 2, run=[(6.0, 6.0), (2.0, 2.0)])
    found = distribution(mine, np.array([0, 1]))
    for hours in (2.0, 8.0, 20.0):
        by = 1.0 - (6.0 * np.exp(-hours / 6.0) - 2.0 * np.exp(-hours / 2.0)) / 4.0
        assert found.probability_by(4.0 + hours) == pytest.approx(by, abs=0.001)
    assert found.mean_h == 12.0
    assert found.sd_h == pytest.approx(np.sqrt(40.0))
    assert found.free_h == pytest.approx(4.0 - 8.0 * np.log(0.9))
    hours = simulate(Draws(mine, 4, DRAWS), [np.array([0, 1])]).hours[0]
    for share in NORMAL:
        assert (hours <= found.quantile(share)).mean() == pytest.approx(share, abs=4.0 * np.sqrt(0.25 / DRAWS))


@pytest.mark.parametrize("group", [[ALONE] * 4, [7, ALONE, 7, 8]])
def test_draws_agree_with_the_convolution(group: list[int]) -> None:
    """Quantiles of 20,000 draws lie within four standard errors, sqrt(p (1 - p) / n) / density, of the convolution.

    The density is read off the convolution itself about the quantile; with delays that move together too, whose
    deviations add (3 of 7: 8 + 4) while those of others add in squares, and with running of two scales.
    """
    mine = parts(
        [5.0, 0.0, 2.0, 1.0], [10.0, 6.0, 5.0, 0.0], [8.0, 3.0, 4.0, 0.0], [0.0, 12.0, 0.0, 3.0], group,
        run=[(20.0, 5.0), (0.0, 0.0), (4.0, 5.0), (7.0, 3.0)],
    )  # fmt: skip
    way = np.arange(4)
    found = distribution(mine, way)
    together = (8.0 + 4.0) ** 2 if group[0] == 7 else 8.0**2 + 4.0**2
    run = 20.0 * 5.0 + 4.0 * 5.0 + 7.0 * 3.0
    assert found.sd_h == pytest.approx(np.sqrt(together + 3.0**2 + 24.0**2 / 12.0 + 6.0**2 / 12.0 + run))
    hours = simulate(Draws(mine, 3, DRAWS), [way]).hours[0]
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
    hours = simulate(Draws(mine, 1, DRAWS), [np.array([0]), np.array([1]), np.array([2])]).hours
    assert hours[1] == pytest.approx(2.0 * hours[0])
    assert abs(np.corrcoef(hours[0], hours[2])[0, 1]) < 4.0 / np.sqrt(DRAWS)


def test_draws_do_not_depend_on_what_else_is_asked() -> None:
    """The same seed gives the same draws for a way, alone and among others, in whatever order; another seed others."""
    mine = parts([1.0, 1.0], [5.0, 6.0], [4.0, 3.0], [2.0, 0.0])
    one, two = np.array([0, 1]), np.array([1])
    first = simulate(Draws(mine, 5, 100), [one, two]).hours
    assert (simulate(Draws(mine, 5, 100), [two, one]).hours == first[::-1]).all()
    assert (simulate(Draws(mine, 6, 100), [one]).hours[0] != first[0]).any()


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
    found = simulate(Draws(mine, 2, DRAWS), [np.array([0, 1])], timetable=Daily(), at=0)
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


RUNNING = {"running": [{"mode": "rail", "dispersion_h": 1.6}]}


def test_running_hours_vary_by_their_mode_and_keep_their_mean() -> None:
    """160 km at 40 km/h are 4 h: sd sqrt(1.6 x 4), a third for sure; skewness, 2 / sqrt k of a gamma, is 3 sd / mean.

    Means of all parts are the hours of the network still.
    """
    _, compiled = compiled_world(rail_world({"AB": ("A", "B", 160)}, {"A": "XX", "B": "XX"}, more=RUNNING))
    mine, way = spread(compiled), way_of(compiled, "AB")
    (arc,) = way[compiled.network.arcs.link[way] >= 0]
    assert mine.variance_h2[arc] == pytest.approx(1.6 * 4.0)
    assert mine.fixed_h[arc] == pytest.approx(4.0 / 3.0)
    shape = mine.run_h[arc] / mine.run_scale_h[arc]
    assert 2.0 / np.sqrt(shape) == pytest.approx(3.0 * np.sqrt(1.6 * 4.0) / 4.0)
    whole = mine.fixed_h + mine.delay_h + mine.wait_h + mine.run_h
    assert whole == pytest.approx(compiled.network.arcs.hours[BOX])


def test_a_link_cut_in_two_changes_nothing() -> None:
    """400 km in one link, and as 150 and 250: the same distribution, and draws that agree with both.

    Gammas of one scale add up to a gamma, so that nothing evens out where a line is drawn with more stations.
    """
    whole = rail_world({"AC": ("A", "C", 400)}, {"A": "XX", "C": "XX"}, more=RUNNING)
    cut = rail_world({"AB": ("A", "B", 150), "BC": ("B", "C", 250)}, {"A": "XX", "B": "XX", "C": "XX"}, more=RUNNING)
    found, drawn = [], []
    for dataset, links in ((whole, ["AC"]), (cut, ["AB", "BC"])):
        _, compiled = compiled_world(dataset)
        mine, way = spread(compiled), way_of(compiled, *links)
        found.append(distribution(mine, way))
        drawn.append(simulate(Draws(mine, 1, DRAWS), [way]).hours[0])
    assert found[1].mass == pytest.approx(found[0].mass, abs=1e-12)
    assert (found[1].mean_h, found[1].sd_h, found[1].free_h) == pytest.approx(
        (found[0].mean_h, found[0].sd_h, found[0].free_h)
    )
    for hours in drawn:
        for share in NORMAL:
            assert (hours <= found[0].quantile(share)).mean() == pytest.approx(share, abs=4.0 * np.sqrt(0.25 / DRAWS))


def test_ships_vary_by_the_range_of_their_service() -> None:
    """Transit 40 h, 20 to 80: a lognormal whose log has the sd ln 4 / 2.563; without a range the mode's row holds."""
    scale = np.log(4.0) / (2.0 * 1.2815515655446004)
    wanted = {True: 40.0**2 * np.expm1(scale**2), False: 3.0 * 40.0}
    for known, variance in wanted.items():
        _, compiled = compiled_world(_sea_world({"transit_low_h": 20, "transit_high_h": 80} if known else {}))
        mine, arcs = spread(compiled), compiled.network.arcs
        sailing = (arcs.act == Act.MOVE) & (arcs.mode == MODE_BIT["sea"]) & arcs.open[BOX]
        still = mine.wait_h[sailing] ** 2 / 3.0
        assert sailing.any()
        assert mine.variance_h2[sailing] - still == pytest.approx(variance)


def test_a_train_left_and_boarded_again_varies_as_if_kept() -> None:
    """Transit 30 h, 20 to 60, over 100 and 200 km: the rides A-B and B-C vary together as A-C does, whose log has the
    sd ln 3 / 2.563; by halves of the sd the two would even out, and getting off would seem to be safer.
    """
    links = {"AB": ("A", "B", 100), "BC": ("B", "C", 200)}
    more = {
        "service": [{"service_id": "T", "mode": "rail", "frequency_per_week": 7, "transit_h": 30, "transit_low_h": 20,
                     "transit_high_h": 60}],
        "service_stop": [{"service_id": "T", "seq": n, "place_id": at, "carriage": "rail1520", "calls": True}
                         for n, at in enumerate("ABC", 1)],
    }  # fmt: skip
    _, compiled = compiled_world(rail_world(links, dict.fromkeys("ABC", "XX"), more=more))
    network, mine = compiled.network, spread(compiled)
    rides = np.flatnonzero((network.arcs.act == Act.SERVICE) & ~network.arcs.reverse)
    names = network.places.to_numpy()
    ends = ["".join(names[network.place[each[rides]]][i] for each in (network.arcs.tail, network.arcs.head))
            for i in range(len(rides))]  # fmt: skip
    variance = dict(zip(ends, (mine.variance_h2 - mine.wait_h**2 / 3.0)[rides], strict=True))
    scale = np.log(3.0) / (2.0 * 1.2815515655446004)
    assert variance["AC"] == pytest.approx(30.0**2 * np.expm1(scale**2))
    assert variance["AB"] + variance["BC"] == pytest.approx(variance["AC"])


def _sea_world(transit: dict[str, float]) -> Dataset:
    ends = [{"transfer_id": f"T{at}", "place_id": at, "from_carriage": "rail1520", "to_carriage": "sea"} for at in "AB"]
    service = {"service_id": "S", "mode": "sea", "frequency_per_week": 7, "transit_h": 40, "price_usd_per_teu": 100}
    return rail_world(
        {}, {"A": "XX", "B": "XX"},
        more={
            "running": [{"mode": "sea", "dispersion_h": 3}],
            "link": [{"link_id": "SEA", "from_place": "A", "to_place": "B", "mode": "sea", "carriages": "sea",
                      "length_km": 700, "speed_kmh": 20}],
            "transfer": ends,
            "rate": [{"rate_id": "sea", "mode": "sea", "form": "box", "distance_usd_per_km": 1}],
            "activity": [{"activity": "sea", "form": "box", "resource_share": 1}],
            "service": [service | transit],
            "service_stop": [{"service_id": "S", "seq": n, "place_id": at, "carriage": "sea", "calls": True}
                             for n, at in enumerate("AB", 1)],
        },
    )  # fmt: skip


def test_a_ride_varies_as_the_hours_of_its_arc() -> None:
    """5 h of ride by the timetable on an arc of 3 h and a gamma of mean 2 h: the ride is as many hours as drawn."""
    mine = parts([0.0, 3.0], [0.0] * 2, [0.0] * 2, [0.0] * 2, run=[(0.0, 0.0), (2.0, 1.0)])
    drawn = Draws(mine, 1, 1000)
    found = simulate(drawn, [np.array([0, 1])], timetable=Daily())
    assert found.hours[0] == pytest.approx(24.0 + 3.0 + drawn.of(1)[0])


def test_wagons_of_both_gauges_meet_the_same_delay_at_a_border() -> None:
    """Two ways over one crossing by arcs of their own: only the border spreads here, and every draw is the same."""
    border = {"border_id": "BC2", "from_place": "B", "to_place": "C", "mode": "rail", "time_h": 12, "time_low_h": 4,
              "time_high_h": 30}  # fmt: skip
    dual = {"link_id": "BC", "from_place": "B", "to_place": "C", "mode": "rail", "carriages": "rail1520;rail1435",
            "length_km": 10, "speed_kmh": 40}  # fmt: skip
    _, compiled = compiled_world(rail_world({}, {"B": "XX", "C": "YY"}, more={"link": [dual], "border": [border]}))
    arcs, place = compiled.network.arcs, compiled.network.place
    mine = spread(compiled)
    over = np.flatnonzero((arcs.link >= 0) & (place[arcs.tail] == compiled.index.places.get_loc("B")))
    assert len(over) == 2
    hours = simulate(Draws(mine, 1, 500), [over[:1], over[1:]]).hours
    assert hours[0].std() > 1.0
    assert hours[1] == pytest.approx(hours[0])


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
