"""What the network itself charges: the prices of the tables `rate`, `access`, `transfer`, `border` and of services and
corridors, as price lines. They are those that yearly runs use, and they are additive along a way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from koridor.model.compile import Compiled
from koridor.model.cost import MODE_BIT, on_road
from koridor.model.network import BOX, BULK, CARRIER, PAYEES, Act, Flags, Floats, Ints
from koridor.model.scenario import Scenario
from koridor.model.tariff.consignment import Consignment, plain, quantity_name
from koridor.model.tariff.lines import Line
from koridor.model.tariff.money import BASE, CENTS, half_up
from koridor.schema.words import CARRIAGES, FORMS

CONFIDENCES = ("low", "medium", "high")
_TABLES = {
    Act.TRANSFER: "transfer",
    Act.JOIN: "corridor_stop",
    Act.LEAVE: "corridor_stop",
    Act.INTERCHANGE: "interchange",
    Act.SERVICE: "service",
}
_MODE_OF = {bit: mode for mode, bit in MODE_BIT.items()}


@dataclass(frozen=True, slots=True)
class Basis:
    """Rows that prices of the network rest on, each as its id, source and confidence: rates by (mode, form, link) and
    (mode, form, country), "" for all countries; borders by their two places and the mode;
    loading by carriage and form.
    """

    links: Mapping[tuple[str, str, str], tuple[str, str, str]]
    countries: Mapping[tuple[str, str, str], tuple[str, str, str]]
    borders: Mapping[tuple[str, str, str], tuple[tuple[str, str, str], ...]]
    access: Mapping[tuple[str, str], tuple[str, str, str]]
    road_factor: Mapping[str, float]

    def rates(self, mode: str, form: str, link: str, countries: tuple[str, str]) -> list[tuple[str, str, str]]:
        """Rows behind the price of a link, as `cost.link_rates` takes them."""
        own = self.links.get((mode, form, link))
        if own:
            return [own]
        general = self.countries.get((mode, form, ""))
        found = [self.countries.get((mode, form, country), general) for country in countries]
        return [row for row in found if row]


def basis(scenario: Scenario) -> Basis:
    """The rows of a scenario that network prices rest on."""
    rates = scenario.table("rate")
    links, countries = {}, {}
    for row in rates.itertuples(index=False):
        evidence = (str(row.rate_id), str(row.source), str(row.confidence))
        if isinstance(row.link_id, str):
            links[str(row.mode), str(row.form), row.link_id] = evidence
        else:
            country = row.country_id if isinstance(row.country_id, str) else ""
            countries[str(row.mode), str(row.form), country] = evidence
    borders: dict[tuple[str, str, str], tuple[tuple[str, str, str], ...]] = {}
    frame = scenario.table("border")
    for border in frame[frame["status"] == "open"].to_dict("records"):
        evidence = (str(border["border_id"]), str(border["source"]), str(border["confidence"]))
        ends = (str(border["from_place"]), str(border["to_place"]))
        for a, b in (ends, ends[::-1]) if border["two_way"] else (ends,):
            key = (a, b, str(border["mode"]))
            borders[key] = (*borders.get(key, ()), evidence)
    access = {
        (str(row["carriage"]), str(row["form"])): (
            f"{row['carriage']}/{row['form']}",
            str(row["source"]),
            str(row["confidence"]),
        )
        for row in scenario.table("access").to_dict("records")
    }
    goods = scenario.table("commodity")
    factors = dict(zip(goods["commodity_id"].astype(str), goods["road_factor"].astype(float), strict=True))
    return Basis(links, countries, borders, access, factors)


def unit_prices(compiled: Compiled, goods: Consignment, factor: float, arcs: Ints | None = None) -> Floats:
    """USD (3, n) of one unit on each arc by payee, with the road factor of its commodity."""
    network = compiled.network
    form = BOX if goods.in_box else BULK
    price = network.arcs.price[form] if arcs is None else network.arcs.price[form][:, arcs]
    price = price * float(goods.size_of_unit)
    if factor != 1.0:
        road = on_road(network) if arcs is None else on_road(network)[arcs]
        price[CARRIER] = np.where(road, price[CARRIER] * factor, price[CARRIER])
    return price


def additive_lines(basis: Basis, compiled: Compiled, way: Ints, goods: Consignment, taken: Flags) -> Iterator[Line]:
    """Lines of all that no tariff covers: (3, n) `taken` by payee. Moves of one mode in one country make one line."""
    factor = basis.road_factor.get(goods.commodity, 1.0)
    price = np.where(taken, 0.0, unit_prices(compiled, goods, factor, way))
    for payee in range(len(PAYEES)):
        start = 0
        while start < len(way):
            if price[payee, start] == 0.0:
                start += 1
                continue
            stop, key = start + 1, _key(compiled, payee, int(way[start]))
            while key and stop < len(way) and price[payee, stop] > 0.0 and _key(compiled, payee, int(way[stop])) == key:
                stop += 1
            yield _line(basis, compiled, way, goods, payee, (start, stop), float(price[payee, start:stop].sum()))
            start = stop


def _key(compiled: Compiled, payee: int, arc: int) -> tuple[int, ...]:
    """What moves must share to stand in one line; empty for what stands alone."""
    network, arcs = compiled.network, compiled.network.arcs
    if payee != CARRIER or arcs.act[arc] != Act.MOVE:
        return ()
    country = network.place_country[network.place[arcs.tail[arc]]]
    return int(arcs.mode[arc]), int(arcs.corridor[arc]), int(country)


def _line(
    basis: Basis, compiled: Compiled, way: Ints, goods: Consignment, payee: int, part: tuple[int, int], usd: float
) -> Line:
    network, arcs = compiled.network, compiled.network.arcs
    mine = way[part[0] : part[1]]
    place = compiled.index.places
    whole = usd * goods.count
    rows = _rows(basis, compiled, mine, goods, payee)
    counted = float(goods.size_of_unit)
    unit = quantity_name("teu" if goods.in_box else "t")
    said = f"{plain(usd / counted)} USD/{unit} × {plain(counted)} {unit}" if counted else ""
    if goods.count != 1:
        said += f" × {goods.count} {quantity_name('unit')}"
    cents = half_up(Fraction(whole) * CENTS)
    return Line(
        what=_what(compiled, int(mine[0]), payee),
        tariff="",
        first=part[0],
        stop=part[1],
        from_place=str(place[network.place[arcs.tail[mine[0]]]]),
        to_place=str(place[network.place[arcs.head[mine[-1]]]]),
        rules=tuple(dict.fromkeys(row for row, _, _ in rows)),
        trace=said,
        minor=cents,
        currency=BASE,
        rate_day="",
        units_per_usd=1.0,
        usd_cents=cents,
        sources=tuple(dict.fromkeys(source for _, source, _ in rows if source)),
        confidence=next((level for level in CONFIDENCES if level in {row[2] for row in rows}), ""),
    )


def _what(compiled: Compiled, arc: int, payee: int) -> str:
    """Name of the line: the mode, the border, or what is done at a place."""
    arcs = compiled.network.arcs
    act = Act(arcs.act[arc])
    if act not in (Act.MOVE, Act.SERVICE):
        return act.name.lower()
    if act is Act.SERVICE and payee == CARRIER:
        return act.name.lower()
    if payee == CARRIER:
        return _MODE_OF[int(arcs.mode[arc])]
    return "border" if PAYEES[payee] == "public" else "terminal"


def _rows(basis: Basis, compiled: Compiled, arcs: Ints, goods: Consignment, payee: int) -> list[tuple[str, str, str]]:
    """Rows behind a line as (id, source, confidence)."""
    table, network = compiled.network.arcs, compiled.network
    act = Act(table.act[arcs[0]])
    form = FORMS[BOX if goods.in_box else BULK]
    if act in (Act.LOAD, Act.UNLOAD):
        state = table.head[arcs[0]] if act is Act.LOAD else table.tail[arcs[0]]
        return [basis.access[CARRIAGES[network.carriage[state]], form]]
    if act is not Act.MOVE:
        return [_row(compiled, act, int(table.row[arcs[0]]))]
    places, countries = compiled.index.places, compiled.index.countries
    found: list[tuple[str, str, str]] = []
    for arc in arcs:
        a, b = network.place[table.tail[arc]], network.place[table.head[arc]]
        mode = _MODE_OF[int(table.mode[arc])]
        if payee == CARRIER:
            ends = (str(countries[network.place_country[a]]), str(countries[network.place_country[b]]))
            found += basis.rates(mode, form, str(compiled.index.links[table.link[arc]]), ends)
        elif PAYEES[payee] == "public":
            found += basis.borders.get((str(places[a]), str(places[b]), mode), ())
    corridor = int(table.corridor[arcs[0]])
    if payee == CARRIER and corridor >= 0:
        found.append((str(network.corridors[corridor]), "", ""))
    return list(dict.fromkeys(found))


def _row(compiled: Compiled, act: Act, row: int) -> tuple[str, str, str]:
    name = _TABLES[act]
    frame: pd.DataFrame | None = compiled.tables.get(name)
    if frame is None or row < 0:
        return name, "", ""
    record: Any = frame.iloc[row]
    return str(record.iloc[0]), str(record["source"]), str(record["confidence"])
