"""Labels of the map never cover each other, an obstacle or the edge, whatever is asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from koridor.report.labels import Box, Wish, place
from koridor.report.svg import width_of

FRAME = Box(0.0, 0.0, 400.0, 300.0)
wishes = st.lists(
    st.builds(
        Wish,
        words=st.text(min_size=1, max_size=18),
        x=st.floats(-50, 450),
        y=st.floats(-50, 350),
        rank=st.floats(0, 1e7),
        size=st.sampled_from([10.0, 12.0, 14.0]),
    ),
    max_size=40,
)
boxes = st.lists(st.builds(lambda x, y: Box(x, y, x + 20, y + 20), st.floats(0, 380), st.floats(0, 280)), max_size=4)


@given(wishes, boxes)
def test_no_label_meets_another_an_obstacle_or_the_edge(wanted: list[Wish], obstacles: list[Box]) -> None:
    placed = place(wanted, FRAME, obstacles)
    for index, label in enumerate(placed):
        assert label.box.within(FRAME)
        assert label.box.x2 - label.box.x1 >= width_of(label.words, label.size)
        assert not any(label.box.meets(box) for box in obstacles)
        assert not any(label.box.meets(other.box) for other in placed[index + 1 :])


@given(wishes)
def test_order_of_the_wishes_does_not_matter(wanted: list[Wish]) -> None:
    assert place(wanted, FRAME) == place(wanted[::-1], FRAME)


def test_the_more_important_name_wins() -> None:
    """Two names on one spot with room for one: the higher rank stands."""
    narrow = Box(0.0, 0.0, 60.0, 16.0)
    both = [Wish("Small", 4, 8, 1.0), Wish("Large", 4, 8, 2.0)]
    assert [label.words for label in place(both, narrow)] == ["Large"]


def test_limit_is_kept() -> None:
    many = [Wish("a", 20.0 * index, 100.0, 1.0) for index in range(1, 18)]
    assert len(place(many, FRAME, limit=5)) == 5
