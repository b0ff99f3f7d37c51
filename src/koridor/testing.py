"""Datasets built by code, for tests and examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from koridor.data.dataset import Dataset
from koridor.data.meta import Meta
from koridor.errors import UsageError
from koridor.schema import TABLES, Field, Kind, Table
from koridor.schema.derive import pandas_dtype
from koridor.schema.tables import MODES

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

    from koridor.model.scenario import Scenario
    from koridor.result import Result
    from koridor.studies.verify import Verified

SOURCE = "made"
_META = Meta(name="made", title="Made by code", price_year=2024, base_year=2024, sets={})

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def dataset_of(tables: Rows, meta: Meta | None = None) -> Dataset:
    """A checked dataset from short rows. What a row leaves out is filled in so that it means nothing.

    The row "made" of `source`; `source` and `confidence` of every row; the bounds of a range = its central value; a
    required factor = 1, another required number = 0 or the bound nearest to it; a flag = no; `status` = open; another
    required choice = the first; a required text = the key; `year` = the base year. What is given is never changed.

    Raises
    ------
    DataError
        The rows break the schema.
    UsageError
        A table or field is not in the schema, or a part of a key is not given.
    """
    rows = {name: [dict(row) for row in given] for name, given in tables.items()}
    for name in rows:
        if name not in TABLES:
            raise UsageError(f'table "{name}" is not in the schema')
    rows["source"] = [*rows.get("source", []), {"source_id": SOURCE, "citation": "Made by code", "kind": "estimate"}]
    frames = {name: _frame(TABLES[name], [_filled(TABLES[name], row) for row in given]) for name, given in rows.items()}
    return Dataset.of(frames, meta or _META)


def _filled(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    for name in row:
        if name not in table.columns:
            raise UsageError(f'field "{name}" is not in the table {table.name}')
    filled = dict(row)
    for field in table.fields:
        if field.central and field.name not in row:
            filled[field.name] = filled.get(field.central)
        elif field.required and field.name not in row:
            filled[field.name] = _default(table, field, row)
    return filled


def _default(table: Table, field: Field, row: Mapping[str, Any]) -> object:
    if field.name in table.key:
        raise UsageError(f'{table.name} needs "{field.name}": it is part of the key; given are {", ".join(row)}')
    if field.name == "source":
        return SOURCE
    if field.name == "year":
        return _META["base_year"]
    if field.name == "status" and "open" in field.choices:
        return "open"
    if field.choices:
        return field.choices[0]
    if field.unit == "factor":
        return 1.0
    if field.kind in (Kind.NUMBER, Kind.INTEGER):
        return max(0.0, field.low or 0.0)
    if field.kind is Kind.FLAG:
        return False
    if field.kind is Kind.TEXT or not field.ref:
        return "/".join(str(row[name]) for name in table.key)
    raise UsageError(f'{table.name} needs "{field.name}", a row of {field.ref}; given are {", ".join(row)}')


def _frame(table: Table, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    columns = {}
    for field in table.fields:
        cells = [_listed(row.get(field.name)) for row in rows]
        columns[field.name] = pd.array(cells, dtype=pandas_dtype(field.kind))
    return pd.DataFrame(columns, copy=False)


def _listed(cell: object) -> object:
    """A list as its text; an empty text is a missing value."""
    if isinstance(cell, list | tuple):
        cell = ";".join(cell)
    return None if cell == "" else cell


FLOWS = {("P", "Q"): 100_000.0, ("Y", "Z"): 100_000.0, ("P", "Z"): 50_000.0}
LINKS = {"A": ("P-X", "X-Q"), "B": ("Y-X", "X-Z")}


def five_place_rows(
    *,
    length_km: float = 400.0,
    speed_kmh: float = 40.0,
    usd_per_km: float = 1.0,
    load: tuple[float, float] = (0.0, 0.0),
    road: tuple[float, float] | None = None,
    tariff: float = 1.0,
    corridor_speed: float = 1.0,
    join_h: float = 6.0,
    leave_h: float = 0.0,
    separate: tuple[float, float] = (20.0, 50.0),
    joined: tuple[float, float] = (2.0, 10.0),
    links: Mapping[str, Sequence[str]] = LINKS,
    gates: Mapping[str, Sequence[str]] | None = None,
    resource_share: float = 1.0,
    vot_usd_per_t_h: float = 0.5,
    flows: Mapping[tuple[str, str], float] = FLOWS,
) -> dict[str, list[dict[str, Any]]]:
    """Short rows of five places and two corridors that cross, with numbers for calculations by hand.

    ::

              P                 every link: rail, 400 km, 40 km/h: 10 h at the link's speed
              |                 local traffic: half that speed, 20 h; in a corridor: the link's speed, 10 h
        Y --- X --- Z           price: 1 USD a TEU-km, 0.1 USD a tonne-km, in a corridor too; all of it resources
              |                 corridor A (axis NS): P-X, X-Q; corridor B (axis EW): Y-X, X-Z; joining takes 6 h
              Q                 each end in its own country, X in the fifth

    Handing over at X takes 20 h and 50 USD a TEU apart, 2 h and 10 USD joined. One flow along A, one along B, and one
    from P to Z. A TEU holds 10 t, an hour is worth 0.5 USD a tonne. By hand, in USD a tonne:

    - without corridors, any of the three: 2 x 40 for the way and 40 h x 0.5 = 100;
    - P to Q in A: 80 + (6 + 20) x 0.5 = 93, and so Y to Z in B;
    - P to Z: in A and on 80 + (6 + 10 + 20) x 0.5 = 98, in B as much; in A and, joining anew, in B
      80 + (6 + 10 + 6 + 10) x 0.5 = 96; handing over apart 80 + 5 + (6 + 10 + 20 + 10) x 0.5 = 108, joined
      80 + 1 + (6 + 10 + 2 + 10) x 0.5 = 95, free 80 + (6 + 20) x 0.5 = 93.

    So A alone is worth 100,000 x 7 + 50,000 x 2 = 800,000 USD a year, B as much, both 1,600,000, and linking 50,000.

    Parameters
    ----------
    length_km, speed_kmh, usd_per_km : of every rail link; the price is that of a TEU.
    load : hours and USD a TEU of loading; unloading is free.
    road : USD a TEU-km and km/h of a road P~Z of 1,000 km; None for no road.
    tariff, corridor_speed : factors of both corridors.
    join_h, leave_h : hours of joining and leaving a corridor.
    separate, joined : hours and USD a TEU of handing over at X.
    links, gates : links of each corridor, and its gates; without gates all of its links.
    resource_share : resources in every price. vot_usd_per_t_h : value of time. flows : tonnes a year by ends.
    """
    where = {"P": (0, 10), "Q": (0, -10), "X": (0, 0), "Y": (-10, 0), "Z": (10, 0)}
    ends = [place for place in where if place != "X" or any("X" in pair for pair in flows)]
    forms = (("box", 10.0), ("bulk", 1.0))
    modes = [("rail", "carrier"), ("terminal", "terminal"), ("border", "public"), ("handover", "terminal")]
    made: dict[str, list[dict[str, Any]]] = {
        "country": [{"country_id": place * 2, "party": place == "X"} for place in where],
        "place": [
            {"place_id": place, "country_id": place * 2, "lon_deg": lon, "lat_deg": lat, "kind": "terminal"}
            for place, (lon, lat) in where.items()
        ],
        "link": [
            {"link_id": link, "from_place": link[0], "to_place": link[2], "mode": "rail", "carriages": "rail1520",
             "length_km": length_km, "speed_kmh": speed_kmh}
            for link in ("P-X", "X-Q", "Y-X", "X-Z")
        ],
        "corridor": [{"corridor_id": "A", "axis": "NS"}, {"corridor_id": "B", "axis": "EW"}],
        "corridor_term": [
            {"corridor_id": corridor, "form": form, "speed_factor": corridor_speed, "tariff_factor": tariff,
             "border_time_factor": 0.5}
            for corridor in "AB"
            for form, _ in forms
        ],
        "corridor_link": [{"corridor_id": name, "link_id": link} for name in links for link in links[name]],
        "corridor_gate": [
            {"corridor_id": name, "link_id": link} for name in links for link in (gates or links)[name]
        ],
        "corridor_stop": [
            {"corridor_id": name, "place_id": place, "join_extra_h": join_h, "leave_h": leave_h}
            for name, on in links.items()
            for place in sorted({end for link in on for end in (link[0], link[2])})
        ],
        "interchange": [
            {"interchange_group": "X", "from_corridor": "A", "from_place": "X", "to_corridor": "B", "to_place": "X",
             "state": "separate", "two_way": True,
             "separate_h": separate[0], "separate_usd_per_teu": separate[1], "separate_usd_per_t": separate[1] / 10.0,
             "joined_h": joined[0], "joined_usd_per_teu": joined[1], "joined_usd_per_t": joined[1] / 10.0}
        ],
        "activity": [
            {"activity": activity, "form": form, "speed_factor": 0.5, "resource_share": resource_share, "payee": payee}
            for activity, payee in modes
            for form, _ in forms
        ],
        "rate": [
            {"rate_id": f"rail-{form}", "mode": "rail", "form": form, "distance_usd_per_km": usd_per_km * size / 10.0}
            for form, size in forms
        ],
        "access": [
            {"carriage": "rail1520", "form": form, "load_h": load[0], "load_usd": load[1] * size / 10.0}
            for form, size in forms
        ],
        "commodity": [
            {"commodity_id": "goods", "size_t_per_teu": 10, "vot_usd_per_t_h": vot_usd_per_t_h,
             "unserved_usd_per_t": 1000, "bulk_modes": "rail"}
        ],
        "region": [{"region_id": place, "level": "country", "country_id": place * 2} for place in ends],
        "region_share": [
            {"region_id": place, "commodity_id": "*", "place_id": place, "origin_share": 1, "destination_share": 1}
            for place in ends
        ],
        "flow": [
            {"origin": origin, "destination": destination, "commodity_id": "goods", "part": "contestable",
             "volume_t": volume, "box_share": 1, "box_able_share": 1}
            for (origin, destination), volume in flows.items()
        ],
    }  # fmt: skip
    return made if road is None else _with_road(made, *road, load, resource_share)


def _with_road(
    rows: dict[str, list[dict[str, Any]]], usd_per_km: float, kmh: float, load: tuple[float, float], share: float
) -> dict[str, list[dict[str, Any]]]:
    """The rows with a road from P to Z for boxes, 1,000 km."""
    ends = {"from_place": "P", "to_place": "Z", "mode": "road", "carriages": "road"}
    more: dict[str, dict[str, Any]] = {
        "link": {"link_id": "P~Z", **ends, "length_km": 1000.0, "speed_kmh": kmh},
        "rate": {"rate_id": "road-box", "mode": "road", "form": "box", "distance_usd_per_km": usd_per_km},
        "activity": {"activity": "road", "form": "box", "resource_share": share, "payee": "carrier"},
        "access": {"carriage": "road", "form": "box", "load_h": load[0], "load_usd": load[1]},
    }
    return {**rows, **{name: [*rows[name], row] for name, row in more.items()}}


def five_places() -> Dataset:
    """The dataset of `five_place_rows`, with axis NS as set a and axis EW as set b."""
    meta = Meta(
        name="five",
        title="Five places, two corridors",
        price_year=2024,
        base_year=2024,
        sets={"a": ["NS"], "b": ["EW"]},
    )
    return Dataset(meta, dict(_five_tables()))  # its own in all that a caller could change


@cache
def _five_tables() -> Mapping[str, pd.DataFrame]:
    return dataset_of(five_place_rows()).tables


def verify_assignment(scenario: Scenario | Dataset, result: Result | Path | str) -> Verified:
    """What a checker finds in the tables of an assignment, computed anew by numpy and scipy without the solver.

    `result` may be the folder in which it was written. `problems` of what is returned is empty when nothing is wrong.
    Raises DataError when the result is not one of this scenario, or lacks a table. See `koridor.studies.verify`.
    """
    from koridor.model.scenario import Scenario
    from koridor.result import Result
    from koridor.studies.verify import verify

    given = Scenario(scenario) if isinstance(scenario, Dataset) else scenario
    return verify(given, result if isinstance(result, Result) else Result.read(result))


def networks(most_places: int = 6) -> SearchStrategy[Dataset]:
    """A hypothesis strategy of small valid datasets: links of every mode, names in any script, gaps in the data.

    Needs hypothesis, which only tests install.
    """
    from hypothesis import strategies as st

    lines = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=12)
    ids = st.text(st.characters(categories=["L", "N"], include_characters="-._"), min_size=1, max_size=6)
    sizes = st.floats(0, 1e9, allow_nan=False)

    @st.composite
    def build(draw: Any) -> Dataset:
        places = draw(st.lists(ids, min_size=2, max_size=most_places, unique=True))
        ends = st.lists(st.sampled_from(places), min_size=2, max_size=2, unique=True)
        links = draw(st.lists(st.tuples(ends, st.sampled_from(MODES)), min_size=1, max_size=2 * most_places))
        return dataset_of(
            {
                "country": [{"country_id": "AA", "name": draw(lines)}],
                "place": [
                    {"place_id": place, "name": draw(lines), "country_id": "AA", "lon_deg": draw(st.floats(-180, 180)),
                     "lat_deg": draw(st.floats(-90, 90)), "population": draw(st.none() | st.integers(0, 10**8)),
                     "through": draw(st.sampled_from([None, "yes", "no"]))}
                    for place in places
                ],
                "link": [
                    {"link_id": f"{at}", "from_place": first, "to_place": second, "mode": mode,
                     "carriages": "rail1520" if mode in ("rail", "ferry") else mode, "length_km": draw(sizes),
                     "speed_kmh": draw(st.floats(1, 250)), "wait_h": draw(st.none() | st.floats(0, 2000)),
                     "direction": draw(st.sampled_from([None, "both", "forward"])),
                     "time_h": draw(st.none() | st.floats(0, 1e4)),
                     "electrified": draw(st.booleans()), "name": draw(st.none() | lines)}
                    for at, ((first, second), mode) in enumerate(links)
                ],
                "commodity": [{"commodity_id": "goods", "size_t_per_teu": 10}],
                "region": [{"region_id": place} for place in places],
                "region_share": [
                    {"region_id": place, "commodity_id": "*", "place_id": place, "origin_share": 1,
                     "destination_share": 1}
                    for place in places
                ],
                "flow": [{"origin": places[0], "destination": places[1], "commodity_id": "goods", "part": "contestable",
                          "volume_t": draw(sizes)}],
            }
        )  # fmt: skip

    return build()
