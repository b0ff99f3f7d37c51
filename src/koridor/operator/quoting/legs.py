"""A way as legs: what rides a departure of the desk, what is ordered when needed, and the railways on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from koridor.model.network import Act
from koridor.operator.booking.itinerary import Leg
from koridor.operator.identifiers.tables import rows
from koridor.operator.quoting.running import Running
from koridor.studies.route.choose import Way
from koridor.studies.route.course import base_legs
from koridor.studies.route.front import Asked

RAIL = "rail"
MOVING = (Act.MOVE, Act.SERVICE)


@dataclass(frozen=True, slots=True)
class Piece:
    """Kilometres of one arc in one country by one mode. metres: whole."""

    country: str
    mode: str
    metres: int


@dataclass(frozen=True)
class Course:
    """A way, read leg by leg.

    Attributes
    ----------
    legs : tuple of Leg
        In their order.
    leg_of : tuple of int
        Leg to which each arc belongs: what is done before the first to it, what is done after one to that.
    """

    asked: Asked
    way: Way
    legs: tuple[Leg, ...]
    leg_of: tuple[int, ...]


def course(asked: Asked, way: Way, running: Running) -> Course | None:
    """The legs of a way; None where one needs a departure that is not there any more."""
    network = asked.prepared.compiled.network
    legs: list[Leg] = []
    leg_of: list[int] = []
    before: tuple[str, ...] = ()
    for at, arc in enumerate(way.arcs.tolist()):
        if network.arcs.act[arc] not in MOVING:
            before = ()
            leg_of.append(max(len(legs) - 1, 0))
            continue
        leg = _leg(asked, way, at, arc, running)
        if leg is None:
            return None
        key = (leg.mode, leg.departure_id)
        if key == before and legs[-1].to_place == leg.from_place:
            railways = tuple(dict.fromkeys((*legs[-1].railways, *leg.railways)))
            links = (*legs[-1].links, *leg.links)
            legs[-1] = replace(legs[-1], to_place=leg.to_place, railways=railways, links=links)
        else:
            legs.append(leg)
        before = key
        leg_of.append(len(legs) - 1)
    return Course(asked, way, tuple(legs), tuple(leg_of))


def _leg(asked: Asked, way: Way, at: int, arc: int, running: Running) -> Leg | None:
    compiled, table = asked.prepared.compiled, asked.calendar.timetable
    network = compiled.network
    ends = tuple(str(network.places[network.place[node[arc]]]) for node in (network.arcs.tail, network.arcs.head))
    if network.arcs.act[arc] == Act.SERVICE:
        service = compiled.tables["service"].iloc[int(network.arcs.row[arc])]
        mode, ids = str(service["mode"]), frozenset({str(service["service_id"])})
    else:
        mode = str(compiled.index.link["mode"].iloc[int(network.arcs.link[base_legs(network, np.array([arc]))[0]])])
        services = asked.prepared.scenario.table("service")
        ids = frozenset(services.loc[services["mode"] == mode, "service_id"])
    departure_id = ""
    if table.depart_ptr[arc + 1] > table.depart_ptr[arc]:
        steps = way.steps
        run = running.taken(ids, (ends[0], ends[1]), int(steps.entered[at]), int(steps.reached[at]))
        if run is None:
            return None
        departure_id = run.departure_id
    passed = () if departure_id else _links(asked, arc)
    return Leg(mode, ends[0], ends[1], departure_id, railways(asked, arc) if mode == RAIL else (), passed)


def _links(asked: Asked, arc: int) -> tuple[str, ...]:
    compiled = asked.prepared.compiled
    on = compiled.network.arcs.link[base_legs(compiled.network, np.array([arc]))]
    return tuple(str(compiled.index.link["link_id"].iloc[int(row)]) for row in on if row >= 0)


def railways(asked: Asked, arc: int) -> tuple[str, ...]:
    """Railways on an arc in their order, by their abbreviations on consignment notes, else the country.

    Of a train that only crosses the water here, those of both shores.
    """
    known = {row["country"]: row["railway"] for row in rows("rail_country")}
    lying = pieces(asked, arc)
    passed = dict.fromkeys(one.country for one in [one for one in lying if one.mode == RAIL] or lying)
    return tuple(known.get(country, country) for country in passed)


def pieces(asked: Asked, arc: int) -> list[Piece]:
    """Where an arc of the network lies: every link half in the country of each end; what is done at a place there."""
    compiled = asked.prepared.compiled
    network, link = compiled.network, compiled.index.link
    if network.arcs.act[arc] not in MOVING:
        return [Piece(_country(asked, int(network.arcs.tail[arc])), "terminal", 0)]
    found = []
    for leg in base_legs(network, np.array([arc])).tolist():
        on = int(network.arcs.link[leg])
        if on < 0:
            continue
        half = round(float(network.arcs.km[leg]) * 500.0)
        for node in (int(network.arcs.tail[leg]), int(network.arcs.head[leg])):
            found.append(Piece(_country(asked, node), str(link["mode"].iloc[on]), half))
    return found


def _country(asked: Asked, node: int) -> str:
    network = asked.prepared.compiled.network
    return str(network.countries[network.place_country[network.place[node]]])
