"""Closed seasons by hand: a spell of L hours catches L / 8760 of the year's cargo and holds it L / 2 on average."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from builders import assigned, limit, metric, pair
from koridor.model.calendar import open_year

MONTH = 730.0


def year(shares: dict[int, float]) -> tuple[float, float]:
    """Open share and expected wait of the link L with these months."""
    rows = pd.DataFrame({"link_id": "L", "month": list(shares), "open_share": list(shares.values())})
    share, wait = open_year(rows.astype({"month": "Int64", "open_share": float}), pd.Index(["K", "L"]))
    assert (share[0], wait[0]) == (1.0, 0.0)
    return float(share[1]), float(wait[1])


def test_open_all_year() -> None:
    """No row, or rows of months open all the time, is no wait."""
    assert year({}) == (1.0, 0.0)
    assert year({3: 1.0}) == (1.0, 0.0)


def test_one_closed_month() -> None:
    """730 h: a twelfth of the cargo waits 365 h, 730^2 / (2 x 8760) = 30.4 h over all."""
    assert year({7: 0.0}) == (pytest.approx(11 / 12), pytest.approx(MONTH / 24))


def test_four_months_around_new_year_are_one_spell() -> None:
    """November to February: 2,920 h, of which a third of the cargo waits 1,460 h on average: 486.7 h, not 2 x 121.7."""
    assert year(dict.fromkeys((11, 12, 1, 2), 0.0)) == (pytest.approx(8 / 12), pytest.approx(2920**2 / 17520))


def test_two_spells_add_up() -> None:
    """January and July each 30.4 h: 60.8 h; the same months together would be 121.7 h."""
    assert year({1: 0.0, 7: 0.0})[1] == pytest.approx(2 * MONTH / 24)
    assert year({1: 0.0, 2: 0.0})[1] == pytest.approx(4 * MONTH / 24)


def test_half_open_months_join_their_neighbours() -> None:
    """Half of March after a closed February is one spell of 1,095 h."""
    assert year({2: 0.0, 3: 0.5}) == (pytest.approx(10.5 / 12), pytest.approx((1.5 * MONTH) ** 2 / 17520))


def test_never_fully_open_and_never_shut() -> None:
    """Half open every month: half the year, one unbroken spell of 4,380 h at most; finite."""
    share, wait = year(dict.fromkeys(range(1, 13), 0.5))
    assert share == pytest.approx(0.5)
    assert wait == pytest.approx(4380**2 / 17520)


def test_closed_all_year_is_an_infinite_wait() -> None:
    """Such a link has no room and no way through."""
    share, wait = year(dict.fromkeys(range(1, 13), 0.0))
    assert (share, wait) == (0.0, np.inf)


def test_periods_of_links_that_are_not_there_are_passed_over() -> None:
    """A row of another network's link changes nothing."""
    rows = pd.DataFrame({"link_id": ["M"], "month": [1], "open_share": [0.0]})
    share, wait = open_year(rows, pd.Index(["K"]))
    assert (share.tolist(), wait.tolist()) == ([1.0], [0.0])


def winter(months: range) -> dict[str, list[dict[str, object]]]:
    return {"link_period": [{"link_id": "L", "month": month, "open_share": 0} for month in months]}


def test_the_wait_counts_in_the_cost_of_the_way() -> None:
    """10 h and 20 USD with July shut: 1,000 t x (20 + 10 + 30.4)."""
    shut = assigned(pair({"L": (10, 20)}, winter(range(7, 8))))
    assert metric(shut, "users_usd") == pytest.approx(1000 * (30 + MONTH / 24))


def test_capacity_shrinks_with_the_open_share() -> None:
    """Shut for a quarter of the year, 100 TEU become 75: of 1,000 t, 250 go by the other way."""
    result = assigned(pair({"L": (10, 0), "M": (300, 100)}, limit("L", 100), winter(range(5, 8))), capped=True)
    flows = result.tables["link_flows"].set_index("link_id")["forward_t"]
    assert flows.to_dict() == pytest.approx({"L": 750.0, "M": 250.0})


def test_a_link_closed_all_year_carries_nothing() -> None:
    """All goes by the dearer way, without an error or an infinite cost."""
    result = assigned(pair({"L": (10, 0), "M": (30, 100)}, winter(range(1, 13))))
    assert result.tables["link_flows"].set_index("link_id")["forward_t"].to_dict() == {"L": 0.0, "M": 1000.0}
