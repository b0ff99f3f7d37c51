"""Arrival with P50 and P90: by hand, by properties, and at the desk."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_messages_in import carried, made

from desks import DAY_MS, HOUR_MS, MONDAY_MS, Clock, staffed, train, who
from koridor.operator.booking import shipments
from koridor.operator.common.desk import Desk
from koridor.operator.track import arrival
from koridor.operator.track.course import Hop, Progress, observed, progress
from koridor.operator.track.eta import Eta, forecast, learned

NOW = MONDAY_MS
WORTH = 5.0
Z90 = 1.2815515655446004


def hop(at: int, hours: float, log_sd: float, **more: object) -> Hop:
    """A hop between two places that have numbers for names."""
    return Hop(str(at), str(at + 1), "rail", hours, log_sd, **more)  # type: ignore[arg-type]


def foretold(
    hops: list[Hop], so_far: Progress, now_ms: int = NOW, past: dict[object, list[float]] | None = None
) -> Eta:
    """The forecast with the seed of the tests."""
    return forecast(hops, so_far, past or {}, now_ms, 7, WORTH)  # type: ignore[arg-type]


def test_one_hop_by_hand() -> None:
    """100 hours at a deviation of 0.3: P50 is 100 h and P90 100 exp(1.2816 x 0.3) = 146.9 h from now."""
    found = foretold([hop(0, 100.0, 0.3)], Progress())
    assert (found.p50_ms - NOW) / HOUR_MS == pytest.approx(100.0, rel=2e-3)
    assert (found.p90_ms - NOW) / HOUR_MS == pytest.approx(100.0 * exp(Z90 * 0.3), rel=2e-3)


def test_what_is_learned_by_hand() -> None:
    """Worth 5 with 5 journeys of 200 h against 100 planned: the median is their geometric mean, 141.4 h; the variance
    is (5 x 0.09 + 5 x 0.12 + 5 x 0.12) / 10 with (log sqrt 2)^2 = 0.12.
    """
    mean, deviation = learned(hop(0, 100.0, 0.3), [200.0] * 5, WORTH)
    apart = log(sqrt(2.0)) ** 2
    assert exp(mean) == pytest.approx(100.0 * sqrt(2.0))
    assert deviation == pytest.approx(sqrt((5 * 0.09 + 10 * apart) / 10))


def test_a_hop_under_way_takes_longer_than_it_has_taken() -> None:
    """After 150 of 100 hours planned, the median is the one of what is left of the lognormal beyond 150 h, by hand:
    F(150) = Phi(log(1.5) / 0.3) = 0.9117, so P50 is at the quantile 0.9559 = Phi(1.7046): 100 exp(0.3 x 1.7046) h.
    """
    left = Progress(0, NOW - 150 * HOUR_MS, NOW - 150 * HOUR_MS)
    found = foretold([hop(0, 100.0, 0.3)], left)
    assert (found.p50_ms - left.left_ms) / HOUR_MS == pytest.approx(100.0 * exp(0.3 * 1.7046), rel=3e-3)  # type: ignore[operator]


def test_a_missed_departure_is_followed_by_the_next() -> None:
    """Ready in 10 hours for a train in 5 that runs again in 29: it arrives 29 + 2 hours from now, and is not early; on
    board of the first already, it leaves with it.
    """
    times = (NOW + 5 * HOUR_MS, NOW + 29 * HOUR_MS)
    hops = [hop(0, 10.0, 0.0), hop(1, 2.0, 0.0, leaves_ms=times, boards=True)]
    assert foretold(hops, Progress()).p50_ms == NOW + 31 * HOUR_MS
    assert foretold(hops, Progress(1, NOW, loaded=True)).p50_ms == NOW + 7 * HOUR_MS


HOURS = st.lists(st.tuples(st.floats(1.0, 200.0), st.floats(0.05, 0.8)), min_size=1, max_size=5)


@given(HOURS, st.integers(0, 4), st.integers(0, 400), st.booleans())
def test_an_arrival_is_never_past(hours: list[tuple[float, float]], at: int, ago_h: int, under_way: bool) -> None:
    """Whatever was told however late: P90 is not before P50, nor P50 before now."""
    hops = [hop(n, *one) for n, one in enumerate(hours)]
    at = min(at, len(hops) - 1)
    since = NOW - ago_h * HOUR_MS
    found = foretold(hops, Progress(at, since, since if under_way else None))
    assert NOW <= found.p50_ms <= found.p90_ms


@given(HOURS)
def test_who_has_come_further_knows_more(hours: list[tuple[float, float]]) -> None:
    """Each place reached takes a part of what is not known away: P90 - P50 does not grow (by more than the draws)."""
    hops = [hop(n, *one) for n, one in enumerate(hours)]
    widths = [(found.p90_ms - found.p50_ms) for at in range(len(hops)) for found in [foretold(hops, Progress(at, NOW))]]
    for before, after in pairwise(widths):
        assert after <= before * 1.03 + HOUR_MS / 10


@given(st.floats(1.0, 200.0), st.floats(0.05, 0.8), st.integers(0, 30), st.integers(1, 30))
def test_journeys_as_planned_make_sure(hours: float, log_sd: float, few: int, more: int) -> None:
    """Journeys that took what was planned leave P50 where it was and bring P90 nearer, the more of them the nearer."""
    one = hop(0, hours, log_sd)
    key = (one.from_place, one.to_place, one.mode)
    first, second = (foretold([one], Progress(), past={key: [hours] * n}) for n in (few, few + more))
    assert second.p90_ms <= first.p90_ms + 1
    assert abs(second.p50_ms - first.p50_ms) <= max(hours * HOUR_MS * 2e-3, 2)


@given(HOURS, st.integers(0, 300), st.integers(0, 300), st.booleans())
def test_silence_brings_nothing_nearer(hours: list[tuple[float, float]], one_h: int, more_h: int, moving: bool) -> None:
    """Monotone: as time goes on and nothing is told, neither P50 nor P90 comes forward, however late it is."""
    hops = [hop(n, *one) for n, one in enumerate(hours)]
    so_far = Progress(0, NOW, NOW if moving else None)
    early, late = (foretold(hops, so_far, NOW + passed * HOUR_MS) for passed in (one_h, one_h + more_h))
    assert early.p50_ms <= late.p50_ms + 1
    assert early.p90_ms <= late.p90_ms + 1


def test_progress_and_times_by_hand() -> None:
    """Two hops A-B-C: left A at 2, in B from 6 to 9, under way to C; the hop took 4 and the stay 3, in ms."""
    hops = [Hop("A", "B", "rail", 1.0, 0.1), Hop("B", "C", "rail", 1.0, 0.1)]
    told = made(
        [
            ("1", "LOAD", 1, {"place_id": "A"}), ("2", "DEPA", 2, {"place_id": "A"}),
            ("3", "ARRI", 6, {"place_id": "B"}),
            ("4", "DEPA", 9, {"place_id": "B"}), ("5", "ARRI", 20, {"place_id": "C", "classifier": "EST"}),
            ("6", "ARRI", 7, {"place_id": "X"}),
        ]
    )  # fmt: skip
    assert progress(hops, told) == Progress(1, 6, 9)
    found = [(one.kind, one.from_place, one.to_place, one.end_ms - one.start_ms) for one in observed(hops, told)]
    assert found == [("hop", "A", "B", 4), ("stay", "B", "B", 3)]
    assert progress(hops, told[:1]).loaded
    assert progress(hops, made([("9", "ARRI", 30, {"place_id": "C"})])).arrived_ms == 30


def test_an_arrival_at_the_desk(desk: Desk, clock: Clock) -> None:
    """T1 leaves A on Tuesday and is in D on Friday; told nothing, P50 is near. Earlier journeys of the seller that took
    half as long again make it later, those of a shipment of others do not count; it is the same for whoever asks.
    """
    desk.do(who("ann"), lambda tx: (staffed(tx), train(tx)))
    first = desk.do(who("ann"), carried)
    planned = MONDAY_MS + 4 * DAY_MS
    before = desk.look(who("gus"), lambda tx: arrival.of(tx, first))
    assert abs(before["p50_ms"] - planned) < 8 * HOUR_MS
    assert (before["promised_ms"], before["journeys"], before["place_id"]) == (MONDAY_MS + 11 * DAY_MS, 0, "A")
    second = desk.do(who("ann"), carried)
    for at, place in enumerate("ABCD"):
        for kind in ("ARRI", "DEPA"):
            told = {
                "event_id": f"{kind}{place}",
                "happened_ms": MONDAY_MS + DAY_MS + at * 36 * HOUR_MS + (kind == "DEPA"),
            }
            desk.do(who("cid"), lambda tx, k=kind, p=place, e=told: shipments.tell(tx, second, k, {"place_id": p}, **e))
    after = desk.look(who("gus"), lambda tx: arrival.of(tx, first))
    assert after["journeys"] == 3
    assert after["p50_ms"] > before["p50_ms"] + HOUR_MS
    assert desk.look(who("ann"), lambda tx: arrival.of(tx, first)) == after
    assert desk.look(who("ann"), lambda tx: arrival.of(tx, second))["arrived_ms"] == MONDAY_MS + DAY_MS + 108 * HOUR_MS
    clock.now_ms = planned + 30 * DAY_MS
    late = desk.look(who("gus"), lambda tx: arrival.of(tx, first))
    assert late["p50_ms"] >= clock.now_ms


def test_a_hop_that_cannot_vary() -> None:
    """Without any spread P50 and P90 are the plan."""
    found = foretold([replace(hop(0, 10.0, 0.3), log_sd=0.0)], Progress())
    assert found.p50_ms == found.p90_ms == NOW + 10 * HOUR_MS
