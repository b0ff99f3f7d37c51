"""Changing carriage at a place, and loading and unloading at the door."""

from __future__ import annotations

import numpy as np
import pandas as pd

from koridor.model.compile.blocks import ARRIVED, CARRIAGE_CODE, DOOR, Block, Index, block, join
from koridor.model.cost import activity_terms, standard_deviation
from koridor.model.emission import handling_kg_per_t
from koridor.model.network import TERMINAL, Act, Floats, Ints
from koridor.model.scenario import Scenario
from koridor.schema.tables import CARRIAGES, FORMS


def local_transfers(index: Index, scenario: Scenario, table: pd.DataFrame) -> Block:
    """Arcs of open transfers both ways, in the local regime; boarding ferries belongs to the moves.

    At a place without passage they stand twice: for what arrives, and for what leaves.
    """
    rows = np.flatnonzero(
        (table["status"] == "open").to_numpy()
        & table[["from_carriage", "to_carriage"]].ne("ferry").all(axis=1).to_numpy()
    )
    place = index.places.get_indexer(table["place_id"].iloc[rows])
    first = table["from_carriage"].iloc[rows].map(CARRIAGE_CODE).to_numpy()
    second = table["to_carriage"].iloc[rows].map(CARRIAGE_CODE).to_numpy()
    hours = [table[name].to_numpy()[rows] for name in ("time_h", "time_low_h", "time_high_h")]
    price = np.zeros((2, 3, len(rows)))
    price[0, TERMINAL] = table["cost_usd_per_teu"].to_numpy()[rows]
    price[1, TERMINAL] = table["cost_usd_per_t"].to_numpy()[rows]
    share = activity_terms(scenario.table("activity"), "resource_share").get("terminal", np.ones(2))
    there = block(
        index.state(place, first),
        index.state(place, second),
        Act.TRANSFER,
        row=rows,
        hours=hours[0],
        sd_h=standard_deviation(*hours),
        price=price,
        resource=price * share[:, None, None],
        kg=handling_kg_per_t(scenario.table("emission_factor")),
    )
    back = there.with_(tail=there.head, head=there.tail, reverse=np.ones(len(rows), dtype=bool))
    both = join([there, back])
    closed = np.flatnonzero(index.closed[index.parts(both.tail)[0]])
    return join([both, _arrived(index, both.take(closed))]) if len(closed) else both


def access(index: Index, scenario: Scenario, states: Ints) -> Block:
    """Arcs from the door to every local state and back, where the table `access` has a row for its carriage and
    form. At a place without passage they lead to states that leave, and from states that arrived.
    """
    all_places, all_carriages, _, all_stages = index.parts(states)
    table = scenario.table("access").set_index(["carriage", "form"])
    share = activity_terms(scenario.table("activity"), "resource_share").get("terminal", np.ones(2))
    kg = handling_kg_per_t(scenario.table("emission_factor"))
    ends = []
    arrived = index.arrival(all_places)
    for act, verb, stage in ((Act.LOAD, "load", np.zeros_like(arrived)), (Act.UNLOAD, "unload", arrived)):
        at = all_stages == stage
        place, carriage, here = all_places[at], all_carriages[at], states[at]
        hours, money = _terms(table, verb, carriage)
        price = np.zeros((2, 3, len(here)))
        price[:, TERMINAL] = np.nan_to_num(money)
        door = index.state(place, DOOR, stage=0 if act is Act.LOAD else 1)
        ends.append(
            block(
                door if act is Act.LOAD else here,
                here if act is Act.LOAD else door,
                act,
                open=~np.isnan(hours),
                hours=np.nan_to_num(hours),
                price=price,
                resource=price * share[:, None, None],
                kg=kg,
            )
        )
    return join(ends)


def _arrived(index: Index, block: Block) -> Block:
    """The same arcs between local states that have arrived."""
    ends = (index.state(*index.parts(code)[:2], stage=ARRIVED) for code in (block.tail, block.head))
    tail, head = ends
    return block.with_(tail=tail, head=head)


def _terms(table: pd.DataFrame, verb: str, carriage: Ints) -> tuple[Floats, Floats]:
    """Hours and money of `verb` for every carriage code given, each (2, n); nan where there is no row."""
    key = pd.MultiIndex.from_product([CARRIAGES, FORMS])
    found = table.reindex(key)[[f"{verb}_h", f"{verb}_usd"]].to_numpy(dtype=float).reshape(len(CARRIAGES), 2, 2)
    return found[carriage, :, 0].T, found[carriage, :, 1].T
