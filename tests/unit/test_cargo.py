"""Cargo read from a text, and which rule refuses which arc."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from koridor.errors import UsageError
from koridor.model.cargo import Cargo, Refusals, Rule, admissible, per_platform, read_cargo, rule_sentence
from koridor.model.compile import compile_network
from koridor.model.network import BOX, BULK, Act
from koridor.model.scenario import Scenario
from koridor.testing import dataset_of
from timetables import world_rows

TYPES: list[dict[str, Any]] = [
    {"cargo_type": "20DC", "kind": "box", "iso_code": "22G1", "length_m": 6.058, "size_teu": 1, "tare_t": 2,
     "gross_max_t": 30},
    {"cargo_type": "40HC", "kind": "box", "iso_code": "45G1", "length_m": 12.192, "size_teu": 2, "tare_t": 4,
     "gross_max_t": 30},
    {"cargo_type": "45HC", "kind": "box", "iso_code": "L5G1", "length_m": 13.716, "size_teu": 2.25, "tare_t": 5,
     "gross_max_t": 30},
    {"cargo_type": "48XX", "kind": "box", "length_m": 14.63, "size_teu": 2.4, "tare_t": 5, "gross_max_t": 30},
    {"cargo_type": "40RF", "kind": "box", "length_m": 12.192, "size_teu": 2, "tare_t": 5, "gross_max_t": 34,
     "reefer": True},
    {"cargo_type": "tank", "kind": "wagon", "length_m": 12, "tare_t": 27, "gross_max_t": 94, "carriages": "rail1520"},
]  # fmt: skip


def scenario(**more: list[dict[str, Any]]) -> Scenario:
    """The small world of timetables with types of cargo."""
    return Scenario(dataset_of(world_rows(cargo_type=TYPES, **more)))


def refusals(text: str, **more: list[dict[str, Any]]) -> tuple[Refusals, Any]:
    """What refuses a cargo in the world, and the arcs and places to ask for."""
    world = scenario(**more)
    compiled = compile_network(world, capacities=False)
    return admissible(world, compiled, read_cargo(world, text)), compiled.network


def rules(text: str, **more: list[dict[str, Any]]) -> dict[tuple[Act, str, str], set[Rule]]:
    """Rules that refuse arcs that are open for the cargo, by act and ends."""
    found, network = refusals(text, **more)
    place = network.places.to_numpy()[network.place]
    made: dict[tuple[Act, str, str], set[Rule]] = {}
    for arc in np.flatnonzero(found.why > Rule.FORM).tolist():
        ends = str(place[network.arcs.tail[arc]]), str(place[network.arcs.head[arc]])
        made.setdefault((Act(network.arcs.act[arc]), *ends), set()).update(found.of(arc))
    return made


def accepts(of: str, row: str, goods: str, accepted: bool = True, **more: float) -> dict[str, Any]:
    return {"of": of, "row": row, "goods": goods, "accepted": accepted, **more}


def test_types_by_name_and_by_iso_code() -> None:
    """`40HC`, in any letters and with the foot's sign, and its ISO 6346 code 45G1 are one thing."""
    world = scenario()
    expected = read_cargo(world, "40HC")
    assert expected == read_cargo(world, "40'hc") == read_cargo(world, "45g1")
    assert (expected.kind, expected.form, expected.count, expected.teu) == ("box", BOX, 1, Fraction(2))


def test_the_size_of_a_box_is_exact() -> None:
    """45 feet are 9/4 TEU, and 48 feet 12/5, which no float holds; ten of these are 24 TEU to the last bit."""
    world = scenario()
    assert read_cargo(world, "45HC").teu == Fraction(9, 4)
    assert read_cargo(world, "10x48XX").teu * 10 == 24


