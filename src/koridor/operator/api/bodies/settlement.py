"""Bodies and answers: carriers' statements and claims."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from koridor.operator.api.bodies.words import Body, Currency, Id, LegNumber, Minor, Paid, Reason, Text

CSV_SIGNS_MAX = 200_000


def _day(text: str) -> str:
    """Raises ValueError for what is no day."""
    date.fromisoformat(text)
    return text


Day = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)]
Csv = Annotated[
    str, StringConstraints(min_length=1, max_length=CSV_SIGNS_MAX, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]+$")
]


class NewLine(Body):
    """A line of a carrier's statement: a booking, shipment or unit, and what is asked for it."""

    ref: Id
    note: Reason = ""
    amount_minor: Minor


class NewCarrierStatement(Body):
    """A carrier's statement, its lines as JSON or as CSV with `ref,note,amount`."""

    carrier_id: Id
    number: Text
    currency: Currency
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=2000)] | None = None
    csv: Csv | None = None

    @model_validator(mode="after")
    def _one_of(self) -> NewCarrierStatement:
        if (self.lines is None) == (self.csv is None):
            raise ValueError("either lines or csv")
        return self


class NewLineDecision(Body):
    """What becomes of a line that does not agree."""

    ref: Text
    action: Literal["accept", "dispute", "withdraw"]


class NewDelay(Body):
    """A leg that came late, by what article 45 of SMGS asks."""

    kind: Literal["delay"]
    leg: LegNumber
    currency: Currency
    distance_km: Annotated[int, Field(gt=0, le=30_000)]
    containers: bool
    gauge_changes: Annotated[int, Field(ge=0, le=20)]
    ferries: Annotated[int, Field(ge=0, le=20)]
    accepted: Day
    arrived: Day


class NewLoss(Body):
    """Goods that were short or damaged, at their value."""

    kind: Literal["shortage", "damage"]
    leg: LegNumber
    currency: Currency
    amount_minor: Paid
    noticed: Day
    why: Text


NewClaim = NewDelay | NewLoss


class NewStep(Body):
    """A step of a claim; to agree and to recover have an amount, in the currency of the claim, which may be told."""

    action: Literal["file", "drop", "agree", "refuse", "appeal", "recover"]
    currency: Currency | None = None
    amount_minor: Paid | None = None


class LineAnswer(BaseModel):
    """A line of a statement beside what was expected."""

    ref: str
    amount_minor: int
    expected_minor: int
    state: str


class MissingAnswer(BaseModel):
    """What was expected of a carrier and is on no statement."""

    ref: str
    expected_minor: int


class StatementHead(BaseModel):
    """A carrier's statement."""

    statement_id: str
    carrier_id: str
    number: str
    currency: str
    created_ms: int


class StatementAnswer(StatementHead):
    """A statement with its lines, and what is missing."""

    lines: list[LineAnswer]
    missing: list[MissingAnswer]


class StatementLine(StatementHead):
    """A statement and how many of its lines are open."""

    open: int


class StatementsAnswer(BaseModel):
    """Statements, the latest first."""

    statements: list[StatementLine]


class ReceivableLine(BaseModel):
    """What a customer owes under a reference, and for how many days."""

    customer_id: str
    ref: str
    currency: str
    open_minor: int
    since_ms: int
    days: int


class ReceivablesAnswer(BaseModel):
    """What customers owe, the oldest first."""

    receivables: list[ReceivableLine]


class ClaimAnswer(BaseModel):
    """A claim as its parties see it."""

    claim_id: str
    booking_id: str
    seller_id: str
    bearer_id: str
    customer_id: str
    carrier_id: str
    kind: str
    state: str
    currency: str
    amount_minor: int
    agreed_minor: int | None
    due_ms: int | None
    overdue: bool
    created_ms: int
    content: dict[str, Any]


class ClaimsAnswer(BaseModel):
    """Claims, those with the nearest deadline first."""

    claims: list[ClaimAnswer]
