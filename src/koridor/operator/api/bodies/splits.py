"""Bodies: splits that two partners agree on, and how a booking is shared by them."""

from __future__ import annotations

from typing import Literal

from koridor.operator.api.bodies.words import Body, Reason, Shown


class SplitWord(Body):
    """The other partner's word on a split, or its own partner's that it is withdrawn; who refuses says why."""

    action: Literal["agree", "refuse", "withdraw"]
    reason: Reason = ""


class SplitTerms(Shown):
    """What is agreed, and what the hash is of; `none` ends the split that it names."""

    first_id: str
    second_id: str
    kind: Literal["leg", "km", "contribution", "fixed", "none"]
    weights: dict[str, int]
    valid_from_ms: int
    ends: str | None = None


class SplitAnswer(Shown):
    """A split: who proposed and approved it for `party_id`, who of the other agreed, and since when it is in force."""

    split_id: str
    party_id: str
    state: Literal["offered", "agreed", "refused", "withdrawn"]
    version: int | None
    in_force_ms: int | None
    terms: SplitTerms
    hash: str
    proposed_by: str
    approved_by: str
    created_ms: int
    decided_by: str | None
    decided_ms: int | None
    reason: str


class SplitsAnswer(Shown):
    """A page of splits, the latest first, and where the next begins."""

    splits: list[SplitAnswer]
    next: str | None


class ShareRow(Shown):
    """What a partner gets of a line."""

    partner_id: str
    amount_minor: int


class SharedLine(Shown):
    """A line of a price or a fee, with each partner's share by the weights of its split; without, each has its own.

    Of a split by contribution the weights are thousandths, for who may know costs, and none for others.
    """

    kind: Literal["sale", "fee"]
    text: str
    leg: int | None
    currency: str
    amount_minor: int
    earner_id: str
    km: int
    split_id: str | None
    weights: dict[str, int]
    shares: list[ShareRow]


class SharedTotal(ShareRow):
    """What a partner gets of a booking in a currency."""

    currency: str


class BookingSplitAnswer(Shown):
    """How a booking is shared: before its sale as its quote would be, `booked` as it stands in the partners' books."""

    booking_id: str
    status: str
    seller_id: str
    booked: bool
    lines: list[SharedLine]
    partners: list[SharedTotal]
    splits: list[SplitAnswer]
