"""A way as tables: its legs, its stretches of one carriage and regime, and its time- and cost-distance diagram."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from koridor.model.compile import Compiled
from koridor.model.cost import class_cost, class_money
from koridor.model.network import BOX, Act, Classes, Ints
from koridor.schema.tables import CARRIAGES

_DOOR = "door"
_CUMULATED = ("distance_km", "time_h", "money_usd_per_t", "co2e_kg_per_t")
_ROWS = {
    Act.TRANSFER: ("transfer", "transfer_id"),
    Act.SERVICE: ("service", "service_id"),
    Act.INTERCHANGE: ("interchange", "interchange_group"),
}
_MOVING = (Act.MOVE.name.lower(), Act.SERVICE.name.lower())


def legs(compiled: Compiled, kind: Classes, way: Ints) -> pd.DataFrame:
    """A row for every arc of a way, in order, with cumulative distance, time, money and emissions behind."""
    network, arcs, form = compiled.network, compiled.network.arcs, int(kind.form[0])
    frame = described(compiled, way).assign(
        time_h=arcs.hours[form][way],
        sd_h=arcs.sd_h[form][way],
        money_usd_per_t=class_money(network, kind, 0)[way],
        cost_usd_per_t=class_cost(network, kind, 0)[way],
        co2e_kg_per_t=arcs.kg[form][way],
    )
    return _with_sums(frame)


def described(compiled: Compiled, way: Ints) -> pd.DataFrame:
    """A row for every arc of a way, in order: what is done, from where to where, and how far.

    `what` is the row behind it (link, transfer, service or interchange group), `links` the links that it passes.
    """
    network, arcs = compiled.network, compiled.network.arcs
    tail, head = arcs.tail[way], arcs.head[way]
    carriage = np.array([_DOOR, *CARRIAGES], dtype=object)
    corridor = np.array(["", *network.corridors], dtype=object)
    place = compiled.index.place["name"].to_numpy()
    passed = [_links(compiled, int(arc)) for arc in way]
    mode = _modes(compiled)
    return pd.DataFrame(
        {
            "act": [Act(a).name.lower() for a in arcs.act[way]],
            "from_place": network.places[network.place[tail]],
            "to_place": network.places[network.place[head]],
            "from_name": place[network.place[tail]],
            "to_name": place[network.place[head]],
            "from_carriage": carriage[network.carriage[tail] + 1],
            "to_carriage": carriage[network.carriage[head] + 1],
            "from_corridor": corridor[network.corridor[tail] + 1],
            "mode": [";".join(dict.fromkeys(mode[link] for link in links)) for links in passed],
            "corridor": corridor[network.corridor[head] + 1],
            "what": [_what(compiled, int(arc)) for arc in way],
            "links": [";".join(links) for links in passed],
            "distance_km": arcs.km[way],
        }
    )


def _modes(compiled: Compiled) -> dict[str, str]:
    link = compiled.index.link
    return dict(zip(link["link_id"], link["mode"], strict=True))


def _with_sums(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{f"sum_{name}": frame[name].cumsum() for name in _CUMULATED})


def _links(compiled: Compiled, arc: int) -> list[str]:
    """Links that an arc passes; those of a service in the order of the way."""
    network = compiled.network
    base = network.arcs.link[network.legs[network.leg_start[arc] : network.leg_start[arc + 1]]]
    return [str(compiled.index.links[link]) for link in base if link >= 0]


def _what(compiled: Compiled, arc: int) -> str:
    arcs = compiled.network.arcs
    act, row = Act(arcs.act[arc]), int(arcs.row[arc])
    if act is Act.MOVE:
        return str(compiled.index.links[arcs.link[arc]])
    if act not in _ROWS:
        return ""
    table, column = _ROWS[act]
    return str(compiled.tables[table][column].iloc[row])


def stretches(legs: pd.DataFrame, kind: Classes) -> pd.DataFrame:
    """The legs in stretches of one carriage and regime, with what is done between them; money of a TEU too, in a
    box.
    """
    moves = legs["act"].isin(_MOVING)
    service = legs["what"].where(legs["act"] == _MOVING[1], "")
    keys = [legs["mode"], legs["to_carriage"], legs["corridor"], service]
    same = moves & moves.shift(fill_value=False)
    for key in keys:
        same &= key == key.shift()
    rows = [_stretch(part) for _, part in legs.groupby((~same).cumsum(), sort=False)]
    frame = _with_sums(pd.DataFrame(rows))
    if kind.form[0] == BOX:
        size = float(kind.size[0])
        frame["money_usd_per_teu"] = frame["money_usd_per_t"] * size
        frame["sum_money_usd_per_teu"] = frame["sum_money_usd_per_t"] * size
    frame.insert(0, "seq", np.arange(1, len(frame) + 1))
    return frame


def _stretch(part: pd.DataFrame) -> dict[str, Any]:
    first, last = part.iloc[0], part.iloc[-1]
    return {
        "act": first["act"],
        "mode": first["mode"],
        "from_carriage": first["from_carriage"],
        "to_carriage": last["to_carriage"],
        "from_corridor": first["from_corridor"],
        "corridor": last["corridor"],
        "what": "" if first["act"] == _MOVING[0] else first["what"],
        "from_place": first["from_place"],
        "to_place": last["to_place"],
        "from_name": first["from_name"],
        "to_name": last["to_name"],
        "sd_h": float(np.sqrt((part["sd_h"] ** 2).sum())),
        **{name: float(part[name].sum()) for name in _CUMULATED},
    }


def diagram(way: str, legs: pd.DataFrame, size: float) -> pd.DataFrame:
    """A start row and a row after every leg: distance, hours, and money and emissions of `size` tonnes, all
    cumulative.
    """
    start = {
        "place_id": legs["from_place"].iloc[0], "place_name": legs["from_name"].iloc[0], "activity": "start",
        "carriage": _DOOR, "corridor": "", "distance_km": 0.0, "time_h": 0.0, "cost_usd_per_teu": 0.0,
        "co2e_kg_per_teu": 0.0,
    }  # fmt: skip
    rows = pd.DataFrame(
        {
            "place_id": legs["to_place"],
            "place_name": legs["to_name"],
            "activity": legs["act"],
            "carriage": legs["to_carriage"],
            "corridor": legs["corridor"],
            "distance_km": legs["sum_distance_km"],
            "time_h": legs["sum_time_h"],
            "cost_usd_per_teu": legs["sum_money_usd_per_t"] * size,
            "co2e_kg_per_teu": legs["sum_co2e_kg_per_t"] * size,
        }
    )
    frame = pd.concat([pd.DataFrame([start]), rows], ignore_index=True)
    frame.insert(0, "way", way)
    frame.insert(1, "name", f"{way}: {legs['from_name'].iloc[0]} - {legs['to_name'].iloc[-1]}")
    frame.insert(2, "seq", np.arange(len(frame)))
    return frame
