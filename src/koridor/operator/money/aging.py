"""What customers owe and for how long: bills that were not paid in full, the oldest first."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.policy import DAY_MS
from koridor.operator.db.tables import account, entry, journal


def receivables(tx: Tx) -> list[dict[str, Any]]:
    """What is open in the book of the actor's party by customer, reference and currency, with the days since its first
    entry; below nothing the customer is owed.
    """
    total, since = sa.func.sum(entry.c.amount_minor).label("total"), sa.func.min(journal.c.at_ms).label("since_ms")
    keys = (account.c.about, journal.c.ref, account.c.currency)
    asked = (
        sa.select(*keys, total, since)
        .join(entry, entry.c.account_id == account.c.account_id)
        .join(journal, journal.c.journal_id == entry.c.journal_id)
        .where(account.c.book == tx.actor.party_id, account.c.kind == "receivable")
        .group_by(*keys)
        .having(sa.func.sum(entry.c.amount_minor) != 0)
        .order_by(sa.func.min(journal.c.at_ms), *keys)
    )
    return [
        {
            "customer_id": row.about,
            "ref": row.ref,
            "currency": row.currency,
            "open_minor": int(row.total),
            "since_ms": row.since_ms,
            "days": (tx.now_ms - row.since_ms) // DAY_MS,
        }
        for row in tx.run(asked.limit(tx.policy.page_rows_max))
    ]
