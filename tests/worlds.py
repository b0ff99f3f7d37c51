"""The five places of `koridor.testing` with a road, loading and other numbers, so that more than one way competes.

::

          P                 rail P-X, X-Q, Y-X, X-Z: 500 km at 50 km/h, so 10 h; local traffic at half that speed, 20 h
        / |                 road P-Z: 1000 km at 50 km/h, 20 h, dearer than rail unless a test makes it cheap
       Z--X--Y              corridor A: P-X-Q with the gate P-X; corridor B: Y-X-Z with the gate X-Z
          |                 rail 0.3 USD a TEU-km: 150 USD a link; loading 100 USD a TEU and 10 h; unloading is free
          Q                 a TEU holds 10 t; an hour is worth 1 USD a tonne; 1000 t a year on every flow

By hand, USD a tonne. Money of any two rail links: (100 + 2 x 150) / 10 = 40.

- local, any flow: 40 + 10 + 20 + 20 = 90
- within a corridor (P-Q in A, Y-Z in B): join 4 h, leave 2 h: 40 + 10 + 4 + 10 + 10 + 2 = 76
- P-Z with one corridor alone: 40 + 10 + (4 + 10 + 2) + 20 = 86
- P-Z leaving A and joining B anew: 40 + 10 + (4 + 10 + 2) + (4 + 10 + 2) = 82
- P-Z handing over apart (20 h, 50 USD): 45 + 10 + 4 + 10 + 20 + 10 + 2 = 101; joined (2 h, 10 USD): 41 + 38 = 79
  (free: 76)
- P-Z by road at r USD a TEU-km: (100 + 1000 r) / 10 + 10 + 20, so 100 at 0.6
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from koridor.data.dataset import Dataset
from koridor.model.patch import Patch
from koridor.testing import dataset_of, five_place_rows, five_places

Rows = dict[str, list[dict[str, Any]]]

SETS = (("A",), ("B",))
ON = Patch.of("on", ("corridor", "*", "in_force", "set", True))
JOIN = Patch.of("join", ("interchange", "X", "state", "set", "joined"))
FLOWS = (("P", "Z"), ("P", "Q"), ("Y", "Z"))


def rows(
    *,
    road_usd_per_km: float = 0.6,
    gates: tuple[str, str] = ("P-X", "X-Z"),
    flows: Sequence[tuple[str, str]] = FLOWS,
    **changes: Any,
) -> Rows:
    """Short rows of the world, to be changed before `of` makes a dataset of them; `changes` as in `five_place_rows`."""
    mine = {
        "length_km": 500.0, "speed_kmh": 50.0, "usd_per_km": 0.3, "load": (10.0, 100.0), "vot_usd_per_t_h": 1.0,
        "road": (road_usd_per_km, 50.0), "join_h": 4.0, "leave_h": 2.0,
        "gates": {"A": gates[:1], "B": gates[1:]}, "flows": dict.fromkeys(flows, 1000.0),
    }  # fmt: skip
    return five_place_rows(**mine | changes)  # type: ignore[arg-type]


def flow(origin: str, destination: str, volume_t: float, commodity: str = "goods", **more: Any) -> dict[str, Any]:
    """A row of the table `flow`, all of it in boxes unless `more` says otherwise."""
    ends = {"origin": origin, "destination": destination, "commodity_id": commodity}
    return {**ends, "part": "contestable", "volume_t": volume_t, "box_share": 1.0, **more}


def capacity(world: Rows, link: str, teu: float, **more: Any) -> Rows:
    """The rows with an element that counts the TEU on one link, both directions together."""
    element = {"element_id": "CAP", "country_id": "XX", "unit": "teu", "capacity_per_yr": teu, "delay": "none", **more}
    load = {"element_id": "CAP", "of": "link", "row": link, "per_teu": 1.0}
    return {**world, "element": [element], "element_load": [load]}


def of(world: Rows) -> Dataset:
    """The dataset of these rows, with the axis NS as set a and EW as set b."""
    return dataset_of(world, five_places().meta)


def five(**changes: Any) -> Dataset:
    """The dataset of `rows` with these parameters."""
    return of(rows(**changes))
