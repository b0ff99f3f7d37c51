"""Filling an empty desk with a month of trade that ends today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

from koridor.data.dataset import Dataset
from koridor.operator import four_eyes
from koridor.operator.booking.tend import tend
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk
from koridor.operator.common.policy import DAY_MS
from koridor.operator.demo.boxes import Boxes
from koridor.operator.demo.diary import Diary
from koridor.operator.demo.people import PARTNERS, agree_split, agree_terms, settle_in
from koridor.operator.demo.plan import need_places, read
from koridor.operator.demo.settling import claim_delay, enter_statement
from koridor.operator.demo.trade import Trade
from koridor.operator.money import ledger, netting
from koridor.operator.network.publish import publish
from koridor.text import t

Progress = Callable[[int, int, str], None]


def fill(
    desk: Desk, dataset: Dataset, plan: Mapping[str, Any] | None = None, show: Progress | None = None
) -> dict[str, Any]:
    """Logins, their password, and counts of what happened.

    `show` is told each day of the month that is over. Raises UsageError for a desk that is not empty, or a plan (by
    default the one that comes with koridor) for another dataset.
    """
    plan = read() if plan is None else plan
    need_places(plan, dataset)
    today_ms = desk.clock()
    start_ms, end_ms = today_ms - plan["days"] * DAY_MS, today_ms + plan["ahead_days"] * DAY_MS
    diary = Diary(start_ms)
    past = replace(desk, clock=diary.clock)
    actors, password = settle_in(past, plan["payees"], plan["shippers"])
    agree_terms(past, actors, plan["terms"], start_ms, end_ms)
    agree_split(past, actors, plan["split"], start_ms)
    past.do(SYSTEM, lambda tx: publish(tx, dataset, start_ms, end_ms))
    trade = Trade(past, diary, actors, plan, Random(plan["seed"]))
    for row in plan["enquiries"]:
        for day in row["days"]:
            diary.at(start_ms + day * DAY_MS + trade.days(1), partial(trade.enquire, row))
    for day in range(1, plan["days"] + 1):
        diary.at(start_ms + day * DAY_MS, partial(_close, past, day, plan["days"], show))
    Boxes(trade, start_ms, end_ms).plan()
    diary.at(today_ms - DAY_MS, lambda: enter_statement(trade))
    diary.at(today_ms - DAY_MS, lambda: claim_delay(trade))
    diary.at(today_ms - DAY_MS, lambda: _settle(trade))
    diary.run(today_ms)
    return {"logins": sorted(actors), "password": password, "counts": dict(sorted(trade.counts.items()))}


def _close(desk: Desk, day: int, days: int, show: Progress | None) -> None:
    """A day is over: what has expired is let go."""
    desk.do(SYSTEM, tend)
    if show is not None:
        show(day, days, t("days"))


def _settle(trade: Trade) -> None:
    """Who owes the other partner pays what is owed, by two persons, and both sign the month that is over."""
    desk = trade.desk
    for partner, other in (PARTNERS, PARTNERS[::-1]):
        sales, finance = trade.clerk("sales", partner), trade.clerk("finance", partner)
        owed = desk.look(SYSTEM, lambda tx, a=partner, b=other: ledger.balance(tx, a, "due", about=b))  # type: ignore[misc]
        for currency, amount in owed.items():
            if amount < 0:
                content = {"to": "partner", "party_id": other, "currency": currency, "amount_minor": -amount}
                one = desk.do(sales, lambda tx, c=content: four_eyes.propose(tx, "payout", c))  # type: ignore[misc]
                desk.do(finance, lambda tx, one=one: four_eyes.decide(tx, one, granted=True), strict=True)  # type: ignore[misc]
                trade.count("payouts")
        now = datetime.fromtimestamp(trade.diary.now_ms / 1000, UTC)
        month = f"{now.year - (now.month == 1)}-{(now.month - 2) % 12 + 1:02d}"
        desk.do(finance, lambda tx, a=partner, b=other, m=month: netting.sign(tx, a, b, m), strict=True)  # type: ignore[misc]
        trade.count("statements signed")
