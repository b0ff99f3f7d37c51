"""Least money on random small networks: between its bound and the flows of least hours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from test_random_networks import worlds

from builders import assigned, metric
from koridor.data.dataset import Dataset
from koridor.studies.assign import Principle
from rounds import rounds

SETTINGS = settings(
    max_examples=rounds(8), deadline=None, suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip


@SETTINGS
@given(worlds(delays=True))
def test_never_above_least_hours_never_below_the_bound(dataset: Dataset) -> None:
    """Each step lowers what all pay, from the flows of least hours on; users may not pay less than the bound either."""
    found = assigned(dataset, principle=Principle.MONEY, gap_max=1e-5)
    money, hours = found.tables["optima"].to_dict("records")
    assert money["total_usd"] <= hours["total_usd"] * (1 + 1e-9)
    assert money["bound_usd"] <= money["total_usd"] * (1 + 1e-9) + 1e-6
    assert money["total_t_h"] >= hours["total_t_h"] * (1 - 1e-6)
    assert metric(found, "used_usd") == pytest.approx(money["total_usd"], rel=1e-6)
    for principle in (Principle.USER, Principle.SYSTEM):
        assert metric(assigned(dataset, principle=principle), "used_usd") >= money["bound_usd"] * (1 - 1e-7) - 1e-6
    assert np.isfinite(money["bound_usd"])
