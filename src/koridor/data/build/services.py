"""Scheduled services, with every station that they pass.

A train is published with some waypoints. Here it gets its whole way as states (place, carriage): two stops in a row are
either the two ends of a link of that carriage, or one place with two carriages where the box changes. Boxes join and
leave only at the stops that call.
"""

from __future__ import annotations

from heapq import heappop, heappush

import pandas as pd

from koridor.data.build import links as link_module
from koridor.data.build import transfers as transfer_module
from koridor.data.build.raw import Raw, number, pairs, records

State = tuple[str, str]
Graph = dict[State, list[tuple[State, float]]]
HOURS_A_DAY = 24.0


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The tables `service` and `service_stop`."""
    trains, sea = _trains(raw), _sea(raw)
    return {
        "service": pd.concat([trains, sea], ignore_index=True),
        "service_stop": pd.concat([_train_stops(raw), _sea_stops(raw)], ignore_index=True),
    }


def _trains(raw: Raw) -> pd.DataFrame:
    facts = raw.facts["services"].rename(columns={"notes": "fact_note"})
    frame = raw.own["rail_services"].merge(facts, on="service_id", validate="one_to_one")
    low, high = number(frame["transit_days_min"]), number(frame["transit_days_max"])
    tariff = raw.parameters["service_tariff"]
    return pd.DataFrame(
        {
            "service_id": frame["service_id"],
            "name": frame["name"],
            "mode": "rail",
            "frequency_per_week": number(frame["frequency_per_week"]),
            "transit_h": (low + high) / 2 * HOURS_A_DAY,
            "transit_low_h": low * HOURS_A_DAY,
            "transit_high_h": high * HOURS_A_DAY,
            "capacity_teu": number(frame["capacity_teu"]),
            "tariff_factor": number(frame["tariff_factor"]).fillna(tariff.value),
            "tariff_low_factor": number(frame["tariff_low_factor"]).fillna(tariff.low),
            "tariff_high_factor": number(frame["tariff_high_factor"]).fillna(tariff.high),
            "price_usd_per_teu": None,
            "back_factor": number(frame["back_factor"]),
            "back_low_factor": number(frame["back_low_factor"]),
            "back_high_factor": number(frame["back_high_factor"]),
            "status": "open",
            "operator": frame["operator"],
            "source": frame["source"] + "; tariff and backhaul factors: " + tariff.source,
            "confidence": frame["confidence"],
            "note": [f"{row.note}. {row.fact_note}".strip(". ") for row in records(frame)],
        }
    )


def _sea(raw: Raw) -> pd.DataFrame:
    frame = raw.own["sea_services"].merge(link_module.links(raw)[["link_id", "length_km", "speed_kmh"]], on="link_id")
    sailing = frame["length_km"] / (frame["speed_kmh"] * raw.value("sea_speed_share"))
    price = raw.value("sea_price_fixed") + raw.value("sea_price_distance") * frame["length_km"]
    return pd.DataFrame(
        {
            "service_id": frame["service_id"],
            "name": frame["name"],
            "mode": "sea",
            "frequency_per_week": number(frame["frequency_per_week"]),
            "transit_h": number(frame["transit_h"]).fillna(sailing.round(1)),
            "transit_low_h": number(frame["transit_low_h"]).fillna((sailing * raw.value("sea_low_time")).round(1)),
            "transit_high_h": number(frame["transit_high_h"]).fillna((sailing * raw.value("sea_high_time")).round(1)),
            "capacity_teu": number(frame["capacity_teu"]),
            "tariff_factor": 1.0,
            "price_usd_per_teu": number(frame["price_usd_per_teu"]).fillna(price.round()),
            "back_factor": number(frame["back_factor"]),
            "back_low_factor": number(frame["back_low_factor"]),
            "back_high_factor": number(frame["back_high_factor"]),
            "status": "open",
            "operator": frame["operator"],
            "source": frame["source"],
            "confidence": frame["confidence"],
            "note": frame["note"],
        }
    )


def _sea_stops(raw: Raw) -> pd.DataFrame:
    links = link_module.links(raw).set_index("link_id")
    rows = []
    for service in records(raw.own["sea_services"]):
        ends = [links.loc[service.link_id, "from_place"], links.loc[service.link_id, "to_place"]]
        if service.from_place not in ends:
            raise ValueError(f"{service.service_id} does not begin at an end of {service.link_id}")
        for seq, place in enumerate(sorted(ends, key=lambda end: end != service.from_place), 1):
            rows.append(
                {"service_id": service.service_id, "seq": seq, "place_id": place, "carriage": "sea", "calls": True}
            )
    return pd.DataFrame(rows)


def _train_stops(raw: Raw) -> pd.DataFrame:
    links, changes = link_module.links(raw), transfer_module.tables(raw)["transfer"]
    links, changes = links[links["status"] == "open"], changes[changes["status"] == "open"]
    waypoints = pairs(raw.facts["services"], "service_id", "route_place_ids")
    rows = []
    for service in records(raw.own["rail_services"]):
        graph = graph_of(links, changes, service.other_links.split(";"), raw.value("transfer_detour_km"))
        calls = service.calls.split(";")
        way = course(graph, waypoints[service.service_id].split(">"), service.service_id)
        missing = set(calls) - {place for place, _ in way}
        if missing:
            raise ValueError(f"{service.service_id} calls where it does not pass: {sorted(missing)}")
        called: set[str] = set()
        for seq, (place, carriage) in enumerate(way, 1):
            calls_here = place in calls and place not in called and (carriage.startswith("rail") or seq == len(way))
            called |= {place} if calls_here else set()
            rows.append(
                {
                    "service_id": service.service_id,
                    "seq": seq,
                    "place_id": place,
                    "carriage": carriage,
                    "calls": calls_here,
                }
            )
    return pd.DataFrame(rows)


def graph_of(links: pd.DataFrame, changes: pd.DataFrame, others: list[str], detour_km: float) -> Graph:
    """Open rail links and changes between carriages; of the sea and the road only the links that the train uses."""
    graph: Graph = {}
    chosen = links[(links["mode"] == "rail") | links["link_id"].isin(others)]
    used = set(chosen["mode"])
    for link in records(chosen):
        for carriage in link.carriages.split(";"):
            _join(graph, (link.from_place, carriage), (link.to_place, carriage), link.length_km)
    for change in records(changes):
        if all(item.startswith("rail") or item in used for item in (change.from_carriage, change.to_carriage)):
            one, other = (change.place_id, change.from_carriage), (change.place_id, change.to_carriage)
            _join(graph, one, other, detour_km)
    return graph


def _join(graph: Graph, one: State, other: State, length: float) -> None:
    graph.setdefault(one, []).append((other, length))
    graph.setdefault(other, []).append((one, length))


def course(graph: Graph, waypoints: list[str], name: str) -> list[State]:
    """The shortest way through all waypoints, in any carriage. Raises ValueError when there is none.

    Dijkstra's method from waypoint to waypoint, keeping the best way for every carriage in which each is reached.
    """
    best: dict[State, tuple[float, list[State]]] = {
        state: (0.0, [state]) for state in graph if state[0] == waypoints[0] and state[1].startswith("rail")
    }
    for waypoint in waypoints[1:]:
        best = _reach(graph, best, waypoint)
        if not best:
            raise ValueError(f"{name}: no way to {waypoint}")
    return min(best.values(), key=lambda item: (item[0], item[1]))[1]


def _reach(
    graph: Graph, start: dict[State, tuple[float, list[State]]], target: str
) -> dict[State, tuple[float, list[State]]]:
    heap = [(cost, way) for cost, way in start.values()]
    heap.sort()
    done: set[State] = set()
    found: dict[State, tuple[float, list[State]]] = {}
    while heap:
        cost, way = heappop(heap)
        state = way[-1]
        if state in done:
            continue
        done.add(state)
        if state[0] == target:
            found[state] = (cost, way)
        for other, length in graph.get(state, []):
            if other not in done:
                heappush(heap, (cost + length, [*way, other]))
    return found