def test_a_whole_cargo() -> None:
    """Two boxes of 24 t gross with petrol; Cyrillic х and blanks are what people type."""
    found = read_cargo(scenario(), "2 х 20DC, 24.5 t, UN 1203/3")
    assert (found.count, found.gross_t, found.net_t) == (2, 24.5, 22.5)
    assert (found.un, found.dangerous, found.weighed) == ("UN1203", "3", True)
    assert read_cargo(scenario(), "20DC,UN0012/1.4S").dangerous == "1"
    assert read_cargo(scenario(), "20DC,UN1971/2.1").dangerous == "2"
    assert read_cargo(scenario(), "20DC,UN1408/4.3").dangerous == "4.3"


def test_a_weight_that_nobody_gave() -> None:
    """A TEU of the goods weighs 10 t: a 20' box 12 t with its tare, a 40' box 24 t, a wagon what it may."""
    world = scenario()
    assert [read_cargo(world, text).gross_t for text in ("20DC", "40HC", "tank")] == [12, 24, 94]
    assert not read_cargo(world, "20DC").weighed


def test_bulk_is_tonnes() -> None:
    """Goods outside boxes have no type; wagons are moved like them."""
    world = scenario()
    assert (read_cargo(world, "bulk, 500t").gross_t, read_cargo(world, "bulk").form) == (500, BULK)
    assert read_cargo(world, "tank").form == BULK


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("41HC", "there is no such type; there are 20DC, 40HC, 40RF, 45HC, 48XX, tank, bulk. Near it: 45HC, 40HC"),
        ("40HC,31t", "31 t are above the most that a 40HC may weigh, 30 t"),
        ("40HC,3t", "3 t are less than a 40HC weighs empty, 4 t"),
        ("40HC,0t", "the weight must be above 0 t"),
        ("40HC,24t,30t", "there are two weights"),
        ("20DC,UN1203/3,UN1005/2", "there are two UN numbers"),
        (
            "41XX",
            "Cargo 41XX: there is no such type; there are 20DC, 40HC, 40RF, 45HC, 48XX, tank, bulk. Near",
        ),
        ("0x40HC", "at least one unit"),
        ("100001x40HC", "at most 100000 units"),
        (f"{'9' * 5000}x40HC", "at most 100000 units"),
        ("bulk,1000001t", "at most 1000000 t"),
        ("40HC,UN12/3", "UN12 is no UN number; it is UN and four digits"),
        ("40HC,1203/3", "1203 is no UN number"),
        ("40HC,UN1203", "give the class of UN1203 too"),
        ("40HC,UN1203/10", "class 10 is none of 1, 2, 3"),
        ("40HC,heavy", "heavy is neither tonnes such as 24t"),
        ("", "write a type"),
        (",24t", "write a type"),
    ],
)
def test_what_is_no_cargo_is_a_sentence(text: str, said: str) -> None:
    """The part that is wrong, its limit, and what to write."""
    with pytest.raises(UsageError, match="Cargo") as caught:
        read_cargo(scenario(), text)
    assert said in str(caught.value)


def test_a_dataset_without_types_says_so() -> None:
    """Types stand in a table, so that another region can have others."""
    with pytest.raises(UsageError, match="add the table cargo_type"):
        read_cargo(Scenario(dataset_of(world_rows())), "40HC")
    with pytest.raises(UsageError, match="there are goods"):
        read_cargo(scenario(), "40HC", commodity="gold")


def test_plain_cargo_is_refused_by_nothing_that_is_open() -> None:
    """Without a type, weight or danger only what is closed for the form is out."""
    world = scenario(acceptance=[accepts("activity", "road", "weight", gross_max_t=1)])
    compiled = compile_network(world, capacities=False)
    for form in (BOX, BULK):
        found = admissible(world, compiled, Cargo.plain(form))
        assert np.array_equal(found.allowed, compiled.network.arcs.open[form])
        assert set(found.why.tolist()) <= {Rule.NONE, Rule.CLOSED, Rule.FORM}


