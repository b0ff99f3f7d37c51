"""Elastic demand: how much goes at a cost, against a reference in which all the tonnes of the tables do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from koridor.model.network import Demand, Floats


class Response(StrEnum):
    """How demand answers to cost: not, with a constant elasticity, or against an outside option by a logit."""

    FIXED = "fixed"
    ELASTIC = "elastic"
    LOGIT = "logit"


@dataclass(frozen=True, slots=True)
class Elastic:
    """Demand of a pair as a function of its cost c, USD per tonne; reference: (pairs,) c0 at the tonnes t0 of the data.

    ELASTIC: t = t0 (c / c0)^-value, value > 0 an elasticity. LOGIT: t = 2 t0 / (1 + exp(value (c - c0))), value > 0 per
    USD a tonne: of twice the tonnes half go at c0, the others use an option outside the model.
    """

    response: Response
    value: float
    reference: Floats


def surplus_usd(elastic: Elastic, demand: Demand, cost: Floats) -> Floats:
    """Gain of consumers' surplus (pairs,) in USD against the reference: the integral of demand from cost to reference.

    0 for the second of twins. Where no way is left, all that demand was worth is lost: -inf up to the elasticity 1.
    Closed forms of the functions of `Elastic`; Williams (1977), doi:10.1068/a090285, for the logsum.
    """
    c0, t0 = elastic.reference, np.where(demand.first, demand.tonnes, 0.0)
    known = np.isfinite(c0) & (c0 > 0.0) & (t0 > 0.0)
    c, ref = np.where(known, cost, 1.0), np.where(known, c0, 1.0)
    if elastic.response is Response.LOGIT:
        b = elastic.value
        gain = 2.0 * t0 / b * (np.logaddexp(0.0, b * (ref - c)) - np.log(2.0))
    elif elastic.value == 1.0:
        with np.errstate(divide="ignore"):
            gain = t0 * ref * np.log(ref / c)
    else:
        power = 1.0 - elastic.value
        gain = t0 * ref * (1.0 - (c / ref) ** power) / power
    return np.where(known, gain, 0.0)
