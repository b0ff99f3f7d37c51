"""Patches are a set: their order never matters, and the dataset's own tables stay as they were."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from koridor.data.dataset import table_hash
from koridor.errors import DataError
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.schema import TABLES

DATASET = worlds.five()
BEFORE = {name: table_hash(TABLES[name], DATASET.tables[name]) for name in TABLES}

numbers = st.sampled_from([0.5, 1.0, 2.0, 8.0])
edits = st.one_of(
    st.tuples(
        st.just("link"), st.sampled_from(["P-X", "X-Q", "P~Z", "*"]), st.sampled_from(["length_km", "speed_kmh"]),
        st.sampled_from(["set", "raise_to", "scale", "shift"]), numbers,
    ),
    st.tuples(
        st.just("interchange"), st.sampled_from(["X", "X/A", "*"]),
        st.sampled_from(["joined_h", "joined_usd_per_teu"]), st.sampled_from(["set", "scale"]),
        st.one_of(numbers),
    ),
    st.tuples(
        st.just("interchange"), st.just("X"), st.just("state"), st.just("set"), st.sampled_from(["off", "joined"])
    ),
    st.tuples(st.just("corridor"), st.sampled_from("AB"), st.just("name"), st.just("set"), st.sampled_from("xy")),
    st.tuples(st.just("flow"), st.sampled_from(["P/Z", "*/Q"]), st.just(""), st.just("drop"), st.just("")),
    st.tuples(st.just("flow"), st.sampled_from(["P", "Y"]), st.just("volume_t"), st.just("scale"), numbers),
)  # fmt: skip


def contents(patches: list[Patch]) -> object:
    """Hashes of the tables under the patches, or the tables in which they contradict each other."""
    try:
        scenario = Scenario(DATASET, tuple(patches))
    except DataError as error:
        return {problem.table for problem in error.problems}
    return scenario.hash, {name: table_hash(TABLES[name], scenario.table(name)) for name in TABLES}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(edits, min_size=1, max_size=3), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_order_never_matters_and_the_dataset_stays(listed, random) -> None:
    """Edits apply in phases, and within a phase they commute or contradict each other, whoever comes first. Every table
    of the dataset keeps its bytes: frames share memory, and an edit in place would reach through.
    """
    patches = [Patch.of(f"p{i}", *some) for i, some in enumerate(listed)]
    first = contents(patches)
    random.shuffle(patches)
    assert contents(patches) == first
    # another name for every patch sorts them in another order
    renamed = [Patch(f"q{9 - int(item.patch_id[1:])}", item.edits) for item in patches]
    assert contents(renamed) == first
    assert {name: table_hash(TABLES[name], DATASET.tables[name]) for name in TABLES} == BEFORE
