"""Pages of rows by a moment, and by their ids where moments are alike; each tells where the next begins."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.text import t

FIRST_PAGE = "-"


def page(
    tx: Tx, asked: sa.Select[Any], at: sa.Column[int], ident: sa.Column[str], after: str, *, latest: bool = False
) -> tuple[Sequence[Any], str | None]:
    """The rows behind where a page ended, the oldest first or the latest, and where this one ends if it is full.

    Raises Refused `invalid` for what no page ended with.
    """
    ended = _ended(after)
    if ended is not None:
        behind = operator.lt if latest else operator.gt
        asked = asked.where(sa.or_(behind(at, ended[0]), sa.and_(at == ended[0], behind(ident, ended[1]))))
    order = (at.desc(), ident.desc()) if latest else (at, ident)
    rows = tx.run(asked.order_by(*order).limit(tx.policy.page_rows_max)).all()
    if len(rows) < tx.policy.page_rows_max:
        return rows, None
    last = rows[-1]._mapping
    return rows, f"{last[at.name]}.{last[ident.name]}"


def _ended(text: str) -> tuple[int, str] | None:
    """Moment and id at which a page ended, None before the first."""
    if text == FIRST_PAGE:
        return None
    moment, _, last = text.partition(".")
    if not (moment.isascii() and moment.isdecimal()) or len(moment) > 15:
        raise Refused("invalid", t("This is not where a page ends."))
    return int(moment), last
