"""The demand and the evidence of the atlas against the fact base that it was built from."""

from __future__ import annotations

import re
from heapq import heappop, heappush
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from koridor import atlas
from koridor.data.dataset import Dataset
from koridor.model import patch

RAW = Path(__file__).parents[2] / "data-raw"
# Published figures that contradict others (README-network of the fact base), and the train that does not take the
# shortest way (Khorgos instead of Dostyk).
BEYOND_TOLERANCE = {"D41", "D49", "D47"}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return atlas.load()


@pytest.fixture(scope="module")
def base() -> pd.DataFrame:
    frame = pd.read_csv(RAW / "facts" / "trade_flows.csv")
    return frame[frame["use"] == "base_2024"]


def test_both_parts_of_the_flows_add_up_to_the_base_year(dataset: Dataset, base: pd.DataFrame) -> None:
    """Splitting into contestable and captive moves no tonne: by pair and commodity, and in sum (356.237 Mt)."""
    flow = dataset.table("flow")
    found = flow.groupby(["origin", "destination", "commodity_id"])["volume_t"].sum()
    expected = base.groupby(["origin", "destination", "commodity"])["tonnes_per_year"].sum()
    assert len(found) == len(expected)
    assert (found - expected.rename_axis(found.index.names)).abs().max() < 1e-2
    assert flow["volume_t"].sum() == pytest.approx(356_237_000, abs=1)


def test_contestable_tonnes_follow_the_tokens_of_the_fact_base(dataset: Dataset, base: pd.DataFrame) -> None:
    """China to Türkiye, chemicals: contest 0.05 of 3.5 Mt at sea, 65 % boxed. The contestable 175 kt take boxed goods
    first (share 1); the rest holds (0.65 - 0.05) / 0.95 of boxes, so that the boxes of the whole stay 2.275 Mt.
    """
    flow = dataset.table("flow").set_index(["origin", "destination", "commodity_id", "part"])
    contestable = flow.loc[("CN", "TR", "chemicals", "contestable")]
    captive = flow.loc[("CN", "TR", "chemicals", "captive")]
    assert contestable["volume_t"] == pytest.approx(175_000)
    assert contestable["box_share"] == 1.0
    assert captive["box_share"] == pytest.approx(0.60 / 0.95, abs=1e-6)
    boxed = contestable["volume_t"] * contestable["box_share"] + captive["volume_t"] * captive["box_share"]
    assert boxed == pytest.approx(0.65 * 3_500_000, rel=1e-5)


@pytest.mark.parametrize(
    ("origin", "destination", "commodity", "reason"),
    [
        ("RU", "BY", "crude_oil", "pipeline"),
        ("RU", "IN", "coal", "bulk ships"),
        ("KZ", "RU", "coal", "rail between neighbours"),
        ("BY", "WORLD", "fertiliser", "no place"),
        ("FI", "IR", "timber", "no place"),
        ("UA", "GE", "metals", "no open way"),
    ],
)
def test_captive_goods_are_never_assigned(
    dataset: Dataset, origin: str, destination: str, commodity: str, reason: str
) -> None:
    flow = dataset.table("flow")
    rows = flow[(flow["origin"] == origin) & (flow["destination"] == destination) & (flow["commodity_id"] == commodity)]
    assert list(rows["part"]) == ["captive"], reason


def test_goods_counted_on_northern_trains_never_take_a_ship(dataset: Dataset) -> None:
    """They chose land over the ocean already; open to ships, 46 % left the railway in the pilot."""
    flow = dataset.table("flow")
    for origin, destination in (("CN", "EU"), ("EU", "CN"), ("CN", "BY")):
        rows = flow[(flow["origin"] == origin) & (flow["destination"] == destination) & (flow["part"] == "contestable")]
        assert len(rows)
        assert set(rows["modes"]) == {"rail;road;ferry"}


def test_shares_of_every_region_sum_to_one(dataset: Dataset) -> None:
    shares = dataset.table("region_share").groupby(["region_id", "commodity_id"])[["origin_share", "destination_share"]]
    assert (shares.sum() - 1.0).abs().to_numpy().max() < 1e-9
    assert shares.size().max() <= 12


def test_every_contestable_end_has_shares(dataset: Dataset) -> None:
    flow = dataset.table("flow")
    flow = flow[flow["part"] == "contestable"]
    known = set(dataset.table("region_share")[["region_id", "commodity_id"]].itertuples(index=False, name=None))
    for end in ("origin", "destination"):
        assert set(flow[[end, "commodity_id"]].itertuples(index=False, name=None)) <= known


def test_no_country_has_all_its_trade_at_one_place(dataset: Dataset) -> None:
    """General goods of a country with several towns on open land ways begin and end at several of them."""
    place, link = dataset.table("place"), dataset.table("link")
    land = link[(link["status"] == "open") & link["mode"].isin(["rail", "road"])]
    reached = place[place["place_id"].isin({*land["from_place"], *land["to_place"]})]
    towns = reached[reached["kind"].isin(["city", "port", "terminal"])].groupby("country_id").size()
    shares = dataset.table("region_share")
    shares = shares[(shares["commodity_id"] == "containers_general") & shares["region_id"].isin(towns[towns > 1].index)]
    assert shares["region_id"].nunique() > 10
    largest = shares.groupby("region_id")[["origin_share", "destination_share"]].max()
    assert (largest < 0.9).to_numpy().all(), largest
    home = shares[shares["place_id"].isin(["AZBAK", "BYMSQ", "RUMOW", "TRANK", "IRTHR", "KZAST", "GETBS"])]
    assert home[["origin_share", "destination_share"]].to_numpy().max() < 0.7


