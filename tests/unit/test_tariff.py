"""The tariff engine by hand calculations: steps and their order, days, traffic, what is missing, what is on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from koridor.errors import DataError
from koridor.model.compile import Compiled
from koridor.model.tariff import Consignment, Prices, Tariffs, consignment_of, lower_bound, price, tariffs
from koridor.model.tariff.money import half_up
from tariff_worlds import MARCH, compiled_world, rail_world, way_of

YEAR = 525_600
LINKS = {"AB": ("A", "B", 60.0), "BC": ("B", "C", 30.0), "CD": ("C", "D", 4.0), "DE": ("D", "E", 90.0)}
COUNTRIES = {"A": "XX", "B": "XX", "C": "XX", "D": "YY", "E": "YY"}
WAGON = Consignment("wagon", gross_t=80.0, net_t=50.0, commodity="goods", gng="4403", wagon="private", axles=4)
BOX = Consignment("box", "40HC", 2, 24.0, 20.0, Fraction(2), "goods")


def world(rules: Sequence[dict[str, Any]], **tariff: Any) -> tuple[Tariffs, Compiled]:
    """A tariff T of country XX for the carrier, with rules in the order given, in the line world A-B-C | D-E."""
    rows = [
        {"rule_id": f"R{i}", "tariff_id": "T", "line": "carriage", "seq": i, **rule} for i, rule in enumerate(rules)
    ]
    belts = [{"rule_id": row["rule_id"], "upto_km": km, "amount": amount}
             for row in rows for km, amount in row.pop("belts", {}).items()]  # fmt: skip
    links = tariff.pop("links", ())
    more = {
        "currency": [{"currency_id": c, "decimals": 2} for c in ("USD", "CHF")],
        "currency_rate": [
            {"currency_id": "CHF", "day": "2025-01-01", "units_per_usd": 0.9},
            {"currency_id": "CHF", "day": "2026-01-01", "units_per_usd": 0.8},
        ],
        "tariff": [
            {"tariff_id": "T", "rank": 1, "country_id": "XX", "covers": "carrier", "currency_id": "USD", **tariff}
        ],
        "tariff_rule": rows,
        "tariff_belt": belts,
        "tariff_link": [{"tariff_id": "T", "link_id": link} for link in links],
    }
    scenario, compiled = compiled_world(rail_world(LINKS, COUNTRIES, more=more))
    return tariffs(scenario), compiled


def priced(rules: Sequence[dict[str, Any]], goods: Consignment, *links: str, at: int = MARCH, **tariff: Any) -> Prices:
    """The price of a way over these links."""
    found, compiled = world(rules, **tariff)
    return price(found, compiled, way_of(compiled, *links), goods, at)


def of_tariff(prices: Prices) -> list[int]:
    """Cents of the lines that are the tariff's."""
    return [line.usd_cents for line in prices.lines if line.tariff]


def test_anatomy_of_a_wagon_tariff() -> None:
    """Belt of 90 km: 2 CHF a tonne; timber counts 60 t at least; coefficients 1.015, 1.5, 0.85, the express 1.02 last.

    2 x 60 x 1.015 x 1.5 x 0.85 x 1.02 = 158.4009 CHF; at 0.8 CHF a USD 198.001125 USD. The km from C to D lie over the
    frontier and are not in the tariff: import, with a least distance of 101 km, is the belt to 150 km instead.
    """
    rules: list[dict[str, Any]] = [
        {"operation": "least", "amount": 60, "per": "t", "gng": "4403;4404"},
        {"operation": "least", "amount": 101, "per": "km", "traffic": "import;export"},
        {"operation": "belt", "per": "t", "belts": {100: 2, 150: 3}},
        *({"operation": "factor", "amount": a} for a in (1.015, 1.5)),
        {"operation": "factor", "amount": 0.85, "wagon": "private"},
        {"operation": "factor", "amount": 1.02},
    ]
    home = priced(rules, WAGON, "AB", "BC", currency_id="CHF")
    (line,) = [line for line in home.lines if line.tariff]
    assert (line.minor, line.usd_cents, line.rate_day) == (15840, 19800, "2026-01-01")
    assert line.trace == "((((2 CHF × 60 t) × 1.015) × 1.5) × 0.85) × 1.02"
    assert line.rules == ("R0", "R2", "R3", "R4", "R5", "R6")
    abroad = priced(rules, WAGON, "AB", "BC", "CD", "DE", currency_id="CHF")
    assert of_tariff(abroad) == [half_up(Fraction("158.4009") * 3 / 2 / Fraction("0.8") * 100)]


