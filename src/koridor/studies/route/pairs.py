"""The one best way of each of very many pairs, in a year's network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from koridor.errors import UsageError
from koridor.kernels.hierarchy import Hierarchy
from koridor.model.cost import class_money
from koridor.model.network import Floats, Ints
from koridor.studies.route.prepared import Prepared
from koridor.studies.route.single import Params, Search
from koridor.studies.route.terms import ends
from koridor.text import t


def best_of_pairs(prepared: Prepared, params: Params, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Distance, hours and money of the best way of every pair of places by `params`; nan where there is none.

    The ends in `params` do not count. The network is made ready once for each set of other parameters (some thousandths
    of a second for the atlas) and kept in `prepared`. Raises UsageError for a place that is not known, a pair of the
    same place, and for places to be passed, which this does not do.
    """
    if params.via:
        raise UsageError(t("Places to be passed: ask for one pair at a time."))
    scenario, network = prepared.scenario, prepared.compiled.network
    at = np.array([ends(scenario, network, *pair) for pair in pairs], dtype=np.int64).reshape(-1, 2)
    some = pairs[0] if len(pairs) else network.places[:2]
    search = Search(scenario, prepared.compiled, replace(params, origin=some[0], destination=some[1]))
    arcs = network.arcs

    def made() -> Hierarchy:
        return Hierarchy.of(arcs.tail, arcs.head, search.cost(), network.nodes)

    ready: Hierarchy = prepared.keep(("hierarchy", replace(params, origin="", destination="")), made)
    source, target = network.door_out[at[:, 0]], network.door_in[at[:, 1]]
    there = (source >= 0) & (target >= 0)
    _, start, way = ready.paths(source[there], target[there])
    form = int(search.kind.form[0])
    values = {
        "distance_km": arcs.km, "time_h": arcs.hours[form], "money_usd_per_t": class_money(network, search.kind, 0),
    }  # fmt: skip
    names = pd.DataFrame(list(pairs), columns=["origin", "destination"], dtype="str")
    return names.assign(**{name: _sums(value, start, way, there) for name, value in values.items()})


def _sums(value: Floats, start: Ints, way: Ints, there: np.ndarray) -> Floats:
    """Sums (pairs,) of the values of the arcs of each way; nan for pairs without a way."""
    upto = np.concatenate([[0.0], np.cumsum(value[way])])
    found = np.full(len(there), np.nan)
    found[there] = np.where(np.diff(start) > 0, upto[start[1:]] - upto[start[:-1]], np.nan)
    return found
