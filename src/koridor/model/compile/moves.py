"""Moving along links: the parts of hours and money from which local and corridor arcs are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from koridor.model.compile.blocks import CARRIAGE_CODE, Block, Index, block, by_key, members
from koridor.model.cost import MODE_BIT, activity_terms, link_rates, standard_deviation
from koridor.model.emission import handling_kg_per_t, link_kg_per_t
from koridor.model.network import BOX, BULK, CARRIER, PUBLIC, TERMINAL, Act, Flags, Floats, Ints
from koridor.model.scenario import Scenario

HALF_WEEK_H = 84.0  # over departures a week: half of the hours between two of them
_WATER = ("sea", "river")
_THROUGH = ("rail", "road")  # modes whose speed a corridor's terms replace; ships keep their timetable


@dataclass(frozen=True, slots=True)
class Moves:
    """Every link in each carriage and direction, with hours and money in parts; arrays are (n,) or (2, n) by form.

    run_h: at the link's own speed. dispersion_h: variance over mean of running hours. factor: local speed against it.
    wait_h: half a headway. fixed_h: boarding, season. carrier, terminal, border: USD a unit. resource_share: (2, 3, n).
    open: whether a form can use it at all.
    """

    link: Ints
    carriage: Ints
    reverse: Flags
    tail: Ints
    head: Ints
    mode: Ints
    through: Flags
    open: Flags
    km: Floats
    run_h: Floats
    dispersion_h: Floats
    factor: Floats
    wait_h: Floats
    fixed_h: Floats
    border_h: Floats
    border_sd: Floats
    carrier: Floats
    terminal: Floats
    border: Floats
    resource_share: Floats
    kg: Floats
    boarding: Ints  # (2, n) rows of the transfers on board and ashore; -1 for none


def moves(index: Index, scenario: Scenario, transfers: pd.DataFrame, season: tuple[Floats, Floats]) -> Moves:
    """Parts of all moves of a scenario. season: open share of the links, and hours to wait for those that are shut."""
    link = index.link
    carriages = members(link["carriages"])
    row = np.repeat(np.arange(len(link)), [len(c) for c in carriages])
    carriage = np.array([CARRIAGE_CODE[name] for names in carriages for name in names], dtype=np.int64)
    reverse = np.repeat([False, True], len(row))
    row, carriage = np.tile(row, 2), np.tile(carriage, 2)
    passable = ~reverse | index.two_way[row]
    row, carriage, reverse = row[passable], carriage[passable], reverse[passable]
    tail = np.where(reverse, index.link_to[row], index.link_from[row])
    head = np.where(reverse, index.link_from[row], index.link_to[row])
    mode_name = link["mode"].to_numpy(dtype=object)

    activity = scenario.table("activity")
    speed, shares = activity_terms(activity, "speed_factor"), activity_terms(activity, "resource_share")
    factor = _by_mode(speed, mode_name)[:, row]
    ends = (_country(index, index.link_from), _country(index, index.link_to))
    per_km, fixed = link_rates(scenario.table("rate"), link, ends)
    length = link["length_km"].to_numpy()
    tariff = (per_km * length + fixed)[:, row]
    open_share, season_h = season
    run_h = link["time_h"].to_numpy()
    run_h = np.where(np.isnan(run_h), length / link["speed_kmh"].to_numpy(), run_h)[row]
    run_h = np.tile(run_h, (2, 1))
    wait_h = np.tile(link["wait_h"].fillna(0.0).to_numpy()[row], (2, 1))
    fixed_h = np.tile(season_h[row], (2, 1))
    usable = (link["status"].to_numpy() == "open") & (open_share > 0.0)
    is_open = np.tile(usable[row], (2, 1))

    ship = _sea_services(index, scenario, tariff, row, reverse)
    on_water = np.isin(mode_name, _WATER)[row]
    by_mode = scenario.table("running").set_index("mode")["dispersion_h"].reindex(mode_name).fillna(0.0)
    dispersion_h = np.tile(by_mode.to_numpy(dtype=np.float64)[row], (2, 1))
    dispersion_h[BOX] = np.where(on_water & np.isfinite(ship.dispersion_h), ship.dispersion_h, dispersion_h[BOX])
    run_h[BOX] = np.where(on_water, ship.run_h, run_h[BOX])
    factor[BOX] = np.where(on_water, 1.0, factor[BOX])
    wait_h[BOX] += np.where(on_water, ship.wait_h, 0.0)
    tariff[BOX] = np.where(on_water, ship.price, tariff[BOX])
    is_open[BOX] &= ~on_water | ship.runs

    boarding, board_h, board_usd, can_board = _boarding(
        index, transfers, mode_name[row] == "ferry", carriage, tail, head
    )
    border_h, border_var, border_usd = _borders(index, scenario, mode_name, row, reverse)
    is_open &= can_board & ~np.isnan(tariff) & ~np.isnan(factor) & np.isfinite(fixed_h)
    kg = link_kg_per_t(scenario.table("emission_factor"), link, ends)[row]
    hub = handling_kg_per_t(scenario.table("emission_factor"))
    share = np.empty((2, 3, len(row)))
    share[:, CARRIER] = np.nan_to_num(_by_mode(shares, mode_name)[:, row], nan=1.0)
    share[:, TERMINAL] = shares.get("terminal", np.ones(2))[:, None]
    share[:, PUBLIC] = shares.get("border", np.ones(2))[:, None]
    return Moves(
        link=row,
        carriage=carriage,
        reverse=reverse,
        tail=tail,
        head=head,
        mode=np.array([MODE_BIT[name] for name in mode_name], dtype=np.int64)[row],
        through=np.isin(mode_name, _THROUGH)[row],
        open=is_open,
        km=length[row],
        run_h=run_h,
        dispersion_h=dispersion_h,
        factor=np.nan_to_num(factor, nan=1.0),
        wait_h=wait_h,
        fixed_h=np.where(np.isfinite(fixed_h), fixed_h, 0.0) + board_h,
        border_h=border_h,
        border_sd=np.sqrt(border_var),
        carrier=np.nan_to_num(tariff),
        terminal=board_usd,
        border=border_usd,
        resource_share=share,
        kg=kg + hub * (boarding >= 0).sum(axis=0),
        boarding=boarding,
    )


def local_moves(index: Index, parts: Moves) -> Block:
    """Arcs of the local regime, one for each move."""
    price = np.stack([parts.carrier, parts.terminal, parts.border], axis=1)
    run_h = parts.run_h / parts.factor
    return block(
        index.state(parts.tail, parts.carriage),
        index.state(parts.head, parts.carriage, stage=index.arrival(parts.head)),
        Act.MOVE,
        row=parts.link,
        link=parts.link,
        reverse=parts.reverse,
        mode=parts.mode,
        open=parts.open,
        km=parts.km,
        hours=run_h + parts.wait_h + parts.fixed_h + parts.border_h,
        wait_h=parts.wait_h,
        sd_h=parts.border_sd,
        run_h=run_h,
        dispersion_h=parts.dispersion_h,
        price=price,
        resource=price * parts.resource_share,
        kg=parts.kg,
    )


def _country(index: Index, place: Ints) -> pd.Series:
    return index.place["country_id"].iloc[place].reset_index(drop=True)


def _by_mode(terms: dict[str, Floats], modes: np.ndarray) -> Floats:
    """Terms of every link's mode, (2, links); nan where the activity has no row."""
    nothing = np.full(2, np.nan)
    return np.array([terms.get(name, nothing) for name in modes]).T.reshape(2, len(modes))


