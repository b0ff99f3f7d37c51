"""Why these ways, why not others, and what would have to give where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from koridor.kernels.pareto import NEVER, Graph, bounds
from koridor.model.cargo import Rule, rule_sentence
from koridor.model.clock import local_text
from koridor.model.network import Act, Flags, Ints
from koridor.studies.route.choose import Way
from koridor.studies.route.course import Tree, base_legs, scalar
from koridor.studies.route.front import CENTS, Asked, Shut
from koridor.studies.route.layers import layered
from koridor.studies.route.steps import missed
from koridor.text import t
from koridor.units import format_number

_WORTH = 0.01  # of the generalised cost: what a rule must cost to be named
_LONG_MIN = 1440  # a wait that is told
_MANY_H = 72.0  # hours told as days
_LIFTED = 1 << 40  # cents; above every sum of costs, so that the fewest rules are lifted


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence. kind: why, wait, why_not, reason, timetable, price, basis. about: a way or a rule."""

    kind: str
    about: str
    text: str


def reasons(ways: pd.DataFrame) -> list[Note]:
    """Why each way is told: what it is best in, and what it costs and saves beside the cheapest and the fastest."""
    cheapest, fastest = ways["money_usd"].idxmin(), ways["time_h"].idxmin()
    notes = []
    for at, way in ways.iterrows():
        said = [_best(str(one)) for one in str(way["best"]).split(";") if one]
        if not way["on_front"]:
            said.append(t("Beside the front."))
        if at != cheapest:
            dearer = float(way["money_usd"] - ways.loc[cheapest, "money_usd"])
            sooner = float(ways.loc[cheapest, "time_h"] - way["time_h"])
            said.append(_beside(str(ways.loc[cheapest, "way"]), dearer, sooner))
        elif at != fastest:
            slower, first = float(way["time_h"] - ways.loc[fastest, "time_h"]), ways.loc[fastest, "way"]
            said.append(t("{time} longer than {way}, the fastest.", time=_time(slower), way=first))
        notes.append(Note("why", str(way["way"]), " ".join(said)))
    return notes


def _time(hours: float) -> str:
    """Hours, or days where there are many."""
    return format_number(hours, "h") if hours < _MANY_H else format_number(hours / 24.0, "d")


def _best(criterion: str) -> str:
    return {
        "time": t("Arrives first."),
        "money": t("Costs least."),
        "co2e": t("Emits least."),
        "variance": t("Spreads least."),
    }[criterion]


def _beside(cheapest: str, dearer: float, sooner: float) -> str:
    money, time = format_number(dearer, "usd"), _time(abs(sooner))
    if sooner >= 0.0:
        return t("{money} more than {way}, {time} sooner.", money=money, way=cheapest, time=time)
    return t("{money} more than {way}, {time} later.", money=money, way=cheapest, time=time)


def waits(asked: Asked, told: Sequence[Way], names: Sequence[str]) -> list[Note]:
    """The longest wait of each way for a departure or an opening, and the departure that a cut-off made it miss."""
    notes = []
    for way, name in zip(told, names, strict=True):
        wait = way.steps.entered - way.steps.ready
        at = int(wait.argmax())
        if wait[at] < _LONG_MIN:
            continue
        notes.append(Note("wait", name, _wait(asked, int(way.arcs[at]), int(way.steps.ready[at]), int(wait[at]))))
    return notes


def _wait(asked: Asked, arc: int, ready: int, wait: int) -> str:
    table, hours = asked.calendar.timetable, format_number(wait / 60.0, "h")
    where = _arc_name(asked, arc)
    row = slice(int(table.depart_ptr[arc]), int(table.depart_ptr[arc + 1]))
    depart = table.depart_min[row]
    if not len(depart):
        return t("Waits {hours} for the opening of {where}.", hours=hours, where=where)
    lost = depart[(depart >= ready) & (depart < ready + table.cut_off_min[arc])]
    if not len(lost):
        return t("Waits {hours} for the next departure of {where}.", hours=hours, where=where)
    return t(
        "Waits {hours} for the next departure of {where}: that of {moment} UTC closes {cut_off} before it leaves.",
        hours=hours, where=where, moment=local_text(int(lost[0]), "UTC"),
        cut_off=format_number(float(table.cut_off_min[arc]) / 60.0, "h"),
    )  # fmt: skip


