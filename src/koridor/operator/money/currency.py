"""Currencies and whole minor units. XDR is not among them: it has no minor unit and nothing is paid in it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from koridor.operator.common.refused import Refused
from koridor.operator.identifiers.tables import rows
from koridor.text import t

HERE = Path(__file__).parent

MOST_MINOR = 10**13
PLACES = 2  # of a currency that is not known here


@cache
def exponents() -> Mapping[str, int]:
    """Decimal places of each currency that can be booked."""
    return {row["currency"]: int(row["exponent"]) for row in rows("currency", HERE)}


def minor_of(currency: str, amount: str) -> int:
    """Whole minor units of an amount told as a decimal number. Raises Refused `invalid`, also for a part of a cent."""
    if currency not in exponents():
        known = ", ".join(exponents())
        raise Refused("invalid", t("Currency {code} is not one of {known}.", code=currency, known=known))
    try:
        minor = Decimal(amount).scaleb(exponents()[currency])
    except InvalidOperation:
        minor = Decimal("NaN")
    if not minor.is_finite() or minor != minor.to_integral_value() or abs(minor) > MOST_MINOR:
        raise Refused(
            "invalid",
            t(
                'Amount: found "{found}": must be a number of {currency} with at most {places} decimal places.',
                found=amount,
                currency=currency,
                places=exponents()[currency],
            ),
        )
    return int(minor)


def major_of(currency: str, minor: int) -> str:
    """An amount in minor units as the decimal number that people read, such as 600.00."""
    return str(Decimal(minor).scaleb(-exponents().get(currency, PLACES)))
