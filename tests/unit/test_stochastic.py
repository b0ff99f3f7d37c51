"""Stochastic choice: shares by formula, one way for its copies, and what linking is then worth on five places."""

from __future__ import annotations

import numpy as np
import pytest

import worlds
from koridor.data.dataset import Dataset
from koridor.model.scenario import Scenario
from koridor.studies import logit, stochastic


def spread(*shares: float, **changes: object) -> Dataset:
    """The five places with a low, central and high scale of choice."""
    rows = worlds.rows(**changes)
    names = ("choice_low_share", "choice_share", "choice_high_share")
    rows["commodity"][0] |= dict(zip(names, shares, strict=True))
    return worlds.of(rows)


def table(dataset: Dataset):
    found = stochastic.run(Scenario(dataset), stochastic.Params(("A",), ("B",), vot_bands=1))
    return found.tables["stochastic"].set_index("level")


def test_two_routes_by_formula() -> None:
    """100 and 110 at a scale of 10, path sizes 1: shares 1 / (1 + e^-1) and the rest; logsum 100 - 10 ln(1 + e^-1)."""
    both = np.array([0, 0]), np.array([100.0, 110.0]), np.ones(2)
    share, logsum = logit.shares(*both, np.array([10.0]))
    assert share == pytest.approx([1 / (1 + np.exp(-1)), np.exp(-1) / (1 + np.exp(-1))])
    assert logsum == pytest.approx([100 - 10 * np.log(1 + np.exp(-1))])
    sharp, least = logit.shares(*both, np.array([0.0]))
    assert sharp.tolist() == [1.0, 0.0]
    assert least.tolist() == [100.0]


def test_copies_of_a_way_count_as_one() -> None:
    """Three routes of 10 km, two of them on one link: path sizes 1/2, 1/2, 1; shares at equal costs the same halved,
    logsum less by theta ln 2 for two different ways and not for three. With a copy closed the other is whole.
    """
    entries = np.array([0, 1, 2]), np.array([0, 0, 1]), np.ones(3)
    overlap = logit.Overlap(*entries, routes=3, spots=2)
    size = overlap.sizes(np.array([True, True, True]))
    assert size.tolist() == [0.5, 0.5, 1.0]
    share, logsum = logit.shares(np.zeros(3, dtype=np.int64), np.full(3, 100.0), size, np.array([5.0]))
    assert share == pytest.approx([0.25, 0.25, 0.5])
    assert logsum == pytest.approx([100 - 5 * np.log(2)])
    assert overlap.sizes(np.array([True, False, True]))[[0, 2]].tolist() == [1.0, 1.0]


def test_value_by_formula_and_its_limit() -> None:
    """P-Z has the ways 90 (local), 86 (A, then local), 86 (local, then B), 82 (A, then B) and handing over, 101
    unlinked and 79 linked; all on the same links, so that path sizes cancel. The scale is a share of 76, the best of
    all cases. Everything is a resource here: the value is the mean cost less. The flows within a corridor have equal
    shares in both cases and cancel.
    """
    found = table(spread(1e-6, 0.05, 0.2))
    for level, share in (("central", 0.05), ("high", 0.2)):
        mean, logsum = [], []
        for handover in (101.0, 79.0):
            cost = np.array([90.0, 86.0, 86.0, 82.0, handover])
            weight = np.exp(-cost / (share * 76.0)) / 5
            mean.append((weight / weight.sum()) @ cost)
            logsum.append(-share * 76.0 * np.log(weight.sum()))
        assert found.loc[level, "value_usd"] == pytest.approx(1000 * (mean[0] - mean[1]))
        assert found.loc[level, "logsum_usd"] == pytest.approx(1000 * (logsum[0] - logsum[1]))
        assert found.loc[level, "linked_teu"] == pytest.approx(100 * weight[4] / weight.sum())
    for level in ("deterministic", "low"):
        assert found.loc[level, ["value_usd", "logsum_usd", "linked_teu"]].tolist() == pytest.approx([3e3, 3e3, 100.0])


def test_joined_at_the_terms_of_separate_is_worth_nothing_at_any_scale() -> None:
    """Both cases are then one menu at one cost: the number of ways alone is worth nothing."""
    found = table(spread(0.01, 0.03, 0.5, separate=(2.0, 10.0), joined=(2.0, 10.0)))
    assert found["value_usd"].tolist() == pytest.approx([0.0] * 4, abs=1e-6)
    assert found["logsum_usd"].tolist() == pytest.approx([0.0] * 4, abs=1e-6)


def test_goods_without_a_scale_give_no_table_of_scales() -> None:
    """The dataset says nothing of it: nothing is made up."""
    assert table(worlds.five()).empty
