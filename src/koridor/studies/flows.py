"""The table of flows of every class on every arc: what a checker needs, in names that people know."""

from __future__ import annotations

import numpy as np
import pandas as pd

from koridor.model.compile import Compiled
from koridor.model.cost import MODE_BIT
from koridor.model.network import Act, Classes, Floats, Ints
from koridor.schema.tables import CARRIAGES, FORMS

CLASS_COLUMNS = ("commodity_id", "form", "band", "modes")
ARC_COLUMNS = (
    "arc", "act", "link_id", "from_place", "from_carriage", "from_corridor", "to_place", "to_carriage", "to_corridor",
)  # fmt: skip
DOOR = "door"


def class_flows(compiled: Compiled, classes: Classes, parts: list[tuple[int, Floats]]) -> pd.DataFrame:
    """A row for every class and arc that it uses: who, from where to where by what, and tonnes a year (`flow_t`).

    parts: classes, each once and in rising order, with their tonnes (m,) on every arc.
    """
    used = [np.flatnonzero(tonnes) for _, tonnes in parts]
    kind = np.repeat([k for k, _ in parts], [len(arc) for arc in used]).astype(np.int64)
    nothing = np.empty(0, dtype=np.int64)
    flow = np.concatenate([nothing.astype(np.float64), *(t[arc] for (_, t), arc in zip(parts, used, strict=True))])
    who = class_names(compiled, classes).iloc[kind].reset_index(drop=True)
    where = arc_names(compiled, np.concatenate([nothing, *used]))
    return pd.concat([who, where], axis=1).assign(flow_t=flow)


def class_names(compiled: Compiled, classes: Classes) -> pd.DataFrame:
    """Commodity, form, band of value of time and modes of every class; together they tell it from all others."""
    allowed = [";".join(name for name, bit in MODE_BIT.items() if mask & bit) for mask in classes.modes.tolist()]
    return pd.DataFrame(
        {
            "commodity_id": compiled.tables["commodity"]["commodity_id"].to_numpy()[classes.commodity],
            "form": np.array(FORMS, dtype=object)[classes.form],
            "band": classes.band,
            "modes": allowed,
        }
    )


def arc_names(compiled: Compiled, arc: Ints) -> pd.DataFrame:
    """Number, act, link and ends of arcs; the link is empty where none is passed, the corridor in local traffic."""
    network, arcs = compiled.network, compiled.network.arcs
    acts = np.array([act.name.lower() for act in Act], dtype=object)
    links = np.append(compiled.index.links.to_numpy(dtype=object), "")
    carriage, corridor = np.array([DOOR, *CARRIAGES], dtype=object), np.array(["", *network.corridors], dtype=object)
    columns = {"arc": arc, "act": acts[arcs.act[arc]], "link_id": links[arcs.link[arc]]}
    for side, end in (("from", arcs.tail[arc]), ("to", arcs.head[arc])):
        columns[f"{side}_place"] = network.places.to_numpy(dtype=object)[network.place[end]]
        columns[f"{side}_carriage"] = carriage[network.carriage[end] + 1]
        columns[f"{side}_corridor"] = corridor[network.corridor[end] + 1]
    return pd.DataFrame(columns)
