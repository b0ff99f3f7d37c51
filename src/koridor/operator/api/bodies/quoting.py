"""Bodies and answers: enquiries, and quotes made of their ways."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from koridor.operator.api.bodies.words import PER_MILLE_MAX, Body, Id, Millis, Text


class NewEnquiry(Body):
    """From where to where, what and when; without a seller, the asker's own party sells.

    Places and countries go by id, UN/LOCODE or name in any language of the network; the answer has their ids.
    """

    seller_id: Id | None = None
    customer_id: Id | None = None
    from_place: Text
    to_place: Text
    cargo: Text
    commodity: Id | None = None
    ready_ms: Millis | None = None
    arrive_ms: Millis | None = None
    kind: Literal["door-door", "door-terminal", "terminal-door", "terminal-terminal", "station-station"] = (
        "terminal-terminal"
    )
    via: Annotated[list[Text], Field(max_length=5)] = []
    forbid: Annotated[list[Text], Field(max_length=30)] = []


class WayQuote(Body):
    """A way of an enquiry, as a quote; `margin_per_mille` in place of the margin of the terms."""

    way: Annotated[str, Field(pattern=r"^W[1-9][0-9]{0,2}$")]
    valid_h: Annotated[int, Field(ge=1, le=8760)] | None = None
    margin_per_mille: Annotated[int, Field(ge=0, le=PER_MILLE_MAX)] | None = None


class NewVersion(WayQuote):
    """The next version of a quote, from a way of an enquiry."""

    enquiry_id: Id


class WayAnswer(BaseModel):
    """A way as a complete offer."""

    way: str
    totals: dict[str, int]
    customer_id: str
    legs: list[dict[str, Any]]
    parts: dict[str, int]
    lines: list[dict[str, Any]]
    facts: dict[str, Any]


class EnquiryAnswer(BaseModel):
    """An enquiry with its ways, and why there are none, or not more."""

    enquiry_id: str
    network_id: str
    created_ms: int
    enquiry: dict[str, Any]
    ways: list[WayAnswer]
    reasons: list[str]
