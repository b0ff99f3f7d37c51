"""What the planning side learns from observed times: a patch of hours of services, borders, transfers and links.

Central figures are means, low and high ones the tenth and ninetieth percentile, as the tables define them. Nothing is
edited of which fewer journeys were seen than the table `observe` asks for, nor a transfer where several could be meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from koridor.model.patch import Patch
from koridor.operator.identifiers.tables import by_key
from koridor.operator.track.course import HOP, STAY, Observed

TABLES = Path(__file__).parent / "tables"
PATCH_ID = "observed"
NEEDED = ("service", "border", "transfer", "link")
PLACES = 3  # decimals of hours
OPEN, YES = "open", "yes"
Edit = tuple[str, str, str, str, object]
Row = Mapping[str, str]
Rows = Mapping[str, Mapping[str, Row]]


def least_journeys() -> int:
    """How many journeys must have been seen, by the table."""
    return int(by_key("observe", "name", TABLES)["least_journeys"]["value"])


def patch(journeys: Sequence[Sequence[Observed]], tables: Rows) -> Patch:
    """The patch of what was observed.

    Parameters
    ----------
    journeys : sequence of sequences of Observed
        Times of each journey.
    tables : mapping
        Rows by their ids of the tables `NEEDED`, as text.
    """
    times = [one for several in journeys for one in several]
    edits = [
        *_services(journeys, tables["service"]),
        *_borders(times, tables),
        *_transfers(times, tables["transfer"]),
        *_links(times, tables),
    ]
    return Patch.of(PATCH_ID, *edits)


def _services(journeys: Sequence[Sequence[Observed]], services: Mapping[str, Row]) -> Iterable[Edit]:
    """Hours from first to last stop, by how much longer than planned the hops ridden took on each journey."""
    ratios: dict[str, list[float]] = {}
    for journey in journeys:
        for service_id in sorted({one.service_id for one in journey if one.kind == HOP and one.service_id}):
            ridden = [one for one in journey if one.kind == HOP and one.service_id == service_id]
            planned = sum(one.planned_h for one in ridden)
            if planned > 0:
                ratios.setdefault(service_id, []).append(sum(one.hours for one in ridden) / planned)
    for service_id, found in sorted(ratios.items()):
        if service_id in services and len(found) >= least_journeys():
            base = float(services[service_id]["transit_h"])
            yield from _hours("service", service_id, "transit", np.asarray(found) * base)


def _borders(times: Sequence[Observed], tables: Rows) -> Iterable[Edit]:
    """Hours of crossings: the stay before them and the hop over them, less the running on the link between.

    Rows of one crossing are added, so each keeps its share.
    """
    stays = {(one.from_place, one.end_ms): one.hours for one in times if one.kind == STAY}
    for key, rows in _crossings(tables["border"]).items():
        both = all(row.get("two_way") == YES for row in rows.values())
        running = _running(key, tables["link"])
        hops = [one for one in times if one.kind == HOP and _joins(one, key, both=both)]
        found = [one.hours + stays.get((one.from_place, one.start_ms), 0.0) - running for one in hops]
        total = sum(float(row["time_h"]) for row in rows.values())
        if len(found) < least_journeys() or total <= 0:
            continue
        hours = np.maximum(found, 0.0)
        for border_id, row in sorted(rows.items()):
            yield from _hours("border", border_id, "time", hours * (float(row["time_h"]) / total))


def _crossings(border: Mapping[str, Row]) -> dict[tuple[str, str, str], dict[str, Row]]:
    """Open rows by the ends and mode of their crossing."""
    found: dict[tuple[str, str, str], dict[str, Row]] = {}
    for border_id, row in border.items():
        if row["status"] == OPEN:
            found.setdefault((row["from_place"], row["to_place"], row["mode"]), {})[border_id] = row
    return found


def _transfers(times: Sequence[Observed], transfer: Mapping[str, Row]) -> Iterable[Edit]:
    """Hours from arrival to departure where the carriage changes, by place and the two modes."""
    stays: dict[tuple[str, frozenset[str]], list[float]] = {}
    for one in times:
        if one.kind == STAY and one.mode != one.mode_before:
            stays.setdefault((one.from_place, frozenset((one.mode, one.mode_before))), []).append(one.hours)
    for (place, modes), found in sorted(stays.items(), key=lambda item: (item[0][0], sorted(item[0][1]))):
        here = [
            transfer_id
            for transfer_id, row in transfer.items()
            if row["place_id"] == place and row["status"] == OPEN and _modes(row) == modes
        ]
        if len(here) == 1 and len(found) >= least_journeys():
            yield from _hours("transfer", here[0], "time", np.asarray(found))


def _links(times: Sequence[Observed], tables: Rows) -> Iterable[Edit]:
    """Hours of links that were passed from end to end, where no border is counted between."""
    crossed = {frozenset(key[:2]) for key in _crossings(tables["border"])}
    for link_id, row in sorted(tables["link"].items()):
        key = (row["from_place"], row["to_place"], row["mode"])
        if frozenset(key[:2]) in crossed:
            continue
        found = [one.hours for one in times if one.kind == HOP and _joins(one, key, both=not row.get("direction"))]
        if len(found) >= least_journeys():
            yield ("link", link_id, "time_h", "set", round(float(np.mean(found)), PLACES))


def _joins(one: Observed, key: tuple[str, str, str], *, both: bool) -> bool:
    forth = (one.from_place, one.to_place, one.mode) == key
    return forth or (both and (one.to_place, one.from_place, one.mode) == key)


def _running(key: tuple[str, str, str], link: Mapping[str, Row]) -> float:
    """Hours on the link between the two ends of a crossing, 0 where there is none."""
    for row in link.values():
        if {row["from_place"], row["to_place"]} == set(key[:2]) and row["mode"] == key[2]:
            return float(row["time_h"]) if row.get("time_h") else float(row["length_km"]) / float(row["speed_kmh"])
    return 0.0


def _modes(row: Row) -> frozenset[str]:
    """Modes between which a transfer is: `rail1520` is by rail."""
    return frozenset("".join(filter(str.isalpha, row[name])) for name in ("from_carriage", "to_carriage"))


def _hours(table: str, key: str, stem: str, hours: np.ndarray) -> Iterable[Edit]:
    """Central, low and high figure of a row."""
    mean = float(np.mean(hours))
    low, high = (float(value) for value in np.quantile(hours, [0.1, 0.9]))
    figures = {f"{stem}_h": mean, f"{stem}_low_h": min(low, mean), f"{stem}_high_h": max(high, mean)}
    return [(table, key, field, "set", round(value, PLACES)) for field, value in figures.items()]