def test_supersession_changes_only_what_comes_after() -> None:
    """1 USD a km, from 1 April 2 USD by another rule: 180 USD in March for two boxes over 90 km, 360 in April."""
    old = {"rule_id": "old", "operation": "rate", "amount": 1, "per": "km", "first_day": "2026-01-01"}
    new = {
        "rule_id": "new",
        "operation": "rate",
        "amount": 2,
        "per": "km",
        "first_day": "2026-04-01",
        "supersedes": "old",
    }
    days = {"2026-03-01": [18000], "2026-04-01": [36000], "2025-12-31": []}
    for day, cents in days.items():
        at = minute(day)
        assert of_tariff(priced([old, new], BOX, "AB", "BC", at=at)) == cents
        assert of_tariff(priced([old], BOX, "AB", "BC", at=at)) == (cents if day < "2026-04-01" else [18000])


def minute(day: str) -> int:
    """Minute of midnight, UTC."""
    from datetime import UTC, datetime

    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) // 60


def test_steps_minima_and_what_counts_once() -> None:
    """14.62 m count as 15: 15 x 4 = 60, raised to 75 a unit, for two wagons 150, and 10 once for the consignment."""
    rules = [
        {"operation": "step", "amount": 1, "per": "m"},
        {"operation": "rate", "amount": 4, "per": "m"},
        {"operation": "minimum", "amount": 75, "per": "unit"},
        {"operation": "rate", "amount": 10, "per": "consignment"},
    ]
    assert of_tariff(priced(rules, replace(WAGON, count=2, length_m=14.62), "AB")) == [16000]


def test_what_is_not_known_leaves_the_price_of_the_network() -> None:
    """Without axles, or beyond the last belt, the network's 1 USD a t-km stands, and a flag says which rule and why."""
    axle = [{"operation": "rate", "amount": 1, "per": "km;axle"}]
    without = priced(axle, replace(WAGON, axles=None), "AB", "BC")
    assert of_tariff(without) == []
    assert without.usd_cents == (90 * 50 + 2 * 5 * 50) * 100
    assert "R0" in without.flags[0]
    assert "axle" in without.flags[0]
    belted = priced([{"operation": "belt", "per": "t", "belts": {80: 1}}], WAGON, "AB", "BC")
    assert of_tariff(belted) == []
    assert "90" in belted.flags[0]


def test_lines_on_top_and_lines_of_the_network_add_up() -> None:
    """A guard of 0.1 USD a km comes on top of 2 boxes x 2 TEU x (90 + 4 + 90 USD rail, 7 border, 10 access)."""
    found = priced(
        [{"operation": "rate", "amount": 0.1, "per": "km", "line": "guard", "traffic": "export"}],
        BOX, "AB", "BC", "CD", "DE", covers="", excluded="meals;tips",
    )  # fmt: skip
    assert found.usd_cents == sum(line.usd_cents for line in found.lines)
    assert found.usd_cents == (4 * (184 + 7 + 10)) * 100 + 2 * 900
    assert [line.what for line in found.lines if line.tariff] == ["guard"]
    assert found.excluded == ("meals", "tips")
    rail = [line for line in found.lines if line.what == "rail"]
    assert [(line.from_place, line.to_place) for line in rail] == [("A", "D"), ("D", "E")]
    assert all(line.rules == ("rail-box",) for line in rail)


