"""Who takes which way where limits are scarce, against HiGHS on the whole programme at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from koridor.solve.lp import LpStatus, minimise
from koridor.studies.equilibrium.rationed import Offers, Shares, share


@st.composite
def offers(draw: st.DrawFn) -> Offers:
    """Groups with one to three ways beside the one that takes nothing; small whole numbers, so that many are alike and
    many costs tie; limits without room, limits that nobody takes and groups without volume among them.
    """
    limits, groups = draw(st.integers(1, 4)), draw(st.integers(1, 25))
    group, cost, way, limit, unit = [], [], [], [], []
    for g in range(groups):
        group.append(g)
        cost.append(draw(st.integers(3, 12)))
        for _ in range(draw(st.integers(0, 3))):
            for m in draw(st.sets(st.integers(0, limits - 1), min_size=1, max_size=2)):
                way.append(len(group))
                limit.append(m)
                unit.append(draw(st.sampled_from([0.1, 0.5, 1.0])))
            group.append(g)
            cost.append(draw(st.integers(0, 12)))
    whole = st.integers(0, 20)
    room = whole | st.sampled_from([5e-324, 1e-300, 1e-9])  # hardly any, which must not make sums overflow
    return Offers(
        np.array(group), np.array(cost, float), np.array(way, int), np.array(limit, int), np.array(unit),
        np.array([draw(whole) for _ in range(groups)], float), np.array([draw(room) for _ in range(limits)], float),
    )  # fmt: skip


def best(asked: Offers) -> float:
    """Least cost by HiGHS."""
    n, g, m = len(asked.cost), len(asked.volume), len(asked.room)
    found = minimise(
        asked.cost, np.append(asked.group, g + asked.limit), np.append(np.arange(n), asked.way),
        np.append(np.ones(n), asked.unit), np.append(asked.volume, np.full(m, -np.inf)),
        np.append(asked.volume, asked.room),
    )  # fmt: skip
    assert found.status is LpStatus.OPTIMAL
    return found.objective


def check(asked: Offers, found: Shares) -> None:
    """Volumes fit, and the prices prove that they are best: what is gained at them is what is paid (duality)."""
    n, g, m = len(asked.cost), len(asked.volume), len(asked.room)
    load = np.bincount(asked.limit, asked.unit * found.volume[asked.way], minlength=m)
    assert (found.volume >= 0.0).all()
    assert (found.price >= 0.0).all()
    assert np.allclose(np.bincount(asked.group, found.volume, g), asked.volume, atol=1e-7)
    assert (load <= asked.room + 1e-7).all()
    paid = asked.cost + np.bincount(asked.way, asked.unit * found.price[asked.limit], minlength=n)
    assert (paid >= found.cost[asked.group] - 1e-6).all()
    cost = asked.cost @ found.volume
    assert np.isclose(found.cost @ asked.volume - found.price @ asked.room, cost, atol=1e-6)
    assert np.isclose(cost, best(asked), atol=1e-6)


@settings(max_examples=300, deadline=None)
@given(offers())
def test_shares_cost_as_little_as_the_whole_programme(asked: Offers) -> None:
    """The optimum of a linear programme is known by its dual, and HiGHS finds the same cost."""
    check(asked, share(asked))


@settings(max_examples=100, deadline=None)
@given(offers(), st.lists(st.integers(0, 30), min_size=4, max_size=4))
def test_a_guess_changes_nothing_but_the_time(asked: Offers, guess: list[int]) -> None:
    """Prices that are far off lead to the same cost, as they only choose with what to begin."""
    check(asked, share(asked, np.array(guess[: len(asked.room)], float)))


@settings(max_examples=100, deadline=None)
@given(offers(), st.data(), st.booleans())
def test_nor_do_ways_that_are_likely(asked: Offers, data: st.DataObject, guessed: bool) -> None:
    """Any ways to begin with, right or not, lead to the same cost: they only choose what is tried first."""
    n = len(asked.group)
    begun = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    check(asked, share(asked, np.ones(len(asked.room)) if guessed else None, begun))


@settings(max_examples=100, deadline=None)
@given(offers())
def test_what_was_found_stands_when_begun_with(asked: Offers) -> None:
    """The ways taken in an optimum, told again, are taken again at once."""
    found = share(asked)
    again = share(asked, None, found.volume > 0.0)
    check(asked, again)
    assert np.isclose(asked.cost @ again.volume, asked.cost @ found.volume, atol=1e-6)


def test_a_limit_in_small_units_has_room_beside_one_in_large_ones() -> None:
    """Each way of 1 instead of 10 has room for half: 0.0005 of units of a millionth, 500,000 of units of a million."""
    asked = Offers(
        np.array([0, 0, 1, 1]), np.array([10.0, 1.0, 10.0, 1.0]), np.array([1, 3]), np.array([0, 1]),
        np.array([1e-6, 1e6]), np.array([1000.0, 1.0]), np.array([5e-4, 5e5]),
    )  # fmt: skip
    assert np.allclose(share(asked).volume, [500.0, 500.0, 0.5, 0.5])
