"""The end of what was published before its time: of a tariff, a contract of clocks, a rate of exchange, or a split.

From a moment on nothing new is made by it; quotes, clocks and sums from before keep it. An end is never in the past, is
proposed and decided by two people as its publication was, and of a split it waits for the other partner as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from koridor.operator.booking import terms
from koridor.operator.common.canonical import whole
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.equipment import clocks
from koridor.operator.money import agreed, fx
from koridor.text import t

Act = Callable[[Tx, str, int], object]
CHECKS: dict[str, Act] = {
    "tariff": terms.need_running,
    "clock_contract": clocks.shorter,
    "rate": fx.need_running,
    "split": agreed.ending,
}
ACTS: dict[str, Act] = {"tariff": terms.end, "clock_contract": clocks.end, "rate": fx.end}


def checked(tx: Tx, content: Mapping[str, Any]) -> dict[str, Any]:
    """A proposal of an end as it will be kept. Raises Refused `not_found`, `not_allowed_now` or `invalid`."""
    of, ident, at_ms = str(content["of"]), str(content["id"]), whole(content["at_ms"])
    if of not in CHECKS:
        raise Refused("invalid", t("What ends is one of {names}.", names=", ".join(CHECKS)))
    _refuse_past(tx, at_ms)
    CHECKS[of](tx, ident, at_ms)
    return {"of": of, "id": ident, "at_ms": at_ms}


def end(tx: Tx, proposal_id: str, content: Mapping[str, Any]) -> None:
    """Does what was proposed. Called by the second pair of eyes alone (`four_eyes`). Raises Refused as `checked`."""
    of, ident, at_ms = content["of"], content["id"], content["at_ms"]
    _refuse_past(tx, at_ms)
    if of == "split":
        agreed.offer(tx, proposal_id, agreed.ending(tx, ident, at_ms))
        return
    ACTS[of](tx, ident, at_ms)


def _refuse_past(tx: Tx, at_ms: int) -> None:
    if at_ms < tx.now_ms:
        raise Refused("not_allowed_now", t("An end is not in the past: what was made by it stays."), now_ms=tx.now_ms)
