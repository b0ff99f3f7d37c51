"""Splitting an amount by agreed keys, with no cent lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from koridor.operator.common.canonical import whole
from koridor.operator.common.refused import Refused
from koridor.operator.money.price import PriceLine
from koridor.text import t

CONTRIBUTION = "contribution"  # its weights are what each pays to carriers, which the other is not told
KEYS = ("leg", "km", CONTRIBUTION, "fixed")


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


def key_of(content: Mapping[str, Any]) -> Key:
    """The key of a content as the API takes it. Raises Refused `invalid` for weights that share nothing."""
    weights = {str(name): whole(weight) for name, weight in content["weights"].items()}
    if weights and (min(weights.values()) < 0 or not sum(weights.values())):
        raise Refused("invalid", t("Weights are not below 0, and not all 0."))
    return Key(str(content["kind"]), weights)


def add_up(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """What each partner gets of several lines, of what it gets of each."""
    found: dict[str, int] = {}
    for part in parts:
        for partner_id, share in part.items():
            found[partner_id] = found.get(partner_id, 0) + share
    return found


def by_line(key: Key, lines: Sequence[PriceLine], seller_id: str) -> list[dict[str, int]]:
    """What each partner gets of each line in one currency: a line's shares add up to it, a partner's to what `allocate`
    gives of the whole. Where a key gives nobody any weight, all is the seller's.

    A line's share is what the lines up to it give together less what those before it give, so that no line rounds for
    itself; with two partners it is at most one unit off its exact part.
    """
    if key.kind == "leg":
        return [{line.earner_id: line.amount_minor} for line in lines]
    weights = weights_of(key, lines)
    if not sum(weights.values()):
        return [{seller_id: line.amount_minor} for line in lines]
    found, amount = [], 0
    before = dict.fromkeys(weights, 0)
    for line in lines:
        amount += line.amount_minor
        after = allocate(amount, weights)
        found.append({name: after[name] - before[name] for name in weights})
        before = after
    return found


def weights_of(key: Key, lines: Sequence[PriceLine]) -> dict[str, int]:
    """By which weights lines of one currency are shared; none where each line is somebody's own."""
    if key.kind in ("leg", "fixed"):
        return dict(key.weights)
    found: dict[str, int] = {}
    for line in lines:
        weight = line.km if key.kind == "km" else max(line.cost_minor, 0)
        found[line.earner_id] = found.get(line.earner_id, 0) + weight
    return found
