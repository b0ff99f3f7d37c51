"""Bodies: what two people decide."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from koridor.operator.api.bodies.words import (
    PER_MILLE_MAX,
    Body,
    Count,
    Currency,
    Id,
    Millis,
    Paid,
    Quantity,
    Shown,
    Text,
    Word,
)
from koridor.operator.money.currency import MOST_MINOR


class NewBand(Body):
    """Cancelling fewer than so many hours before departure costs a part of the price."""

    below_h: Count
    per_cent: Annotated[int, Field(ge=0, le=100)]


class NewStand(Body):
    """Who stands for a mode, or for `terminal`, in a country; `*` stands for every one."""

    country: Word
    mode: Word
    earner_id: Id
    payee_id: Id


class NewMargin(Body):
    """Thousandths of the cost that are added to it; mode `*` for all that have no row of their own."""

    mode: Word
    per_mille: Annotated[int, Field(ge=0, le=PER_MILLE_MAX)]


class NewDoor(Body):
    """What the way between door and terminal of a place costs for one unit."""

    place_id: Id
    currency: Currency
    cost_minor: Annotated[int, Field(ge=0, le=MOST_MINOR)]
    earner_id: Id
    payee_id: Id


class NewTerms(Body):
    """Terms of a tariff."""

    cutoff_h: Count
    free_days: Count
    bands: Annotated[list[NewBand], Field(max_length=50)]
    stands: Annotated[list[NewStand], Field(max_length=500)] = []
    margin: Annotated[list[NewMargin], Field(max_length=20)] = []
    doors: Annotated[list[NewDoor], Field(max_length=500)] = []


class TariffContent(Body):
    """Terms and when they hold."""

    terms: NewTerms
    from_ms: Millis
    to_ms: Millis


class SplitKey(Body):
    """The key by which two partners share; weights are of a fixed one."""

    kind: Literal["leg", "km", "contribution", "fixed"]
    weights: Annotated[dict[Id, Count], Field(max_length=2)] = {}


class SplitContent(Body):
    """A split with another partner, and from when it holds; in force once that one has agreed."""

    other_id: Id
    key: SplitKey
    valid_from_ms: Millis


class EndContent(Body):
    """The end of a tariff, a contract of clocks, a rate or a split before its time."""

    of: Literal["tariff", "clock_contract", "rate", "split"]
    id: Id
    at_ms: Millis


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


class CancelContent(Body):
    """A departure that will not run, and why."""

    departure_id: Id
    note: Text


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


class CancelProposal(Body):
    """Two people must agree to cancel a departure that has sold."""

    kind: Literal["departure_cancel"]
    content: CancelContent


class SplitProposal(Body):
    """Two people must agree to a split, and then the other partner."""

    kind: Literal["split"]
    content: SplitContent


class EndProposal(Body):
    """Two people must agree to an end, and of a split the other partner too."""

    kind: Literal["end"]
    content: EndContent


class NewMark(Body):
    """An event that starts or stops a clock."""

    kind: Id
    empty: bool | None = None
    place_id: Id | Literal[""] = ""


class NewTier(Body):
    """From a counted day on, a day costs so much."""

    from_day: Annotated[int, Field(ge=1, le=1000)]
    day_minor: Annotated[int, Field(ge=0, le=MOST_MINOR)]


class NewScale(Body):
    """What the days of units cost whose type begins so."""

    types: Annotated[str, Field(pattern=r"^[A-Z0-9]{0,10}$")]
    tiers: Annotated[list[NewTier], Field(min_length=1, max_length=12)]
    lost_day: Annotated[int, Field(ge=1, le=1000)] | None = None
    value_minor: Annotated[int, Field(ge=0, le=MOST_MINOR)] = 0


class NewClockTerms(Body):
    """From where to where a clock runs, and what its days cost."""

    start: NewMark
    stop: NewMark
    zone: Annotated[str, Field(pattern=r"^[A-Za-z0-9/_+-]{1,40}$")]
    weekends_free: bool
    weekends_charged: bool
    currency: Currency
    scales: Annotated[list[NewScale], Field(min_length=1, max_length=20)]


class ContractContent(Body):
    """A contract of a clock on the units of a pool, and when it holds."""

    pool_id: Id
    party_id: Id
    kind: Literal["demurrage", "detention", "storage", "standing"]
    side: Literal["owed", "asked"]
    valid_from_ms: Millis
    valid_to_ms: Millis
    supersedes: Id | None = None
    contract: NewClockTerms


class ContractProposal(Body):
    """Two people must agree to a contract of a clock."""

    kind: Literal["clock_contract"]
    content: ContractContent


NewProposal = (
    TariffProposal | PayoutProposal | CutProposal | CancelProposal | ContractProposal | SplitProposal | EndProposal
)


class Granted(Body):
    """Yes or no."""

    granted: bool


class CutShown(Shown):
    """The capacity that would be left, and who is hit: one's own bookings by name, others' as a number."""

    departure_id: str
    resource: str
    quantity: Quantity
    bookings: list[str]
    others: int


class TermsShown(NewTerms):
    """Terms; `key` is of tariffs from before splits were agreed, and nothing is shared by it any more."""

    key: dict[str, Any] | None = None


class TariffShown(Shown):
    """Terms and when they hold."""

    terms: TermsShown
    from_ms: int
    to_ms: int


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
    content: TariffShown


class PayoutProposalShown(ProposalRow):
    """A proposal of a payout."""

    kind: Literal["payout"]
    content: PayoutContent


class CutProposalShown(ProposalRow):
    """A proposal of a cut of capacity."""

    kind: Literal["capacity_cut"]
    content: CutShown


class SplitProposalShown(ProposalRow):
    """A proposal of a split."""

    kind: Literal["split"]
    content: SplitContent


class EndProposalShown(ProposalRow):
    """A proposal of an end."""

    kind: Literal["end"]
    content: EndContent


class OtherProposalShown(ProposalRow):
    """A proposal of the end of a departure, or of a contract of clocks."""

    kind: Literal["departure_cancel", "clock_contract"]
    content: dict[str, Any]


ProposalShown = (
    TariffProposalShown
    | PayoutProposalShown
    | CutProposalShown
    | SplitProposalShown
    | EndProposalShown
    | OtherProposalShown
)


class ProposalAnswer(RootModel[ProposalShown]):
    """A proposal."""


class ProposalsAnswer(Shown):
    """Proposals of one's own party."""

    proposals: list[ProposalShown]


class TariffRow(Shown):
    """A tariff, and the moment at which it was ended before its time."""

    tariff_id: str
    valid_from_ms: int
    valid_to_ms: int
    ended_ms: int | None
    terms: TermsShown


class TariffsAnswer(Shown):
    """A page of tariffs, those that begin last first, and where the next begins."""

    tariffs: list[TariffRow]
    next: str | None


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
