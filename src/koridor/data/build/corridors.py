"""Corridors as commercial regimes: terms, links, stops, gates, and handing over between them."""

from __future__ import annotations

import pandas as pd

from koridor.data.build.common import per_t_from_teu, ranged
from koridor.data.build.raw import Raw, number, pairs


def tables(raw: Raw) -> dict[str, pd.DataFrame]:
    """The tables of corridors."""
    return {
        "corridor": _corridors(raw),
        "corridor_term": pd.concat([_box_terms(raw), _bulk_terms(raw)], ignore_index=True),
        "corridor_link": links(raw)[["corridor_id", "link_id"]],
        "corridor_stop": _stops(raw),
        "corridor_gate": _gates(raw),
        "interchange": _interchanges(raw),
    }


def links(raw: Raw) -> pd.DataFrame:
    """Links of corridors, each once. Those of branches that are not built are there too, as only open links carry."""
    return raw.facts["corridor_links"].drop_duplicates(["corridor_id", "link_id"], ignore_index=True)


def _corridors(raw: Raw) -> pd.DataFrame:
    frame = raw.facts["corridors"].merge(
        raw.own["corridors_in_force"][["corridor_id", "in_force"]], on="corridor_id", how="left", validate="one_to_one"
    )
    return pd.DataFrame(
        {
            "corridor_id": frame["corridor_id"],
            "name": frame["name"],
            "axis": frame["axis"],
            "in_force": frame["in_force"] == "yes",
            "consignment": frame["consignment_regime"],
            "source": frame["basis"],
            "confidence": "low",
            "note": frame["status"],
        }
    )


def _terms(raw: Raw, form: str) -> pd.DataFrame:
    frame = raw.facts["corridors"]
    parts = {
        **_range(frame, "tariff", "factor", "tariff_factor"),
        **_range(frame, "speed", "factor", "speed_factor"),
        **_range(frame, "border_time", "factor", "border_time_factor"),
        **_range(frame, "stop_wait", "h", "stop_wait_h"),
    }
    return pd.DataFrame(
        {
            "corridor_id": frame["corridor_id"],
            "form": form,
            **parts,
            "source": frame["basis"],
            "confidence": "low",
            "note": "",
        }
    )


def _range(frame: pd.DataFrame, base: str, unit: str, column: str) -> dict[str, pd.Series]:
    return ranged(frame, base, unit, f"{column}_central", f"{column}_low", f"{column}_high")


def _box_terms(raw: Raw) -> pd.DataFrame:
    return _terms(raw, "box")


def _bulk_terms(raw: Raw) -> pd.DataFrame:
    """Terms of wagons: slower, with less discount and shorter waits than boxes, in the proportions of the pilot."""
    frame = _terms(raw, "bulk")
    for end in ("", "low_", "high_"):
        tariff, speed, wait = f"tariff_{end}factor", f"speed_{end}factor", f"stop_wait_{end}h"
        frame[tariff] = 1 - (1 - frame[tariff]) * raw.value("bulk_discount_share")
        frame[speed] = (frame[speed] * raw.value("bulk_speed_share")).round(4)
        frame[wait] = frame[wait] * raw.value("bulk_wait_share")
    source = raw.parameters["bulk_speed_share"].source
    return frame.assign(
        source=frame["source"] + "; wagons in proportion to boxes: " + source, note="Worked out from the terms of boxes"
    )


def _stops(raw: Raw) -> pd.DataFrame:
    """Stops. The wait of the corridor is taken out of the hours to join, as it is added again where a box joins.

    What is left may be negative, but never below minus half the lowest wait (of wagons too): no joining takes less
    than no time.
    """
    frame = raw.facts["corridor_stops"]
    frame = frame[frame["is_stop"] == "yes"].merge(
        raw.facts["corridors"][["corridor_id", "stop_wait_h_central", "stop_wait_h_low"]], on="corridor_id"
    )
    extra = number(frame["join_h"]) - number(frame["stop_wait_h_central"])
    floor = -number(frame["stop_wait_h_low"]) * raw.value("bulk_wait_share")
    join, leave = number(frame["join_usd_per_teu"]), number(frame["leave_usd_per_teu"])
    return pd.DataFrame(
        {
            "corridor_id": frame["corridor_id"],
            "place_id": frame["place"],
            "join_extra_h": extra.clip(lower=floor),
            "join_usd_per_teu": join,
            "join_usd_per_t": per_t_from_teu(raw, join),
            "leave_h": number(frame["leave_h"]),
            "leave_usd_per_teu": leave,
            "leave_usd_per_t": per_t_from_teu(raw, leave),
            "source": frame["basis"],
            "confidence": "low",
            "note": "",
        }
    )


def _gates(raw: Raw) -> pd.DataFrame:
    frame = raw.facts["corridor_stops"]
    frame = frame[frame["gate_links"] != ""]
    named = frame.assign(link_id=frame["gate_links"].str.split(";")).explode("link_id")
    return named[["corridor_id", "link_id"]].drop_duplicates().reset_index(drop=True)


def _interchanges(raw: Raw) -> pd.DataFrame:
    """Rows of interchanges; between corridors of one axis the joined terms hold already."""
    frame = raw.facts["interchanges"]
    axis = pairs(raw.facts["corridors"], "corridor_id", "axis")
    force = pairs(raw.own["corridors_in_force"], "corridor_id", "built")
    built = (frame["from_corridor"].map(force) == "yes") & (frame["to_corridor"].map(force) == "yes")
    same = frame["from_corridor"].map(axis) == frame["to_corridor"].map(axis)
    columns: dict[str, pd.Series] = {}
    for terms in ("separate", "joined"):
        columns |= _range(frame, terms, "h", f"{terms}_h")
        money = _range(frame, terms, "usd_per_teu", f"{terms}_usd_per_teu")
        columns |= money
        columns |= {name.replace("per_teu", "per_t"): per_t_from_teu(raw, value) for name, value in money.items()}
    groups = pairs(raw.own["interchange_groups"], "name", "group")
    return pd.DataFrame(
        {
            "interchange_group": frame["interchange_group"].map(groups),
            "from_corridor": frame["from_corridor"],
            "from_place": frame["from_place"],
            "to_corridor": frame["to_corridor"],
            "to_place": frame["to_place"],
            "state": (same & built).map({True: "joined", False: "separate"}),
            "two_way": frame["bidirectional"] == "yes",
            **columns,
            "source": frame["basis"],
            "confidence": "low",
            "note": "",
        }
    )
