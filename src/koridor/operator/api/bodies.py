"""What requests may hold: nothing unknown, nothing of another type, nothing without a bound.

Times are milliseconds since 1970 in UTC, money is whole minor units, quantities of capacity are decimal text.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from koridor.operator.money.currency import MOST_MINOR

YEAR_2100_MS = 4_102_444_800_000
DEPTH_MAX = 8
NODES_MAX = 2000
EVENT_FIELDS = ("event_id", "kind", "happened_ms", "written_ms", "classifier", "place_id", "retracts")

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Reason = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Quantity = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$")]
Millis = Annotated[int, Field(ge=0, le=YEAR_2100_MS)]
Minor = Annotated[int, Field(ge=-MOST_MINOR, le=MOST_MINOR)]
Paid = Annotated[int, Field(gt=0, le=MOST_MINOR)]
Count = Annotated[int, Field(ge=0, le=10**6)]
Seq = Annotated[int, Field(ge=0, lt=2**63)]
Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


def bounded(content: dict[str, Any]) -> dict[str, Any]:
    """Free content that can be kept in any database: bounded, finite, without control signs. Raises ValueError."""
    nodes = 0

    def visit(item: Any, depth: int) -> None:
        nonlocal nodes
        nodes += 1
        if depth > DEPTH_MAX or nodes > NODES_MAX:
            raise ValueError("too deep or too large")
        if isinstance(item, dict):
            for name, value in item.items():
                visit(name, depth + 1)
                visit(value, depth + 1)
        elif isinstance(item, list):
            for value in item:
                visit(value, depth + 1)
        elif isinstance(item, str) and ("\x00" in item or (not item.isascii() and _unpaired(item))):
            raise ValueError("a sign that cannot be kept")
        elif isinstance(item, float) and not math.isfinite(item):
            raise ValueError("a number that is not finite")
        elif isinstance(item, int) and abs(item) >= 2**63:
            raise ValueError("a number too large")

    visit(content, 0)
    return content


def _unpaired(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def unnamed(content: dict[str, Any]) -> dict[str, Any]:
    """Free content of an event without the names that have a type of their own. Raises ValueError."""
    taken = sorted(set(content) & set(EVENT_FIELDS))
    if taken:
        raise ValueError(f"{', '.join(taken)} must stand beside body, not in it")
    return content


Free = Annotated[dict[str, Any], AfterValidator(bounded)]
FreeOfEvent = Annotated[Free, AfterValidator(unnamed)]


class Body(BaseModel):
    """A body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Login(Body):
    """Login and password."""

    login: Text
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class NewKey(Body):
    """A key for a machine."""

    label: Text
    scopes: Annotated[list[Text], Field(min_length=1, max_length=50)]


class NewParty(Body):
    """A party."""

    party_id: Id
    kind: Literal["partner", "carrier", "terminal", "shipper"]
    name: Text


class NewPerson(Body):
    """A person of a party."""

    party_id: Id
    login: Text
    name: Text
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    roles: Annotated[list[Text], Field(min_length=1, max_length=12)]


class NewLeg(Body):
    """A leg; without a departure it takes no capacity here."""

    mode: Literal["rail", "road", "sea", "river", "ferry"]
    from_place: Id
    to_place: Id
    departure_id: Id | None = None
    railways: Annotated[list[Text], Field(max_length=20)] = []


class NewLine(Body):
    """A line of a price."""

    text: Text
    leg: Count
    currency: Currency
    amount_minor: Minor
    cost_minor: Annotated[int, Field(ge=0, le=MOST_MINOR)] = 0
    earner_id: Id
    payee_id: Id | None = None
    km: Count = 0
    source: Text


class Facts(Body):
    """What else the customer is told."""

    p50_h: Count | None = None
    p90_h: Count | None = None
    co2e_kg: Count | None = None
    included: Annotated[list[Text], Field(max_length=50)] = []
    excluded: Annotated[list[Text], Field(max_length=50)] = []
    conditions: Annotated[list[Text], Field(max_length=50)] = []


class NewQuote(Body):
    """An itinerary with its price, for a customer."""

    customer_id: Id
    legs: Annotated[list[NewLeg], Field(min_length=1, max_length=30)]
    quantities: Annotated[dict[Text, Quantity], Field(min_length=1, max_length=10)]
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=100)]
    facts: Facts = Facts()
    valid_h: Annotated[int, Field(ge=1, le=8760)] | None = None


class NewBooking(Body):
    """A booking of a quote; with `wait`, it waits where nothing is free."""

    quote_id: Id
    wait: bool = False


class Change(Body):
    """What a customer may do with a booking."""

    action: Literal["cancel", "update", "amend", "cancel_amendment"]
    quote_id: Id | None = None
    reason: Reason = ""


class Decision(Body):
    """What the seller may do with a booking."""

    action: Literal[
        "confirm",
        "ask_plan",
        "reject",
        "decline",
        "ask_update",
        "ask_amendment",
        "complete",
        "amendment",
        "cancellation",
    ]
    granted: bool = True
    reason: Reason = ""


class PlanAnswer(Body):
    """A railway's answer to a plan."""

    railway: Text
    status: Literal["agreed", "refused", "banned"]
    ref: Text | None = None
    payer_code: Text | None = None
    valid_from_ms: Millis | None = None
    valid_to_ms: Millis | None = None
    document: Reason = ""


class NewEvent(Body):
    """An event of a shipment, in the shape of DCSA Track & Trace; `body` keeps what this version does not know."""

    event_id: Id
    kind: Annotated[str, StringConstraints(pattern=r"^[A-Z_]{3,20}$")]
    happened_ms: Millis
    written_ms: Millis | None = None
    classifier: Literal["PLN", "EST", "ACT"] = "ACT"
    place_id: Id | None = None
    retracts: Id | None = None
    body: FreeOfEvent = {}


class NewAllotment(Body):
    """Capacity that is one partner's until a moment."""

    party_id: Id
    resource: Text
    quantity: Quantity
    release_ms: Millis


class NewPayment(Body):
    """Money that a customer paid."""

    currency: Currency
    amount_minor: Paid


class NewRate(Body):
    """One unit of `base` is numerator / denominator units of `quoted`."""

    base: Currency
    quoted: Currency
    numerator: Annotated[int, Field(gt=0, le=10**12)]
    denominator: Annotated[int, Field(gt=0, le=10**12)]
    valid_from_ms: Millis
    valid_to_ms: Millis
    source: Text


class NewExchange(Body):
    """Money to be changed at the rate of now."""

    base: Currency
    quoted: Currency
    amount_minor: Paid


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
