"""Prices of the demonstration: from the dataset's services and rates, by great circles. Estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from koridor.data.dataset import Dataset
from koridor.operator.demo.people import PARTNERS
from koridor.operator.money.currency import minor_of
from koridor.operator.money.price import PriceLine
from koridor.operator.network.timetable import Call, great_circle_km

CURRENCY = "USD"  # the money of every dataset
RAIL = "rail"


@dataclass(frozen=True, slots=True)
class Line:
    """A service with what a quote needs of it.

    Attributes
    ----------
    calls : tuple of Call
        Its stops in their order.
    countries : tuple of str
        Country of each stop.
    usd_per_teu_km : float
        Price.
    """

    service_id: str
    mode: str
    carrier: str
    calls: tuple[Call, ...]
    countries: tuple[str, ...]
    usd_per_teu_km: float
    transit_h: float
    high_h: float

    @property
    def called(self) -> set[str]:
        """Countries in which it calls."""
        return {country for country, call in zip(self.countries, self.calls, strict=True) if call.calls}

    def span(self, origin: str, destination: str) -> tuple[Sequence[Call], Sequence[str]]:
        """Stops and their countries between two places, in the direction of the ride."""
        ids = [call.place_id for call in self.calls]
        first, last = ids.index(origin), ids.index(destination)
        step = 1 if first < last else -1
        stop = last + step if last + step >= 0 else None
        return self.calls[first:stop:step], self.countries[first:stop:step]


def lines_of(dataset: Dataset, most: int) -> list[Line]:
    """Services with capacity that call in a country of the parties, those with most departures first."""
    services = dataset.table("service")
    known = services[(services["status"] == "open") & (services["capacity_teu"] > 0)]
    ordered = known.sort_values(["frequency_per_week", "service_id"], ascending=[False, True])
    lines = [_line(dataset, row) for row in ordered.to_dict("records")]
    parties = set(dataset.table("country").query("party")["country_id"])
    near = [line for line in lines if parties & line.called]
    return (near or lines)[:most]


def _line(dataset: Dataset, row: dict[str, Any]) -> Line:
    stops = dataset.table("service_stop")
    places = dataset.table("place").set_index("place_id")
    own = stops[stops["service_id"] == row["service_id"]].sort_values("seq").to_dict("records")
    where = places[["lon_deg", "lat_deg"]].to_dict("index")
    calls = tuple(Call(one["place_id"], **where[one["place_id"]], calls=bool(one["calls"])) for one in own)
    countries = tuple(str(places.loc[call.place_id, "country_id"]) for call in calls)
    whole_km = length_km(calls) or 1.0
    price = row["price_usd_per_teu"]
    per_km = float(price) / whole_km if price == price else _rate(dataset, row["mode"]) * float(row["tariff_factor"])
    head = (row["service_id"], row["mode"], f"carrier-{row['service_id']}", calls, countries)
    return Line(*head, per_km, float(row["transit_h"]), float(row["transit_high_h"]))


def _rate(dataset: Dataset, mode: str) -> float:
    """Price of a kilometre for a TEU by a mode, where nothing nearer is said."""
    rates = dataset.table("rate")
    near = rates["country_id"].notna() | rates["link_id"].notna()
    general = rates[(rates["mode"] == mode) & (rates["form"] == "box") & ~near]
    return float(general["distance_usd_per_km"].iloc[0])


def length_km(calls: Sequence[Call]) -> float:
    """Length of a row of stops by great circles."""
    return sum(great_circle_km(one, two) for one, two in pairwise(calls))


def price_of(line: Line, origin: str, destination: str, teu: float, margin_share: float) -> tuple[PriceLine, ...]:
    """Two lines: the first half of the way is earned by the one partner, the second by the other."""
    calls, _ = line.span(origin, destination)
    km = length_km(calls)
    found = []
    for half, earner in enumerate(PARTNERS):
        usd = km / 2 * line.usd_per_teu_km * teu
        amount, cost = (minor_of(CURRENCY, f"{value:.2f}") for value in (usd, usd * (1 - margin_share)))
        text = f"{line.service_id} {origin}-{destination}, {half + 1}/2"
        found.append(PriceLine(text, 0, CURRENCY, amount, cost, earner, line.carrier, round(km / 2), "estimate"))
    return tuple(found)


def hours(line: Line, origin: str, destination: str) -> dict[str, int]:
    """Hours of a ride: those of the service by the share of the way, and those of its slowest runs."""
    calls, _ = line.span(origin, destination)
    km, whole = length_km(calls), length_km(line.calls)
    share = km / whole if whole else 1.0
    return {"p50_h": round(line.transit_h * share), "p90_h": round(line.high_h * share)}


def railways(line: Line, origin: str, destination: str) -> tuple[str, ...]:
    """Railways that a ride passes, one a country, in its direction; none on water."""
    return tuple(dict.fromkeys(line.span(origin, destination)[1])) if line.mode == RAIL else ()
