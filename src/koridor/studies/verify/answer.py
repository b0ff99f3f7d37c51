"""Demand that answers to cost, from the formulas of the card and the costs of reference that the result gives.

Of a market with tonnes t0 at the reference c0: ELASTIC t0 (c / c0)^-value, LOGIT 2 t0 / (1 + exp(value (c - c0))). What
goes is held against what would go at the least cost: the area between the two, |c - c(going)| |t(c) - going|, is part
of what could still be gained.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koridor.model.network import Flags, Floats
from koridor.result import Result
from koridor.studies.verify.doubts import Doubts
from koridor.studies.verify.read import Flows
from koridor.text import t


@dataclass(frozen=True, slots=True)
class Answer:
    """How demand answers: logit or not, its value; reference (pairs,) USD per tonne, tonnes (pairs,) at it, and which
    pairs (p,) answer at all: the first of twins, with tonnes and a reference.
    """

    logit: bool
    value: float
    reference: Floats
    tonnes: Floats
    moved: Flags

    def at(self, cost: Floats) -> Floats:
        """Tonnes (pairs,) at these costs; nothing where a pair does not answer."""
        c0, c = np.where(self.moved, self.reference, 1.0), np.where(self.moved, cost, 1.0)
        with np.errstate(over="ignore", divide="ignore"):
            if self.logit:
                gone = 2.0 * self.tonnes / (1.0 + np.exp(self.value * (c - c0)))
            else:
                gone = self.tonnes * (c / c0) ** -self.value
        return np.where(self.moved, gone, 0.0)

    def cost(self, going: Floats) -> Floats:
        """USD per tonne (pairs,) at which so many tonnes go; 0 where a pair does not answer."""
        c0, t0 = np.where(self.moved, self.reference, 1.0), np.where(self.moved, self.tonnes, 1.0)
        x = np.where(self.moved, np.maximum(going, 0.0), t0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = c0 + np.log(2.0 * t0 / x - 1.0) / self.value if self.logit else c0 * (x / t0) ** (-1.0 / self.value)
        return np.where(self.moved, found, 0.0)

    def most(self, cheapest: Floats) -> Floats:
        """Tonnes (pairs,) that could ever go: twice the reference's, or those of the cheapest cost without delays."""
        return 2.0 * np.where(self.moved, self.tonnes, 0.0) if self.logit else self.at(np.maximum(cheapest, 1e-9))

    def surplus_usd(self, cost: Floats) -> float:
        """Gain of consumers' surplus against the reference: the integral of demand from these costs to it."""
        c0, c = np.where(self.moved, self.reference, 1.0), np.where(self.moved, cost, 1.0)
        if self.logit:

            def area(x: Floats) -> Floats:
                return -np.logaddexp(0.0, -self.value * (x - c0)) * 2.0 / self.value

        elif self.value == 1.0:

            def area(x: Floats) -> Floats:
                return c0 * np.log(x / c0)

        else:

            def area(x: Floats) -> Floats:
                return c0 * (x / c0) ** (1.0 - self.value) / (1.0 - self.value)

        gain = np.where(self.moved, self.tonnes * (area(c0) - area(c)), 0.0)
        return float(gain.sum())


def read_answer(flows: Flows, result: Result, doubts: Doubts) -> Answer | None:
    """How demand answers in this result; None where it is fixed."""
    response, demand = result.params.get("response", "fixed"), flows.demand
    if response == "fixed":
        return None
    own = result.tables["pairs"]["reference_usd_per_t"].to_numpy(dtype=np.float64)
    own = np.where(np.isnan(own), np.inf, own)
    reference = np.minimum(own, np.where(demand.twin >= 0, own[demand.twin], np.inf))
    moved = demand.first & np.isfinite(reference) & (reference > 0.0) & (demand.tonnes > 0.0)
    stays = moved & (flows.unserved > 0.0)
    doubts.each(
        "pairs", "unserved_t", stays, lambda row: (str(row),), lambda row: f"{flows.unserved[row]:g}",
        lambda _: t("must be 0: what does not go is an answer to cost"),
    )  # fmt: skip
    value = float(result.params.get("response_value", 1.0))
    return Answer(response == "logit", value, reference, demand.tonnes, moved)


__all__ = ["Answer", "read_answer"]
