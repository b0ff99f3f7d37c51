"""The atlas is what `data-raw` says, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from koridor import atlas
from koridor.data.build.__main__ import main
from koridor.data.build.sources import kind_of, with_ids
from koridor.data.build.write import write

RAW = Path(__file__).parents[2] / "data-raw"


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_building_again_gives_the_committed_bytes(tmp_path: Path) -> None:
    """No time, order of files or hash of a process may enter the tables: the committed ones are the first build."""
    assert main([str(RAW), str(tmp_path)]) == 0
    assert contents(tmp_path) == contents(atlas.folder())


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """Rows go by key, columns as declared, whatever order they come in; files of tables that are gone go too."""
    frame = pd.DataFrame({"corridor_id": ["B", "A"], "link_id": ["2", "1"]})
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "gone.csv").write_text("x\n")
    write(tmp_path / "one", {"corridor_link": frame}, "name = 1\n")
    write(tmp_path / "two", {"corridor_link": frame[::-1][["link_id", "corridor_id"]]}, "name = 1\n")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(tmp_path / "one")["corridor_link.csv"] == b"corridor_id,link_id\nA,1\nB,2\n"


@pytest.mark.parametrize(
    ("citation", "kind"),
    [
        ("https://example.org/a; https://example.org/b", "published"),
        ("https://example.org/a; general knowledge", "mixed"),
        ("general knowledge", "estimate"),
        ("default by kind, estimate", "estimate"),
        ("derived from World Bank (2012)", "derived"),
        ("derived allocation (assumption)", "estimate"),
        ("services.csv S016", "mixed"),
    ],
)
def test_sources_are_sorted_by_what_they_rest_on(citation: str, kind: str) -> None:
    """The rules of the fact base: an address is published, beside general knowledge mixed, arithmetic on it derived."""
    assert kind_of(citation) == kind


def test_sources_of_added_rows_are_named_too() -> None:
    """A row that a patch adds carries the id of its source, as any other row."""
    edit = pd.DataFrame({"op": ["add", "set"], "value": ['{"source": "Atlas 2020", "x": 1}', "2"]})
    found = with_ids({"edit": edit}, {"Atlas": "free"})
    assert found["edit"]["value"].tolist() == ['{"source": "S0001", "x": 1}', "2"]
    assert found["source"].to_dict("records") == [
        {"source_id": "S0001", "citation": "Atlas 2020", "kind": "published", "licence": "free"}
    ]