def test_growth_to_2030_by_hand(dataset: Dataset) -> None:
    """Russia to Türkiye, metals: 5.0 Mt x 1.14 (pair) x 0.97 (metals) = 5.529 Mt, of which 5 % contestable.
    Kazakhstan to China, grain: 2.2 Mt x 1.29 x 1.0 = 2.838 Mt. Low, TR-RU reefers: 0.9 Mt x 1.08 x 0.97.
    """
    patches = {item.patch_id: item for item in patch.from_edits(dataset.table("edit"))}
    tables = {"flow": dataset.table("flow")}
    keys = ["origin", "destination", "commodity_id", "part"]
    central = patch.apply(tables, [patches["demand_2030_central"]])["flow"].set_index(keys)["volume_t"]
    assert central["RU", "TR", "metals", "contestable"] == pytest.approx(276_450)
    assert central["RU", "TR", "metals", "captive"] == pytest.approx(5_252_550)
    assert central["KZ", "CN", "grain", "contestable"] == pytest.approx(2_838_000)
    low = patch.apply(tables, [patches["demand_2030_low"]])["flow"].set_index(keys)["volume_t"]
    assert low["TR", "RU", "food_reefer", "contestable"] == pytest.approx(900_000 * 1.08 * 0.97)


def test_patches_of_cases_exist_and_come_in_pairs(dataset: Dataset) -> None:
    cases, known = dataset.table("case"), set(dataset.table("patch")["patch_id"])
    named = {item for cell in cases["patches"].dropna() for item in cell.split(";")}
    assert named <= known
    assert set(dataset.table("edit")["patch_id"]) <= known
    low, high = (set(cases.loc[cases["kind"] == f"range_{end}", "factor"]) for end in ("low", "high"))
    assert low == high
    assert len(low) >= 15


def test_observations_name_places_screenlines_and_patches_that_exist(dataset: Dataset) -> None:
    rows = dataset.table("observation")
    places = set(dataset.table("place")["place_id"])
    for name in ("from_place", "to_place"):
        assert set(rows[name].dropna()) <= places
    assert {item for cell in rows["via"].dropna() for item in cell.split(";")} <= places
    assert set(rows["screenline_id"].dropna()) <= set(dataset.table("screenline")["screenline_id"])
    patches = {item for cell in rows["patches"].dropna() for item in cell.split(";")}
    assert patches <= set(dataset.table("patch")["patch_id"])
    journeys, counts = rows["kind"].isin(["distance", "time", "cost"]), rows["kind"] == "volume"
    assert rows.loc[journeys, ["from_place", "to_place"]].notna().to_numpy().all()
    assert rows.loc[counts, ["screenline_id", "direction"]].notna().to_numpy().all()
    assert rows.loc[rows["kind"] == "share", "corridors"].notna().all()


def test_published_distances_are_those_of_the_fact_base() -> None:
    """Every line of checks.txt is an observation, with its figure and tolerance as printed."""
    text = (RAW / "facts" / "checks.txt").read_text(encoding="utf-8")
    line = r"^(?:PASS|WARN) (.*): model .* published ([\d.]+) km, .*\(tolerance ([\d.]+)%\)"
    printed = re.findall(line, text, re.MULTILINE)
    frame = pd.read_csv(RAW / "koridor" / "checked_distances.csv", dtype=str)
    assert sorted(printed) == sorted(zip(frame["line"], frame["published_km"], frame["tolerance_pct"], strict=True))


def test_shortest_ways_are_as_long_as_published(dataset: Dataset) -> None:
    """Over open links of the named modes, with the named works: only the two known contradictions and the train by
    Khorgos are outside the tolerance printed.
    """
    patches = {item.patch_id: item for item in patch.from_edits(dataset.table("edit"))}
    rows = dataset.table("observation")
    beyond = set()
    for row in rows[rows["kind"] == "distance"].itertuples(index=False):
        works = [patches[item].edits for item in row.patches.split(";")] if isinstance(row.patches, str) else []
        opened = {edit.key for edits in works for edit in edits if edit.table == "link" and edit.value == "open"}
        stops = [row.from_place, *(row.via.split(";") if isinstance(row.via, str) else []), row.to_place]
        length = sum(
            _shortest_km(dataset.table("link"), row.modes.split(";"), opened, start, end)
            for start, end in pairwise(stops)
        )
        if abs(length / row.value - 1.0) > row.tolerance_share:
            beyond.add(row.observation_id)
    assert beyond == BEYOND_TOLERANCE


def _shortest_km(link: pd.DataFrame, modes: list[str], opened: set[str], start: str, end: str) -> float:
    beside: dict[str, list[tuple[str, float]]] = {}
    usable = link[link["mode"].isin(modes) & ((link["status"] == "open") | link["link_id"].isin(opened))]
    for row in usable.itertuples(index=False):
        beside.setdefault(row.from_place, []).append((row.to_place, row.length_km))
        beside.setdefault(row.to_place, []).append((row.from_place, row.length_km))
    heap, done = [(0.0, start)], set()
    while heap:
        length, place = heappop(heap)
        if place == end:
            return length
        if place not in done:
            done.add(place)
            for other, more in beside.get(place, []):
                heappush(heap, (length + more, other))
    raise AssertionError(f"no way from {start} to {end}")
