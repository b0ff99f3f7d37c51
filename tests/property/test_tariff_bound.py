"""The bound on prices holds for every way: random worlds, random price lists, all ways by plain search."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from koridor.data.dataset import Dataset
from koridor.model.network import BOX, BULK
from koridor.model.tariff import Consignment, lower_bound, price, tariffs
from koridor.model.tariff.consignment import KINDS
from koridor.schema.words import OPERATIONS, TRAFFIC
from rounds import rounds
from tariff_worlds import MARCH, all_ways, compiled_world, rail_world

PLACES = {"A": "XX", "B": "XX", "C": "XX", "D": "YY", "E": "YY"}
LINKS = {
    "AB": ("A", "B"), "BC": ("B", "C"), "AC": ("A", "C"), "CD": ("C", "D"), "BD": ("B", "D"), "DE": ("D", "E"),
    "CE": ("C", "E"),
}  # fmt: skip
COURSES = [("A", "C", "AB BC"), ("A", "E", "AC CE"), ("B", "E", "BC CD BD DE CE"), ("E", "C", "CE DE CD")]
AMOUNT = st.sampled_from([0, 0.004, 0.1, 1, 2.5, 40, 333.33])
COVERS = ["carrier", "carrier", "carrier;terminal", "carrier;terminal;public", "public", ""]
PER = {"rate": ["unit", "km", "t", "teu;km", "t;km", "axle;km", "m", "consignment"], "minimum": ["unit", "t"]}


@st.composite
def rules(draw: st.DrawFn, tariff: str, country: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """One to five steps in one or two lines, with belts."""
    made, belts = [], []
    for seq in range(draw(st.integers(1, 4))):
        name = f"{tariff}-{seq}"
        operation = draw(st.sampled_from(["rate", "belt"] if seq == 0 else OPERATIONS))
        row: dict[str, Any] = {
            "rule_id": name, "tariff_id": tariff, "line": draw(st.sampled_from(["one", "two"])), "seq": seq,
            "operation": operation, "amount": draw(AMOUNT),
        }  # fmt: skip
        if operation in PER:
            row["per"] = draw(st.sampled_from(PER[operation]))
        if operation in ("least", "step", "counts_as"):
            row |= {"per": draw(st.sampled_from(["km", "t", "m"])), "amount": draw(st.sampled_from([1, 15, 101]))}
        if operation == "belt":
            row["per"] = draw(st.sampled_from(["unit", "t", "km"]))
            ends = sorted(draw(st.sets(st.sampled_from([50, 120, 300, 1000, 4000]), min_size=1)))
            belts += [{"rule_id": name, "upto_km": km, "amount": draw(AMOUNT)} for km in ends]
        if country:
            row["traffic"] = ";".join(draw(st.sets(st.sampled_from(TRAFFIC), max_size=3)))
        row["kinds"] = draw(st.sampled_from(["", "", "", "box"]))
        made.append({key: value for key, value in row.items() if value != ""})
    return made, belts


@st.composite
def worlds(draw: st.DrawFn) -> Dataset:
    """Two countries on seven railways, with up to four tariffs of all kinds."""
    chf = draw(st.sampled_from([0.79, 3]))
    links = {name: (*ends, draw(st.sampled_from([10, 99.5, 204, 700]))) for name, ends in LINKS.items()}
    more: dict[str, list[dict[str, Any]]] = {
        "tariff": [], "tariff_rule": [], "tariff_link": [], "tariff_belt": [],
        "currency": [{"currency_id": name, "decimals": 2} for name in ("CHF", "USD")],
        "currency_rate": [{"currency_id": "CHF", "day": "2025-01-01", "units_per_usd": chf}],
    }  # fmt: skip
    for i in range(draw(st.integers(1, 4))):
        name, kind = f"T{i}", draw(st.sampled_from(["country", "country", "link", "through", "area"]))
        row: dict[str, Any] = {
            "tariff_id": name, "rank": draw(st.integers(0, 2)), "currency_id": draw(st.sampled_from(["CHF", "USD"])),
            "covers": draw(st.sampled_from(COVERS)),
        }  # fmt: skip
        on: list[str] = []
        if kind == "country":
            row["country_id"] = draw(st.sampled_from(["XX", "YY"]))
        if kind == "link":
            on = [draw(st.sampled_from(sorted(LINKS)))]
        if kind == "area":
            on = sorted(draw(st.sets(st.sampled_from(sorted(LINKS)), min_size=2)))
        if kind == "through":
            start, end, course = draw(st.sampled_from(COURSES))
            on = course.split()
            row |= {"from_place": start, "to_place": end, "two_way": draw(st.booleans())}
        more["tariff"].append({key: value for key, value in row.items() if value != ""})
        more["tariff_link"] += [{"tariff_id": name, "link_id": link} for link in on]
        steps, belts = draw(rules(name, kind == "country"))
        more["tariff_rule"] += steps
        more["tariff_belt"] += belts
    return rail_world(links, PLACES, rate=draw(st.sampled_from([0.03, 5, 50, 50])), more=more)


GOODS = st.builds(
    Consignment,
    kind=st.sampled_from([KINDS[0], *KINDS]),
    count=st.integers(1, 3),
    gross_t=st.just(26.0),
    net_t=st.sampled_from([0.5, 22.0]),
    teu=st.sampled_from([Fraction(1), Fraction(9, 4)]),
    axles=st.sampled_from([4, 4, None]),
    length_m=st.sampled_from([14.62, 14.62, None]),
    commodity=st.just("goods"),
)


@settings(deadline=None, max_examples=rounds(25), suppress_health_check=list(HealthCheck))
@given(worlds(), GOODS)
def test_no_way_costs_less_than_the_sum_of_its_bounds(dataset: Dataset, goods: Consignment) -> None:
    """The claim of `model.tariff.bound` by brute force: every simple way of small worlds, up to 80 of each.

    Lines also add up: each payee of each arc is paid once, so that without tariffs the same way costs the sum of the
    network's prices to half a cent a line.
    """
    scenario, compiled = compiled_world(dataset)
    found = tariffs(scenario)
    bound = lower_bound(found, compiled, goods, MARCH)
    assert (bound >= 0.0).all()
    for way in all_ways(compiled, BOX if goods.in_box else BULK):
        exact = price(found, compiled, way, goods, MARCH)
        assert goods.count * bound[way].sum() <= exact.total_usd + 1e-9
        assert exact.usd_cents == sum(line.usd_cents for line in exact.lines)


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(worlds(), GOODS)
def test_without_tariffs_the_price_is_that_of_the_network(dataset: Dataset, goods: Consignment) -> None:
    """The additive sum of the compiled prices is the total, to half a cent a line; the bound is as near."""
    scenario, compiled = compiled_world(dataset)
    found = tariffs(scenario)
    bare = type(found)((), found.money, found.basis)
    form = BOX if goods.in_box else BULK
    network = compiled.network.arcs.price[form].sum(axis=0) * float(goods.size_of_unit) * goods.count
    bound = lower_bound(bare, compiled, goods, MARCH) * goods.count
    for way in all_ways(compiled, form, 40):
        total = price(bare, compiled, way, goods, MARCH)
        slack = 0.005 * len(total.lines)
        assert total.total_usd == pytest.approx(network[way].sum(), abs=slack + 1e-9)
        assert network[way].sum() - bound[way].sum() <= 0.005 * goods.count * 3 * len(way) + 1e-6 * network[way].sum()
        assert np.isin(way, np.arange(len(network))).all()
