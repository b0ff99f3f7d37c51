"""The importer of the TNTP format: what the files mean however they are written, and what is wrong with a bad one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from koridor.data.dataset import Dataset
from koridor.data.sources import tntp
from koridor.errors import DataError, Problem, UsageError
from koridor.model.compile import compile_demand, compile_network
from koridor.model.scenario import Scenario
from tntp_files import BRAESS, HEAD, TRIPS, net_text, trips_text, write


def made(folder: Path, net: str = "", trips: str = "", weights: tntp.Weights | None = None) -> Dataset:
    """Dataset of two files, by default Braess's network with 6 trips."""
    return tntp.read(*write(folder, net or net_text(BRAESS), trips or trips_text(TRIPS)), weights)


def problems(folder: Path, net: str = "", trips: str = "", weights: tntp.Weights | None = None) -> list[Problem]:
    with pytest.raises(DataError) as error:
        made(folder, net, trips, weights)
    return error.value.problems


def test_braess_by_hand(tmp_path: Path) -> None:
    """Link 4-2: 10 (1 + v / 1) h, and 3 x 0.5 + 0 x 2 = 1.5 USD; 1-3: 10 x 2 = 20 USD; zones are regions, 6 t from 1 to
    2. Whatever is not a link takes no time and no money.
    """
    dataset = made(tmp_path, weights=tntp.Weights(toll=0.5, distance=2.0))
    compiled = compile_network(Scenario(dataset))
    arcs, e = compiled.network.arcs, compiled.network.elements
    on = arcs.link >= 0
    assert on.sum() == 5  # one way each
    assert arcs.open[1, on].all()
    assert not arcs.hours[1, ~on].any()
    assert not arcs.price[:, :, ~on].any()
    by_link = {compiled.index.links[link]: a for a, link in enumerate(arcs.link) if link >= 0}
    assert arcs.hours[1, by_link["4-2"]] == 10.0
    assert arcs.price[1, :, by_link["4-2"]].sum() == 1.5
    assert arcs.price[1, :, by_link["1-3"]].sum() == 20.0
    last = int(e.load_element[e.load_arc == by_link["4-2"]][0])
    assert (e.delay_kind[last], e.delay_free_h[last], e.delay_alpha[last], e.delay_power[last]) == (1, 10, 1, 1)
    demand = compile_demand(compiled, Scenario(dataset), vot_bands=1)
    assert demand.tonnes.tolist() == [6.0]
    assert demand.classes.vot.tolist() == [1.0]


def test_zones_below_the_first_through_node_are_ends(tmp_path: Path) -> None:
    """With the first through node 3, zones 1 and 2 may not be passed through; nodes 3 and 4 may."""
    place = made(tmp_path, net_text(BRAESS, through=3)).table("place").set_index("place_id")
    assert place["through"].to_dict() == {"1": "no", "2": "no", "3": "yes", "4": "yes"}


def test_links_beside_each_other_and_constant_ones(tmp_path: Path) -> None:
    """Two links from 1 to 2 stay two, named in the order of the file. A power of 0 makes (v / c)^0 = 1: 10 x (1 + 0.5)
    = 15 h whatever the volume. No hours, no b: no delay; without a capacity too it has no element, which would shut it.
    """
    rows = ["1 2 10 1 10 0.5 0 0 0 1;", "1 2 10 1 0 0.15 4 0 0 1;", "1 2 0 1 7 0 0 0 0 1;", "1 2 5 1 7 .15 4 0 0 1;"]
    dataset = made(tmp_path, net_text(rows, nodes=2))
    assert dataset.table("link")["link_id"].tolist() == ["1-2", "1-2-2", "1-2-3", "1-2-4"]
    assert dataset.table("link")["time_h"].tolist() == [15.0, 0.0, 7.0, 7.0]
    element = dataset.table("element").set_index("element_id")
    assert element["delay"].to_dict() == {"1-2": "none", "1-2-2": "none", "1-2-4": "bpr"}


