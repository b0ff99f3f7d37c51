"""`check` reports every problem of a set of tables at once, each with its place and remedy."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from koridor.errors import DataError, Problem
from koridor.schema import TABLES, check
from koridor.testing import dataset_of, five_place_rows, five_places


def tables() -> dict[str, pd.DataFrame]:
    return dict(five_places().tables)


def problems_with(name: str, /, **change: Any) -> list[Problem]:
    """Problems after the change of one table's columns: a value for all rows, or a list of them."""
    frames = tables()
    frames[name] = frames[name].assign(**change)
    return check(frames)


def faults(found: list[Problem]) -> set[tuple[str, str, str]]:
    return {(problem.table, problem.field, problem.found) for problem in found}


def rows_with(**more: list[dict[str, Any]]) -> dict[str, Any]:
    rows = five_place_rows()
    return {**rows, **{name: [*rows.get(name, []), *extra] for name, extra in more.items()}}


def problems_of_rows(**more: list[dict[str, Any]]) -> list[Problem]:
    """Problems of the five places with more rows."""
    with pytest.raises(DataError) as caught:
        dataset_of(rows_with(**more))
    return caught.value.problems


def test_sound_tables_have_no_problem() -> None:
    """The five places obey every rule, so that each test below sees only what it breaks."""
    assert check(tables()) == []


def test_missing_required_table() -> None:
    """`link` is required: its absence is one problem, not one for each row that refers to it."""
    frames = tables()
    del frames["link"]
    assert [(item.table, item.limit) for item in check(frames)] == [("link", "the table is required")]


def test_absent_optional_table_is_an_empty_one() -> None:
    """`hazard` may be absent; `corridor` may be too, but then the rows that name one lead nowhere."""
    frames = tables()
    del frames["hazard"]
    assert check(frames) == []
    del frames["corridor"]
    assert {item.limit for item in check(frames)} == {"must name a row of corridor"}


def test_empty_required_table() -> None:
    """A table that must have rows is named once when it has none."""
    frames = tables()
    frames["flow"] = frames["flow"].iloc[:0]
    assert [(item.table, item.limit) for item in check(frames)] == [("flow", "the table must have a row")]


def test_unknown_table_names_the_nearest() -> None:
    """A table that the schema does not have is refused, and the hint guesses what was meant."""
    frames = {**tables(), "links": tables()["link"]}
    (problem,) = check(frames)
    assert problem.table == "links"
    assert problem.hint.endswith("perhaps to link")


def test_missing_and_unknown_column() -> None:
    """A column renamed by mistake is two problems: one is missing, one is not known."""
    frames = tables()
    frames["link"] = frames["link"].rename(columns={"length_km": "lenght_km"})
    found = check(frames)
    assert {(item.field, item.limit) for item in found} == {
        ("lenght_km", "the table has no such column"),
        ("length_km", "the column is missing"),
    }
    assert any(item.hint == "remove it, or rename it, perhaps to length_km" for item in found)


def test_wrong_dtype_is_named_and_not_computed_with() -> None:
    """Text in a column of numbers (a frame made by hand) is a problem of the column, never a traceback."""
    found = problems_with("transfer", time_h="soon") + problems_with("link", length_km="far")
    assert ("link", "length_km", "str") in faults(found)


@pytest.mark.parametrize(
    ("table", "field", "value", "found"),
    [
        ("link", "length_km", -5.0, "-5"),  # a length is at least 0
        ("link", "length_km", np.inf, "inf"),  # infinity is no length
        ("link", "length_km", np.nan, ""),  # required
        ("place", "lon_deg", 181.0, "181"),  # longitudes end at 180
        ("flow", "box_share", 40.0, "40"),  # a share is part of one
        ("link", "mode", "train", "train"),  # not a mode
        ("link", "carriages", "rail1520;tram", "rail1520;tram"),  # one part is no carriage
        ("link", "carriages", "rail1520; road", "rail1520; road"),  # a space would make another word of it
        ("link", "from_place", "Q9", "Q9"),  # not a place
        ("link", "name", "two\nlines", "two\nlines"),  # would tear a CSV row apart
        ("link", "source", "made ", "made "),  # a space at the end is never seen
        ("flow", "year", 1812, "1812"),  # before any figure
    ],
)
def test_cell_that_breaks_its_declaration(table: str, field: str, value: Any, found: str) -> None:
    """One cell that breaks its field's declaration is reported with table, field and what was found."""
    frames = tables()
    cells = frames[table][field].copy()
    cells.iloc[0] = value
    problems = problems_with(table, **{field: cells})
    assert (table, field, found) in faults(problems)
    first = next(item for item in problems if item.field == field)
    assert first.keys[0] == frames[table][TABLES[table].key[0]].iloc[0]
    assert first.limit
    assert first.hint


