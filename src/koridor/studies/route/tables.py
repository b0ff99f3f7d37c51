"""Tables of ways told in full: legs by the minute, stretches, price lines, and the time- and cost-distance diagram."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from koridor.model.clock import local_text, zone_of
from koridor.model.network import Floats, Ints
from koridor.model.tariff import Prices
from koridor.studies.route.choose import Way
from koridor.studies.route.front import CENTS, GRAMS, Asked
from koridor.studies.route.query import Criterion
from koridor.studies.way import described

_SUMS = ("distance_km", "time_h", "money_usd", "co2e_kg")
_MOVING = ("move", "service")
MINUTES = 60.0


class Clocks:
    """Local times of places as text."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.zones = asked, dict[str, str]()

    def zone(self, place: str) -> str:
        """Name of the zone of a place."""
        if place not in self.zones:
            self.zones[place] = zone_of(self.asked.prepared.scenario, place)
        return self.zones[place]

    def show(self, minute: int, place: str) -> str:
        """A moment by the clock of a place."""
        return local_text(int(minute), self.zone(place))


def legs(asked: Asked, way: Way, prices: Prices, clocks: Clocks) -> pd.DataFrame:
    """A row for every arc, in order.

    `ready`, `leaves` and `arrives` are by the clock of the place. `time_h` is from being ready to the arrival, of which
    `wait_h` is for a departure or an opening; `expected_wait_h`, where only the frequency is known, is in the time too.
    The money of a price line is shared out over its legs by distance, to the cent.
    """
    compiled, steps = asked.prepared.compiled, way.steps
    arcs = compiled.network.arcs
    frame = described(compiled, way.arcs)
    minutes = {"ready": steps.ready, "leaves": steps.entered, "arrives": steps.reached}
    ends = {"ready": "from_place", "leaves": "from_place", "arrives": "to_place"}
    for name, moments in minutes.items():
        frame[name] = [clocks.show(at, place) for at, place in zip(moments, frame[ends[name]], strict=True)]
    frame["time_h"] = (steps.reached - steps.ready) / MINUTES
    frame["wait_h"] = (steps.entered - steps.ready) / MINUTES
    frame["expected_wait_h"] = asked.calendar.timetable.wait_min[way.arcs] / MINUTES
    frame["sd_h"] = np.sqrt(asked.variance()[way.arcs])
    frame["money_usd"] = shares(prices, arcs.km[way.arcs]) / CENTS
    frame["co2e_kg"] = asked.costs()[Criterion.CO2E][way.arcs] / GRAMS
    return with_sums(frame)


def shares(prices: Prices, km: np.ndarray) -> Ints:
    """Cents (n,) of every arc of a way: each line over its arcs by their kilometres, evenly where there are none."""
    cents = np.zeros(len(km), dtype=np.int64)
    for line in prices.lines:
        part = km[line.first : line.stop]
        weight = part if part.sum() > 0.0 else np.ones(len(part))
        upto = np.rint(line.usd_cents * np.cumsum(weight) / weight.sum()).astype(np.int64)
        cents[line.first : line.stop] += np.diff(upto, prepend=0)
    return cents


def with_sums(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what has added up so far."""
    return frame.assign(**{f"sum_{name}": frame[name].cumsum() for name in _SUMS})


def stretches(legs: pd.DataFrame) -> pd.DataFrame:
    """Legs of one carriage, mode, regime and service in a row as one, and what is done between them."""
    moves = legs["act"].isin(_MOVING)
    same = moves & moves.shift(fill_value=False)
    service = legs["what"].where(legs["act"] == _MOVING[1], "")
    for key in (legs["mode"], legs["to_carriage"], legs["corridor"], service):
        same &= key == key.shift()
    rows = [_stretch(part) for _, part in legs.groupby((~same).cumsum(), sort=False)]
    frame = with_sums(pd.DataFrame(rows))
    frame.insert(0, "seq", np.arange(1, len(frame) + 1))
    return frame


def _stretch(part: pd.DataFrame) -> dict[str, Any]:
    first, last = part.iloc[0], part.iloc[-1]
    head = {name: first[name] for name in ("act", "mode", "from_carriage", "from_corridor", "from_place", "from_name")}
    tail = {name: last[name] for name in ("to_carriage", "corridor", "to_place", "to_name")}
    return {
        **head,
        **tail,
        "what": "" if first["act"] == _MOVING[0] else first["what"],
        "ready": first["ready"],
        "leaves": first["leaves"],
        "arrives": last["arrives"],
        "wait_h": float(part["wait_h"].sum()),
        "expected_wait_h": float(part["expected_wait_h"].sum()),
        "sd_h": float(np.sqrt((part["sd_h"] ** 2).sum())),
        **{name: float(part[name].sum()) for name in _SUMS},
    }


def diagram(legs: pd.DataFrame, band: Floats) -> pd.DataFrame:
    """A start row and a row after every leg: distance, hours, money and emissions so far, and the band (legs, 2) of
    hours.
    """
    start = {
        "place_id": legs["from_place"].iloc[0], "place_name": legs["from_name"].iloc[0], "activity": "start",
        "carriage": legs["from_carriage"].iloc[0], "corridor": "", "distance_km": 0.0, "time_h": 0.0, "cost_usd": 0.0,
        "co2e_kg": 0.0, "low_h": 0.0, "high_h": 0.0,
    }  # fmt: skip
    rows = pd.DataFrame(
        {
            "place_id": legs["to_place"], "place_name": legs["to_name"], "activity": legs["act"],
            "carriage": legs["to_carriage"], "corridor": legs["corridor"], "distance_km": legs["sum_distance_km"],
            "time_h": legs["sum_time_h"], "cost_usd": legs["sum_money_usd"], "co2e_kg": legs["sum_co2e_kg"],
            "low_h": band[:, 0], "high_h": band[:, 1],
        }
    )  # fmt: skip
    frame = pd.concat([pd.DataFrame([start]), rows], ignore_index=True)
    frame.insert(0, "seq", np.arange(len(frame)))
    return frame


def numbered(parts: list[pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """The tables of several ways as one, with the name of the way in front."""
    named = []
    for name, part in zip(names, parts, strict=True):
        part = part.copy()
        part.insert(0, "way", name)
        named.append(part)
    return pd.concat(named, ignore_index=True)
