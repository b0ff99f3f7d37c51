"""The model against published lengths, each within the tolerance that facts/checks.txt prints for it."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from koridor import atlas
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import validate
from koridor.testing import five_places

CHECKS = Path(__file__).parents[2] / "data-raw" / "facts" / "checks.txt"
LINE = re.compile(r"^(PASS|WARN) (.*): model [\d.]+ km, published ([\d.]+) km, .*\(tolerance ([\d.]+)%\)", re.MULTILINE)
COLUMNS = {
    "observation_id", "kind", "name", "observed", "low", "high", "model", "difference", "difference_share", "inside",
    "unit", "year", "source", "confidence", "why", "p5", "p50", "p95", "in_band",
}  # fmt: skip


@pytest.fixture(scope="module")
def result() -> Result:
    """The comparison on the atlas."""
    return validate.run(Scenario(atlas.load()))


@pytest.fixture(scope="module")
def found(result: Result) -> pd.DataFrame:
    """All observations."""
    return result.tables["observations"]


def test_every_distance_is_within_its_tolerance_but_the_known_warnings(found: pd.DataFrame) -> None:
    """Found by the router over the modes named: what the fact base passes passes here, what it warns of is a warning.

    The figure of a line that ends at a frontier is compared less the stretch beyond.
    """
    lines = {name: (verdict, float(share) / 100) for verdict, name, _, share in LINE.findall(CHECKS.read_text("utf-8"))}
    distances = found[found["kind"] == "distance"].set_index("name")
    assert set(distances.index) == set(lines)
    for name, (verdict, tolerance) in lines.items():
        row = distances.loc[name]
        near = abs(row["difference_share"]) <= tolerance + 1e-9
        assert near == (verdict == "PASS"), f"{name}: {row['model']:.0f} km, published {row['observed']:.0f} km"
        assert bool(row["inside"]) == near, name


def test_the_two_warnings_say_why(found: pd.DataFrame) -> None:
    """Turkmenbashi-Tashkent and Istanbul-Xi'an: the published figures contradict others."""
    warned = found[(found["kind"] == "distance") & ~found["inside"]].set_index("observation_id")
    assert set(warned.index) == {"D41", "D49"}
    assert warned["why"].str.contains("Known warning").all()


def test_nothing_is_left_without_a_value_or_a_reason(found: pd.DataFrame) -> None:
    """Every observation of the atlas has a model value, and each outside its range says what the data can tell."""
    assert set(found.columns) == COLUMNS
    assert len(found) == len(atlas.load().table("observation"))
    assert found["model"].notna().all()
    assert (found.loc[~found["inside"], "why"] != "").all()


def test_the_worst_comes_first(found: pd.DataFrame) -> None:
    """A tenth and tenfold are equally bad: rows fall by the ratio of the two values."""
    ratio = found["model"] / found["observed"]
    far = pd.concat([ratio, 1.0 / ratio], axis=1).max(axis=1)
    assert far.is_monotonic_decreasing


def test_the_summary_counts_the_rows(result: Result, found: pd.DataFrame) -> None:
    """Sums by kind; volumes of the base year are a part of all volumes."""
    summary = result.tables["summary"].set_index("kind")
    kinds = summary[~summary.index.str.startswith("volume ")]
    assert kinds["rows"].sum() == len(found)
    assert kinds["inside"].sum() == found["inside"].sum()
    assert summary.loc["volume 2024", "rows"] <= summary.loc["volume", "rows"]
    assert summary.loc["volume 2024", "rows"] == ((found["kind"] == "volume") & (found["year"] == 2024)).sum()


def test_volumes_are_judged_by_a_factor_of_two(found: pd.DataFrame) -> None:
    """Half and double the count are the edges; the same row is outside for a smaller factor only."""
    volumes = found[found["kind"] == "volume"]
    ratio = volumes["model"] / volumes["observed"]
    assert (volumes["inside"] == ratio.between(0.5, 2.0)).all()


def test_a_dataset_without_observations_compares_nothing() -> None:
    """An empty table is no error: there is nothing to compare."""
    result = validate.run(Scenario(five_places()))
    assert result.tables["observations"].empty
    assert result.tables["summary"].empty
    assert result.metrics.empty


def test_times_and_prices_have_bands_and_they_are_counted(result: Result, found: pd.DataFrame) -> None:
    """P5 to P95 hold P50, a price is its own P50, the mean of a skew time lies above P50 but in the band.

    The band of a time is that of delays and waits alone: 2 of 8 published times lie in it today, which is shown and not
    mended. Prices of 2020 are compared without the tariff that they are from: 10 of 13 are in.
    """
    banded = found[found["p50"].notna()]
    assert set(banded["kind"]) == {"time", "cost"}
    assert set(found.loc[found["p50"].isna(), "kind"]) <= {"distance", "volume", "share"}
    assert (banded["p5"] <= banded["p50"]).all()
    assert (banded["p50"] <= banded["p95"]).all()
    prices, times = (banded[banded["kind"] == kind] for kind in ("cost", "time"))
    assert prices["p50"].tolist() == pytest.approx(prices["model"].tolist())
    assert ((times["model"] > times["p50"]) & (times["model"] < times["p95"])).all()
    inside = (banded["p5"] <= banded["observed"]) & (banded["observed"] <= banded["p95"])
    assert banded["in_band"].tolist() == inside.tolist()
    summary = result.tables["summary"].set_index("kind")
    assert summary.loc["time", ["banded", "in_band"]].tolist() == [8, int(inside[times.index].sum())]
    assert summary.loc["cost", ["banded", "in_band"]].tolist() == [13, int(inside[prices.index].sum())]
    assert summary.loc["distance", "banded"] == 0
