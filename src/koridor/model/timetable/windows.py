"""When arcs may be entered: opening hours of borders, terminals and links, and closed seasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np
import pandas as pd

from koridor.model.clock import NO_ZONE, utc_minutes
from koridor.model.compile import Compiled
from koridor.model.network import Act, Ints
from koridor.model.scenario import Scenario
from koridor.model.timetable.spans import all_of, tidy
from koridor.schema.days import MINUTES_A_DAY, Rule, bounds_of, date_of, minute_of, weekdays_of

Key = tuple[str, int]  # table and position of what has hours
_MONTHS = 12
_EPOCH = date(1970, 1, 1).toordinal()


class Zones:
    """Names of the zones of places, by position."""

    def __init__(self, scenario: Scenario, places: pd.Index) -> None:
        table = scenario.table("place_zone").set_index("place_id")["zone"]
        self.names = [str(name) for name in table.reindex(places).fillna(NO_ZONE)]

    def __getitem__(self, place: int) -> str:
        return self.names[place]


def windows(scenario: Scenario, compiled: Compiled, zones: Zones, start: int, end: int) -> dict[int, Ints]:
    """Spans (n, 2) in [start, end) in which each arc with hours or a season may be entered."""
    hours = _openings(scenario, compiled, zones, start, end)
    seasons = _seasons(scenario, compiled, zones, start, end)
    known = {**hours, **seasons}
    shared: dict[tuple[Key, ...], Ints] = {}
    found = {}
    for arc, keys in _keys(compiled, known):
        if keys not in shared:
            spans = all_of(known[key] for key in keys)
            assert spans is not None
            shared[keys] = spans
        found[arc] = shared[keys]
    return found


def _keys(compiled: Compiled, known: dict[Key, Ints]) -> Iterator[tuple[int, tuple[Key, ...]]]:
    """Arcs with hours, and what they have them of. A service passes borders and tubes by its timetable, but no link in
    its closed season.
    """
    arcs, place = compiled.network.arcs, compiled.network.place
    of: dict[int, list[Key]] = defaultdict(list)
    posts, mode = _posts(compiled), compiled.index.link["mode"].to_numpy(dtype=object)[arcs.link]
    for key in known:
        table, at = key
        match table:
            case "link" | "season":
                on = np.flatnonzero((arcs.act == Act.MOVE) & (arcs.link == at))
            case "border":
                tail, head, crossed_by = posts[at]
                same = (place[arcs.tail] == tail) & (place[arcs.head] == head)
                on = np.flatnonzero((arcs.act == Act.MOVE) & same & (mode == crossed_by))
            case "transfer":
                on = np.flatnonzero((arcs.act == Act.TRANSFER) & (arcs.row == at))
            case _:
                at_place = np.isin(arcs.act, (Act.TRANSFER, Act.LOAD, Act.UNLOAD, Act.INTERCHANGE))
                on = np.flatnonzero(at_place & (place[arcs.tail] == at))
        for arc in on.tolist():
            of[arc].append(key)
    seasonal = {at for table, at in known if table == "season"}
    for arc, rows in _passed(compiled).items() if seasonal else ():
        of[arc] += [("season", row) for row in sorted(rows & seasonal)]
    return ((arc, tuple(keys)) for arc, keys in of.items() if keys)


def _passed(compiled: Compiled) -> dict[int, set[int]]:
    """Links that services pass."""
    network = compiled.network
    riding = np.flatnonzero(network.arcs.act == Act.SERVICE)
    ends = network.leg_start
    return {
        arc: set(network.arcs.link[network.legs[ends[arc] : ends[arc + 1]]].tolist()) - {-1} for arc in riding.tolist()
    }


def _posts(compiled: Compiled) -> list[tuple[int, int, str]]:
    """Places and mode of every border crossing, then the other direction of those that hold both ways."""
    table, places = compiled.tables["border"], compiled.index.places
    tail, head = places.get_indexer(table["from_place"]), places.get_indexer(table["to_place"])
    rows = list(zip(tail.tolist(), head.tolist(), table["mode"].tolist(), strict=True))
    back = [(b, a, mode) for (a, b, mode), both in zip(rows, table["two_way"].tolist(), strict=True) if both]
    return rows + back


def _openings(scenario: Scenario, compiled: Compiled, zones: Zones, start: int, end: int) -> dict[Key, Ints]:
    """Spans of everything with opening hours. Hours of several rows of one thing add up."""
    places = compiled.index.places
    found: dict[Key, list[Ints]] = defaultdict(list)
    for row in scenario.table("opening").to_dict("records"):
        for key, place in _things(compiled, str(row["of"]), str(row["row"]), places):
            found[key].append(_daily(row, zones[place], start, end))
    return {key: tidy(np.concatenate(parts), start, end) for key, parts in found.items()}


def _things(compiled: Compiled, of: str, row: str, places: pd.Index) -> Iterable[tuple[Key, int]]:
    """What a row of `opening` is about, and the place whose clock it follows; of a border and a link, their first."""
    if of == "place":
        at = int(places.get_loc(row))
        return [(("place", at), at)]
    column = {"border": "from_place", "link": "from_place", "transfer": "place_id"}[of]
    table = compiled.tables[of]
    at = int(np.flatnonzero((table[f"{of}_id"] == row).to_numpy())[0])
    place = int(places.get_loc(table[column].iloc[at]))
    things = [((of, at), place)]
    if of == "border" and bool(table["two_way"].iloc[at]):
        back = len(table) + int(table["two_way"].to_numpy()[:at].sum())
        things.append(((of, back), place))
    return things


def _daily(row: dict[str, object], zone: str, start: int, end: int) -> Ints:
    """Spans of one row, day after day."""
    opens, closes = minute_of(str(row["from_time"])), minute_of(str(row["to_time"]))
    closes += MINUTES_A_DAY if closes <= opens else 0
    rule = Rule(weekdays_of(row["weekdays"]), (opens,), *bounds_of(row))
    days = np.array(list(rule.days(start // MINUTES_A_DAY - 2, end // MINUTES_A_DAY + 2)), dtype=np.int64)
    ends = [utc_minutes(zone, days, np.full(len(days), minute)) for minute in (opens, closes)]
    return np.stack(ends, axis=1)


def _seasons(scenario: Scenario, compiled: Compiled, zones: Zones, start: int, end: int) -> dict[Key, Ints]:
    """Spans in which links with rows in `link_period` are open.

    A month that is open for a share only is closed on the side of the neighbour that is open less; between equal
    neighbours in its middle where they are open, at both ends where they are closed. Days begin at midnight of the
    link's first end.
    """
    index = compiled.index
    found = {}
    for name, rows in scenario.table("link_period").groupby("link_id"):
        at = int(index.links.get_loc(name))
        share = np.ones(_MONTHS)
        share[rows["month"].to_numpy(dtype=np.int64) - 1] = rows["open_share"].to_numpy()
        if (share < 1.0).any():
            spans = _months(share, zones[int(index.link_from[at])], start, end)
            found["season", at] = tidy(spans, start, end)
    return found


def _months(share: np.ndarray, zone: str, start: int, end: int) -> Ints:
    first, last = date_of(start // MINUTES_A_DAY - 1), date_of(end // MINUTES_A_DAY + 1)
    spans: list[tuple[int, int]] = []
    for month in range(first.year * _MONTHS + first.month - 1, last.year * _MONTHS + last.month):
        begins = date(month // _MONTHS, month % _MONTHS + 1, 1).toordinal() - _EPOCH
        ends = date((month + 1) // _MONTHS, (month + 1) % _MONTHS + 1, 1).toordinal() - _EPOCH
        length = (ends - begins) * MINUTES_A_DAY
        before, here, after = (float(share[(month + step) % _MONTHS]) for step in (-1, 0, 1))
        low, high = utc_minutes(zone, np.array([begins, ends]), np.zeros(2, dtype=np.int64)).tolist()
        spans += [(low + a, high - b) for a, b in open_parts(before, here, after, length)]
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def open_parts(before: float, here: float, after: float, length: int) -> list[tuple[int, int]]:
    """Minutes cut off at the beginning and at the end of a month for each of its open parts, by the open shares of the
    month before, this one and the next.
    """
    shut = round((1.0 - here) * length)
    if here <= 0.0:
        return []
    if before < after:
        return [(shut, 0)]
    if before > after:
        return [(0, shut)]
    if before < here:
        return [(shut // 2, shut - shut // 2)]
    half = (length - shut) // 2
    return [(0, length - half), (half + shut, 0)]


__all__ = ["Key", "Zones", "open_parts", "windows"]
