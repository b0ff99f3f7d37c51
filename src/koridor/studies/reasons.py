"""Why a model's value differs from one that was published, as far as the data can tell."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from koridor.model.scenario import Scenario
from koridor.text import t
from koridor.units import format_number

Row = Mapping[Hashable, Any]
_BOXES = "teu_per_yr"
_PRICES = ("usd_per_teu", "usd_per_t")


def why(scenario: Scenario, row: Row, model: float) -> str:
    """The note of the observation, then what the tables say: years, services for boxes, flows between the two sides."""
    meta = scenario.dataset.meta
    said = [str(row["note"])] if isinstance(row["note"], str) else []
    if row["kind"] == "volume":
        said += _volume(scenario, row, model)
    if row["unit"] in _PRICES and row["year"] != meta["price_year"]:
        said.append(t("prices of {year}, in the model of {base}", year=row["year"], base=meta["price_year"]))
    if row["kind"] in ("volume", "share") and row["year"] != meta["base_year"]:
        said.append(t("of {year}, in the model of {base}", year=row["year"], base=meta["base_year"]))
    if row["confidence"] == "low":
        said.append(t("the published value is of low confidence"))
    return "; ".join(said)


def _volume(scenario: Scenario, row: Row, model: float) -> list[str]:
    """What the tables say of traffic over a screenline."""
    tagged = scenario.table("screenline_link")
    mine = tagged.loc[tagged["screenline_id"] == row["screenline_id"], "link_id"]
    links = scenario.table("link")
    links = links[links["link_id"].isin(mine)]
    if row["unit"] == _BOXES and _no_boxes(scenario, links):
        return [t("no service for boxes runs there in the dataset")]
    said = [t("in the model every flow has a cheaper way elsewhere")] if model == 0.0 else []
    return [*said, *_neighbours(scenario, links)]


def _no_boxes(scenario: Scenario, links: pd.DataFrame) -> bool:
    """Whether only ships cross, and none of the services for boxes joins the ends of any of these ways."""
    if links.empty or not links["mode"].isin(["sea", "river"]).all():
        return False
    service = scenario.table("service")
    running = service.loc[service["status"] == "open", "service_id"]
    stops = scenario.table("service_stop")
    served = stops[stops["service_id"].isin(running)].groupby("service_id")["place_id"].agg(set)
    ends = zip(links["from_place"], links["to_place"], strict=True)
    return not any({start, end} <= places for start, end in ends for places in served)


def _neighbours(scenario: Scenario, links: pd.DataFrame) -> list[str]:
    """Flows between the countries on the two sides, where the ways cross one frontier: most of what a count holds."""
    country = scenario.table("place").set_index("place_id")["country_id"]
    pairs = {frozenset((country[a], country[b])) for a, b in zip(links["from_place"], links["to_place"], strict=True)}
    if len(pairs) != 1 or len(sides := sorted(next(iter(pairs)))) != len(("this side", "that side")):
        return []
    region = scenario.table("region").set_index("region_id")["country_id"]
    flow = scenario.table("flow")
    ends = pd.DataFrame({"a": flow["origin"].map(region), "b": flow["destination"].map(region)})
    across = ends.isin(sides).all(axis=1) & (ends["a"] != ends["b"])
    tonnes = flow[across].groupby("part")["volume_t"].sum()
    names = scenario.table("country").set_index("country_id")["name"]
    return [
        t(
            "flows between {first} and {second} in the dataset: {free} contestable, {captive} captive",
            first=names[sides[0]],
            second=names[sides[1]],
            free=format_number(float(tonnes.get("contestable", 0.0)), "t"),
            captive=format_number(float(tonnes.get("captive", 0.0)), "t"),
        )
    ]
