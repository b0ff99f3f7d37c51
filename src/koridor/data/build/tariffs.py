"""Price lists: tariffs with their rules and links, currencies and exchange rates."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from koridor.data.build import links as link_module
from koridor.data.build import transfers as transfer_module
from koridor.data.build.evidence import one_row
from koridor.data.build.raw import Raw, number, records
from koridor.data.build.services import course, graph_of
from koridor.schema import TABLES


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The tables `currency`, `currency_rate`, `tariff`, `tariff_link` and `tariff_rule`."""
    tariffs = raw.own["tariffs"]
    return {
        "currency": raw.own["currencies"],
        "currency_rate": raw.own["currency_rates"].assign(
            units_per_usd=number(raw.own["currency_rates"]["units_per_usd"])
        ),
        "tariff": tariffs[list(TABLES["tariff"].columns)],
        "tariff_link": _links(raw),
        "tariff_rule": _rules(raw),
    }


def _rules(raw: Raw) -> pd.DataFrame:
    """Rules with amounts of their own, or with the value of the row of the fact base that they name."""
    rows = []
    for rule in raw.own["tariff_rules"].to_dict("records"):
        if rule["fact"]:
            fact = one_row(raw.facts["costs"], rule["fact"])
            note = ". ".join(part for part in (rule["note"], fact["note"]) if part)
            rule |= {
                "amount": str(float(fact["value"]) * float(rule["scale"])),
                "source": fact["source"], "confidence": fact["confidence"], "note": note,
            }  # fmt: skip
        rows.append(rule)
    frame = pd.DataFrame(rows)[list(TABLES["tariff_rule"].columns)]
    return frame.assign(**{name: number(frame[name]) for name in ("amount", "above_t", "upto_t", "above_m", "upto_m")})


def _links(raw: Raw) -> pd.DataFrame:
    """Links of a tariff: named one by one, those of a corridor, or those of its course."""
    rows = []
    for tariff in records(raw.own["tariffs"]):
        found = [name for name in tariff.link_ids.split(";") if name]
        if tariff.corridor_links:
            mine = raw.facts["corridor_links"]
            found += mine.loc[mine["corridor_id"] == tariff.corridor_links, "link_id"].tolist()
        if tariff.course:
            found += _course(raw, tariff.tariff_id, tariff.course.split(">"), tariff.ferries.split(";"))
        rows += [{"tariff_id": tariff.tariff_id, "link_id": link} for link in dict.fromkeys(found)]
    return pd.DataFrame(rows)


def _course(raw: Raw, name: str, waypoints: list[str], ferries: list[str]) -> list[str]:
    """Links of the shortest way by rail and these ferries through the waypoints, changes of gauge included."""
    links, changes = link_module.links(raw), transfer_module.tables(raw)["transfer"]
    links, changes = links[links["status"] == "open"], changes[changes["status"] == "open"]
    states = course(graph_of(links, changes, ferries, raw.value("transfer_detour_km")), waypoints, name)
    known: dict[tuple[str, str, str], tuple[float, str]] = {}
    for link in records(links[(links["mode"] == "rail") | links["link_id"].isin(ferries)]):
        for carriage in link.carriages.split(";"):
            for ends in ((link.from_place, link.to_place), (link.to_place, link.from_place)):
                key = (*ends, carriage)
                known[key] = min(known.get(key, (float("inf"), "")), (link.length_km, link.link_id))
    pairs = [(a[0], b[0], a[1]) for a, b in pairwise(states) if a[0] != b[0]]
    return [known[pair][1] for pair in pairs]
