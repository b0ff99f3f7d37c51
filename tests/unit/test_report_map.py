"""The map's geometry: projection against a published example, cutting, simplifying, the side of travel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from koridor.report.labels import Box
from koridor.report.maps.layers import Flow
from koridor.report.maps.network import axes_of, course_of, links_of, short_name
from koridor.report.maps.panels import changes
from koridor.report.maps.projection import Projection, _cone, projection_for
from koridor.report.maps.shapes import beside, cut_ring, runs_inside, simplify
from koridor.report.maps.view import view_of
from koridor.testing import five_places


def test_lambert_agrees_with_the_published_example() -> None:
    """Snyder (1987), p. 295: radius 1, parallels 33 and 45 N, meridian 96 W; 35 N 75 W lies at x = 0.2966785."""
    cone, factor = _cone(math.radians(33), math.radians(45))
    assert cone == pytest.approx(0.6304777, abs=1e-7)
    assert factor == pytest.approx(1.9550002, abs=1e-7)
    x, y = Projection(-96.0, cone, factor)(np.array([[-75.0, 35.0]]))[0]
    assert x == pytest.approx(0.2966785, abs=1e-7)
    assert y + 1.5071429 == pytest.approx(0.2462112, abs=1e-7)  # his origin lies at 23 N


@given(st.floats(-170, 150), st.floats(-60, 50), st.floats(1, 30), st.floats(1, 25))
def test_projection_has_an_inverse(west: float, south: float, wide: float, high: float) -> None:
    projection = projection_for(west, south, west + wide, south + high)
    corners = np.array([[west, south], [west + wide, south + high], [west + wide / 3, south + high / 2]])
    assert projection.inverse(projection(corners)) == pytest.approx(corners, abs=1e-6)


def test_east_is_right_and_north_is_up() -> None:
    view = view_of(np.array([[40.0, 35.0], [60.0, 55.0], [50.0, 45.0]]))
    west, east, north = view.pixels(np.array([[45.0, 45.0], [55.0, 45.0], [45.0, 50.0]]))
    assert west[0] < east[0]
    assert north[1] < west[1]


def test_right_of_an_eastbound_line_is_south() -> None:
    """Pixels grow downwards, so traffic on the right of an eastbound line lies at larger y."""
    path = np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]])
    assert beside(path, 3.0) == pytest.approx(path + [0.0, 3.0])
    assert beside(path[::-1], 3.0) == pytest.approx(path[::-1] - [0.0, 3.0])


def test_ring_is_cut_to_the_frame() -> None:
    """A square of side 4 whose corner stands 2 inside the frame keeps a square of area 4."""
    ring = np.array([[-2.0, -2.0], [2.0, -2.0], [2.0, 2.0], [-2.0, 2.0]])
    cut = cut_ring(ring, Box(0.0, 0.0, 10.0, 10.0))
    x, y = cut[:, 0], cut[:, 1]
    assert abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2 == pytest.approx(4.0)
    assert len(cut_ring(ring + 100, Box(0.0, 0.0, 10.0, 10.0))) == 0


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2, max_size=30), st.floats(0.1, 5))
def test_simple_lines_keep_their_ends_and_invent_nothing(points: list[tuple[float, float]], tolerance: float) -> None:
    path = np.array(points)
    short = simplify(path, tolerance)
    assert (short[0] == path[0]).all()
    assert (short[-1] == path[-1]).all()
    assert {tuple(point) for point in short} <= {tuple(point) for point in path}


def test_line_that_leaves_and_comes_back_is_two_runs() -> None:
    path = np.array([[1.0, 1.0], [2.0, 1.0], [20.0, 1.0], [21.0, 1.0], [22.0, 1.0], [3.0, 3.0], [1.0, 3.0]])
    assert [len(run) for run in runs_inside(path, Box(0.0, 0.0, 5.0, 5.0))] == [3, 3]


def test_geometry_is_read_between_the_ends() -> None:
    course = course_of(np.array([0.0, 0.0]), "1 2, 3.5 4", np.array([5.0, 5.0]))
    assert course.tolist() == [[0, 0], [1, 2], [3.5, 4], [5, 5]]
    assert len(course_of(np.array([0.0, 0.0]), float("nan"), np.array([5.0, 5.0]))) == 2


def test_axes_and_groups_come_from_the_dataset() -> None:
    """Without parameters the sets are those that the dataset names."""
    dataset = five_places()
    axes = axes_of(dataset, {})
    assert axes == axes_of(dataset, {"a": ["NS"], "b": "EW"})
    assert axes.links_a == {"P-X", "X-Q"}
    assert axes.groups == {"X": ("X",)}
    assert set(links_of(dataset)) == {"P-X", "X-Q", "Y-X", "X-Z"}


def test_difference_counts_links_that_only_one_case_uses() -> None:
    found = changes([Flow("a", 5.0, 1.0)], [Flow("a", 7.0, 0.0), Flow("b", 3.0, 0.0)])
    assert found == [Flow("a", 2.0, -1.0), Flow("b", 3.0, 0.0)]


def test_names_on_the_map_are_short() -> None:
    assert short_name("Minsk (Minsk-Sortirovochny)") == "Minsk"
