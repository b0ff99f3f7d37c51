"""Rules of tariffs: what the tables of prices must say together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from koridor.errors import Problem
from koridor.schema.rules import Frames, Rows, Rule, rows_of
from koridor.text import t

_SETTING = ("least", "step", "counts_as")


def tariffs_say_where(frames: Frames, files: Mapping[str, str]) -> Iterable[Problem]:
    """A through price has both ends and its links; the traffic of a rule is as some country sees it; a currency other
    than the one of rates has an exchange rate.
    """
    rows = rows_of("tariff", frames, files)
    linked, rated = set(frames["tariff_link"]["tariff_id"]), set(frames["currency_rate"]["currency_id"])
    whole = _base(frames)
    for at, row in enumerate(rows.frame.to_dict("records")):
        ends = [pd.notna(row[name]) for name in ("from_place", "to_place")]
        if any(ends) and not all(ends):
            field = "to_place" if ends[0] else "from_place"
            yield rows.problem(at, field, "", t("must not be empty: a through price has two ends"), t("give both"))
        if any(ends) and row["tariff_id"] not in linked:
            limit = t("a through price must have its links in tariff_link")
            yield rows.problem(at, "from_place", str(row["from_place"]), limit, t("add its links"))
        if row["currency_id"] not in rated | whole:
            limit, hint = t("must have a rate in currency_rate"), t("add one")
            yield rows.problem(at, "currency_id", str(row["currency_id"]), limit, hint)


def _base(frames: Frames) -> set[str]:
    """USD, in which everything else is: every field that ends in `_usd` says so."""
    return {"USD"} & set(frames["currency"]["currency_id"])


def tariff_rules_complete(frames: Frames, files: Mapping[str, str]) -> Iterable[Problem]:
    """A rule has what its operation needs, and only that."""
    rows = rows_of("tariff_rule", frames, files)
    belted = set(frames["tariff_belt"]["rule_id"])
    country = dict(zip(frames["tariff"]["tariff_id"], frames["tariff"]["country_id"], strict=True))
    for at, row in enumerate(rows.frame.to_dict("records")):
        yield from _operation(rows, at, row, belted)
        if pd.notna(row["traffic"]) and pd.isna(country.get(row["tariff_id"])):
            limit = t("must be empty where the tariff names no country")
            yield rows.problem(
                at, "traffic", str(row["traffic"]), limit, t("give country_id in tariff, or leave it out")
            )


def _operation(rows: Rows, at: int, row: Mapping[Any, Any], belted: set[str]) -> Iterator[Problem]:
    operation, per = row["operation"], row["per"].split(";") if isinstance(row["per"], str) else []
    if operation == "belt" and row["rule_id"] not in belted:
        yield rows.problem(at, "operation", "belt", t("must have rows in tariff_belt"), t("add the belts of the rule"))
    if operation != "belt" and pd.isna(row["amount"]):
        yield rows.problem(at, "amount", "", t("must not be empty for this operation"), t("give the amount"))
    if operation == "step" and row["amount"] == 0:
        yield rows.problem(at, "amount", "0", t("must be above 0"), t("give the step, such as 1 for whole units"))
    if operation in _SETTING and len(per) != 1:
        limit = t("must name the one quantity that is set")
        yield rows.problem(at, "per", ";".join(per), limit, t("write one of them, such as km"))
    if operation in ("rate", "belt", "minimum") and not per:
        limit = t("must name what the amount is multiplied by")
        yield rows.problem(at, "per", "", limit, t("write unit, or consignment for once in all"))
    if operation == "factor" and per:
        yield rows.problem(at, "per", ";".join(per), t("must be empty for a coefficient"), t("leave it out"))


def rules_supersede(frames: Frames, files: Mapping[str, str]) -> Iterable[Problem]:
    """A rule supersedes an earlier one of its own tariff and line from a day, and no other does."""
    rows = rows_of("tariff_rule", frames, files)
    known = {row["rule_id"]: row for row in rows.frame.to_dict("records")}
    taken: set[str] = set()
    for at, row in enumerate(rows.frame.to_dict("records")):
        old = known.get(row["supersedes"])
        if old is None:
            continue
        found = str(row["supersedes"])
        if (old["tariff_id"], old["line"]) != (row["tariff_id"], row["line"]):
            limit = t("must be a rule of the same tariff and line")
            yield rows.problem(at, "supersedes", found, limit, t("name the rule that this one replaces"))
        if not isinstance(row["first_day"], str):
            limit = t("must not be empty where another rule is superseded")
            yield rows.problem(at, "first_day", "", limit, t("give the day from which it holds"))
        elif isinstance(old["first_day"], str) and old["first_day"] >= row["first_day"]:
            limit = t("must be later than {day}, the first day of {rule}", day=old["first_day"], rule=found)
            yield rows.problem(at, "first_day", row["first_day"], limit, t("give the day from which it holds"))
        if found in taken:
            limit = t("must be superseded once only")
            yield rows.problem(at, "supersedes", found, limit, t("supersede the rule that already replaced it"))
        taken.add(found)


_TABLES = frozenset({"tariff", "tariff_rule", "tariff_link", "tariff_belt", "currency", "currency_rate"})
RULES: tuple[Rule, ...] = (
    Rule(_TABLES, tariffs_say_where),
    Rule(_TABLES, tariff_rules_complete),
    Rule(_TABLES, rules_supersede),
)