@dataclass(frozen=True, slots=True)
class _Ships:
    """What boat services give a box on every move; (n,)."""

    runs: Flags
    run_h: Floats
    dispersion_h: Floats
    wait_h: Floats
    price: Floats


def _sea_services(index: Index, scenario: Scenario, tariff: Floats, row: Ints, reverse: Flags) -> _Ships:
    """Box terms on links that a sea service joins: frequencies add up; the quickest and the cheapest of them count.

    Running hours vary by the range of the quickest's own transit time, nan where it has none.
    """
    n = len(index.links)
    frequency, run_h, price = np.zeros(n), np.full(n, np.inf), np.full((2, n), np.inf)
    dispersion_h = np.full(n, np.nan)
    first_move = {int(row[i]): int(i) for i in np.flatnonzero(~reverse)[::-1]}
    length = index.link["length_km"].to_numpy()
    for service, ways in sailings(index, scenario):
        total, spread_h = sum(length[i] for i, _ in ways), _dispersion(service)
        for i, times in passages(ways).items():
            frequency[i] += times * service.frequency_per_week
        for i, against in ways:
            share = length[i] / total
            if service.transit_h * share < run_h[i]:
                run_h[i], dispersion_h[i] = service.transit_h * share, spread_h
            whole = service.price_usd_per_teu * share
            if np.isnan(whole):
                whole = tariff[BOX, first_move[int(i)]] * service.tariff_factor
            back = whole * service.back_factor
            price[0, i] = np.fmin(price[0, i], back if against else whole)
            price[1, i] = np.fmin(price[1, i], whole if against else back)
    runs = frequency > 0.0
    wait_h = np.divide(HALF_WEEK_H, frequency, out=np.zeros(n), where=runs)
    cost = np.where(np.isfinite(price), price, np.nan)
    return _Ships(
        runs=runs[row],
        run_h=np.where(runs, run_h, 0.0)[row],
        dispersion_h=dispersion_h[row],
        wait_h=wait_h[row],
        price=np.where(reverse, cost[1][row], cost[0][row]),
    )


def _dispersion(service: Any) -> float:
    """Variance of a service's transit time over its mean, in hours; nan where it has no range."""
    found = transit_sd_h(service)
    return found**2 / service.transit_h if found > 0.0 else np.nan


