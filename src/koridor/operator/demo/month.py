"""Filling an empty desk with a month of trade that ends today."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
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
from koridor.operator.demo.people import PARTNERS, agree_terms, settle_in
from koridor.operator.demo.price import lines_of
from koridor.operator.demo.settling import claim_delay, enter_statement
from koridor.operator.demo.trade import Trade
from koridor.operator.money import ledger, netting
from koridor.operator.network.publish import publish


def fill(desk: Desk, dataset: Dataset) -> dict[str, Any]:
    """Logins, their password, and counts of what happened. Raises UsageError for a desk that is not empty."""
    plan = tomllib.loads(files(__package__).joinpath("month.toml").read_text(encoding="utf-8"))
    today_ms = desk.clock()
    start_ms, end_ms = today_ms - plan["days"] * DAY_MS, today_ms + plan["ahead_days"] * DAY_MS
    diary, random = Diary(start_ms), Random(plan["seed"])
    past = replace(desk, clock=diary.clock)
    lines = lines_of(dataset, plan["services"])
    names = dataset.table("service").set_index("service_id")["operator"]
    carriers = {line.carrier: str(names[line.service_id]) for line in lines}
    actors, password = settle_in(past, carriers, plan["shippers"])
    agree_terms(past, actors, plan["terms"], start_ms, end_ms)
    past.do(SYSTEM, lambda tx: publish(tx, dataset, start_ms, end_ms))
    trade = Trade(past, diary, actors, lines, plan, random)
    for day in range(plan["days"]):
        for _ in range(plan["enquiries_per_day"]):
            diary.at(start_ms + day * DAY_MS + trade.days(1), trade.enquire)
        diary.at(start_ms + (day + 1) * DAY_MS, partial(_tend, past))
    Boxes(trade, start_ms, end_ms).plan()
    diary.at(today_ms - DAY_MS, lambda: enter_statement(trade))
    diary.at(today_ms - DAY_MS, lambda: claim_delay(trade))
    diary.at(today_ms - DAY_MS, lambda: _settle(trade))
    diary.run(today_ms)
    return {"logins": sorted(actors), "password": password, "counts": dict(sorted(trade.counts.items()))}


def _tend(desk: Desk) -> None:
    desk.do(SYSTEM, tend)


def _settle(trade: Trade) -> None:
    """Who owes the other partner pays what is owed, by two persons, and both sign the month that is over."""
    desk = trade.desk
    for partner, other in (PARTNERS, PARTNERS[::-1]):
        sales, finance = trade.actors[f"sales-{partner[-1]}"], trade.actors[f"finance-{partner[-1]}"]
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
