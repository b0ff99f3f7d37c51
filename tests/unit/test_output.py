"""What commands print where it goes into a file or another program."""

from __future__ import annotations

import pytest

from koridor.cli.output import WIDTH, Column, table


def test_words_go_on_below_and_ids_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    """Two ids of 60 signs and words are wider than the page: words go on below, and ids can be asked for again."""
    one, other, words = "B" * 60, "Q" * 60, "a sentence that goes on " * 3
    table("title", [Column("booking"), Column("text"), Column("quote")], [(one, words, other)])
    _, _, first, *more = capsys.readouterr().out.strip().splitlines()
    assert first.split("  ")[0] == one
    assert first.split("  ")[-1] == other
    told = " ".join(line.replace(one, "").replace(other, "").strip() for line in (first, *more))
    assert " ".join(told.split()) == words.strip()


@pytest.mark.parametrize("signs", [10, 60])
def test_ids_alone_are_never_cut(capsys: pytest.CaptureFixture[str], signs: int) -> None:
    """Whether they fit on the page, as twice 10 signs do, or not."""
    row = ("B" * signs, "Q" * signs)
    table("title", [Column("booking"), Column("quote")], [row])
    *_, line = capsys.readouterr().out.strip().splitlines()
    assert line.split() == list(row)
    assert (len(line) > WIDTH) == (signs == 60)
