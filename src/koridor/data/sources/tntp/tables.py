"""From links and trips to the tables of a dataset."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from koridor.data.meta import Meta
from koridor.data.sources.tntp.net import Floats, Ints, Net
from koridor.data.sources.tntp.trips import Trips
from koridor.data.sources.tntp.weights import Weights
from koridor.schema import TABLES
from koridor.schema.derive import DTYPES

YEAR = 2000  # the format knows no year, but tables must name one
COUNTRY, GOODS, CONVENTION, LINKS, TRIPS = "ZZ", "trips", "convention", "net", "trips"
UNSERVED_USD_PER_T = 1e12  # above any way that can be told from one without capacity: every trip goes


def meta(net: Net) -> Meta:
    """What the dataset says of itself."""
    title = f"{net.name}: 1 h is 1 time unit of the file, 1 t is 1 trip, 1 USD is 1 h of 1 t"
    return Meta(name=net.name, title=title, price_year=YEAR, base_year=YEAR, sets={})


def frames(net: Net, trips: Trips, weights: Weights) -> dict[str, pd.DataFrame]:
    """All tables, in the dtypes of the schema."""
    rows = {
        "source": _sources(net, trips, weights),
        "country": {"country_id": [COUNTRY], "name": ["Not said"], "party": False, **_by(CONVENTION)},
        **_places(net),
        **_links(net, weights),
        **_terms(),
        "flow": _flows(net, trips),
    }
    return {name: _frame(name, columns) for name, columns in rows.items()}


def _frame(name: str, columns: dict[str, Any]) -> pd.DataFrame:
    """A frame of columns, some of which are one value for all rows."""
    size = max(len(cells) for cells in columns.values() if isinstance(cells, list | np.ndarray))
    wide = {}
    for column, cells in columns.items():
        whole = np.array(cells) if isinstance(cells, list | np.ndarray) else np.full(size, cells)
        plain = whole.astype(object) if whole.dtype.kind == "U" else whole
        wide[column] = pd.Series(plain, dtype=DTYPES[TABLES[name].field(column).kind])
    return pd.DataFrame(wide)


def _by(source: str, confidence: str = "high") -> dict[str, str]:
    return {"source": source, "confidence": confidence}


def _sources(net: Net, trips: Trips, weights: Weights) -> dict[str, Any]:
    text = "TNTP format (H. Bar-Gera, Transportation Networks for Research), SHA-256 {digest}"
    said = (
        f"Import of the TNTP format: time units are hours, trips are tonnes outside boxes worth 1 USD an hour; toll "
        f"times {weights.toll!r} and length times {weights.distance!r} are USD; zones are regions; no coordinates"
    )
    return {
        "source_id": [CONVENTION, LINKS, TRIPS],
        "citation": [
            said,
            f"Links of {net.name}, {text.format(digest=net.digest)}",
            f"Trips of {net.name}, {text.format(digest=trips.digest)}",
        ],
        "kind": ["estimate", "published", "published"],
    }


def _ids(numbers: Ints) -> np.ndarray:
    return numbers.astype("U").astype(object)


def _places(net: Net) -> dict[str, dict[str, Any]]:
    """Places, and a region for each zone, with the share of 1."""
    node = np.arange(1, net.nodes + 1)
    zone = node[: net.zones]
    ids = _ids(node)
    is_zone = node <= net.zones
    return {
        "place": {
            "place_id": ids,
            "name": np.where(is_zone, "zone ", "node ").astype(object) + ids,
            "country_id": COUNTRY,
            "lon_deg": 0.0,
            "lat_deg": 0.0,
            "kind": np.where(is_zone, "city", "junction"),
            "through": np.where(node < net.first_through, "no", "yes"),
            **_by(LINKS),
        },
        "region": {
            "region_id": _ids(zone), "name": "zone " + _ids(zone), "level": "part", "country_id": COUNTRY, **_by(LINKS),
        },
        "region_share": {
            "region_id": _ids(zone), "commodity_id": "*", "place_id": _ids(zone), "origin_share": 1.0,
            "destination_share": 1.0, **_by(CONVENTION),
        },
    }  # fmt: skip


def link_ids(tail: Ints, head: Ints) -> np.ndarray:
    """``tail-head`` of every link, and ``tail-head-2`` and so on of links beside it, in the order of the file."""
    ids = pd.Series(_ids(tail) + "-" + _ids(head))
    turn = ids.groupby(ids).cumcount().to_numpy() + 1
    return np.where(turn > 1, ids.to_numpy() + "-" + _ids(turn), ids.to_numpy()).astype(object)


def _links(net: Net, weights: Weights) -> dict[str, dict[str, Any]]:
    """Links with their hours, money and elements. A power of 0 makes time constant: free * (1 + b)."""
    ids = link_ids(net.tail, net.head)
    grows = (net.b > 0.0) & (net.free > 0.0) & (net.power > 0.0)
    hours = np.where((net.power == 0.0) & (net.b > 0.0), net.free * (1.0 + net.b), net.free)
    money = net.toll * weights.toll + net.length * weights.distance
    held = np.flatnonzero(grows | (net.capacity > 0.0))  # a constant time needs no capacity, and 0 would shut the link
    dear = np.flatnonzero(money > 0.0)

    def parameter(values: Floats) -> Floats:
        return np.where(grows, values, np.nan)[held]

    return {
        "link": {
            "link_id": ids, "from_place": _ids(net.tail), "to_place": _ids(net.head), "mode": "road",
            "carriages": "road", "direction": "forward", "length_km": net.length, "time_h": hours, "electrified": False,
            "status": "open", **_by(LINKS),
        },
        "element": {
            "element_id": ids[held], "name": ids[held], "country_id": COUNTRY, "unit": "t", "per_direction": False,
            "capacity_per_yr": net.capacity[held], "preload_per_yr": 0.0,
            "delay": np.where(grows[held], "bpr", "none"), "delay_free_h": parameter(net.free),
            "delay_alpha": parameter(net.b), "delay_power": parameter(net.power), **_by(LINKS),
        },
        "element_load": {
            "element_id": ids[held], "of": "link", "row": ids[held], "per_t": 1.0, "per_teu": 0.0, **_by(CONVENTION),
        },
        "rate": {
            "rate_id": np.concatenate([["road"], ids[dear]]).astype(object), "mode": "road", "form": "bulk",
            "link_id": np.concatenate([[None], ids[dear]]), "distance_usd_per_km": 0.0,
            "fixed_usd": np.concatenate([[0.0], money[dear]]), **_by(LINKS),
        },
    }  # fmt: skip


def _terms() -> dict[str, dict[str, Any]]:
    """One commodity worth 1 USD an hour; loading, unloading and the speed of traffic change nothing."""
    by = _by(CONVENTION)
    return {
        "commodity": {
            "commodity_id": [GOODS], "name": ["Trips"], "size_t_per_teu": 1.0, "vot_usd_per_t_h": 1.0,
            "reliability_ratio": 0.0, "unserved_usd_per_t": UNSERVED_USD_PER_T, "bulk_modes": "road",
            "road_factor": 1.0, **by,
        },
        "activity": {
            "activity": ["road", "terminal"], "form": "bulk", "speed_factor": 1.0, "resource_share": 1.0,
            "payee": ["carrier", "terminal"], **by,
        },
        "access": {
            "carriage": ["road"], "form": "bulk", "load_h": 0.0, "load_usd": 0.0, "unload_h": 0.0, "unload_usd": 0.0,
            **by,
        },
    }  # fmt: skip


def _flows(net: Net, trips: Trips) -> dict[str, Any]:
    """Tonnes from zone to zone. Trips inside a zone have no choice of way: they are listed as captive."""
    ids = _ids(np.arange(net.zones + 1))
    return {
        "origin": ids[trips.origin],
        "destination": ids[trips.destination],
        "commodity_id": GOODS,
        "part": np.where(trips.origin == trips.destination, "captive", "contestable"),
        "volume_t": trips.trips,
        "box_share": 0.0,
        "box_able_share": 0.0,
        "year": YEAR,
        **_by(TRIPS),
    }
