"""The five-place world of the tests, made by code, with numbers that a hand can follow.

::

          P                 rail P-Q, Q-X, Y-Q, Q-Z: 500 km at 50 km/h, so 10 h; local traffic at half that speed, 20 h
        / |                 road P-Z: 1000 km at 50 km/h, 20 h, dearer than rail unless a test makes it cheap
       Z--Q--Y              corridor A: P-Q-X with the gate P-Q; corridor B: Y-Q-Z with the gate Q-Z
          |                 rail 0.3 USD a TEU-km: 150 USD a link; loading 100 USD a TEU and 10 h; unloading is free
          X                 a TEU holds 10 t; an hour is worth 1 USD a tonne; 1000 t a year on every flow

By hand, USD a tonne. Money of any two rail links: (100 + 2 x 150) / 10 = 40.

- local, any flow: 40 + 10 + 20 + 20 = 90
- within a corridor (P-X in A, Y-Z in B): join 4 h, leave 2 h: 40 + 10 + 4 + 10 + 10 + 2 = 76
- P-Z with one corridor alone: 40 + 10 + (4 + 10 + 2) + 20 = 86
- P-Z leaving A and joining B anew: 40 + 10 + (4 + 10 + 2) + (4 + 10 + 2) = 82
- P-Z handing over apart (20 h, 50 USD): 45 + 10 + 4 + 10 + 20 + 10 + 2 = 101; joined (2 h, 10 USD): 41 + 38 = 79
  (free: 76)
- P-Z by road at r USD a TEU-km: (100 + 1000 r) / 10 + 10 + 20, so 100 at 0.6
"""

from __future__ import annotations

from typing import Any

from koridor.data.dataset import Dataset
from koridor.data.meta import Meta
from koridor.model.patch import Patch
from koridor.testing import dataset_of

Rows = dict[str, list[dict[str, Any]]]

SETS = (("A",), ("B",))
ON = Patch.of("on", ("corridor", "*", "in_force", "set", True))
JOIN = Patch.of("join", ("interchange", "HUB", "state", "set", "joined"))
FLOWS = (("P", "Z"), ("P", "X"), ("Y", "Z"))

_META = Meta(name="five", title="Five places", price_year=2024, base_year=2024, sets={"a": ["NS"], "b": ["EW"]})
_PAYEES = {"rail": "carrier", "road": "carrier", "terminal": "terminal", "border": "public", "handover": "terminal"}
_COUNTRY = {"P": "NN", "Q": "QQ", "X": "SS", "Y": "EE", "Z": "WW"}


