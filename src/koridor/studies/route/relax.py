"""Rules that stand in the way of a query: what they cost where there is a way, what has to give where there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations
from operator import or_

import numpy as np

from koridor.kernels.pareto import NEVER, Graph, bounds
from koridor.model.cargo import Rule, rule_sentence
from koridor.model.clock import local_text
from koridor.model.network import Act, Flags, Ints
from koridor.studies.route.course import Tree, scalar
from koridor.studies.route.explain import Note, arc_name, place_name
from koridor.studies.route.front import CENTS, Asked, Shut
from koridor.studies.route.layers import layered
from koridor.studies.route.steps import missed
from koridor.text import t, tn
from koridor.units import format_number

_WORTH = 0.01  # of the generalised cost: what rules must cost to be named
_TOGETHER = 2  # rules that are lifted at once where none alone is worth naming
_LIFTED = 1 << 40  # cents; above every sum of costs, so that the fewest places are lifted
_SHIFT = 4  # bits of `Shut` below those of `Rule`


@dataclass(frozen=True, slots=True)
class Rules:
    """What shuts arcs to a query. bars (m,): a bit for every rule. real (m,): arcs that could be used at all; what has
    no service for this form has no hours and no price either. names: of the bits that shut some of these.
    """

    bars: Ints
    real: Flags
    names: dict[int, str]

    @classmethod
    def of(cls, asked: Asked) -> Rules:
        """Of the query as asked: its modes, corridors and countries, and every rule about its cargo."""
        bars = (asked.shut() & ~int(Shut.CARGO)) | (asked.prepared.refusals(asked.cargo).rules << _SHIFT)
        real = _real(asked)
        known = {int(one): one.name for one in Shut if one is not Shut.CARGO and one}
        known |= {1 << rule + _SHIFT: rule.name for rule in Rule if rule}
        there = int(np.bitwise_or.reduce(bars[real], initial=0))
        return cls(bars, real, {bit: str(name).lower() for bit, name in known.items() if there & bit})

    def lifted(self, bits: int) -> Flags:
        """Arcs (m,) that these rules shut and no other does."""
        return (self.bars != 0) & (self.bars & ~bits == 0) & self.real

    def on(self, way: Ints) -> list[int]:
        """Rules that shut arcs of a way, as bits."""
        held = int(np.bitwise_or.reduce(self.bars[way], initial=0))
        return [bit for bit in self.names if held & bit]

    def about(self, bits: int) -> str:
        """Names of rules, parted by semicolons."""
        return ";".join(name for bit, name in self.names.items() if bits & bit)


def absent(asked: Asked) -> list[Note]:
    """For each rule without which a way of less generalised cost would exist: that way, and where the rule holds. Where
    no rule alone is in the way, pairs of them.
    """
    cost, rules = scalar(asked), Rules.of(asked)
    best = _cheapest(asked, asked.use(), cost)
    if best is None:
        return []
    here = int(cost[best].sum())
    bits = [bit for bit, name in rules.names.items() if name != Rule.FORM.name.lower()]
    for size in range(1, _TOGETHER + 1):
        notes = [_saved(asked, rules, reduce(or_, some), here) for some in combinations(bits, size)]
        if any(notes):
            return [note for note in notes if note is not None]
    return []


def _saved(asked: Asked, rules: Rules, bits: int, here: int) -> Note | None:
    """What lifting rules would save on `here` cents, None where it is not worth naming."""
    cost, lifted = scalar(asked), rules.lifted(bits)
    if not lifted.any():
        return None
    way = _cheapest(asked, asked.use(np.where(lifted, Shut.NOTHING, asked.shut())), cost)
    if way is None or cost[way].sum() > here * (1.0 - _WORTH):
        return None
    held = _held(asked, way, lifted)
    said = {
        "where": "; ".join(dict.fromkeys(place for place, _ in held)),
        "why": " ".join(dict.fromkeys(said for _, said in held)),
        "usd": format_number((here - int(cost[way].sum())) / CENTS, "usd"),
    }
    if bits & (bits - 1) == 0:
        text = t("Not by {where}: {why} Without that rule {usd} of price and value of time would be saved.", **said)
    else:
        text = t("Not by {where}: {why} Without these rules {usd} of price and value of time would be saved.", **said)
    return Note("why_not", rules.about(bits), text)


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
        whole = " – ".join(dict.fromkeys(place_name(asked, int(network.place[node])) for node in ends))
        found.append((arc_name(asked, run[0]) if len(run) == 1 else whole, said))
    return found


def _real(asked: Asked) -> Flags:
    """Arcs (m,) that could be used at all: what has no service for this form has no hours and no price either."""
    arcs, form = asked.prepared.compiled.network.arcs, asked.cargo.form
    money = arcs.price[form].sum(axis=0)
    moving = np.isin(arcs.act, (Act.MOVE, Act.SERVICE))
    return np.isfinite(money) & np.isfinite(arcs.hours[form]) & (~moving | (money > 0.0)) & (arcs.corridor < 0)


def apart(asked: Asked) -> list[Note]:
    """Why there is no way: a shut end, a timetable, or the rules of which lifting the fewest would open one."""
    network = asked.prepared.compiled.network
    notes = [
        Note("reason", "end", t("No open link ends at {place}.", place=place_name(asked, place)))
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
        places = ", ".join(place_name(asked, place) for place in asked.via)
        notes.append(Note("reason", "via", t("There is a way that does not pass {places}.", places=places)))
    relaxed = fewest(asked, Rules.of(asked), cost)
    if relaxed is None:
        text = t("No links, transfers and services, open or shut, join the two places for this cargo.")
        return [*notes, Note("reason", "apart", text)]
    way, lifted, about = relaxed
    notes += [
        Note("reason", about, t("{where}: {why}", where=where, why=why)) for where, why in _held(asked, way, lifted)
    ]
    text = t("With that lifted there would be a way; no other asks for less to be lifted.")
    return [*notes, Note("reason", about, text)]


def fewest(asked: Asked, rules: Rules, cost: Ints) -> tuple[Ints, Flags, str] | None:
    """The way that the fewest rules shut, of these that of the fewest places, of these the cheapest; the arcs that
    would have to be opened, and the names of the rules. None where lifting all opens none.
    """

    def opened(bits: int) -> tuple[int, int, Ints] | None:
        lifted = rules.lifted(bits)
        dear = cost + lifted * _LIFTED
        way = _cheapest(asked, asked.use(np.where(lifted, Shut.NOTHING, asked.shut())), dear)
        return None if way is None else (int(dear[way].sum()), bits, way)

    found = opened(reduce(or_, rules.names, 0))
    if found is None:
        return None
    for size in range(1, len(rules.on(found[2]))):
        fewer = [one for some in combinations(rules.names, size) if (one := opened(reduce(or_, some))) is not None]
        if fewer:
            found = min(fewer, key=lambda one: one[:2])
            break
    way = found[2]
    bits = reduce(or_, rules.on(way), 0)
    return way, rules.lifted(bits), rules.about(bits)


def _too_late(asked: Asked, way: Ints) -> Note:
    """The first arc of the best way that cannot be caught within the horizon."""
    query = asked.query
    leave = query.span[0]
    at = missed(asked.calendar, way, leave)
    if at is None:
        text = tn(
            "Every way takes more than {count} day, after which this query does not look.",
            "Every way takes more than {count} days, after which this query does not look.",
            query.horizon_d,
        )
        return Note("reason", "horizon", text)
    where, first, last = arc_name(asked, int(way[at])), *(local_text(at, "UTC")[:10] for at in query.span)
    text = t(
        "Nothing leaves or opens at {where} in time between {first} and {last}.", where=where, first=first, last=last
    )
    return Note("reason", "timetable", text)


def sentence(asked: Asked, arc: int) -> str:
    """Why an arc is shut to a query, a sentence for every rule that shuts it."""
    said = {
        Shut.MODE: t("It needs a mode that was not asked for."),
        Shut.CORRIDOR: t("It is on the terms of a corridor that was not asked for."),
        Shut.COUNTRY: t("It lies in a country that was forbidden."),
    }
    rules = [_refusal(asked, arc, rule) for rule in asked.prepared.refusals(asked.cargo).of(arc)]
    return " ".join([*rules, *(said[one] for one in Shut(int(asked.shut()[arc])) if one is not Shut.CARGO)])


def _refusal(asked: Asked, arc: int, rule: Rule) -> str:
    compiled, link = asked.prepared.compiled, int(asked.prepared.compiled.network.arcs.link[arc])
    if rule == Rule.CLOSED and link >= 0:
        state = str(compiled.index.link["status"].iloc[link])
        return {
            "planned": t("It is planned."), "under_construction": t("It is being built."),
            "suspended": t("Traffic is suspended."),
        }.get(state, t("It is not open."))  # fmt: skip
    return rule_sentence(rule, asked.cargo)


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
