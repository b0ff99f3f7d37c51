"""Why these ways: what each is best in, where it waits, and which timetables are silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from koridor.model.clock import local_text
from koridor.model.network import Act
from koridor.studies.route.choose import Way
from koridor.studies.route.course import base_legs, near, scalar
from koridor.studies.route.front import Asked, Shut
from koridor.text import t
from koridor.units import format_number

_LONG_MIN = 1440  # a wait that is told
_MINUTE_H = 1.0 / 60.0
_MANY_H = 72.0  # hours told as days


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence. kind: why, wait, why_not, reason, timetable, price, basis. about: a way or a rule."""

    kind: str
    about: str
    text: str


def reasons(ways: pd.DataFrame) -> list[Note]:
    """Why each way is told: what it is best in, and what it costs and saves beside the cheapest and the fastest."""
    cheapest, fastest = ways["money_usd"].idxmin(), ways["time_h"].idxmin()
    notes = []
    for at, way in ways.iterrows():
        said = [_best(str(one)) for one in str(way["best"]).split(";") if one]
        if not way["on_front"]:
            said.append(t("Beside the front."))
        if at != cheapest:
            dearer = float(way["money_usd"] - ways.loc[cheapest, "money_usd"])
            sooner = float(ways.loc[cheapest, "time_h"] - way["time_h"])
            said.append(_beside(str(ways.loc[cheapest, "way"]), dearer, sooner))
        elif at != fastest:
            slower, first = float(way["time_h"] - ways.loc[fastest, "time_h"]), ways.loc[fastest, "way"]
            said.append(t("{time} longer than {way}, the fastest.", time=_time(slower), way=first))
        notes.append(Note("why", str(way["way"]), " ".join(said)))
    return notes


def _time(hours: float) -> str:
    """Hours, or days where there are many."""
    return format_number(hours, "h") if hours < _MANY_H else format_number(hours / 24.0, "d")


def _best(criterion: str) -> str:
    return {
        "time": t("Arrives first."),
        "money": t("Costs least."),
        "co2e": t("Emits least."),
        "variance": t("Spreads least."),
    }[criterion]


def _beside(cheapest: str, dearer: float, sooner: float) -> str:
    money, time = format_number(dearer, "usd"), _time(abs(sooner))
    if abs(sooner) < _MINUTE_H / 2.0:
        return t("{money} more than {way}, which takes as long.", money=money, way=cheapest)
    if sooner > 0.0:
        return t("{money} more than {way}, {time} sooner.", money=money, way=cheapest, time=time)
    return t("{money} more than {way}, {time} later.", money=money, way=cheapest, time=time)


def waits(asked: Asked, told: Sequence[Way], names: Sequence[str]) -> list[Note]:
    """The longest wait of each way for a departure or an opening, and the departure that a cut-off made it miss."""
    notes = []
    for way, name in zip(told, names, strict=True):
        wait = way.steps.entered - way.steps.ready
        at = int(wait.argmax())
        if wait[at] < _LONG_MIN:
            continue
        notes.append(Note("wait", name, _wait(asked, int(way.arcs[at]), int(way.steps.ready[at]), int(wait[at]))))
    return notes


def _wait(asked: Asked, arc: int, ready: int, wait: int) -> str:
    table, hours = asked.calendar.timetable, format_number(wait / 60.0, "h")
    where = arc_name(asked, arc)
    row = slice(int(table.depart_ptr[arc]), int(table.depart_ptr[arc + 1]))
    depart = table.depart_min[row]
    if not len(depart):
        return t("Waits {hours} for the opening of {where}.", hours=hours, where=where)
    lost = depart[(depart >= ready) & (depart < ready + table.cut_off_min[arc])]
    if not len(lost):
        return t("Waits {hours} for the next departure of {where}.", hours=hours, where=where)
    return t(
        "Waits {hours} for the next departure of {where}: that of {moment} UTC closes {cut_off} before it leaves.",
        hours=hours, where=where, moment=local_text(int(lost[0]), "UTC"),
        cut_off=format_number(float(table.cut_off_min[arc]) / 60.0, "h"),
    )  # fmt: skip


def silent(asked: Asked) -> list[Note]:
    """Services with a timetable, on ways within `query.near` of the best, of which no departure is known then."""
    table, first, last = asked.calendar.timetable, *asked.query.span
    timed = np.flatnonzero(np.diff(table.depart_ptr) > 0)
    upto = np.concatenate([[0], np.cumsum((table.depart_min >= first) & (table.depart_min <= last))])
    leaving = upto[table.depart_ptr[timed + 1]] - upto[table.depart_ptr[timed]]
    quiet = timed[(leaving == 0) & (asked.shut()[timed] == Shut.NOTHING)]
    if not len(quiet):
        return []
    quiet = quiet[near(asked, asked.use(), scalar(asked), asked.query.near)[quiet]]
    names = sorted({arc_name(asked, int(arc)) for arc in quiet})
    if not names:
        return []
    days = {"first": local_text(first, "UTC")[:10], "last": local_text(last, "UTC")[:10]}
    known = "; ".join(names)
    return [
        Note(
            "timetable",
            "timetable",
            t("No departure is known from {first} to {last} of: {known}.", known=known, **days),
        )
    ]


def place_name(asked: Asked, place: int) -> str:
    """Name of a place by its position."""
    return str(asked.prepared.compiled.index.place["name"].iloc[place])


def arc_name(asked: Asked, arc: int) -> str:
    """An arc as people call it: a service by its name, else its two places, or the one where something is done."""
    compiled, network = asked.prepared.compiled, asked.prepared.compiled.network
    arcs = network.arcs
    ends = dict.fromkeys(place_name(asked, int(network.place[node])) for node in (arcs.tail[arc], arcs.head[arc]))
    if arcs.act[arc] == Act.SERVICE:
        return str(compiled.tables["service"]["name"].iloc[int(arcs.row[arc])])
    legs = base_legs(network, np.array([arc]))
    link = int(arcs.link[legs[0]])
    mode = f" ({compiled.index.link['mode'].iloc[link]})" if link >= 0 else ""
    return " – ".join(ends) + mode