def test_null_is_not_zero() -> None:
    """Zero is a value of a required field, a missing value is not."""
    assert problems_with("link", length_km=0.0) == []
    assert len(problems_with("link", length_km=np.nan)) == 4


def test_range_out_of_order() -> None:
    """A low bound above the central value, or a high one below it, is a problem; a missing bound is not."""
    found = problems_with("interchange", joined_low_h=3.0, joined_high_h=1.0)
    assert {(item.field, item.limit) for item in found} == {
        ("joined_low_h", "must not be above joined_h"),
        ("joined_high_h", "must not be below joined_h"),
    }
    assert problems_with("interchange", joined_low_h=np.nan) == []


def test_duplicate_key() -> None:
    """Of two rows with one key the later one is reported, by its whole key."""
    found = problems_of_rows(corridor_link=[{"corridor_id": "A", "link_id": "P-X"}])
    assert [(item.table, item.keys) for item in found] == [("corridor_link", ("A", "P-X"))]


def test_ids_must_not_hold_what_joins_keys() -> None:
    """Keys are joined by / and lists by ;, so that ids hold neither, nor the star that means every row."""
    found = problems_of_rows(source=[{"source_id": "a/b", "citation": "x"}, {"source_id": "*", "citation": "x"}])
    assert {item.found for item in found} == {"a/b", "*"}


def test_list_references() -> None:
    """Each part of a list of references is held against its table; the hint names the part."""
    extra = [{"case_id": "c", "factor": "f", "patches": "gone;p"}]
    found = problems_of_rows(patch=[{"patch_id": "p"}], case=extra)
    assert [(item.field, item.found) for item in found] == [("patches", "gone;p")]
    assert "add gone to patch" in found[0].hint


def test_link_ends_differ() -> None:
    """A link from a place to itself has no length that could be right."""
    link = {"link_id": "P-P", "from_place": "P", "to_place": "P", "mode": "rail", "carriages": "rail1520",
            "length_km": 1, "speed_kmh": 40}  # fmt: skip
    (problem,) = problems_of_rows(link=[link])
    assert (problem.field, problem.limit) == ("to_place", "must differ from from_place")


def test_orphaned_corridor_stop_and_gate() -> None:
    """Y is on no link of corridor A, so nobody can join there; Y-X is none of its links, so no gate of it."""
    found = problems_of_rows(
        corridor_stop=[{"corridor_id": "A", "place_id": "Y"}], corridor_gate=[{"corridor_id": "A", "link_id": "Y-X"}]
    )
    assert {(item.table, item.found) for item in found} == {("corridor_stop", "Y"), ("corridor_gate", "Y-X")}


def test_dropped_link_orphans_its_stop() -> None:
    """Without link P-X the stop P of corridor A is orphaned: seen when only `link` is said to have changed."""
    frames = tables()
    frames["link"] = frames["link"].query("link_id != 'P-X'")
    found = check(frames, only={"link"})
    assert ("corridor_stop", "place_id", "P") in faults(found)
    assert ("corridor_link", "link_id", "P-X") in faults(found)


def test_only_leaves_out_what_the_change_cannot_break() -> None:
    """A wrong flow is not seen when only `interchange` changed, and is when `flow` did."""
    frames = tables()
    frames["flow"] = frames["flow"].assign(value_usd=-1.0)
    assert check(frames, only={"interchange"}) == []
    assert len(check(frames, only={"flow"})) == len(frames["flow"])


@pytest.mark.parametrize(("share", "wrong"), [(1.0, False), (0.0, False), (1 + 5e-7, True), (0.6, True)])
def test_shares_of_a_region_sum_to_one_or_nought(share: float, wrong: bool) -> None:
    """Origin shares of one region and commodity sum to 1 within 1e-6, or to 0; a share above 1 breaks its bound."""
    frames = tables()
    cells = frames["region_share"]["origin_share"].copy()
    cells.iloc[0] = share
    assert bool(problems_with("region_share", origin_share=cells)) is wrong


def test_shares_tolerate_rounding() -> None:
    """Three thirds with seven digits sum to 0.9999999, which is one within the tolerance of 1e-6."""
    third = [{"region_id": "T", "commodity_id": "*", "place_id": place, "origin_share": 0.3333333,
              "destination_share": 0.3333333} for place in "PQX"]  # fmt: skip
    dataset_of(rows_with(region=[{"region_id": "T"}], region_share=third))


def test_share_of_unknown_commodity() -> None:
    """A share is of a commodity or, with a star, of all; anything else is a slip."""
    row = {"region_id": "P", "commodity_id": "gods", "place_id": "P", "origin_share": 1, "destination_share": 1}
    (problem,) = problems_of_rows(region_share=[row])
    assert (problem.field, problem.found) == ("commodity_id", "gods")


