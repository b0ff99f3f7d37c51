"""Regimes of corridors: their arcs under through terms, before and after the gate, and the handing over between
them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from koridor.model.compile.blocks import AFTER, ARRIVED, BEFORE, Block, Index, block, by_key, join
from koridor.model.compile.moves import Moves
from koridor.model.cost import activity_terms
from koridor.model.network import CARRIER, PAYEES, PUBLIC, TERMINAL, Act, Flags, Floats, Ints
from koridor.model.scenario import Scenario
from koridor.schema.tables import FORMS


def corridor_arcs(index: Index, scenario: Scenario, parts: Moves, transfers: Block) -> Block:
    """Arcs of all regimes, as if all were in force: `in_force` closes the others, and numbering does not depend on
    it.
    """
    terms = scenario.table("corridor_term").set_index(["corridor_id", "form"])
    links = scenario.table("corridor_link").groupby("corridor_id")["link_id"]
    gates = scenario.table("corridor_gate").groupby("corridor_id")["link_id"]
    stops = by_key(scenario.table("corridor_stop"), "corridor_id", "place_id")
    stops["row"] = np.arange(len(stops))
    shares = activity_terms(scenario.table("activity"), "resource_share")
    by_corridor = dict(iter(stops.groupby("corridor_id")))
    made: list[Block] = []
    for code, name in enumerate(index.corridors):
        if name not in links.groups:
            continue
        term = terms.reindex(pd.MultiIndex.from_product([[name], FORMS]))
        offered = term["tariff_factor"].notna().to_numpy()
        on = np.flatnonzero(np.isin(parts.link, index.links.get_indexer(links.get_group(name))))
        gate_links = gates.get_group(name) if name in gates.groups else []
        gate = np.isin(parts.link[on], index.links.get_indexer(gate_links))
        travel = _travel(index, parts, code, term, offered, on, gate)
        states = np.unique(np.concatenate([travel.tail, travel.head]))
        made.append(travel)
        made.append(_changes(index, transfers, code, offered, states))
        if name in by_corridor:
            made.append(_stops(index, by_corridor[name], code, term, offered, states, shares))
    nothing = np.empty(0, dtype=np.int64)
    return join(made) if made else block(nothing, nothing, Act.MOVE)


def _travel(
    index: Index, parts: Moves, code: int, term: pd.DataFrame, offered: np.ndarray, on: Ints, gate: np.ndarray
) -> Block:
    """Moves under the corridor's terms: from stage to the same stage, but through a gate to the stage after it."""
    speed = np.nan_to_num(term["speed_factor"].to_numpy(), nan=1.0)[:, None]
    tariff = np.nan_to_num(term["tariff_factor"].to_numpy(), nan=1.0)[:, None]
    patience = np.nan_to_num(term["border_time_factor"].to_numpy(), nan=1.0)[:, None]
    factor = np.where(parts.through[on], speed, parts.factor[:, on])
    full = np.stack([parts.carrier[:, on], parts.terminal[:, on], parts.border[:, on]], axis=1)
    price = full.copy()
    price[:, CARRIER] *= tariff
    run_h = parts.run_h[:, on] / factor
    stages = []
    for stage in (BEFORE, AFTER):
        after = np.where(gate, AFTER, stage) + index.arrival(parts.head[on])
        stages.append(
            block(
                index.state(parts.tail[on], parts.carriage[on], code, stage),
                index.state(parts.head[on], parts.carriage[on], code, after),
                Act.MOVE,
                row=parts.link[on],
                link=parts.link[on],
                reverse=parts.reverse[on],
                corridor=code,
                mode=parts.mode[on],
                open=parts.open[:, on] & offered[:, None],
                km=parts.km[on],
                hours=run_h + parts.wait_h[:, on] + parts.fixed_h[:, on] + parts.border_h[on] * patience,
                wait_h=parts.wait_h[:, on],
                sd_h=parts.border_sd[on] * patience,
                run_h=run_h,
                dispersion_h=parts.dispersion_h[:, on],
                price=price,
                resource=full * parts.resource_share[:, :, on],
                kg=parts.kg[on],
            )
        )
    return join(stages)


def _changes(index: Index, transfers: Block, code: int, offered: np.ndarray, states: Ints) -> Block:
    """Transfers between carriages of the corridor, in both stages."""
    place, carriage, _, arrived = index.parts(transfers.tail)
    end = index.parts(transfers.head)[1]
    stages = []
    for stage in (BEFORE, AFTER):
        tail, head = (index.state(place, c, code, stage + arrived) for c in (carriage, end))
        here = np.flatnonzero(np.isin(tail, states) & np.isin(head, states))
        mine = transfers.take(here)
        stages.append(
            mine.with_(
                tail=tail[here],
                head=head[here],
                corridor=np.full(len(here), code),
                open=mine.open & offered[:, None],
            )
        )
    return join(stages)


