"""Edits of tables: phases, keys, conflicts, and all problems at once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from builders import crossing
from koridor.errors import DataError, Problem, UsageError
from koridor.model.patch import Patch, apply, from_edits, read_assignment
from koridor.model.scenario import Scenario, find_patches, read_patch_file
from koridor.testing import five_places

LINK = five_places().table("link").set_index("link_id")


def patched(*patches: Patch) -> dict[str, pd.DataFrame]:
    return apply(five_places().tables, patches)


def column(table: str, field: str, *edits: tuple[str, str, object], key: str = "link_id") -> dict[str, object]:
    """A column by key after edits (key, op, value), each in a patch of its own."""
    patches = [Patch.of(f"p{i}", (table, at, field, op, value)) for i, (at, op, value) in enumerate(edits)]
    return patched(*patches)[table].set_index(key)[field].to_dict()


def lengths(*edits: tuple[str, str, object]) -> dict[str, object]:
    return column("link", "length_km", *edits)


def problems(*patches: Patch) -> list[Problem]:
    with pytest.raises(DataError) as caught:
        patched(*patches)
    return caught.value.problems


def said(*patches: Patch) -> str:
    return "\n".join(str(problem) for problem in problems(*patches))


# What an edit does


def test_set_scale_shift_raise_to() -> None:
    """One link is edited, the other three keep their 400 km."""
    for op, value, result in (("set", 7, 7), ("scale", 2, 800), ("shift", -100, 300), ("raise_to", 500, 500)):
        assert lengths(("P-X", op, value)) == {"P-X": result, "X-Q": 400, "Y-X": 400, "X-Z": 400}
    assert lengths(("P-X", "raise_to", 300))["P-X"] == 400


def test_phases_do_not_depend_on_the_order_of_edits() -> None:
    """Set 100, raise to 150, twice, 10 more: 310, in whatever order the patches are given."""
    edits = [("P-X", "shift", 10), ("P-X", "scale", 2), ("P-X", "raise_to", 150), ("P-X", "set", 100)]
    assert lengths(*edits)["P-X"] == lengths(*reversed(edits))["P-X"] == 310


def test_two_floors_do_not_collide_and_two_factors_multiply() -> None:
    """Two works on one line: the higher floor holds; factors and shifts of several patches add up."""
    assert lengths(("P-X", "raise_to", 500), ("P-X", "raise_to", 600))["P-X"] == 600
    assert lengths(("P-X", "scale", 2), ("P-X", "scale", 3))["P-X"] == 2400
    assert lengths(("P-X", "shift", 1), ("*", "shift", 2))["P-X"] == 403


def test_frames_given_stay_as_they_are() -> None:
    """A dataset is shared by many scenarios: nothing is changed in place, whatever the kind of column."""
    before = {name: frame.copy(deep=True) for name, frame in five_places().tables.items()}
    dataset = five_places()
    apply(
        dataset.tables,
        [
            Patch.of("a", ("link", "*", "length_km", "scale", 2), ("link", "*", "status", "set", "closed")),
            Patch.of("b", ("link", "P-X", "tracks", "set", 2), ("corridor", "*", "in_force", "set", True)),
            Patch.of("c", ("corridor_gate", "A", "", "drop", "")),
        ],
    )
    for name, frame in before.items():
        pd.testing.assert_frame_equal(dataset.tables[name], frame)


def test_dtypes_stay() -> None:
    """Texts stay texts, flags flags and whole numbers whole numbers, so that the merged tables can be checked."""
    frame = patched(
        Patch.of(
            "p",
            ("link", "P-X", "name", "set", "Line"),
            ("link", "P-X", "tracks", "set", 2),
            ("link", "P-X", "electrified", "set", "yes"),
            ("link", "P-X", "length_km", "set", "12.5"),
        )
    )["link"]
    assert frame.dtypes.to_dict() == five_places().table("link").dtypes.to_dict()
    row = frame.set_index("link_id").loc["P-X"]
    assert (row["name"], row["tracks"], row["electrified"], row["length_km"]) == ("Line", 2, True, 12.5)


@pytest.mark.parametrize(("value", "is_set"), [("yes", True), ("no", False), (True, True), (False, False)])
def test_flags(value: object, is_set: bool) -> None:
    """As in the files, yes and no; from code, truth values too."""
    assert column("corridor", "in_force", ("A", "set", value), key="corridor_id")["A"] is is_set


def test_an_empty_value_empties_the_cell() -> None:
    """Set to nothing is missing, not nought."""
    first = Patch.of("p", ("link", "P-X", "wait_h", "set", 5))
    assert patched(first)["link"].set_index("link_id")["wait_h"]["P-X"] == 5
    assert np.isnan(column("link", "wait_h", ("P-X", "set", ""))["P-X"])


def test_a_whole_number_can_be_emptied() -> None:
    """Nothing for a number of tracks is nothing, also said twice; beside 2 it is a contradiction, named as any is."""
    none = ("P-X", "set", "")
    assert pd.isna(column("link", "tracks", none, none)["P-X"])
    assert "p0 sets it" in said(
        Patch.of("p0", ("link", "P-X", "tracks", "set", "")), Patch.of("p1", ("link", "P-X", "tracks", "set", 2))
    )


def test_drop_and_add() -> None:
    """A link dropped and another added: defaults of what is left out are missing cells, for the check to see."""
    row = LINK.loc["P-X"].to_dict() | {"link_id": "P-Q", "to_place": "Q", "length_km": 600.0}
    row = {name: value for name, value in row.items() if not pd.isna(value)} | {"electrified": False}
    frame = patched(
        Patch.of("p", ("link", "P-X", "", "drop", ""), ("link", "P-Q", "", "add", json.dumps(row, default=str)))
    )["link"]
    assert sorted(frame["link_id"]) == ["P-Q", "X-Q", "X-Z", "Y-X"]
    added = frame.set_index("link_id").loc["P-Q"]
    assert (added["length_km"], added["to_place"]) == (600.0, "Q")
    assert pd.isna(added["tracks"])


def test_an_added_row_can_be_edited() -> None:
    """Add comes before set, scale and shift."""
    row = {"corridor_id": "C", "name": "C", "axis": "NS", "in_force": False, "source": "made", "confidence": "low"}
    frame = patched(
        Patch.of("z", ("corridor", "C", "", "add", json.dumps(row))),
        Patch.of("a", ("corridor", "C", "axis", "set", "EW")),
    )["corridor"]
    assert frame.set_index("corridor_id")["axis"].to_dict() == {"A": "NS", "B": "EW", "C": "EW"}


def test_a_row_of_the_commodity_star_can_be_added_beside_others() -> None:
    """`*` is a key of its own in region_share: a row of one commodity does not stand in its way, nor is it a
    wildcard.
    """
    base = {"region_id": "X", "place_id": "X", "origin_share": 1, "destination_share": 1, "source": "made",
            "confidence": "low"}  # fmt: skip
    one = Patch.of("one", ("region_share", "X/goods/X", "", "add", json.dumps(base | {"commodity_id": "goods"})))
    star = Patch.of("two", ("region_share", "X/*/X", "", "add", json.dumps(base | {"commodity_id": "*"})))
    for frame in (patched(one, star)["region_share"], apply(patched(one), [star])["region_share"]):
        assert sorted(frame.loc[frame["region_id"] == "X", "commodity_id"]) == ["*", "goods"]


# Keys


def test_shortened_keys_and_wildcards() -> None:
    """corridor_link/A is both links of A; */X-Q one of them; a star all."""
    size = {key: 4 - len(patched(Patch.of("p", ("corridor_link", key, "", "drop", "")))["corridor_link"])
            for key in ("A", "A/P-X", "*/X-Q", "*", "A/*")}  # fmt: skip
    assert size == {"A": 2, "A/P-X": 1, "*/X-Q": 1, "*": 4, "A/*": 2}


def test_a_field_of_the_row_as_value() -> None:
    """@separate_h takes the row's own separate_h, as it was before any edit; an empty one leaves the cell."""
    frame = patched(
        Patch.of("p", ("interchange", "X", "joined_h", "set", "@separate_h")),
        Patch.of("q", ("interchange", "X", "separate_h", "set", "99")),
        Patch.of("r", ("link", "*", "length_km", "set", "@wait_h")),
    )
    assert frame["interchange"]["joined_h"].tolist() == [20]
    assert frame["link"]["length_km"].tolist() == [400] * 4