def test_load_names_a_row_or_the_beginning_of_a_key() -> None:
    """`X/A` begins the key of the interchange at X; `X/B` begins none."""
    element = {"element_id": "e", "country_id": "XX", "unit": "t", "capacity_per_yr": 1, "preload_per_yr": 0}
    load = {"element_id": "e", "of": "interchange", "per_t": 1}
    dataset_of(rows_with(element=[element], element_load=[{**load, "row": "X/A"}]))
    (problem,) = problems_of_rows(element=[element], element_load=[{**load, "row": "X/B"}])
    assert (problem.field, problem.found) == ("row", "X/B")


EDIT = {"patch_id": "p", "table": "interchange", "key": "X", "field": "joined_h", "op": "set", "value": "6"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"table": "interchanges"}, "table"),
        ({"field": "joined"}, "field"),
        ({"field": "from_place"}, "field"),  # part of the key
        ({"key": "X/A/X/B/X/Y"}, "key"),  # one part too many
        ({"value": "6,5"}, "value"),
        ({"value": ""}, "value"),  # joined_h is required
        ({"value": "@joined_low"}, "value"),
        ({"field": "state", "value": "merged"}, "value"),
        ({"field": "state", "op": "scale", "value": "2"}, "field"),
        ({"op": "scale", "value": "twice"}, "value"),
        ({"op": "drop"}, "field"),
        ({"op": "add", "field": "", "value": "X;A"}, "value"),
        ({"op": "add", "field": "", "value": '{"where": 1}'}, "value"),
        ({"op": "replace"}, "op"),
    ],
)
def test_edit_that_cannot_apply(change: dict[str, str], field: str) -> None:
    """An edit names a table, a field and an operation that exist, and a value that the operation can use."""
    found = problems_of_rows(patch=[{"patch_id": "p"}], edit=[{**EDIT, **change}])
    assert field in {item.field for item in found}
    assert {item.table for item in found} == {"edit"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"key": "*/A", "value": "@joined_low_h"},
        {"field": "joined_low_h", "value": ""},
        {"field": "state", "value": "joined"},
        {"op": "scale", "value": "0.5"},
        {"op": "drop", "field": "", "value": ""},
        {"op": "add", "field": "", "value": '{"interchange_group": "Y"}'},
    ],
)
def test_edit_that_can(change: dict[str, str]) -> None:
    """Shortened keys, stars, other fields of the row and emptying a field that is not required are all meant."""
    dataset_of(rows_with(patch=[{"patch_id": "p"}], edit=[{**EDIT, **change}]))


def test_all_problems_at_once() -> None:
    """Three faults in three tables are three problems of one check, in the order of the schema."""
    frames = tables()
    frames["place"] = frames["place"].assign(lat_deg=[91.0, 0, 0, 0, 0])
    frames["flow"] = frames["flow"].assign(origin=["?", "Y", "P"])
    frames["link"] = frames["link"].assign(mode=["air", "rail", "rail", "rail"])
    assert {item.table for item in check(frames)} == {"place", "link", "flow"}


def test_many_alike_are_counted() -> None:
    """Of 1000 rows with one fault fifty are listed, and one line says that 950 more have it."""
    frame = pd.concat([tables()["flow"].iloc[[0]]] * 1000, ignore_index=True).assign(
        commodity_id=[f"g{at}" for at in range(1000)]
    )
    found = check({**tables(), "flow": frame}, only={"flow"})
    assert len(found) == 51
    assert found[-1].limit == "950 more rows have the same problem"


def test_check_is_quick() -> None:
    """Merged tables are checked again in every case: a few thousand rows take well under a quarter of a second of
    processor time (about 40 ms on a laptop), and a changed `interchange` a tenth of that.
    """
    frames = tables()
    size = 1000
    frames["link"] = pd.concat([frames["link"]] * (size // 4), ignore_index=True).assign(
        link_id=[*tables()["link"]["link_id"], *(f"L{at}" for at in range(size - 4))]
    )
    start = time.process_time()
    assert check(frames) == []
    assert time.process_time() - start < 0.25


def test_problem_reads_as_one_line() -> None:
    """The text of a problem names file, row, key, field, value, limit and remedy, whatever signs the value holds."""
    problem = Problem(
        "link", "link.csv", 14, "length_km", ("P-X",), "-5\n", "must be at least 0 (km)", "write the length"
    )
    assert str(problem) == (
        'link.csv row 14 (link P-X), length_km: found "-5\\n": must be at least 0 (km); write the length'
    )
    assert str(DataError([problem])).startswith("1 problem in the data:\n  link.csv row 14")
