"""Rules that join the rows of timetables and of acceptance: zones, seasons, overlaps, stop times, what rows name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pandas as pd

from koridor.errors import Problem
from koridor.schema.cells import CLOCK, is_day, nearest
from koridor.schema.days import Rule as Days
from koridor.schema.days import day_of, minute_of, rule_of
from koridor.schema.rules import Frames, Rows, Rule, rows_of
from koridor.schema.tables import TABLES
from koridor.schema.words import ACTIVITIES, DG_CLASSES
from koridor.text import t

Files = Mapping[str, str]
_DANGEROUS = ("dg", *(f"dg{name}" for name in DG_CLASSES))


def is_zone(name: object) -> bool:
    """Whether the IANA database has a zone of that name."""
    try:
        return isinstance(name, str) and ZoneInfo(name).key == name
    except (KeyError, ValueError, OSError):
        return False


def zones_known(frames: Frames, files: Files) -> Iterator[Problem]:
    """A zone is one of the IANA database."""
    rows = rows_of("place_zone", frames, files)
    unknown = {name for name in rows.frame["zone"].dropna().unique() if not is_zone(name)}
    for at, name in enumerate(rows.frame["zone"]):
        if name in unknown:
            near = nearest(name, available_timezones())
            hint = t("write a name such as {zone}", zone=near or "Asia/Baku")
            yield rows.problem(at, "zone", name, t("must be a zone of the IANA time zone database"), hint)


def seasons_in_order(frames: Frames, files: Files) -> Iterator[Problem]:
    """A season does not end before it begins."""
    for name in ("departure", "opening"):
        rows = rows_of(name, frames, files)
        for at, row in _rows(rows):
            first, last = row["valid_from"], row["valid_to"]
            if _days(first, last) and first > last:
                limit = t("must not be before {field}", field="valid_from")
                yield rows.problem(at, "valid_to", last, limit, t("correct one of the two days"))


def rules_complete(frames: Frames, files: Files) -> Iterator[Problem]:
    """A departure that comes again has an end after its beginning; one of every second week has a first week."""
    rows = rows_of("departure", frames, files)
    for at, row in _rows(rows):
        until, weeks = row["until_time"], row["every_weeks"]
        if isinstance(until, str) and pd.isna(row["repeat_h"]):
            limit, hint = t("must be empty where repeat_h is"), t("give repeat_h, or leave until_time empty")
            yield rows.problem(at, "until_time", until, limit, hint)
        if _clocks(row["time"], until) and minute_of(until) < minute_of(row["time"]):
            limit = t("must not be before {field}", field="time")
            yield rows.problem(at, "until_time", until, limit, t("make two rows where it runs past midnight"))
        if not pd.isna(weeks) and weeks > 1 and pd.isna(row["valid_from"]):
            limit, hint = t("must not be empty where every_weeks is above 1"), t("give a day of the first week")
            yield rows.problem(at, "valid_from", "", limit, hint)


def rules_apart(frames: Frames, files: Files) -> Iterator[Problem]:
    """Two rules of one service and direction do not give the same departure."""
    rows = rows_of("departure", frames, files)
    mine: dict[str, list[tuple[int, dict[str, Any], Days]]] = {}
    for at, row in _rows(rows):
        if _sound(row):
            mine.setdefault(row["service_id"], []).append((at, row, rule_of(row)))
    for group in mine.values():
        for (_, one, days), (at, other, others) in combinations(group, 2):
            same_way = "both" in (one["direction"], other["direction"]) or one["direction"] == other["direction"]
            if same_way and days.meets(others):
                limit = t("must not give a departure of {other} again", other=one["departure_id"])
                hint = t("part them by weekdays, time or season, or drop one")
                yield rows.problem(at, "time", other["time"], limit, hint)


def dates_meant(frames: Frames, files: Files) -> Iterator[Problem]:
    """A departure that is cancelled is one of the rules; one that is added is not."""
    rows = rows_of("departure_date", frames, files)
    rules: dict[tuple[str, str], list[Days]] = {}
    for row in frames["departure"].to_dict("records"):
        if _sound(row):
            for way in ("forward", "backward") if row["direction"] == "both" else (row["direction"],):
                rules.setdefault((row["service_id"], way), []).append(rule_of(row))
    for at, row in _rows(rows):
        time, day = row["time"], row["date"]
        if not is_day(day) or not isinstance(time, str) or not (time == "*" or CLOCK.fullmatch(time)):
            continue
        ways = ("forward", "backward") if row["direction"] == "both" else (row["direction"],)
        known = [_given(rules.get((row["service_id"], way), []), day_of(day), time) for way in ways]
        if row["run"] == "cancelled" and not any(known):
            limit = t("must be a departure of the table departure, to be cancelled")
            yield rows.problem(at, "date", day, limit, t("look at the weekday and the time of its rule"))
        elif row["run"] == "added" and time == "*":
            limit, hint = t("must be a time of day where a departure is added"), t("write when it leaves")
            yield rows.problem(at, "time", time, limit, hint)
        elif row["run"] == "added" and any(known):
            limit = t("must not be a departure that the rules give already")
            yield rows.problem(at, "date", day, limit, t("drop the row"))


def stops_in_time(frames: Frames, files: Files) -> Iterator[Problem]:
    """Hours of stops do not go back, and count from the first stop that calls."""
    rows = rows_of("service_stop", frames, files)
    order = rows.frame.assign(at=range(len(rows.frame))).sort_values(["service_id", "seq"], kind="stable")
    latest: dict[object, tuple[float, object]] = {}
    begun: set[object] = set()
    for row in order.to_dict("records"):
        service = row["service_id"]
        hours, seq = latest.get(service, (0.0, None))
        if row["calls"] and service not in begun:
            begun.add(service)
            if row["depart_h"] == row["depart_h"] and row["depart_h"] != 0.0:
                limit, hint = t("must be 0 at the first stop that calls"), t("count the hours of all stops from there")
                yield rows.problem(row["at"], "depart_h", f"{row['depart_h']:g}", limit, hint)
        for field in ("arrive_h", "depart_h"):
            value = row[field]
            if value == value and value < hours:
                limit = t("must not be before the time of stop {seq}, {hours:g} h", seq=seq, hours=hours)
                if seq == row["seq"]:
                    limit = t("must not be before arrive_h")
                yield rows.problem(row["at"], field, f"{value:g}", limit, t("hours go on growing from stop to stop"))
            elif value == value:
                hours, seq = value, row["seq"]
        latest[service] = hours, seq


def services_call(frames: Frames, files: Files) -> Iterator[Problem]:
    """A service with departures calls at two stops at least."""
    calls = frames["service_stop"].loc[frames["service_stop"]["calls"], "service_id"].value_counts()
    for name in ("departure", "departure_date"):
        rows = rows_of(name, frames, files)
        for at, service in enumerate(rows.frame["service_id"]):
            if isinstance(service, str) and calls.get(service, 0) < 2:
                limit = t("must be a service that calls at two stops at least")
                yield rows.problem(at, "service_id", service, limit, t("add its stops to service_stop"))


def openings_named(frames: Frames, files: Files) -> Iterator[Problem]:
    """Opening hours and acceptance are those of a row that is there, or of an activity."""
    for name in ("opening", "acceptance"):
        rows = rows_of(name, frames, files)
        keys = {of: set(frames[of][TABLES[of].key[0]].dropna()) for of in set(rows.frame["of"].dropna()) & set(frames)}
        keys["activity"] = set(ACTIVITIES)
        for at, (of, row) in enumerate(zip(rows.frame["of"], rows.frame["row"], strict=True)):
            if of in keys and isinstance(row, str) and row not in keys[of]:
                limit = t("must be the key of a row of {table}", table=of)
                if of == "activity":
                    limit = t("must be one of {choices}", choices=", ".join(ACTIVITIES))
                near = nearest(row, keys[of])
                hint = t("perhaps {near}", near=near) if near else t("see the keys of {table}", table=of)
                yield rows.problem(at, "row", row, limit, hint)


def goods_known(frames: Frames, files: Files) -> Iterator[Problem]:
    """Goods of a row of acceptance are a word that is known, and weights have a limit."""
    rows = rows_of("acceptance", frames, files)
    words = ("reefer", "weight", *_DANGEROUS)
    for at, row in _rows(rows):
        goods, heavy = row["goods"], row["gross_max_t"] == row["gross_max_t"]
        if isinstance(goods, str) and goods not in words:
            limit = t("must be one of {choices}", choices=", ".join(words))
            yield rows.problem(at, "goods", goods, limit, t("choose one of them"))
        elif (goods == "weight") != heavy:
            limit = t("must be given where goods is weight, and only there")
            found = f"{row['gross_max_t']:g}" if heavy else ""
            yield rows.problem(at, "gross_max_t", found, limit, t("give the tonnes, or leave the cell empty"))


def boxes_sized(frames: Frames, files: Files) -> Iterator[Problem]:
    """A box has its TEU, and nothing weighs more empty than loaded."""
    rows = rows_of("cargo_type", frames, files)
    for at, row in _rows(rows):
        size = row["size_teu"]
        if row["kind"] == "box" and not size > 0.0:
            found = "" if size != size else f"{size:g}"
            limit, hint = t("must be above 0 for a box"), t("1 for 20 feet, 2 for 40 feet, 2.25 for 45 feet")
            yield rows.problem(at, "size_teu", found, limit, hint)
        if row["tare_t"] >= row["gross_max_t"]:
            limit, hint = t("must be below {field}", field="gross_max_t"), t("correct one of the two weights")
            yield rows.problem(at, "tare_t", f"{row['tare_t']:g}", limit, hint)


def _rows(rows: Rows) -> Iterator[tuple[int, dict[str, Any]]]:
    yield from enumerate(rows.frame.to_dict("records"))


def _days(*cells: object) -> bool:
    return all(isinstance(cell, str) and is_day(cell) for cell in cells)


def _clocks(*cells: object) -> bool:
    return all(isinstance(cell, str) and CLOCK.fullmatch(cell) is not None for cell in cells)


def _sound(row: dict[str, Any]) -> bool:
    """Whether the cells of a departure can be read, so that its rule can be held against others."""
    bounds = (row["valid_from"], row["valid_to"])
    weekdays = row["weekdays"]
    known = pd.isna(weekdays) or Days.known(weekdays)
    repeats = row["repeat_h"]
    return (
        known
        and _clocks(row["time"])
        and (pd.isna(row["until_time"]) or _clocks(row["until_time"]))
        and (pd.isna(repeats) or repeats > 0.0)
        and all(pd.isna(cell) or _days(cell) for cell in bounds)
        and isinstance(row["service_id"], str)
    )


def _given(rules: Iterable[Days], day: int, time: str) -> bool:
    return any(rule.runs(day) and (time == "*" or minute_of(time) in rule.minutes) for rule in rules)


def _rule(find: Callable[[Frames, Files], Iterable[Problem]], *tables: str) -> Rule:
    return Rule(frozenset(tables), find)


RULES: tuple[Rule, ...] = (
    _rule(zones_known, "place_zone"),
    _rule(seasons_in_order, "departure", "opening"),
    _rule(rules_complete, "departure"),
    _rule(rules_apart, "departure"),
    _rule(dates_meant, "departure", "departure_date"),
    _rule(stops_in_time, "service_stop"),
    _rule(services_call, "departure", "departure_date", "service_stop"),
    _rule(openings_named, "opening", "acceptance", "border", "link", "place", "transfer", "service"),
    _rule(goods_known, "acceptance"),
    _rule(boxes_sized, "cargo_type"),
)