def test_assignment_on_the_command_line() -> None:
    """table.key.field=value; keys may hold dots; anything else is a usage error that shows the shape."""
    patch = read_assignment("interchange.X.joined_h=12")
    assert [(e.table, e.key, e.field, e.op, e.value) for e in patch.edits] == [
        ("interchange", "X", "joined_h", "set", "12")
    ]
    assert read_assignment("link.A.B-1.speed_kmh = 60").edits[0].key == "A.B-1"
    for bad in ("interchange.X=12", "interchange", "interchange.X.joined_h", "=3", ".X.joined_h=3"):
        with pytest.raises(UsageError, match=r"table\.key\.field=value"):
            read_assignment(bad)


# Ranges


def test_bounds_make_way_for_the_central_value() -> None:
    """joined_h is 2 with bounds 2 and 2: set to 12 the high end goes to 12, the low stays 2; set to 1 the low end
    goes.
    """
    for value, low, high in (("12", 2, 12), ("1", 1, 2)):
        row = patched(Patch.of("p", ("interchange", "X", "joined_h", "set", value)))["interchange"].iloc[0]
        assert (row["joined_low_h"], row["joined_h"], row["joined_high_h"]) == (low, float(value), high)


def test_bounds_of_other_rows_make_way_where_one_was_set() -> None:
    """The high end of A is set by hand, the central value of all: only A's bound is held to what was written."""
    frame = patched(
        Patch.of(
            "p",
            ("corridor_term", "A", "stop_wait_high_h", "set", "50"),
            ("corridor_term", "*", "stop_wait_h", "set", "10"),
        )
    )["corridor_term"]
    assert frame.groupby("corridor_id")["stop_wait_high_h"].unique().map(list).to_dict() == {"A": [50.0], "B": [10.0]}