def variants() -> dict[str, tuple[str, str]]:
    net, trips = net_text(BRAESS), trips_text(TRIPS)
    body = net.split("<END OF METADATA>\n")[1]
    tags = net.split("<END OF METADATA>\n")[0].splitlines()
    swapped = ["3 1 1 10 1 10 1 0 0 1", "4 1 100 7 1 50 1 0 0 1", "2 3 100 0 1 50 1 0 0 1", "4 3 10 1 1 1 1 0 0 1",
               "2 4 1 0 1 10 1 0 3 1"]  # fmt: skip
    turned = HEAD.replace("init_node\tterm_node", "term_node\tinit_node").replace(
        "free_flow_time\tb\tpower", "power\tfree_flow_time\tb"
    )
    return {
        "windows": (net.replace("\n", "\r\n"), trips.replace("\n", "\r\n")),
        "old mac": (net.replace("\n", "\r"), trips),
        "mark and spaces": ("\ufeff" + net.replace(" ;", "\t ;  ").replace(" ", "   "), trips.replace(" : ", ":")),
        "no end of metadata": (net.replace("<END OF METADATA>\n", ""), trips.replace("<END OF METADATA>\n", "")),
        "tags in another order": ("\n".join([*reversed(tags), "<END OF METADATA>", body]), trips),
        "tags in small letters": (net.replace("NUMBER OF", "number  of"), trips.lower()),
        "tags with comments": (net.replace("> 2", "> 2\t~ zones"), trips.replace("> 6.0", ">6.0 ~ all")),
        "columns in another order": (net_text(swapped, head=turned), trips),
        "no header, comments between": (
            net_text(BRAESS, head="~ made by\n~ hand").replace("\n3 4", "\n~ x\n3 4"),
            trips,
        ),
        "scientific": (net.replace(" 50 ", " 5.0E+1 "), trips.replace("6.0;", "0.6e1;")),
        "no semicolons": (net.replace(" ;", ""), trips.replace(";", "")),
        "seven columns": (net_text([" ".join(row.split()[:7]) for row in BRAESS]), trips),
        "origins without trips": (net, trips.replace("Origin 1", "Origin 2\n\nOrigin 1") + "Origin  2 \n 1 : 0.0;"),
        "another code page": (net.replace("\n\n", "\n~ Stra\u00dfe\n").encode("cp1252").decode("latin-1"), trips),
        "trips behind the origin": (net, trips.replace("Origin 1\n", "Origin 1 : ")),
    }


@pytest.mark.parametrize("name", list(variants()))
def test_every_way_of_writing_means_the_same(tmp_path: Path, name: str) -> None:
    """However people and programs write the same network, the tables are the same but for the digests of the files."""
    net, trips = variants()[name]
    plain, other = made(tmp_path), made(tmp_path, net, trips)
    for table in ("link", "element", "flow", "place", "rate"):
        assert plain.table(table).equals(other.table(table)), table


NONSENSE = {
    "negative time": ("3 4 10 1 -1 1 1 0 0 1;", "free_flow_time", "at least 0"),
    "no number": ("3 4 10 1 NaN 1 1 0 0 1;", "free_flow_time", "a number"),
    "infinite": ("3 4 inf 1 1 1 1 0 0 1;", "capacity", "a number"),
    "zero capacity": ("3 4 0 1 1 1 1 0 0 1;", "capacity", "above 0"),
    "negative power": ("3 4 10 1 1 1 -4 0 0 1;", "power", "at least 0"),
    "to itself": ("3 3 10 1 1 1 1 0 0 1;", "term_node", "differ"),
    "node beyond the last": ("3 5 10 1 1 1 1 0 0 1;", "term_node", "from 1 to 4"),
    "part of a node": ("3.5 4 10 1 1 1 1 0 0 1;", "init_node", "whole"),
    "cut off": ("3 4 10 1", "", "7 to 10 numbers"),
    "too long": ("3 4 10 1 1 1 1 0 0 1 1 1;", "", "7 to 10 numbers"),
}


@pytest.mark.parametrize("name", list(NONSENSE))
def test_a_bad_row_is_named(tmp_path: Path, name: str) -> None:
    """File, row, column, what stands there, what must hold, and a remedy; the row is that of an editor."""
    row, field, limit = NONSENSE[name]
    net = net_text([*BRAESS[:3], row, BRAESS[4]])
    (problem,) = [one for one in problems(tmp_path, net) if one.field == field and limit in one.limit]
    assert (problem.file, problem.row) == ("made_net.tntp", net.splitlines().index(row) + 1)
    assert problem.hint


