"""Bodies: what two people decide."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from koridor.operator.api.bodies.words import Body, Count, Currency, Id, Millis, Paid, Quantity, Shown, Text


class NewBand(Body):
    """Cancelling fewer than so many hours before departure costs a part of the price."""

    below_h: Count
    per_cent: Annotated[int, Field(ge=0, le=100)]


class NewSplit(Body):
    """The key by which partners share; weights are of a fixed one."""

    kind: Literal["leg", "km", "contribution", "fixed"]
    weights: Annotated[dict[Id, Count], Field(max_length=10)]


class NewTerms(Body):
    """Terms of a tariff."""

    cutoff_h: Count
    free_days: Count
    bands: Annotated[list[NewBand], Field(max_length=50)]
    key: NewSplit


class TariffContent(Body):
    """Terms and when they hold."""

    terms: NewTerms
    from_ms: Millis
    to_ms: Millis


class PayoutContent(Body):
    """Money to a carrier or to the partner."""

    to: Literal["carrier", "partner"]
    party_id: Id
    currency: Currency
    amount_minor: Paid


class CutContent(Body):
    """The capacity that a departure has left."""

    departure_id: Id
    resource: Text
    quantity: Quantity


class TariffProposal(Body):
    """Two people must agree to a tariff."""

    kind: Literal["tariff"]
    content: TariffContent


class PayoutProposal(Body):
    """Two people must agree to a payout."""

    kind: Literal["payout"]
    content: PayoutContent


class CutProposal(Body):
    """Two people must agree to a cut of capacity."""

    kind: Literal["capacity_cut"]
    content: CutContent


NewProposal = TariffProposal | PayoutProposal | CutProposal


class Granted(Body):
    """Yes or no."""

    granted: bool


class CutShown(Shown):
    """The capacity that would be left in parts, and who is hit: one's own bookings by name, others' as a number."""

    departure_id: str
    resource: str
    cap: int
    bookings: list[str]
    others: int


class ProposalRow(Shown):
    """A proposal and what was decided."""

    proposal_id: str
    party_id: str
    state: Literal["open", "approved", "rejected"]
    proposed_by: str
    decided_by: str | None
    created_ms: int
    decided_ms: int | None


class TariffProposalShown(ProposalRow):
    """A proposal of terms."""

    kind: Literal["tariff"]
    content: TariffContent


class PayoutProposalShown(ProposalRow):
    """A proposal of a payout."""

    kind: Literal["payout"]
    content: PayoutContent


class CutProposalShown(ProposalRow):
    """A proposal of a cut of capacity."""

    kind: Literal["capacity_cut"]
    content: CutShown


ProposalShown = TariffProposalShown | PayoutProposalShown | CutProposalShown


class ProposalAnswer(RootModel[ProposalShown]):
    """A proposal."""


class ProposalsAnswer(Shown):
    """Proposals of one's own party."""

    proposals: list[ProposalShown]


class AuditRow(Shown):
    """Who did what, when, and what it changed from what to what; chained by hashes."""

    seq: int
    at_ms: int
    actor: str
    party_id: str
    action: str
    object: str
    change: dict[str, Any]
    previous: str
    hash: str


class AuditAnswer(Shown):
    """What one's own party did, and the head of the whole chain."""

    rows: list[AuditRow]
    last: int
    hash: str


class HealthAnswer(Shown):
    """That the service answers."""

    status: Literal["ok"]