def test_a_bound_set_against_the_central_value_is_a_problem() -> None:
    """Nothing is repaired: a high end below the central value written by the same patch is reported by the check."""
    with pytest.raises(DataError, match="joined"):
        crossing(
            Patch.of(
                "p", ("interchange", "X", "joined_h", "set", "12"), ("interchange", "X", "joined_high_h", "set", "3")
            )
        )


# Conflicts


def test_unequal_sets_of_one_cell_name_both_patches() -> None:
    """Two plans for one cell cannot both hold; equal ones can."""
    text = said(
        Patch.of("east", ("link", "P-X", "speed_kmh", "set", 60)),
        Patch.of("west", ("link", "*", "speed_kmh", "set", 70)),
    )
    assert "east" in text
    assert "west" in text
    assert lengths(("P-X", "set", 60), ("P-X", "set", "60.0"))["P-X"] == 60


def test_drop_against_an_edit_of_the_row_names_both_patches() -> None:
    """A line that one patch closes for good and another speeds up."""
    text = said(
        Patch.of("shut", ("link", "P-X", "", "drop", "")), Patch.of("fast", ("link", "*", "speed_kmh", "scale", 2))
    )
    assert "shut" in text
    assert "fast" in text


def test_unequal_adds_of_one_key_name_both_patches() -> None:
    """Two corridors of one name; equal rows are one."""
    row = {"corridor_id": "C", "name": "C", "axis": "NS", "in_force": False, "source": "made", "confidence": "low"}

    def add(name: str, **change: object) -> Patch:
        return Patch.of(name, ("corridor", "C", "", "add", json.dumps(row | change)))

    text = said(add("mine"), add("theirs", axis="EW"))
    assert "mine" in text
    assert "theirs" in text
    assert len(patched(add("mine"), add("theirs"))["corridor"]) == 3
    assert "exists" in said(add("again", corridor_id="A"))


# Problems, all at once


def test_all_problems_come_at_once() -> None:
    """Eight different mistakes in two patches: eight problems, each naming its patch."""
    first = Patch.of(
        "first",
        ("links", "P-X", "length_km", "set", 1),
        ("link", "P-X", "lenght_km", "set", 1),
        ("link", "nowhere", "length_km", "set", 1),
        ("link", "P-X/more", "length_km", "set", 1),
        ("link", "P-X", "length_km", "set", "far"),
    )
    second = Patch.of(
        "second",
        ("link", "P-X", "name", "scale", 2),
        ("link", "P-X", "tracks", "scale", 2),
        ("link", "X-Q", "length_km", "scale", "inf"),
    )
    found = problems(first, second)
    assert len(found) == 8
    text = "\n".join(map(str, found))
    for word in ("first", "second", "links", "lenght_km", "nowhere", "P-X/more", "far", "empty cell"):
        assert word in text


