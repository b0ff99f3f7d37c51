"""A dataset is frozen, checked, and known by its content."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from koridor.data import Dataset, Meta
from koridor.errors import DataError, UsageError
from koridor.schema import TABLES
from koridor.testing import dataset_of, five_place_rows, five_places

META = Meta(name="five", title="", price_year=2024, base_year=2024, sets={})


def changed(table: str, **change: object) -> Dataset:
    frames = dict(five_places().tables)
    frames[table] = frames[table].assign(**change)
    return Dataset.of(frames, five_places().meta)


def test_every_table_is_there() -> None:
    """A table that is absent on disk is empty in memory, with all its columns."""
    dataset = five_places()
    for name, table in TABLES.items():
        assert list(dataset.table(name).columns) == list(table.columns)
    assert dataset.table("hazard").empty
    assert dataset.name == "five"
    assert dataset.meta["sets"] == {"a": ["NS"], "b": ["EW"]}


def test_a_table_handed_out_can_be_changed_without_harm() -> None:
    """`table` gives a copy that shares the memory until somebody writes to it."""
    dataset = five_places()
    mine = dataset.table("link")
    mine.loc[:, "length_km"] = 0.0
    mine["extra"] = 1
    assert dataset.table("link")["length_km"].tolist() == [400.0] * 4
    assert dataset == five_places()


def test_unknown_table_is_a_mistake_of_use() -> None:
    """The error guesses what was meant."""
    with pytest.raises(UsageError, match="did you mean link"):
        five_places().table("links")


def test_same_content_same_hash() -> None:
    """Two builds of one content are equal, have one hash, and can be pickled."""
    assert five_places().hash == five_places().hash
    assert five_places() == five_places()
    assert len({five_places(), five_places()}) == 1
    assert pickle.loads(pickle.dumps(five_places())) == five_places()
    assert len(five_places().hash) == 64


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("link", {"wait_h": 0.0}),  # from missing to zero
        ("link", {"tracks": 1}),
        ("link", {"electrified": True}),
        ("link", {"name": "main"}),
        ("link", {"length_km": np.nextafter(400, 401)}),  # one bit
        ("country", {"party": True}),
    ],
)
def test_any_change_changes_the_hash(table: str, change: dict[str, object]) -> None:
    """Values and validity both count: missing, zero and one are three contents."""
    frames = dict(five_places().tables)
    kind = {name: frames[table][name].dtype for name in change}
    frames[table] = frames[table].assign(**change).astype(kind)
    assert Dataset.of(frames, five_places().meta) != five_places()


def test_texts_do_not_run_into_each_other() -> None:
    """The names "ab", "c" and "a", "bc" are two contents, though they are one row of letters."""
    one = changed("place", name=["ab", "c", "x", "y", "z"])
    two = changed("place", name=["a", "bc", "x", "y", "z"])
    assert one.hash != two.hash


def test_minus_nought_is_nought() -> None:
    """-0.0 equals 0.0 in every computation, so it does in the hash."""
    assert changed("link", wait_h=-0.0) == changed("link", wait_h=0.0)


def test_metadata_counts() -> None:
    """Another price year is another dataset, whatever the tables."""
    frames = five_places().tables
    assert Dataset.of(frames, META) != Dataset.of(frames, Meta(**{**META, "price_year": 2020}))  # type: ignore[typeddict-item]


def test_broken_metadata_and_tables_are_told_together() -> None:
    """Problems of the metadata and of tables come in one error."""
    frames = dict(five_places().tables)
    del frames["link"]
    with pytest.raises(DataError) as caught:
        Dataset.of(frames, Meta(**{**META, "name": " "}))  # type: ignore[typeddict-item]
    assert {item.table for item in caught.value.problems} == {"", "link"}


def test_optional_columns_may_be_left_out() -> None:
    """Columns that are not required may be absent, and come in as missing."""
    frames = dict(five_places().tables)
    frames["link"] = frames["link"].drop(columns=["wait_h", "note"])
    assert Dataset.of(frames, five_places().meta) == five_places()


def test_short_rows_are_filled_as_told() -> None:
    """`dataset_of` fills what a row leaves out so that it means nothing: bounds as the centre, no fee, no delay."""
    dataset = five_places()
    term = dataset.table("corridor_term").iloc[0]
    assert [term[f"border_time_{end}factor"] for end in ("low_", "", "high_")] == [0.5, 0.5, 0.5]
    assert term["stop_wait_h"] == 0
    flow = dataset.table("flow").iloc[0]
    assert (flow["year"], flow["source"], flow["confidence"]) == (2024, "made", "high")
    assert dataset.table("link")["status"].tolist() == ["open"] * 4


def test_short_rows_need_keys_and_references() -> None:
    """What cannot be guessed is asked for by name."""
    rows = five_place_rows()
    with pytest.raises(UsageError, match="to_place"):
        dataset_of({**rows, "link": [{"link_id": "L", "from_place": "P", "length_km": 1}]})
    with pytest.raises(UsageError, match="link_id"):
        dataset_of({**rows, "link": [{"from_place": "P", "to_place": "Q"}]})
    with pytest.raises(UsageError, match="lenght_km"):
        dataset_of({**rows, "link": [{"link_id": "L", "lenght_km": 1}]})
    with pytest.raises(UsageError, match="links"):
        dataset_of({**rows, "links": []})


def test_other_regions_need_no_python(tmp_path: Path) -> None:
    """Codes that look like missing values or numbers are codes: Namibia's is NA, a place may be called 007 or 1E5."""
    rows = {
        "country": [{"country_id": "NA", "name": "null"}],
        "place": [
            {"place_id": name, "country_id": "NA", "lon_deg": 15, "lat_deg": -20, "kind": "port"}
            for name in ("007", "1E5")
        ],
        "link": [{"link_id": "nan", "from_place": "007", "to_place": "1E5", "mode": "road", "carriages": "road",
                  "length_km": 1, "speed_kmh": 40}],
        "commodity": [{"commodity_id": "None", "size_t_per_teu": 10}],
        "region": [{"region_id": "NA"}],
        "region_share": [{"region_id": "NA", "commodity_id": "*", "place_id": "007", "origin_share": 1,
                          "destination_share": 1}],
        "flow": [{"origin": "NA", "destination": "NA", "commodity_id": "None", "part": "contestable", "volume_t": 1}],
    }  # fmt: skip
    dataset = dataset_of(rows)
    dataset.write(tmp_path / "csv")
    dataset.write_xlsx(tmp_path / "book.xlsx")
    assert Dataset.load(tmp_path / "csv") == dataset
    assert Dataset.load_xlsx(tmp_path / "book.xlsx") == dataset
    assert Dataset.load(tmp_path / "csv").table("place")["place_id"].tolist() == ["007", "1E5"]
    pd.testing.assert_frame_equal(Dataset.load(tmp_path / "csv").table("link"), dataset.table("link"))