def test_boxes_on_platforms_by_length_and_weight() -> None:
    """On 12.2 m and 60 t: two 20' boxes of 30 t, one of 40', none of 45'; of three platforms the best counts."""
    rows = [{"platform_id": "short", "carriage": "rail1520", "length_m": 12.192, "load_max_t": 60}]
    world = scenario(platform=rows)
    counts = [per_platform(world, read_cargo(world, text), "rail1520") for text in ("20DC,30t", "40HC", "45HC")]
    assert counts == [2, 1, 0]
    heavy = [rows[0] | {"load_max_t": 25}]
    world = scenario(platform=heavy)
    counts = [per_platform(world, read_cargo(world, text), "rail1520") for text in ("20DC,12t", "20DC,24t", "20DC,26t")]
    assert counts == [2, 1, 0]
    assert per_platform(world, read_cargo(world, "45HC"), "rail1435") == 1, "nothing is known of 1435 mm"


def test_no_platform_for_long_or_heavy_boxes() -> None:
    """45' does not fit 12.2 m, and 26 t not a platform for 25 t; roads and ships do not care."""
    rows = [{"platform_id": "short", "carriage": "rail1520", "length_m": 12.2, "load_max_t": 25}]
    rail = {(act, a, b) for act, a, b in rules("45HC", platform=rows)}
    assert {("P", "Q"), ("R", "T"), ("T", "R")} <= {(a, b) for _, a, b in rail}
    assert not {("R", "S"), ("S", "T")} & {(a, b) for _, a, b in rail}
    assert set().union(*rules("45HC", platform=rows).values()) == {Rule.SIZE}
    assert set().union(*rules("40HC,26t", platform=rows).values()) == {Rule.WEIGHT}
    assert rules("40HC", platform=rows) == {}


def test_limits_of_weight() -> None:
    """28 t on roads; the link's own 26 t win over it. A weight that nobody gave is not held against them."""
    limits = [accepts("activity", "road", "weight", gross_max_t=28)]
    both = {(Act.MOVE, "S", "T"): {Rule.WEIGHT}, (Act.MOVE, "T", "S"): {Rule.WEIGHT}}
    assert rules("40HC,28t", acceptance=limits) == {}
    assert rules("40HC,29t", acceptance=limits) == both
    tighter = [*limits, accepts("link", "ST", "weight", gross_max_t=26)]
    assert rules("40HC,27t", acceptance=tighter) == both
    assert rules("40HC", acceptance=[accepts("activity", "road", "weight", gross_max_t=1)]) == {}


def test_wagons_keep_to_their_gauge() -> None:
    """A 1520 mm wagon goes by rail and by rail ferry, and never ashore, on the road or into a ship."""
    found = rules("tank")
    assert {ends for ends, why in found.items() if why == {Rule.GAUGE} and ends[0] == Act.MOVE} == {
        (Act.MOVE, "R", "S"), (Act.MOVE, "S", "R"), (Act.MOVE, "S", "T"), (Act.MOVE, "T", "S")
    }  # fmt: skip
    assert (Act.MOVE, "P", "Q") not in found
    assert (Act.MOVE, "R", "T") not in found


def test_dangerous_goods_are_refused_where_nothing_is_known() -> None:
    """Every move, service and transfer without a row; doors are the shipper's own."""
    found = rules("20DC,UN1203/3")
    assert set().union(*found.values()) == {Rule.DANGEROUS_UNKNOWN}
    assert {act for act, _, _ in found} == {Act.MOVE, Act.SERVICE, Act.TRANSFER}


def test_the_row_of_the_thing_and_of_the_class_wins() -> None:
    """Rail takes dangerous goods but not class 1, the link QR not class 3; a service answers for itself, and takes
    nothing over a link that refuses.
    """
    rows = [
        accepts("activity", "rail", "dg"), accepts("activity", "rail", "dg1", accepted=False),
        accepts("link", "QR", "dg3", accepted=False), accepts("service", "TR", "dg"),
    ]  # fmt: skip
    petrol = rules("20DC,UN1203/3", acceptance=rows)
    assert (Act.MOVE, "P", "Q") not in petrol
    assert (Act.SERVICE, "P", "Q") not in petrol
    assert petrol[Act.MOVE, "Q", "R"] == petrol[Act.SERVICE, "P", "R"] == {Rule.DANGEROUS}
    acid = rules("20DC,UN1830/8", acceptance=rows)
    assert not {act for act, a, b in acid if {a, b} <= set("PQR") and act != Act.TRANSFER}
    explosive = rules("20DC,UN0012/1.4S", acceptance=rows)
    assert explosive[Act.MOVE, "P", "Q"] == {Rule.DANGEROUS}
    assert (Act.SERVICE, "P", "R") not in explosive