@pytest.mark.parametrize(
    "row",
    [
        "not json",
        "[]",
        "3",
        "null",
        '{"corridor_id": "C", "colour": "red"}',
        '{"corridor_id": "C", "in_force": "perhaps"}',
    ],
)
def test_unreadable_rows_are_problems(row: str) -> None:
    """Whatever stands in the value of an add, it is reported with its patch and raises nothing else."""
    assert "mine" in said(Patch.of("mine", ("corridor", "C", "", "add", row)))


@pytest.mark.parametrize(
    ("table", "key", "field", "value"),
    [
        ("link", "P-X", "length_km", "1,5"),
        ("link", "P-X", "length_km", "nan"),
        ("link", "P-X", "length_km", "inf"),
        ("link", "P-X", "tracks", "2.5"),
        ("corridor", "A", "in_force", "perhaps"),
        ("link", "P-X", "length_km", "@mode"),
        ("link", "P-X", "length_km", "@nothing"),
    ],
)
def test_unreadable_values_are_problems(table: str, key: str, field: str, value: str) -> None:
    """A number with a comma, no number at all, half a track, a flag that is neither, a field of another kind or
    none.
    """
    assert "mine" in said(Patch.of("mine", (table, key, field, "set", value)))


def test_a_track_and_a_half_in_an_added_row_is_a_problem() -> None:
    """Whole numbers are not rounded in silence."""
    row = {"link_id": "N", "from_place": "P", "to_place": "Q", "mode": "rail", "carriages": "rail1520", "length_km": 1,
           "speed_kmh": 10, "tracks": 1.5, "electrified": False, "status": "open", "source": "made", "confidence":
           "low"}  # fmt: skip
    assert "mine" in said(Patch.of("mine", ("link", "N", "", "add", json.dumps(row))))


def test_the_merged_tables_are_checked_again() -> None:
    """Each edit can be read, but the speed is out of bounds and the corridor's stop has lost its place."""
    with pytest.raises(DataError) as caught:
        crossing(
            Patch.of("p", ("link", "P-X", "speed_kmh", "set", 999)),
            Patch.of("q", ("corridor_stop", "A/P", "", "drop", ""), ("place", "P", "", "drop", "")),
        )
    found = {(problem.table, problem.field) for problem in caught.value.problems}
    assert ("link", "speed_kmh") in found
    assert ("link", "from_place") in found


def test_edits_of_a_table_become_patches_in_the_order_of_their_ids() -> None:
    """Rows of the table edit, with empty cells for what drop and add do not need."""
    frame = pd.DataFrame(
        {
            "patch_id": ["b", "a", "b"],
            "table": ["link", "link", "corridor_gate"],
            "key": ["P-X", "*", "A"],
            "field": ["length_km", "speed_kmh", None],
            "op": ["scale", "set", "drop"],
            "value": ["2", "50", None],
        }
    ).astype("str")
    first, second = from_edits(frame)
    assert (first.patch_id, second.patch_id) == ("a", "b")
    assert [edit.op for edit in second.edits] == ["scale", "drop"]


def test_patches_by_name_and_by_file(tmp_path: Path) -> None:
    """A name that the dataset knows, or a CSV of edits; a name that is neither is refused and shown."""
    file = tmp_path / "mine.csv"
    file.write_text("table,key,field,op,value\nlink,P-X,speed_kmh,set,60\nlink,*,wait_h,set,3\n")
    (patch,) = read_patch_file(file)
    assert patch.patch_id == "mine"
    assert len(patch.edits) == 2
    assert find_patches(five_places(), [str(file)]) == [patch]
    with pytest.raises(UsageError, match="nobody"):
        find_patches(five_places(), ["nobody"])
    speeds = Scenario(five_places(), (patch,)).table("link").set_index("link_id")["speed_kmh"]
    assert speeds["P-X"] == 60
