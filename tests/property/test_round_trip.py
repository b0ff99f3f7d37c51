"""Whatever a valid dataset holds, disk and order of rows change nothing, and a value that changes is seen."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from koridor.data import Dataset
from koridor.schema import TABLES
from koridor.testing import networks

SETTINGS = settings(max_examples=10, deadline=None)


@SETTINGS
@given(networks())
def test_csv_round_trip(dataset: Dataset) -> None:
    """Reading what was written gives an equal dataset, frame by frame to the last bit."""
    with tempfile.TemporaryDirectory() as room:
        dataset.write(Path(room, "set"))
        back = Dataset.load(Path(room, "set"))
    assert back == dataset
    for name in TABLES:
        pd.testing.assert_frame_equal(back.table(name), dataset.table(name), check_exact=True)


@settings(max_examples=5, deadline=None)
@given(networks())
def test_xlsx_round_trip(dataset: Dataset) -> None:
    """A workbook holds the same dataset too."""
    with tempfile.TemporaryDirectory() as room:
        dataset.write_xlsx(Path(room, "set.xlsx"))
        assert Dataset.load_xlsx(Path(room, "set.xlsx")) == dataset


@SETTINGS
@given(networks(), st.randoms(use_true_random=False))
def test_order_of_rows_is_no_matter(dataset: Dataset, random: np.random.Generator) -> None:
    """Rows are sorted by key before they are hashed: any permutation has the same hash."""
    frames = {}
    for name, frame in dataset.tables.items():
        order = list(range(len(frame)))
        random.shuffle(order)
        frames[name] = frame.iloc[order]
    assert Dataset.of(frames, dataset.meta).hash == dataset.hash


@SETTINGS
@given(networks(), st.data())
def test_null_is_not_zero(dataset: Dataset, data: st.DataObject) -> None:
    """Turning a missing number into zero, or zero into a missing one, changes the hash."""
    link = dataset.table("link")
    row = data.draw(st.integers(0, len(link) - 1))
    with_null, with_zero = link.copy(), link.copy()
    with_null.loc[row, "wait_h"] = np.nan
    with_zero.loc[row, "wait_h"] = 0.0
    null = Dataset.of({**dataset.tables, "link": with_null}, dataset.meta)
    zero = Dataset.of({**dataset.tables, "link": with_zero}, dataset.meta)
    assert null.hash != zero.hash
    assert dataset.hash in {null.hash, zero.hash} or link.loc[row, "wait_h"] > 0