def transit_sd_h(service: Any) -> float:
    """Standard deviation of a service's transit time by its range; 0 where it has none."""
    hours = (service.transit_h, service.transit_low_h, service.transit_high_h)
    return float(standard_deviation(*(np.array([each]) for each in hours))[0])


def sailings(index: Index, scenario: Scenario) -> Iterator[tuple[Any, list[tuple[int, bool]]]]:
    """Open sea services by id, each with its links (positions) and whether it runs against them; those of which a link
    is missing are left out.
    """
    services = scenario.table("service")
    services = by_key(services[(services["mode"] == "sea") & (services["status"] == "open")], "service_id")
    if services.empty:
        return
    ends = {}
    for i in np.flatnonzero(index.link["mode"].isin(_WATER).to_numpy() & (index.link["status"] == "open").to_numpy()):
        ends[(index.link_from[i], index.link_to[i])] = (int(i), False)
        if index.two_way[i]:
            ends[(index.link_to[i], index.link_from[i])] = (int(i), True)
    stops = by_key(scenario.table("service_stop"), "service_id", "seq")
    at = dict(iter(pd.Series(index.places.get_indexer(stops["place_id"])).groupby(stops["service_id"])))
    for service in services.itertuples(index=False):
        if service.service_id not in at:
            continue
        calls = at[service.service_id].tolist()
        ways = [ends.get((a, b)) for a, b in pairwise(calls)]
        known = [way for way in ways if way is not None]
        if len(known) == len(ways):
            yield service, known


def passages(ways: list[tuple[int, bool]]) -> dict[int, int]:
    """How often a sailing passes each of its links in the direction in which it does so more often: once of A-B-A."""
    sides = Counter(ways)
    return {link: max(sides[link, False], sides[link, True]) for link, _ in ways}


def _boarding(
    index: Index, transfers: pd.DataFrame, ferry: Flags, carriage: Ints, tail: Ints, head: Ints
) -> tuple[Ints, Floats, Floats, Flags]:
    """Rows (2, n), hours (n,), money (2, n) of going on board and ashore, and whether both are possible."""
    rows = np.full((2, len(tail)), -1)
    if not ferry.any():
        return rows, np.zeros(len(tail)), np.zeros((2, len(tail))), np.ones(len(tail), dtype=bool)
    mine = transfers[
        (transfers["status"] == "open")
        & (transfers["to_carriage"].eq("ferry") | transfers["from_carriage"].eq("ferry"))
    ]
    other = np.where(mine["to_carriage"] == "ferry", mine["from_carriage"], mine["to_carriage"])
    known = {
        (int(place), CARRIAGE_CODE[name]): int(i)
        for place, name, i in zip(index.places.get_indexer(mine["place_id"]), other, mine.index, strict=True)
        if name in CARRIAGE_CODE
    }
    for i in np.flatnonzero(ferry):
        rows[0, i] = known.get((int(tail[i]), int(carriage[i])), -1)
        rows[1, i] = known.get((int(head[i]), int(carriage[i])), -1)
    used = rows >= 0
    hours = np.where(used, transfers["time_h"].to_numpy()[rows], 0.0).sum(axis=0)
    money = np.stack(
        [
            np.where(used, transfers[name].to_numpy()[rows], 0.0).sum(axis=0)
            for name in ("cost_usd_per_teu", "cost_usd_per_t")
        ]
    )
    return rows, hours, money, ~ferry | used.all(axis=0)


def _borders(
    index: Index, scenario: Scenario, modes: np.ndarray, row: Ints, reverse: Flags
) -> tuple[Floats, Floats, Floats]:
    """Hours (n,), variance (n,) and money (2, n) of the border processes on every move; rows of one crossing add up."""
    border = scenario.table("border")
    border = border[border["status"] == "open"]
    if border.empty:
        return np.zeros(len(row)), np.zeros(len(row)), np.zeros((2, len(row)))
    sd = standard_deviation(*(border[c].to_numpy() for c in ("time_h", "time_low_h", "time_high_h")))
    terms = pd.DataFrame(
        {
            "a": index.places.get_indexer(border["from_place"]),
            "b": index.places.get_indexer(border["to_place"]),
            "mode": border["mode"].to_numpy(),
            "h": border["time_h"].to_numpy(),
            "var": sd**2,
            "teu": border["cost_usd_per_teu"].to_numpy(),
            "t": border["cost_usd_per_t"].to_numpy(),
        }
    )
    back = terms[border["two_way"].to_numpy()].rename(columns={"a": "b", "b": "a"})
    both = pd.concat([terms, back]).groupby(["a", "b", "mode"]).sum()
    start = np.where(reverse, index.link_to[row], index.link_from[row])
    end = np.where(reverse, index.link_from[row], index.link_to[row])
    mode = modes[row]
    found = both.reindex(pd.MultiIndex.from_arrays([start, end, mode])).to_numpy(dtype=float)
    found = np.nan_to_num(found)
    return found[:, 0], found[:, 1], found[:, [2, 3]].T.copy()


__all__ = ["BULK", "Moves", "local_moves", "moves", "passages", "sailings"]