def _stops(
    index: Index,
    stops: pd.DataFrame,
    code: int,
    term: pd.DataFrame,
    offered: np.ndarray,
    states: Ints,
    shares: dict[str, Floats],
) -> Block:
    """Joining before the gate and leaving after it, in every carriage that the corridor has at the stop."""
    place, carriage, _, stage = index.parts(states)
    at = pd.Index(index.places.get_indexer(stops["place_id"])).get_indexer(place)
    wait = np.nan_to_num(term["stop_wait_h"].to_numpy())[:, None]
    share = shares.get("terminal", np.ones(2))[:, None, None]
    ends = []
    arrived = index.arrival(place)
    for act, verb, wanted in ((Act.JOIN, "join", BEFORE), (Act.LEAVE, "leave", AFTER + arrived)):
        here = np.flatnonzero((at >= 0) & (stage == wanted))
        mine = stops.iloc[at[here]]
        hours = mine["leave_h"].to_numpy() if act is Act.LEAVE else mine["join_extra_h"].to_numpy() + wait
        price = np.zeros((2, 3, len(here)))
        price[0, TERMINAL] = mine[f"{verb}_usd_per_teu"]
        price[1, TERMINAL] = mine[f"{verb}_usd_per_t"]
        local, inside = index.state(place[here], carriage[here], stage=stage[here] & ARRIVED), states[here]
        ends.append(
            block(
                local if act is Act.JOIN else inside,
                inside if act is Act.JOIN else local,
                act,
                row=mine["row"].to_numpy(),
                corridor=code,
                open=np.tile(offered[:, None], len(here)),
                hours=np.maximum(hours, 0.0),
                price=price,
                resource=price * share,
            )
        )
    return join(ends)


def interchanges(index: Index, scenario: Scenario, table: pd.DataFrame, regime: Block) -> Block:
    """Handing over from after the gate of one corridor to before the gate of the next, at the terms of the row's state.

    Where both corridors have a carriage in common at the two places it is kept; else every pair of carriages is joined.
    """
    inside = np.unique(np.concatenate([regime.tail, regime.head]))
    place, carriage, corridor, stage = index.parts(inside)
    held: dict[tuple[int, int], list[int]] = {}
    for p, c, k, s in zip(place, carriage, corridor, stage, strict=True):
        if s == BEFORE:
            held.setdefault((int(p), int(k)), []).append(int(c))
    rows, tails, heads, backs = [], [], [], []
    froms = (index.places.get_indexer(table["from_place"]), index.corridors.get_indexer(table["from_corridor"]))
    tos = (index.places.get_indexer(table["to_place"]), index.corridors.get_indexer(table["to_corridor"]))
    for at, two_way in enumerate(table["two_way"]):
        one = (int(froms[0][at]), int(froms[1][at]))
        two = (int(tos[0][at]), int(tos[1][at]))
        mine, theirs = held.get(one, []), held.get(two, [])
        common = [(c, c) for c in mine if c in theirs]
        for a, b in common or [(a, b) for a in mine for b in theirs]:
            for start, end, c, d, back in ((one, two, a, b, False), (two, one, b, a, True)):
                if back and not two_way:
                    continue
                rows.append(at)
                tails.append(int(index.state(start[0], c, start[1], AFTER)))
                heads.append(int(index.state(end[0], d, end[1], BEFORE)))
                backs.append(back)
    row = np.array(rows, dtype=np.int64)
    terms = handover_terms(index, scenario, table, row)
    return block(
        np.array(tails, dtype=np.int64),
        np.array(heads, dtype=np.int64),
        Act.INTERCHANGE,
        row=row,
        reverse=np.array(backs, dtype=bool),
        open=terms.open,
        hours=terms.hours,
        price=terms.price,
        resource=terms.resource,
    )


@dataclass(frozen=True, slots=True)
class HandoverTerms:
    """Terms of handing over on arcs (n,): open, hours (2, n), price and resource (2, 3, n)."""

    open: Flags
    hours: Floats
    price: Floats
    resource: Floats


def handover_terms(index: Index, scenario: Scenario, table: pd.DataFrame, row: Ints) -> HandoverTerms:
    """Terms of arcs that hand over by these rows of `interchange`; open where both corridors are in force."""
    joined = (table["state"] == "joined").to_numpy()
    unit = {
        name: np.where(joined, table[f"joined_{name}"].to_numpy(), table[f"separate_{name}"].to_numpy())[row]
        for name in ("h", "usd_per_teu", "usd_per_t")
    }
    offered = index.corridor["in_force"].to_numpy(dtype=bool)
    both = np.ones(len(table), dtype=bool)
    for end in ("from_corridor", "to_corridor"):
        both &= offered[index.corridors.get_indexer(table[end])]
    usable = ((table["state"] != "off").to_numpy() & both)[row]
    payee, share = _handover(scenario)
    price = np.zeros((2, 3, len(row)))
    price[0, payee[0]], price[1, payee[1]] = unit["usd_per_teu"], unit["usd_per_t"]
    return HandoverTerms(np.tile(usable, (2, 1)), np.tile(unit["h"], (2, 1)), price, price * share[:, None, None])


def _handover(scenario: Scenario) -> tuple[list[int], Floats]:
    """Payee by form, and share of resources, of handing over; the public and all of it where no row says."""
    table = scenario.table("activity")
    mine = table[table["activity"] == "handover"].set_index("form").reindex(list(FORMS))
    payee = [PAYEES.index(name) if name in PAYEES else PUBLIC for name in mine["payee"].fillna("")]
    return payee, np.nan_to_num(mine["resource_share"].to_numpy(), nan=1.0)
