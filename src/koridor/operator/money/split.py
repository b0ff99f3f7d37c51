"""Splitting an amount by agreed keys, with no cent lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from koridor.operator.money.price import PriceLine


def allocate(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Whole shares of an amount in the proportion of the weights; they add up to the amount exactly.

    Largest remainder (Hamilton's method): each gets the floor of its part, and the units left over go to the largest
    remainders, of equal ones to the first by name. A negative amount is split as its opposite, so that a reversal
    undoes its original to the cent.
    """
    assert weights, "somebody must have a share"
    assert min(weights.values()) >= 0, "a weight below nothing"
    assert sum(weights.values()) > 0, "all weights are nothing"
    if amount < 0:
        return {name: -share for name, share in allocate(-amount, weights).items()}
    whole = sum(weights.values())
    shares = {name: amount * weight // whole for name, weight in weights.items()}
    order = sorted(weights, key=lambda name: (-(amount * weights[name] % whole), name))
    for name in order[: amount - sum(shares.values())]:
        shares[name] += 1
    return shares


@dataclass(frozen=True, slots=True)
class Key:
    """How two partners share what a customer pays.

    Attributes
    ----------
    kind : str
        `leg`: each line to the partner whose leg it is; `km`: by kilometres of each partner's lines; `contribution`: by
        what each pays to carriers; `fixed`: by `weights`.
    weights : mapping
        Whole weights by partner, of a fixed key.
    """

    kind: str
    weights: Mapping[str, int]


def shares(key: Key, lines: Sequence[PriceLine], seller_id: str) -> dict[str, int]:
    """What each partner gets of lines in one currency. Where a key gives nobody any weight, all is the seller's."""
    amount = sum(line.amount_minor for line in lines)
    if key.kind == "leg":
        found: dict[str, int] = {}
        for line in lines:
            found[line.earner_id] = found.get(line.earner_id, 0) + line.amount_minor
        return found
    weights = dict(key.weights) if key.kind == "fixed" else _weights(key.kind, lines)
    return allocate(amount, weights) if sum(weights.values()) else {seller_id: amount}


def _weights(kind: str, lines: Sequence[PriceLine]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        weight = line.km if kind == "km" else max(line.cost_minor, 0)
        found[line.earner_id] = found.get(line.earner_id, 0) + weight
    return found
