"""What the measurements rest on: the network that is made, gap and objective of flows, and the tables. No peer, no data
of others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import assign, pieces, regional, table
from benchmarks.command import Answer, Used
from benchmarks.measure import Measured, measure
from benchmarks.networks import Case, Problem, read, trips_file
from koridor.data.sources import tntp
from tntp_files import BRAESS, TRIPS, net_text, trips_text, write

SMALL = regional.Size(zones=12, links=148, pairs=100)


def problem_of(folder: Path, net: str, trips: str) -> Problem:
    return read(Case("made", *write(folder, net, trips)))


def test_a_network_is_made_that_the_importer_reads(tmp_path: Path) -> None:
    """As many zones, links and pairs as asked for; zones are not passed through, and every trip arrives."""
    case = regional.write(tmp_path, SMALL)
    dataset = tntp.read(case.net, case.trips)
    assert len(dataset.table("region")) == 12
    assert len(dataset.table("link")) == 148
    assert (dataset.table("flow")["part"] == "contestable").sum() == 100
    assert (dataset.table("place")["through"] == "no").sum() == 12
    problem = read(case)
    found = measure(problem, regional.quickest(problem))
    assert found.lost < 1e-12
    assert 0.0 <= found.gap < 1.0


def test_a_seed_gives_the_same_files_and_another_others(tmp_path: Path) -> None:
    """What was measured can be measured again."""
    texts = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        case = regional.write(tmp_path / name, SMALL, seed=seed)
        texts.append(case.net.read_text() + case.trips.read_text())
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize("size", [(12, 147, 100), (12, 148, 133), (40, 200, 100), (2, 8, 2)])
def test_a_network_that_cannot_be_is_refused(tmp_path: Path, size: tuple[int, int, int]) -> None:
    """An odd link, more pairs than 12 x 11, more zones than nodes, no street at all."""
    with pytest.raises(ValueError, match="links must be even"):
        regional.write(tmp_path, regional.Size(*size))


def test_braess_by_hand(tmp_path: Path) -> None:
    """All six trips on 1-3-4-2 cost 70 + 1.6 + 70 each, beside 50 + 70 of 1-4-2 where nobody is; the integrals are
    60 + 180, 6 + 1.8 and 60 + 180. With x = 10.5 / 5.35 there and the rest over the outer ways all cost the same.
    """
    problem = problem_of(tmp_path, net_text(BRAESS), trips_text(TRIPS))
    found = measure(problem, np.array([6.0, 0.0, 0.0, 6.0, 6.0]))
    assert found == Measured(pytest.approx(1.0 - 120.0 / 141.6), pytest.approx(487.8), 0.0)
    x = 10.5 / 5.35
    y = (6.0 - x) / 2.0
    assert measure(problem, np.array([x + y, y, y, x, x + y])).gap == pytest.approx(0.0, abs=1e-14)
    assert measure(problem, np.zeros(5) + 1.0).lost == pytest.approx(4.0 / 6.0)


def test_zones_are_not_passed_and_the_cheaper_of_two_links_counts(tmp_path: Path) -> None:
    """From 1 to 3 over zone 2 would cost 2; over node 4 it costs 5 + 5, on the cheaper link beside one of 9."""
    rows = ["1 2 9 0 1 0 1;", "2 3 9 0 1 0 1;", "1 4 9 0 9 0 1;", "1 4 9 0 5 0 1;", "4 3 9 0 5 0 1;"]
    problem = problem_of(tmp_path, net_text(rows, zones=3, through=4), trips_text({1: {3: 2.0}}, zones=3))
    assert measure(problem, np.array([0.0, 0.0, 0.0, 2.0, 2.0])).gap == pytest.approx(0.0, abs=1e-15)
    assert measure(problem, np.array([0.0, 0.0, 2.0, 0.0, 2.0])).gap == pytest.approx(4.0 / 14.0)
    assert list(problem.ids) == ["1-2", "2-3", "1-4", "1-4-2", "4-3"]


def test_trips_are_multiplied(tmp_path: Path) -> None:
    """Twice 6 trips, in the file that koridor imports as in the arrays of the peer."""
    files = write(tmp_path, net_text(BRAESS), trips_text(TRIPS))
    double = Case("double", *files, factor=2.0)
    assert list(read(double).trips) == [12.0]
    assert list(read(Case("file", files[0], trips_file(double, tmp_path))).trips) == [12.0]


def answer(**metrics: float) -> Answer:
    rows = [{"metric": name, "key": "", "value": value} for name, value in metrics.items()]
    return Answer({"metrics": rows, "tables": {}}, Used(wall_s=9.0, cpu_s=8.0, memory_mb=1.0))


def test_seconds_are_those_of_the_solve_where_they_are_told() -> None:
    """Without CPU seconds of the solve the least of what bounds them is taken and called a bound."""
    assert answer(solve_s=2.0, solve_cpu_s=1.5).solve_cpu_s == (1.5, True)
    assert answer(solve_s=2.0).solve_cpu_s == (2.0, False)
    assert answer().solve_cpu_s == (8.0, False)
    assert answer().solve_s == 9.0


def test_tables() -> None:
    """Cells hold their bars, None is empty, and a bound says that it is one."""
    assert table.rows(["a", "b"], [["x|y", None]]) == "| a | b |\n| --- | --- |\n| x\\|y |  |"
    said = [table.seconds(0.01234), table.seconds(12.0), table.seconds(123.4), table.seconds(1234.5)]
    assert said == ["0.0123", "12.0", "123", "1234"]
    assert table.seconds(0.5, exact=False) == "≤ 0.500"
    assert table.share(1.23e-7) == "1.2e-07"


def test_ratios_stand_beside_their_limit() -> None:
    """79 s over 0.5 s is 158 and holds; where koridor did not reach the gap nothing holds, however quick it was."""
    quick = Measured(1e-7, 1.0, 0.0)
    peer = assign.Row("ChicagoSketch", "AequilibraE", 1e-6, measured=quick, cpu_s=79.0)
    own = assign.Row("ChicagoSketch", "koridor", 1e-6, measured=quick, cpu_s=0.5, exact=False)
    (row,) = assign.ratios([peer, own])
    assert row[1:] == ["≥ 158", "at least 100", "yes"]
    short = assign.Row("ChicagoSketch", "koridor", 1e-6, measured=Measured(1e-5, 1.0, 0.0), cpu_s=0.1)
    assert assign.ratios([peer, short])[0][1:] == ["koridor did not reach the gap", "at least 100", "no"]
    assert len(own.cells()) == len(assign.HEADS)
    assert assign.ratios([own]) == []


def test_only_whole_lines_of_pieces_that_held_count(tmp_path: Path) -> None:
    """Piece 1 failed and is tried again; the line of 13 does not end, so may be cut; 30 is beyond what is asked for."""
    done = tmp_path / "done.txt"
    done.write_text(
        "0 held sold=3\n1 failed\n2 held sold=4 given_back=1\n30 held sold=9\n13 held sold=5", encoding="utf-8"
    )
    first = next(pieces.run(square, 20, done))
    assert (first.done, first.failed, first.counts) == (2, (), {"sold": 7, "given_back": 1})


def square(piece: int) -> dict[str, int]:
    """Counts of a piece, of which the third fails."""
    assert piece != 2, "so it is"
    return {"sum": piece * piece}


def test_pieces_that_fail_are_told_and_tried_again(tmp_path: Path) -> None:
    """0, 1, 9 and 16 are counted, piece 2 failed; the next run has piece 2 alone to do."""
    done = tmp_path / "done.txt"
    *_, last = pieces.run(square, 5, done, processes=1)
    assert (last.done, last.failed, last.counts) == (5, (2,), {"sum": 26})
    first = next(pieces.run(square, 5, done, processes=1))
    assert (first.done, first.counts) == (4, {"sum": 26})