def test_a_ship_accepts_for_its_link_and_bulk_ships_do_not_count() -> None:
    """SH takes class 8, so boxes may sail R-S; goods outside boxes go by other ships, of which nothing is known."""
    rows = [accepts("service", "SH", "dg8")]
    assert (Act.MOVE, "R", "S") not in rules("20DC,UN1830/8", acceptance=rows)
    assert rules("bulk,UN1830/8", acceptance=rows)[Act.MOVE, "R", "S"] == {Rule.DANGEROUS_UNKNOWN}


def test_transfers_and_places() -> None:
    """The transfer's own row wins over the place's, and that over what terminals do."""
    rows = [
        accepts("activity", "terminal", "dg"), accepts("place", "R", "dg3", accepted=False),
        accepts("transfer", "R-sea", "dg3"), accepts("place", "S", "dg", accepted=False),
    ]  # fmt: skip
    found = rules("20DC,UN1203/3", acceptance=rows)
    assert (Act.TRANSFER, "R", "R") not in found
    assert found[Act.TRANSFER, "S", "S"] == {Rule.DANGEROUS}
    assert found[Act.LOAD, "R", "R"] == found[Act.UNLOAD, "S", "S"] == {Rule.DANGEROUS}


def test_cooling_needs_power_where_it_is_known_that_there_is_none() -> None:
    """TR has no plugs by its capacities, the ship has; where nothing is known a reefer may go, and it is said."""
    plugs = [{"service_id": "TR", "resource": "reefer_plug", "amount": 0},
             {"service_id": "SH", "resource": "reefer_plug", "amount": 40}]  # fmt: skip
    found = rules("40RF", service_capacity=plugs)
    assert {act for act, _, _ in found} == {Act.SERVICE}
    assert set().union(*found.values()) == {Rule.REEFER}
    result, network = refusals("40RF", service_capacity=plugs)
    unsure = network.arcs.link[result.unsure]
    names = {"PQ", "QR", "ST", "RT"}
    world = compile_network(scenario(), capacities=False)
    assert set(world.index.links[unsure]) == names
    assert rules("40HC", service_capacity=plugs) == {}


def test_every_rule_that_refuses_an_arc_is_named() -> None:
    """TR has no plugs and takes no dangerous goods: a cooled box of class 3 meets both; `why` has the first."""
    plugs = [{"service_id": "TR", "resource": "reefer_plug", "amount": 0}]
    rows = [accepts("service", "TR", "dg", accepted=False)]
    found = rules("40RF,UN1203/3", service_capacity=plugs, acceptance=rows)
    assert found[Act.SERVICE, "P", "R"] == {Rule.REEFER, Rule.DANGEROUS}
    result, network = refusals("40RF,UN1203/3", service_capacity=plugs, acceptance=rows)
    assert set(result.why[network.arcs.act == Act.SERVICE].tolist()) == {Rule.REEFER}
    assert (result.allowed == (result.why == Rule.NONE)).all()


def test_every_rule_has_a_sentence() -> None:
    """An explanation names the rule, and the class, size or weight that it is about."""
    cargo = read_cargo(scenario(), "45HC,29t,UN1203/3")
    said = {rule: rule_sentence(rule, cargo) for rule in Rule}
    assert len(set(said.values())) == len(Rule)
    assert "class 3" in said[Rule.DANGEROUS_UNKNOWN]
    assert "29 t" in said[Rule.WEIGHT]
    assert "45HC" in said[Rule.SIZE]
