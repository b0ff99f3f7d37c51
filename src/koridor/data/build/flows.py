"""Flows of the base year: what land and multimodal ways may compete for, what is captive, and what travels in boxes."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from koridor.data.build.allocate import left_out, limits
from koridor.data.build.raw import Raw

Row = Mapping[Hashable, Any]

TOKEN = re.compile(r"(box_now|box_able|contest)=([0-9.]+)")
SEA = "sea"
CONTESTABLE = "contestable"
BASE = "base_2024"
RULE_FIELDS = ("origin", "destination", "commodity")


def base(raw: Raw) -> pd.DataFrame:
    """Rows of the base year with the shares contested, boxed and boxable, the modes allowed, and the reason."""
    frame = raw.facts["trade_flows"]
    frame = frame[frame["use"] == BASE].reset_index(drop=True)
    rules = raw.own["hints"]
    boxes = {row["commodity"]: row for row in raw.own["box_shares"].to_dict("records")}
    told = [_told(row, rules, boxes) for row in frame.to_dict("records")]
    return pd.concat([frame, pd.DataFrame(told)], axis=1)


def _told(row: Row, rules: pd.DataFrame, boxes: Mapping[Any, Row]) -> dict[str, object]:
    """What the row's own note says, else the rule for its hint."""
    tokens = {name: float(value) for name, value in TOKEN.findall(row["note"])}
    if tokens:
        return {
            "contest": tokens["contest"],
            "box": tokens["box_now"],
            "able": max(tokens["box_able"], tokens["box_now"]),
            "modes": "",
            "by_sea": tokens["contest"] < 1.0,
            "why": "shares: tokens of the fact base",
        }
    rule = _rule(row, rules)
    commodity = boxes[row["commodity"]]
    box = float(commodity[f"{rule['box_class']}_share"])
    return {
        "contest": float(rule["contest_share"]),
        "box": box,
        "able": max(float(commodity["able_share"]), box),
        "modes": rule["modes"],
        "by_sea": rule["box_class"] == SEA,
        "why": rule["reason"],
    }


def _rule(row: Row, rules: pd.DataFrame) -> Row:
    """The rule of the row's hint that names most of origin, destination and commodity; of equals the first."""
    fitting = [
        rule
        for rule in rules[rules["hint"] == row["mode_or_corridor_hint"]].to_dict("records")
        if all(rule[name] in ("*", row[name]) for name in RULE_FIELDS)
    ]
    if not fitting:
        raise ValueError(f"no rule for {row}")
    return max(fitting, key=lambda rule: sum(rule[name] != "*" for name in RULE_FIELDS))


def flows(raw: Raw, rows: pd.DataFrame, boxes_only: set[tuple[str, str]]) -> pd.DataFrame:
    """The table `flow`: each base row as a contestable and a captive part; an empty part is left out.

    `boxes_only` holds pairs (region, commodity) that trucks cannot serve wholly: where goods outside a box go by truck
    alone, the contestable part at such an end is all in boxes.
    """
    gone = left_out(raw)
    goods = raw.own["commodities"]
    truck_goods = set(goods.loc[~goods["bulk_modes"].str.split(";").map(lambda modes: "rail" in modes), "commodity_id"])
    spread = limits(raw)
    parts: list[dict[str, object]] = []
    for row in rows.to_dict("records"):
        ends = {(row["origin"], row["commodity"]), (row["destination"], row["commodity"])}
        boxed = row["commodity"] in truck_goods and bool(ends & boxes_only)
        parts += _parts(row, gone.get(row["origin"]) or gone.get(row["destination"]) or "", boxed, spread)
    return pd.DataFrame(parts)


def _parts(row: Row, reason: str, boxed: bool, spread: Mapping[str, float]) -> list[dict[str, object]]:
    """The contestable and the captive part of a row; all captive where there is a reason to leave it out."""
    contest = 0.0 if reason else row["contest"]
    split, able = (_boxes(contest, row[name], row["by_sea"]) for name in ("box", "able"))
    why = row["why"]
    if contest and boxed and split[0] < 1.0:
        split, able, why = (1.0, split[1]), (1.0, able[1]), f"{why}; all in boxes, since no road reaches one end"
    return [
        {
            "origin": row["origin"],
            "destination": row["destination"],
            "commodity_id": row["commodity"],
            "part": part,
            "year": row["year"],
            "modes": row["modes"] if part == CONTESTABLE else "",
            "source": row["source"],
            "confidence": row["confidence"],
            "note": "; ".join(text for text in (reason or why, _short(row)) if text),
            **_amounts(row, share, box, most, spread),
        }
        for part, share, box, most in (
            (CONTESTABLE, contest, split[0], able[0]),
            ("captive", 1.0 - contest, split[1], able[1]),
        )
        if share > 0
    ]


def _boxes(contest: float, boxed: float, by_sea: bool) -> tuple[float, float]:
    """Share in boxes of the contestable and of the captive part; together they hold the boxes of the whole.

    Of goods at sea the boxes are what a land way can win, so the contestable part takes boxed goods first.
    """
    if contest in (0.0, 1.0) or not by_sea:
        return boxed, boxed
    first = min(1.0, boxed / contest)
    return first, max(0.0, boxed - first * contest) / (1.0 - contest)


def _amounts(row: Row, share: float, box: float, able: float, spread: Mapping[str, float]) -> dict[str, float]:
    tonnes = float(row["tonnes_per_year"]) * share
    width = spread[f"volume_spread_{row['confidence']}"]
    value = row["usd_per_year"]
    return {
        "volume_t": round(tonnes, 3),
        "volume_low_t": round(tonnes * (1 - width), 3),
        "volume_high_t": round(tonnes * (1 + width), 3),
        "box_share": round(box, 6),
        "box_low_share": round(box * (1 - spread["box_spread"]), 6),
        "box_high_share": round(min(1.0, box * (1 + spread["box_spread"])), 6),
        "box_able_share": round(max(able, box), 6),
        "value_usd": round(float(value) * share, 2) if value else float("nan"),
    }


def _short(row: Row) -> str:
    """Hint and note of the fact base, without the tokens that were read."""
    note, hint = TOKEN.sub("", row["note"]).strip(" ;"), row["mode_or_corridor_hint"]
    return "; ".join(text for text in (f"way: {hint}" if hint else "", " ".join(note.split()).rstrip("; ")) if text)