def absent(asked: Asked) -> list[Note]:
    """For each rule without which a way of less generalised cost would exist: that way, and where the rule holds."""
    cost, shut = scalar(asked), asked.shut()
    best = _cheapest(asked, asked.use(), cost)
    if best is None:
        return []
    here, notes = int(cost[best].sum()), []
    for name, lifted in _rules(asked, shut):
        way = _cheapest(asked, asked.use(np.where(lifted, Shut.NOTHING, shut)), cost)
        if way is None or cost[way].sum() > here * (1.0 - _WORTH):
            continue
        saved = format_number((here - int(cost[way].sum())) / CENTS, "usd")
        held = _held(asked, way, lifted)
        where = "; ".join(dict.fromkeys(place for place, _ in held))
        why = " ".join(dict.fromkeys(said for _, said in held))
        text = t("Not by {where}: {why} Without that rule {usd} of price and value of time would be saved.",
                 where=where, why=why, usd=saved)  # fmt: skip
        notes.append(Note("why_not", name, text))
    return notes


def _held(asked: Asked, way: Ints, lifted: Flags) -> list[tuple[str, str]]:
    """Where rules hold on a way, and why, with arcs in a row that one sentence shuts as one stretch."""
    arcs, network = asked.prepared.compiled.network.arcs, asked.prepared.compiled.network
    runs: list[tuple[list[int], str]] = []
    for at, arc in enumerate(way.tolist()):
        if not lifted[arc]:
            continue
        said = sentence(asked, arc)
        if runs and runs[-1][1] == said and at > 0 and runs[-1][0][-1] == way[at - 1]:
            runs[-1][0].append(arc)
        else:
            runs.append(([arc], said))
    found = []
    for run, said in runs:
        ends = (arcs.tail[run[0]], arcs.head[run[-1]])
        whole = " – ".join(dict.fromkeys(_place_name(asked, int(network.place[node])) for node in ends))
        found.append((_arc_name(asked, run[0]) if len(run) == 1 else whole, said))
    return found


def _rules(asked: Asked, shut: Ints) -> Iterator[tuple[str, Flags]]:
    """Rules by name, with the arcs (m,) that it alone shuts."""
    why, real = asked.prepared.refusals(asked.cargo).why, _real(asked)
    for rule in (Shut.MODE, Shut.CORRIDOR, Shut.COUNTRY):
        if (shut == rule).any():
            yield str(rule.name).lower(), (shut == rule) & real
    for refused in Rule:
        mine = (shut == Shut.CARGO) & (why == refused) & real
        if refused not in (Rule.NONE, Rule.FORM) and mine.any():
            yield refused.name.lower(), mine


def _real(asked: Asked) -> Flags:
    """Arcs (m,) that could be used at all: what has no service for this form has no hours and no price either."""
    arcs, form = asked.prepared.compiled.network.arcs, asked.cargo.form
    money = arcs.price[form].sum(axis=0)
    moving = np.isin(arcs.act, (Act.MOVE, Act.SERVICE))
    return np.isfinite(money) & np.isfinite(arcs.hours[form]) & (~moving | (money > 0.0)) & (arcs.corridor < 0)


def silent(asked: Asked) -> list[Note]:
    """Services with a timetable of which no departure is known in the time asked for."""
    table, first, last = asked.calendar.timetable, *asked.query.span
    timed = np.flatnonzero(np.diff(table.depart_ptr) > 0)
    upto = np.concatenate([[0], np.cumsum((table.depart_min >= first) & (table.depart_min <= last))])
    leaving = upto[table.depart_ptr[timed + 1]] - upto[table.depart_ptr[timed]]
    quiet = timed[(leaving == 0) & (asked.shut()[timed] == Shut.NOTHING)]
    names = sorted({_arc_name(asked, int(arc)) for arc in quiet})
    if not names:
        return []
    days = {"first": local_text(first, "UTC")[:10], "last": local_text(last, "UTC")[:10]}
    known = "; ".join(names)
    return [
        Note(
            "timetable",
            "timetable",
            t("No departure is known from {first} to {last} of: {known}.", known=known, **days),
        )
    ]


def apart(asked: Asked) -> list[Note]:
    """Why there is no way: a shut end, a timetable, or the rules of which lifting the fewest would open one."""
    network = asked.prepared.compiled.network
    notes = [
        Note("reason", "end", t("No open link ends at {place}.", place=_place_name(asked, place)))
        for place, door in ((asked.start, network.door_out), (asked.end, network.door_in))
        if door[place] < 0
    ]
    if notes:
        return notes
    cost = scalar(asked)
    way = _cheapest(asked, asked.use(), cost)
    if way is not None:
        return [_too_late(asked, way)]
    if asked.via and _cheapest(replace(asked, via=()), asked.use(), cost) is not None:
        places = ", ".join(_place_name(asked, place) for place in asked.via)
        notes.append(Note("reason", "via", t("There is a way that does not pass {places}.", places=places)))
    shut = asked.shut()
    lifted = (shut != Shut.NOTHING) & _real(asked)
    way = _cheapest(
        asked,
        asked.use(np.where(lifted, Shut.NOTHING, shut)),
        cost + lifted * np.bitwise_count(shut).astype(np.int64) * _LIFTED,
    )
    if way is None:
        return [
            *notes,
            Note(
                "reason",
                "apart",
                t("No links, transfers and services, open or shut, join the two places for this cargo."),
            ),
        ]
    rules = [name for arc in way[lifted[way]] for name in rule_names(asked, int(arc))]
    about = ";".join(dict.fromkeys(rules))
    for where, why in _held(asked, way, lifted):
        notes.append(Note("reason", about, t("{where}: {why}", where=where, why=why)))
    return [
        *notes,
        Note("reason", about, t("With that lifted there would be a way; no other asks for less to be lifted.")),
    ]


