"""The tariffs of a scenario, read from its tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from koridor.model.scenario import Scenario
from koridor.model.tariff.additive import Basis, basis
from koridor.model.tariff.consignment import exact
from koridor.model.tariff.money import Money, money
from koridor.model.tariff.rules import Rule, Tariff
from koridor.schema.words import PAYEES

_ALWAYS, _FOREVER = "0000-01-01", "9999-12-31"
_NO_END = _FOREVER + "+"  # behind every day


@dataclass(frozen=True, slots=True)
class Tariffs:
    """All tariffs of a scenario by rank, what money is worth on a day, and what prices of the network rest on."""

    items: tuple[Tariff, ...]
    money: Money
    basis: Basis


def tariffs(scenario: Scenario) -> Tariffs:
    """The tariffs of a scenario; a dataset without any gives none, and every price is then that of the network."""
    frame = scenario.table("tariff")
    rules, links = scenario.table("tariff_rule"), scenario.table("tariff_link")
    belts, ends_before = _belts(scenario.table("tariff_belt")), _superseded(rules)
    by_tariff: dict[str, dict[str, list[Rule]]] = {}
    for row in rules.to_dict("records"):
        lines = by_tariff.setdefault(str(row["tariff_id"]), {})
        lines.setdefault(str(row["line"]), []).append(_rule(row, belts, ends_before))
    own_links = links.groupby("tariff_id")["link_id"].agg(frozenset).to_dict()
    made = [_tariff(row, own_links, by_tariff) for row in frame.to_dict("records")]
    return Tariffs(tuple(sorted(made, key=lambda one: (one.rank, one.id))), money(scenario), basis(scenario))


def _tariff(row: Any, links: dict[Any, Any], rules: dict[str, dict[str, list[Rule]]]) -> Tariff:
    mine = rules.get(row["tariff_id"], {})
    ends = tuple(_text(row[name]) for name in ("from_place", "to_place"))
    both = ends + ends[::-1] if row["two_way"] else ends
    return Tariff(
        id=str(row["tariff_id"]),
        name=str(row["name"]),
        rank=int(row["rank"]),
        modes=_texts(row["modes"]),
        carriages=_texts(row["carriages"]),
        country=_text(row["country_id"]),
        corridor=_text(row["corridor_id"]),
        service=_text(row["service_id"]),
        ends=tuple(zip(both[::2], both[1::2], strict=True)) if all(ends) else (),
        covers=tuple(PAYEES.index(name) for name in _texts(row["covers"])),
        currency=str(row["currency_id"]),
        included=_texts(row["included"]),
        excluded=_texts(row["excluded"]),
        conditions=_text(row["conditions"]),
        document=_text(row["document"]),
        source=str(row["source"]),
        confidence=str(row["confidence"]),
        links=links.get(row["tariff_id"], frozenset()),
        lines=tuple((name, tuple(sorted(mine[name], key=lambda r: (r.seq, r.id)))) for name in sorted(mine)),
    )


def _rule(row: Any, belts: dict[str, Any], ends_before: dict[str, str]) -> Rule:
    return Rule(
        id=str(row["rule_id"]),
        line=str(row["line"]),
        seq=int(row["seq"]),
        operation=str(row["operation"]),
        amount=Fraction(0) if pd.isna(row["amount"]) else exact(row["amount"]),
        per=_texts(row["per"]),
        kinds=_texts(row["kinds"]),
        sizes=_texts(row["sizes"]),
        load=_text(row["load"]),
        wagon=_text(row["wagon"]),
        traffic=_texts(row["traffic"]),
        commodities=_texts(row["commodities"]),
        gng=_texts(row["gng"]),
        dangerous=_texts(row["dangerous"]),
        ordinary=row["ordinary"] == "yes",
        above_t=_bound(row["above_t"], -1.0),
        upto_t=_bound(row["upto_t"], float("inf")),
        above_m=_bound(row["above_m"], -1.0),
        upto_m=_bound(row["upto_m"], float("inf")),
        first_day=_text(row["first_day"]) or _ALWAYS,
        last_day=_text(row["last_day"]) or _FOREVER,
        ends_before=ends_before.get(str(row["rule_id"]), _NO_END),
        belts=belts.get(str(row["rule_id"]), ()),
        source=str(row["source"]),
        confidence=str(row["confidence"]),
    )


def _superseded(rules: pd.DataFrame) -> dict[str, str]:
    """First day of the rule that supersedes another, by the id of the other."""
    mine = rules[rules["supersedes"].notna()]
    return dict(zip(mine["supersedes"].astype(str), mine["first_day"].fillna(_ALWAYS).astype(str), strict=True))


def _belts(frame: pd.DataFrame) -> dict[str, tuple[tuple[Fraction, Fraction], ...]]:
    ordered = frame.sort_values(["rule_id", "upto_km"])
    return {str(rule): tuple(_steps(part)) for rule, part in ordered.groupby("rule_id")}


def _steps(part: pd.DataFrame) -> Iterable[tuple[Fraction, Fraction]]:
    return ((Fraction(int(km)), exact(amount)) for km, amount in zip(part["upto_km"], part["amount"], strict=True))


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


def _texts(cell: object) -> tuple[str, ...]:
    return tuple(part for part in _text(cell).split(";") if part)


def _bound(cell: object, otherwise: float) -> float:
    return otherwise if pd.isna(cell) else float(cell)  # type: ignore[arg-type]