def test_a_through_price_needs_all_of_its_way() -> None:
    """100 USD from A to C covers both links, and back only where it holds both ways; half of the way pays the network.

    Its bound is spread by kilometres: 60 of 90 km have two thirds of 100 USD, less half a cent.
    """
    rule = [{"operation": "rate", "amount": 100, "per": "unit"}]
    ends = {"country_id": None, "from_place": "A", "to_place": "C", "links": ("AB", "BC")}
    one = replace(BOX, count=1, teu=Fraction(1))
    assert of_tariff(priced(rule, one, "AB", "BC", **ends)) == [10000]
    assert of_tariff(priced(rule, one, "AB", **ends)) == []
    assert of_tariff(priced(rule, one, "BC", "AB", **ends)) == []
    assert of_tariff(priced(rule, one, "BC", "AB", **ends, two_way=True)) == [10000]
    dear = {**ends, "links": ("AB", "BC")}
    found, compiled = world([{"operation": "rate", "amount": 45, "per": "unit"}], **dear)
    bound = lower_bound(found, compiled, one, MARCH)[way_of(compiled, "AB", "BC")]
    assert bound[1:3] == pytest.approx([45.0 * 60 / 90 - 0.005, 45.0 * 30 / 90 - 0.005])


def test_the_lowest_rank_wins() -> None:
    """Of two tariffs on one stretch the one of the lowest rank makes the price; where it has none, the other."""
    found, compiled = world([{"operation": "rate", "amount": 1, "per": "unit", "kinds": "wagon"}])
    other = replace(found.items[0], id="U", rank=2, lines=(("carriage", (replace(
        found.items[0].lines[0][1][0], id="U0", amount=Fraction(7), kinds=()),)),))  # fmt: skip
    both = replace(found, items=(*found.items, other))
    for goods, cents in ((WAGON, [100]), (replace(BOX, count=1), [700])):
        assert of_tariff(price(both, compiled, way_of(compiled, "AB"), goods, MARCH)) == cents


def test_a_rate_before_the_first_known_is_said() -> None:
    """In 2024 no rate was known: the first is taken, and the price says so."""
    rules = [{"operation": "rate", "amount": 9, "per": "unit"}]
    early = priced(rules, replace(BOX, count=1), "AB", at=MARCH - 2 * YEAR, currency_id="CHF")
    assert of_tariff(early) == [1000]
    assert "2025-01-01" in early.flags[0]


@pytest.mark.parametrize(
    ("rule", "tariff", "says"),
    [
        ({"operation": "step", "amount": 0, "per": "m"}, {}, "must be above 0"),
        ({"operation": "least", "amount": 4, "per": "m;km"}, {}, "the one quantity"),
        ({"operation": "rate", "amount": 4}, {}, "multiplied by"),
        ({"operation": "factor", "amount": 4, "per": "km"}, {}, "empty for a coefficient"),
        ({"operation": "belt", "per": "t"}, {}, "tariff_belt"),
        ({"operation": "rate", "per": "t"}, {}, "must not be empty for this operation"),
        (
            {"operation": "rate", "amount": 1, "per": "t", "traffic": "transit"},
            {"country_id": None},
            "names no country",
        ),
        ({"operation": "rate", "amount": 1, "per": "t", "supersedes": "R0"}, {}, "where another rule is superseded"),
        ({"operation": "rate", "amount": 1, "per": "t", "first_day": "2026-02-30"}, {}, "day of the calendar"),
        ({"operation": "rate", "amount": 1, "per": "t"}, {"from_place": "A"}, "two ends"),
        ({"operation": "rate", "amount": 1, "per": "t"}, {"from_place": "A", "to_place": "B"}, "links in tariff_link"),
    ],
)
def test_tables_that_cannot_be_meant(rule: dict[str, Any], tariff: dict[str, Any], says: str) -> None:
    """Each is refused with the table, the field and the remedy, and not at the first way that needs it."""
    with pytest.raises(DataError, match=says) as refused:
        world([rule], **tariff)
    assert all(problem.table.startswith("tariff") and problem.hint for problem in refused.value.problems)


def test_a_cargo_becomes_a_consignment() -> None:
    """Fields of a cargo are taken as they are; a length of 0 is one that nobody said."""
    from koridor.model.cargo import Cargo

    cargo = Cargo("box", "20TK", 3, 24.0, 3.8, Fraction(1), 6.058, dangerous="3", commodity="goods", weighed=True)
    found = consignment_of(cargo)
    assert (found.count, found.net_t, found.dangerous, found.length_m) == (3, pytest.approx(20.2), "3", 6.058)
    assert consignment_of(replace(cargo, length_m=0.0), axles=4).length_m is None