@pytest.mark.parametrize(
    ("old", "new", "field", "limit"),
    [
        ("2 : 6.0", "3 : 6.0", "destination", "from 1 to 2"),
        ("Origin 1", "Origin 9", "origin", "from 1 to 2"),
        ("2 : 6.0", "2 : -6.0", "trips", "at least 0"),
        ("2 : 6.0", "2 : nan", "trips", "number"),
        ("2 : 6.0", "2 : 1e999", "trips", "finite"),
        ("2 : 6.0;", "2 : 6.0; 2 : 1.0;", "", "stands above"),
        ("2 : 6.0;", "2 6.0;", "", "a colon"),
        ("Origin 1\n", "", "", "Origin 1"),
        ("<TOTAL OD FLOW> 6.0", "<TOTAL OD FLOW> 7.0", "<TOTAL OD FLOW>", "sum of the trips"),
        ("2 : 6.0;", "2 : 0.0;", "", "must have a trip"),
        ("ZONES> 2", "ZONES> 3", "<NUMBER OF ZONES>", "zones of the links"),
        ("ZONES> 2", "ZONES> two", "<NUMBER OF ZONES>", "whole number"),
    ],
)
def test_bad_trips_are_named(tmp_path: Path, old: str, new: str, field: str, limit: str) -> None:
    """Zones that are none, trips that are no numbers, pairs twice, files cut short or of another network."""
    trips = trips_text(TRIPS)
    assert old in trips
    found = problems(tmp_path, trips=trips.replace(old, new))
    assert [p for p in found if p.file == "made_trips.tntp" and p.field == field and limit in p.limit and p.hint], found


def test_all_problems_of_both_files_come_at_once(tmp_path: Path) -> None:
    """A negative capacity, a missing tag, a row too few and a zone that is none are told together."""
    net = net_text(["1 3 -1 10 10 1 1 0 0 1;", *BRAESS[1:]]).replace("<FIRST THRU NODE> 1\n", "")
    net = net.replace("LINKS> 5", "LINKS> 6")
    found = problems(tmp_path, net, trips_text({1: {7: 6.0}}))
    assert {(p.file, p.field) for p in found} >= {
        ("made_net.tntp", "capacity"), ("made_net.tntp", "<FIRST THRU NODE>"), ("made_net.tntp", "<NUMBER OF LINKS>"),
        ("made_trips.tntp", "destination"),
    }  # fmt: skip


def test_of_many_problems_of_a_kind_some_are_listed(tmp_path: Path) -> None:
    """A file of the wrong kind has a problem in every row: fifty are listed and the others counted."""
    found = problems(tmp_path, net_text(["x"] * 500))
    rows = [p for p in found if "7 to 10" in p.limit]
    assert len(rows) == 50
    assert any("450 more" in p.limit for p in found)


@pytest.mark.parametrize("name", ["empty", "a folder", "absent", "bytes"])
def test_files_that_are_none(tmp_path: Path, name: str) -> None:
    """What is no text, or is not there, ends in a problem that names the file."""
    net, trips = write(tmp_path, net_text(BRAESS), trips_text(TRIPS))
    net.unlink()
    if name == "empty":
        net.touch()
    elif name == "a folder":
        net.mkdir()
    elif name == "bytes":
        net.write_bytes(bytes(range(256)) * 100)
    with pytest.raises(DataError) as error:
        tntp.read(net, trips)
    assert any(problem.file == net.name for problem in error.value.problems)


def test_what_nobody_carries_stays_in_the_tables(tmp_path: Path) -> None:
    """Trips inside a zone use no link and are captive; pairs of 0 are left out; a zone without trips is a region."""
    dataset = made(tmp_path, net_text(BRAESS, zones=3), trips_text({1: {1: 4.0, 2: 6.0, 3: 0.0}}, zones=3))
    flow = dataset.table("flow").set_index(["origin", "destination"])
    assert flow["part"].to_dict() == {("1", "1"): "captive", ("1", "2"): "contestable"}
    assert len(dataset.table("region")) == 3


def test_weights_are_not_negative() -> None:
    """A way that pays would be taken round and round."""
    with pytest.raises(UsageError, match="toll weight"):
        tntp.Weights(toll=-1.0)
    with pytest.raises(UsageError, match="distance weight"):
        tntp.Weights(distance=np.nan)


def test_a_toll_that_counts_must_be_there(tmp_path: Path) -> None:
    """Seven columns have no toll: with a weight on it that is a problem, not a toll of 0."""
    net = net_text([" ".join(row.split()[:7]) for row in BRAESS])
    assert {p.field for p in problems(tmp_path, net, weights=tntp.Weights(toll=1.0))} == {"toll"}
