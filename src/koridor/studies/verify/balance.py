"""Whether flows carry the demand, and whether the volumes of links are theirs."""

from __future__ import annotations

import numpy as np

from koridor.model.compile import Compiled
from koridor.model.network import BOX, Flags, Floats
from koridor.result import Result
from koridor.studies.flows import class_names
from koridor.studies.verify.doubts import SAME, Doubts
from koridor.studies.verify.read import Flows
from koridor.text import t

_ROUNDING = 1e-10  # share of all tonnes of a class by which sums at a place may differ


def check_balance(compiled: Compiled, flows: Flows, moved: Flags, doubts: Doubts) -> None:
    """Every pair is carried or stays, but those moved (p,) by their cost; of every class what comes to a state leaves
    it, but for the ends of pairs; and no class passes what is shut to it.
    """
    demand, network, arcs = flows.demand, compiled.network, compiled.network.arcs
    places = network.places
    twin = demand.twin
    both = flows.carried + np.where(twin >= 0, flows.carried[twin], 0.0)
    first = demand.first & ~moved
    given, wanted = (both + flows.unserved)[first], demand.tonnes[first]
    ends = demand.origin[first], demand.destination[first]
    doubts.alike(
        "pairs", "carried_t", given, wanted, lambda row: (str(places[ends[0][row]]), str(places[ends[1][row]])),
        slack=1e-12 * demand.tonnes.sum(),
    )  # fmt: skip
    kinds, nodes = len(demand.classes), network.nodes
    balance = np.zeros(kinds * nodes)
    np.add.at(balance, flows.kind * nodes + arcs.head[flows.arc], flows.tonnes)
    np.add.at(balance, flows.kind * nodes + arcs.tail[flows.arc], -flows.tonnes)
    some = np.flatnonzero(flows.carried > 0.0)
    for door, sign in ((network.door_in[demand.destination[some]], -1.0), (network.door_out[demand.origin[some]], 1.0)):
        if (door < 0).any():
            at = int(some[np.flatnonzero(door < 0)[0]])
            keys = (str(places[demand.origin[at]]), str(places[demand.destination[at]]))
            doubts.add("pairs", "carried_t", keys, f"{flows.carried[at]:g}", t("must be 0: no way leads there"))
        reached = door >= 0
        np.add.at(balance, demand.kind[some][reached] * nodes + door[reached], sign * flows.carried[some][reached])
    whole = np.bincount(demand.kind, weights=flows.carried, minlength=kinds)
    over = np.abs(balance) - np.repeat(_ROUNDING * whole, nodes)
    names = class_names(compiled, demand.classes).astype(str).agg(" ".join, axis=1)
    doubts.each(
        "class_flows", "flow_t", over > 0.0,
        lambda at: (str(places[network.place[at % nodes]]), str(names.iloc[at // nodes])),
        lambda at: f"{balance[at]:.9g}",
        lambda _: t("what comes to a place less what leaves it must be 0"),
    )  # fmt: skip
    closed = ~arcs.open[demand.classes.form[flows.kind], flows.arc]
    closed |= (arcs.mode[flows.arc] & ~demand.classes.modes[flows.kind]) != 0
    doubts.each(
        "class_flows", "flow_t", closed & (flows.tonnes > 0.0), lambda row: (str(flows.arc[row]),),
        lambda row: f"{flows.tonnes[row]:g}", lambda _: t("must be 0: the arc is shut to the class"),
    )  # fmt: skip


def check_links(compiled: Compiled, flows: Flows, result: Result, doubts: Doubts) -> None:
    """Tonnes and TEU on links are those of the classes that pass them, on services too."""
    network, links = compiled.network, compiled.index.links
    table = result.tables["link_flows"]
    at = links.get_indexer(table["link_id"])
    if len(at) != len(links) or (np.sort(at) != np.arange(len(links))).any():
        doubts.add("link_flows", "link_id", (), "", t("must name every link of the scenario once"))
        return
    classes = flows.demand.classes
    teu = np.where(classes.form[flows.kind] == BOX, flows.tonnes / classes.size[flows.kind], 0.0)
    for unit, value in (("t", flows.tonnes), ("teu", teu)):
        volume = _on_links(compiled, flows, value)
        for side, name in enumerate(("forward", "backward")):
            given = table[f"{name}_{unit}"].to_numpy(dtype=np.float64)
            wanted = volume[at, side]
            doubts.alike(
                "link_flows", f"{name}_{unit}", given, wanted, lambda row: (str(table["link_id"].iloc[row]),),
                slack=SAME * 1e-3 * float(value.sum()) / max(len(network.arcs), 1),
            )  # fmt: skip


def _on_links(compiled: Compiled, flows: Flows, value: Floats) -> Floats:
    """(links, 2) of a value on arcs; what rides on a service is on all that it passes."""
    network = compiled.network
    volume = np.bincount(flows.arc, weights=value, minlength=len(network.arcs))
    out = np.zeros((len(compiled.index.links), 2))
    arc = np.repeat(np.arange(len(network.arcs)), np.diff(network.leg_start))
    base = network.legs
    on = network.arcs.link[base] >= 0
    np.add.at(out, (network.arcs.link[base[on]], network.arcs.reverse[base[on]].astype(int)), volume[arc[on]])
    return out