def rows(
    *,
    road_usd_per_km: float = 0.6,
    road_kmh: float = 50.0,
    tariff: float = 1.0,
    corridor_speed: float = 1.0,
    stop_wait_h: float = 4.0,
    leave_h: float = 2.0,
    separate: tuple[float, float] = (20.0, 50.0),
    joined: tuple[float, float] = (2.0, 10.0),
    links: dict[str, tuple[str, ...]] | None = None,
    gates: dict[str, str] | None = None,
    resource_share: float = 1.0,
    flows: tuple[tuple[str, str], ...] = FLOWS,
    volume_t: float = 1000.0,
    unserved_usd_per_t: float = 1000.0,
) -> Rows:
    """Short rows of the world, to be changed before `of` makes a dataset of them."""
    links = links or {"A": ("PQ", "QX"), "B": ("YQ", "QZ")}
    gates = gates or {"A": "PQ", "B": "QZ"}
    where = {"P": (0, 5), "Q": (0, 0), "X": (0, -5), "Y": (5, 0), "Z": (-5, 0)}
    stops = {name: sorted({place for link in on for place in link}) for name, on in links.items()}
    return {
        "country": [{"country_id": c, "party": c in ("NN", "WW")} for c in _COUNTRY.values()],
        "place": [
            {"place_id": p, "country_id": _COUNTRY[p], "lon_deg": x, "lat_deg": y, "kind": "city"}
            for p, (x, y) in where.items()
        ],
        "link": [
            *(_link(name, "rail", "rail1520", 500.0, 50.0) for name in ("PQ", "QX", "YQ", "QZ")),
            _link("PZ", "road", "road", 1000.0, road_kmh),
        ],
        "activity": [
            {
                "activity": activity,
                "form": form,
                "speed_factor": 0.5 if activity == "rail" else 1.0,
                "resource_share": resource_share,
                "payee": payee,
            }
            for activity, payee in _PAYEES.items()
            for form in ("box", "bulk")
        ],
        "rate": [
            {"rate_id": "rail-box", "mode": "rail", "form": "box", "distance_usd_per_km": 0.3},
            {"rate_id": "road-box", "mode": "road", "form": "box", "distance_usd_per_km": road_usd_per_km},
        ],
        "access": [{"carriage": c, "form": "box", "load_h": 10.0, "load_usd": 100.0} for c in ("rail1520", "road")],
        "corridor": [{"corridor_id": "A", "axis": "NS"}, {"corridor_id": "B", "axis": "EW"}],
        "corridor_term": [
            {
                "corridor_id": name,
                "form": "box",
                "stop_wait_h": stop_wait_h,
                "tariff_factor": tariff,
                "speed_factor": corridor_speed,
            }
            for name in "AB"
        ],
        "corridor_link": [{"corridor_id": name, "link_id": link} for name in "AB" for link in links[name]],
        "corridor_gate": [{"corridor_id": name, "link_id": gates[name]} for name in "AB"],
        "corridor_stop": [
            {"corridor_id": name, "place_id": p, "leave_h": leave_h} for name in "AB" for p in stops[name]
        ],
        "interchange": [
            {
                "interchange_group": "HUB",
                "from_corridor": "A",
                "from_place": "Q",
                "to_corridor": "B",
                "to_place": "Q",
                "state": "separate",
                "two_way": True,
                "separate_h": separate[0],
                "separate_usd_per_teu": separate[1],
                "joined_h": joined[0],
                "joined_usd_per_teu": joined[1],
            }
        ],
        "commodity": [
            {
                "commodity_id": "goods",
                "size_t_per_teu": 10.0,
                "vot_usd_per_t_h": 1.0,
                "unserved_usd_per_t": unserved_usd_per_t,
            }
        ],
        "region": [{"region_id": p, "level": "country", "country_id": c} for p, c in _COUNTRY.items()],
        "region_share": [
            {"region_id": p, "commodity_id": "*", "place_id": p, "origin_share": 1.0, "destination_share": 1.0}
            for p in _COUNTRY
        ],
        "flow": [flow(a, b, volume_t) for a, b in flows],
    }


def _link(name: str, mode: str, carriages: str, length_km: float, speed_kmh: float) -> dict[str, Any]:
    ends = {"from_place": name[0], "to_place": name[1]}
    return {
        "link_id": name,
        **ends,
        "mode": mode,
        "carriages": carriages,
        "length_km": length_km,
        "speed_kmh": speed_kmh,
    }


def flow(origin: str, destination: str, volume_t: float, commodity: str = "goods", **more: Any) -> dict[str, Any]:
    """A row of the table `flow`, all of it in boxes unless `more` says otherwise."""
    ends = {"origin": origin, "destination": destination, "commodity_id": commodity}
    return {**ends, "part": "contestable", "volume_t": volume_t, "box_share": 1.0, **more}


def capacity(world: Rows, link: str, teu: float, **more: Any) -> Rows:
    """The rows with an element that counts the TEU on one link, both directions together."""
    element = {"element_id": "CAP", "country_id": "QQ", "unit": "teu", "capacity_per_yr": teu, "delay": "none", **more}
    load = {"element_id": "CAP", "of": "link", "row": link, "per_teu": 1.0}
    return {**world, "element": [element], "element_load": [load]}


def of(world: Rows) -> Dataset:
    """The dataset of these rows, with the axis NS as set a and EW as set b."""
    return dataset_of(world, _META)


def five(**changes: Any) -> Dataset:
    """The dataset of `rows` with these parameters."""
    return of(rows(**changes))