def _too_late(asked: Asked, way: Ints) -> Note:
    """The first arc of the best way that cannot be caught within the horizon."""
    query = asked.query
    leave = query.span[0]
    at = missed(asked.calendar, way, leave)
    if at is None:
        text = t("No way takes less than {days} days, after which this query does not look.", days=query.horizon_d)
        return Note("reason", "horizon", text)
    where, first, last = _arc_name(asked, int(way[at])), *(local_text(at, "UTC")[:10] for at in query.span)
    text = t(
        "Nothing leaves or opens at {where} in time between {first} and {last}.", where=where, first=first, last=last
    )
    return Note("reason", "timetable", text)


def rule_names(asked: Asked, arc: int) -> list[str]:
    """The rules that shut an arc, by their names."""
    why = Rule(int(asked.prepared.refusals(asked.cargo).why[arc]))
    return [str((why if one is Shut.CARGO else one).name).lower() for one in Shut(int(asked.shut()[arc]))]


def sentence(asked: Asked, arc: int) -> str:
    """Why an arc is shut to a query, a sentence for every rule that shuts it."""
    said = {
        Shut.MODE: t("It needs a mode that was not asked for."),
        Shut.CORRIDOR: t("It is on the terms of a corridor that was not asked for."),
        Shut.COUNTRY: t("It lies in a country that was forbidden."),
    }
    shut = Shut(int(asked.shut()[arc]))
    return " ".join(_refusal(asked, arc) if one is Shut.CARGO else said[one] for one in shut)


def _refusal(asked: Asked, arc: int) -> str:
    compiled, network = asked.prepared.compiled, asked.prepared.compiled.network
    why, link = int(asked.prepared.refusals(asked.cargo).why[arc]), int(network.arcs.link[arc])
    if why == Rule.CLOSED and link >= 0:
        state = str(compiled.index.link["status"].iloc[link])
        return {
            "planned": t("It is planned."), "under_construction": t("It is being built."),
            "suspended": t("Traffic is suspended."),
        }.get(state, t("It is not open."))  # fmt: skip
    return rule_sentence(why, asked.cargo)


def _cheapest(asked: Asked, use: Flags, cost: Ints) -> Ints | None:
    """The way of least cost past the places asked for, whatever the timetable; None where there is none."""
    network = asked.prepared.compiled.network
    layers = layered(network, np.flatnonzero(use), asked.via)
    graph = Graph.of(layers.tail, layers.head, layers.nodes, np.ones(len(layers.own), dtype=bool))
    price = np.where(layers.own >= 0, cost[layers.own], 1)
    source, target = (
        int(network.door_out[asked.start]),
        int(network.door_in[asked.end]) + network.nodes * len(asked.via),
    )
    distance = bounds(graph, [price], target)[:, 0]
    if distance[source] >= NEVER:
        return None
    way = layers.own[np.array(Tree(graph.indptr, graph.head, graph.arc, price, distance).walk(source), dtype=np.int64)]
    return way[way >= 0]


def _place_name(asked: Asked, place: int) -> str:
    return str(asked.prepared.compiled.index.place["name"].iloc[place])


def _arc_name(asked: Asked, arc: int) -> str:
    """An arc as people call it: a service by its name, else its two places, or the one where something is done."""
    compiled, network = asked.prepared.compiled, asked.prepared.compiled.network
    arcs = network.arcs
    ends = dict.fromkeys(_place_name(asked, int(network.place[node])) for node in (arcs.tail[arc], arcs.head[arc]))
    if arcs.act[arc] == Act.SERVICE:
        return str(compiled.tables["service"]["name"].iloc[int(arcs.row[arc])])
    legs = base_legs(network, np.array([arc]))
    link = int(arcs.link[legs[0]])
    mode = f" ({compiled.index.link['mode'].iloc[link]})" if link >= 0 else ""
    return " – ".join(ends) + mode
