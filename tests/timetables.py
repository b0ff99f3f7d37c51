"""A small world with a train, ships and a ferry, and slow ways to say when they leave."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from koridor.model.clock import read_moment
from koridor.model.compile import Compiled, compile_network
from koridor.model.network import BOX, Act
from koridor.model.scenario import Scenario
from koridor.model.timetable import Entry, Timetable, compile_timetable, next_entry
from koridor.testing import dataset_of

DAY = 1440
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Rows = dict[str, list[dict[str, Any]]]


def at(text: str, zone: str = "UTC") -> int:
    """Minute of a local time."""
    return read_moment(text, zone).minute


def world_rows(**more: list[dict[str, Any]]) -> Rows:
    """Rail P-Q (600 km) and Q-R (300 km) at 50 km/h, sea R-S (480 km), ferry R-T (240 km, 24 km/h), road S-T.

    Train TR calls at all three stations in 24 h, by its links 16 h and 8 h, once a week; ship SH sails R-S in 20 h
    twice a week. Going on board the ferry takes 5 h in R, ashore 3 h in T. P is in Asia/Baku (UTC+4), others in UTC.
    """
    forms = ("box", "bulk")
    places = {"P": 0, "Q": 6, "R": 9, "S": 12, "T": 14}
    rail = {"mode": "rail", "carriages": "rail1520", "speed_kmh": 50}
    rows: Rows = {
        "country": [{"country_id": "AA"}],
        "place": [
            {"place_id": name, "country_id": "AA", "lon_deg": lon, "lat_deg": 0, "kind": "terminal"}
            for name, lon in places.items()
        ],
        "place_zone": [{"place_id": "P", "zone": "Asia/Baku"}],
        "link": [
            {"link_id": "PQ", "from_place": "P", "to_place": "Q", "length_km": 600, **rail},
            {"link_id": "QR", "from_place": "Q", "to_place": "R", "length_km": 300, **rail},
            {"link_id": "RS", "from_place": "R", "to_place": "S", "mode": "sea", "carriages": "sea", "length_km": 480,
             "speed_kmh": 24},
            {"link_id": "RT", "from_place": "R", "to_place": "T", "mode": "ferry", "carriages": "rail1520",
             "length_km": 240, "speed_kmh": 24, "wait_h": 42},
            {"link_id": "ST", "from_place": "S", "to_place": "T", "mode": "road", "carriages": "road",
             "length_km": 120, "speed_kmh": 60},
        ],
        "transfer": [
            {"transfer_id": "R-on", "place_id": "R", "from_carriage": "rail1520", "to_carriage": "ferry", "time_h": 5},
            {"transfer_id": "T-off", "place_id": "T", "from_carriage": "ferry", "to_carriage": "rail1520", "time_h": 3},
            {"transfer_id": "R-sea", "place_id": "R", "from_carriage": "rail1520", "to_carriage": "sea", "time_h": 12},
            {"transfer_id": "S-road", "place_id": "S", "from_carriage": "sea", "to_carriage": "road", "time_h": 6},
        ],
        "service": [
            {"service_id": "TR", "mode": "rail", "frequency_per_week": 1, "transit_h": 24},
            {"service_id": "SH", "mode": "sea", "frequency_per_week": 2, "transit_h": 20},
            {"service_id": "FE", "mode": "ferry", "frequency_per_week": 2, "transit_h": 9},
        ],
        "service_stop": [
            *({"service_id": "TR", "seq": i, "place_id": place, "carriage": "rail1520", "calls": True}
              for i, place in enumerate("PQR", 1)),
            *({"service_id": "SH", "seq": i, "place_id": place, "carriage": "sea", "calls": True}
              for i, place in enumerate("RS", 1)),
            *({"service_id": "FE", "seq": i, "place_id": place, "carriage": "rail1520", "calls": True}
              for i, place in enumerate("RT", 1)),
        ],
        "activity": [
            {"activity": name, "form": form}
            for name in ("rail", "sea", "ferry", "road", "terminal", "border") for form in forms
        ],
        "rate": [
            {"rate_id": f"{mode} {form}", "mode": mode, "form": form, "distance_usd_per_km": 1}
            for mode in ("rail", "sea", "ferry", "road") for form in forms
        ],
        "access": [
            {"carriage": name, "form": form, "load_h": 2} for name in ("rail1520", "sea", "road") for form in forms
        ],
        "commodity": [{"commodity_id": "goods", "size_t_per_teu": 10}],
        "region": [{"region_id": name} for name in "PS"],
        "region_share": [
            {"region_id": name, "commodity_id": "*", "place_id": name, "origin_share": 1, "destination_share": 1}
            for name in "PS"
        ],
        "flow": [{"origin": "P", "destination": "S", "commodity_id": "goods", "part": "contestable", "volume_t": 1000}],
    }  # fmt: skip
    for name, extra in more.items():
        rows[name] = [*rows.get(name, []), *extra]
    return rows


class World:
    """A compiled world with a timetable."""

    def __init__(self, rows: Rows, start: str, days: int, form: int = BOX) -> None:
        self.scenario = Scenario(dataset_of(rows))
        self.compiled: Compiled = compile_network(self.scenario, capacities=False)
        self.timetable: Timetable = compile_timetable(self.scenario, self.compiled, at(start), days * DAY, form=form)

    def arc(self, act: Act, tail: str, head: str) -> int:
        """The one arc of an act between two places."""
        network = self.compiled.network
        place = network.places.to_numpy()[network.place]
        (found,) = (
            i
            for i in range(len(network.arcs))
            if network.arcs.act[i] == act
            and place[network.arcs.tail[i]] == tail
            and place[network.arcs.head[i]] == head
        )
        return int(found)

    def departures(self, act: Act, tail: str, head: str) -> list[tuple[int, int]]:
        """Departures and minutes of ride on the arc."""
        arc, table = self.arc(act, tail, head), self.timetable
        rows = slice(table.depart_ptr[arc], table.depart_ptr[arc + 1])
        return list(zip(table.depart_min[rows].tolist(), table.ride_min[rows].tolist(), strict=True))

    def spans(self, arc: int) -> list[tuple[int, int]]:
        """Windows of the arc."""
        table = self.timetable
        rows = slice(table.open_ptr[arc], table.open_ptr[arc + 1])
        return list(zip(table.open_from[rows].tolist(), table.open_to[rows].tolist(), strict=True))

    def entry(self, act: Act, tail: str, head: str, when: str) -> Entry | None:
        """How the arc is taken by who is there then."""
        return next_entry(self.timetable, self.arc(act, tail, head), at(when))


def wall_minutes(zone: str, start: int, end: int) -> dict[tuple[date, int], int]:
    """The first minute UTC of [start, end) at which the wall clock shows each local day and minute.

    Minutes that the clock skips are those at which it would have shown them, had it not been put forward. Looks at
    every minute, and knows nothing of how local times are turned.
    """
    found: dict[tuple[date, int], int] = {}
    clock, before = ZoneInfo(zone), None
    for minute in range(start, end):
        local = (EPOCH + timedelta(minutes=minute)).astimezone(clock).replace(tzinfo=None)
        if before is not None and local - before > timedelta(minutes=1):
            skipped = before + timedelta(minutes=1)
            for late in range(round((local - skipped).total_seconds() / 60)):
                shown = skipped + timedelta(minutes=late)
                found.setdefault((shown.date(), shown.hour * 60 + shown.minute), minute + late)
        found.setdefault((local.date(), local.hour * 60 + local.minute), minute)
        before = local
    return found
