"""A scenario is its content: what changes nothing keeps the hash, what changes anything does not."""

from __future__ import annotations

import pickle

import pytest

from builders import crossing
from koridor.data.dataset import Dataset
from koridor.errors import DataError
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.testing import five_places

FAST = Patch.of("fast", ("link", "P-X", "speed_kmh", "set", 60))
LONG = Patch.of("long", ("link", "X-Q", "length_km", "scale", 2))


def test_an_edit_that_changes_nothing_keeps_the_hash() -> None:
    """Set to what it is, times one, plus nought: the content is the same, so the scenario is."""
    same = Patch.of(
        "same",
        ("link", "P-X", "speed_kmh", "set", 40),
        ("link", "X-Q", "length_km", "scale", 1),
        ("place", "P", "lon_deg", "shift", 0),
    )
    assert crossing(same).hash == crossing().hash
    assert crossing(Patch("nothing", ())).hash == crossing().hash


def test_an_edit_that_changes_anything_changes_the_hash() -> None:
    """A number, a missing number, a row less, another table."""
    edits = (
        ("link", "P-X", "speed_kmh", "set", 41),
        ("link", "P-X", "wait_h", "set", 0),
        ("corridor_gate", "A/P-X", "", "drop", ""),
        ("corridor", "A", "in_force", "set", "yes"),
    )
    hashes = {crossing(Patch.of("p", edit)).hash for edit in edits}
    assert len(hashes | {crossing().hash}) == 5


def test_hash_is_of_the_content_and_not_of_the_patches() -> None:
    """Order and names of patches, and how a value is reached, do not matter."""
    there = crossing(FAST, LONG).hash
    assert crossing(LONG, FAST).hash == there
    assert (
        crossing(
            Patch.of("other", *((e.table, e.key, e.field, e.op, e.value) for p in (FAST, LONG) for e in p.edits))
        ).hash
        == there
    )
    assert crossing(FAST).with_patches(LONG).hash == there
    assert crossing(Patch.of("sum", ("link", "P-X", "speed_kmh", "shift", 20)), LONG).hash == there


def test_hash_does_not_know_the_order_of_rows() -> None:
    """Rows are sorted by key before they are hashed, with patches too."""
    dataset = five_places()
    turned = Dataset.of({name: frame.iloc[::-1] for name, frame in dataset.tables.items()}, dataset.meta)
    assert Scenario(turned).hash == Scenario(dataset).hash
    assert Scenario(turned, (FAST, LONG)).hash == Scenario(dataset, (FAST, LONG)).hash


def test_a_row_dropped_and_added_again_keeps_the_hash() -> None:
    """The rows are the same set, in another order."""
    row = '{"corridor_id": "A", "link_id": "P-X"}'
    again = Patch.of("p", ("corridor_gate", "A/P-X", "", "drop", ""), ("corridor_gate", "A/P-X", "", "add", row))
    assert crossing(again).hash == crossing().hash


def test_tables_come_as_copies() -> None:
    """To change what a scenario hands out changes neither it nor its dataset."""
    scenario = crossing(FAST)
    before = scenario.hash
    for name in ("link", "place"):
        frame = scenario.table(name)
        frame[frame.columns[0]] = "changed"
    assert scenario.hash == before
    assert "changed" not in set(scenario.table("link")["link_id"])
    assert "changed" not in set(scenario.table("place")["place_id"])


def test_pickled_it_is_the_same() -> None:
    """Workers get scenarios as pickles: content and tables survive."""
    back = pickle.loads(pickle.dumps(crossing(FAST)))
    assert back.hash == crossing(FAST).hash
    assert back.table("link").equals(crossing(FAST).table("link"))


def test_patches_that_contradict_are_refused_at_once() -> None:
    """There is no scenario with two speeds."""
    with pytest.raises(DataError, match="fast"):
        crossing(FAST, Patch.of("slow", ("link", "P-X", "speed_kmh", "set", 30)))
