"""The shapes of the atlas: ships keep to the water, and no way is shorter than the great circle."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from geometry import dense, depth_km, distances_km, inside, length_km, rings

from koridor import atlas

RAW = Path(__file__).parents[2] / "data-raw"
STEP_KM = 5.0
SHORE_KM = 4.0  # the coast is drawn to 0.025 degrees, some 3 km
HARBOUR_KM = 30.0  # ports lie behind the drawn coast


@pytest.fixture(scope="module")
def land() -> list[np.ndarray]:
    return rings(atlas.maps() / "land.json")


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    places = pd.read_csv(atlas.folder() / "place.csv").set_index("place_id")[["lon_deg", "lat_deg"]]
    links = pd.read_csv(atlas.folder() / "link.csv", keep_default_na=False)
    ends = {place: (row.lon_deg, row.lat_deg) for place, row in places.iterrows()}
    links["line"] = [
        np.array([ends[link.from_place], *_points(link.geometry), ends[link.to_place]]) for link in links.itertuples()
    ]
    return links


def _points(text: str) -> list[tuple[float, ...]]:
    return [tuple(float(part) for part in point.split()) for point in text.split(",") if point.strip()]


def _channels() -> list[tuple[np.ndarray, float]]:
    with (RAW / "koridor" / "channels.csv").open(encoding="utf-8") as file:
        return [
            (np.array([float(row["lon"]), float(row["lat"])]), float(row["reach_km"])) for row in csv.DictReader(file)
        ]


def test_point_in_polygon_by_hand() -> None:
    """A square with a square hole: inside it, in the hole, outside."""
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]], dtype=float)
    hole = np.array([[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]], dtype=float)
    assert inside(np.array([[3.0, 3.0], [1.5, 1.5], [5.0, 1.0]]), [square, hole]).tolist() == [True, False, False]


def test_land_is_where_it_should_be(land: list[np.ndarray]) -> None:
    """Towns of the four partners lie on land; the Caspian, the Black Sea and Lake Van are water."""
    on_land = np.array([[27.56, 53.9], [49.0, 40.6], [37.6, 55.75], [32.85, 39.93], [51.4, 35.7]])
    at_sea = np.array([[51.0, 42.0], [34.0, 43.0], [42.9, 38.6], [60.0, 15.0], [56.6, 26.5]])
    assert inside(on_land, land).all()
    assert not inside(at_sea, land).any()


def test_ships_keep_to_the_water(lines: pd.DataFrame, land: list[np.ndarray]) -> None:
    """No point of a sea or ferry way lies deeper on land than the coast is drawn, but near ports and in channels."""
    channels = _channels()
    offenders = []
    for link in lines[lines["mode"].isin(["sea", "ferry"])].itertuples():
        points = dense(link.line, STEP_KM)
        ashore = inside(points, land)
        near = np.minimum(distances_km(points, points[:1]), distances_km(points, points[-1:])) < HARBOUR_KM
        for middle, reach in channels:
            near |= distances_km(points, middle) < reach
        ashore &= ~near
        if ashore.any() and depth_km(points[ashore], land).max() > SHORE_KM:
            offenders.append((link.link_id, points[ashore][0].round(2).tolist()))
    assert not offenders


def test_no_link_is_shorter_than_the_great_circle(lines: pd.DataFrame) -> None:
    """Lengths of the tables against the sphere, with 0.5 km for coordinates typed to 0.01 degree."""
    straight = np.array([float(distances_km(line[0], line[-1])) for line in lines["line"]])
    short = lines.loc[lines["length_km"] < straight - 0.5, "link_id"]
    assert short.empty, short.tolist()


def test_ways_are_drawn_about_as_long_as_they_are(lines: pd.DataFrame) -> None:
    """A drawn sea way of more than 450 km is within a third of its length: no shape belongs to another link."""
    ships = lines[lines["mode"].isin(["sea", "ferry"]) & (lines["length_km"] > 450)]
    drawn = np.array([length_km(line) for line in ships["line"]])
    off = ships.loc[np.abs(drawn / ships["length_km"] - 1) > 1 / 3, "link_id"]
    assert off.empty, off.tolist()


def test_every_sea_way_and_ferry_has_a_shape(lines: pd.DataFrame) -> None:
    ships = lines[lines["mode"].isin(["sea", "ferry", "river"]) & (lines["length_km"] > 100)]
    assert (ships["geometry"] != "").all()


def test_map_files_are_small() -> None:
    assert sum(file.stat().st_size for file in atlas.maps().glob("*.json")) < 400_000
