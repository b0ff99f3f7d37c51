"""The demonstration's end of month: a carrier's statement, and a claim for a leg that was late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import booking
from koridor.operator.demo.people import PARTNERS
from koridor.operator.demo.trade import Trade
from koridor.operator.money import carriers, claims
from koridor.operator.money.carriers import Line
from koridor.operator.money.claims import Delay
from koridor.operator.quoting.price import CURRENCY


def enter_statement(trade: Trade) -> None:
    """The carrier of whom most is expected asks for it: one line more than it should, and one for nothing known."""
    told, book = trade.plan["statement"], PARTNERS[0]
    finance = trade.clerk("finance", book)
    names = sorted(trade.plan["payees"])

    def known(tx: Tx) -> dict[str, dict[str, int]]:
        return {name: carriers.open_accruals(tx, book, name, CURRENCY) for name in names}

    carrier_id, due = max(trade.desk.look(finance, known).items(), key=lambda pair: sum(pair[1].values()))
    asked = [(ref, amount) for ref, amount in sorted(due.items()) if amount > 0][: told["lines_max"]]
    lines = [
        Line(ref, "", amount if at else round(amount * (1 + told["more_share"])))
        for at, (ref, amount) in enumerate(asked)
    ]
    lines.append(Line("unknown", "", told["unknown_minor"]))
    trade.desk.do(finance, lambda tx: carriers.enter(tx, carrier_id, "demo", CURRENCY, lines), strict=True)
    trade.count("carriers' statements")


def claim_delay(trade: Trade) -> None:
    """The first booking that was completed counts as late: its seller claims, whose leg it was agrees to a part."""
    told = trade.plan["claim"]
    arrived = datetime.fromtimestamp(trade.diary.now_ms / 1000, UTC).date()
    delay = Delay(told["distance_km"], True, 0, 0, arrived - timedelta(days=told["taken_days"]), arrived)
    done = sa.select(booking).where(booking.c.status == "COMPLETED").order_by(booking.c.created_ms)
    for row in trade.desk.look(SYSTEM, lambda tx: tx.run(done).all()):
        if _claimed(trade, row.booking_id, row.seller_id, delay):
            trade.count("claims")
            return


def _claimed(trade: Trade, booking_id: str, seller_id: str, delay: Delay) -> bool:
    """Whether there was something to claim; then it is filed and agreed to."""
    finance = trade.clerk("finance", seller_id)
    try:
        claim_id = trade.desk.do(finance, lambda tx: claims.note_delay(tx, booking_id, 0, CURRENCY, delay))
    except Refused:  # a leg that costs nothing
        return False
    shown = trade.desk.look(finance, lambda tx: claims.view(tx, claim_id))
    bearer = trade.clerk("finance", shown["bearer_id"])
    agreed = max(1, round(shown["amount_minor"] * trade.plan["claim"]["agreed_share"]))
    trade.desk.do(finance, lambda tx: claims.advance(tx, claim_id, "file"), strict=True)
    trade.desk.do(bearer, lambda tx: claims.advance(tx, claim_id, "agree", agreed), strict=True)
    return True
