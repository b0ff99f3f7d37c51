"""Robots that play the other partner, a railway, a ferry line and a terminal against a desk that runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from koridor.operator.client import Client, Heard
from koridor.operator.identifiers import check
from koridor.operator.partner import events
from koridor.operator.partner.cast import Cast
from koridor.operator.partner.events import Carried, Note
from koridor.operator.partner.wire import Wire, habits

PARTNER, RAILWAY = "partner", "railway"
PARTS = (PARTNER, RAILWAY, events.FERRY, events.TERMINAL)
BAD, TOO_MANY, FAULT = 400, 429, 500
MESSAGES = "/v1/messages"
DAYS_60_MS = 60 * 86_400_000
SETTLE_ROUNDS_MAX = 200
DRAWN_MAX = 1_000_000
LOOKED_AT = ("HELD", "AWAITING_RAILWAY_PLAN", "CONFIRMED")
BARRED = ("refused", "banned")


@dataclass(slots=True)
class Robots:
    """The robots, the desk that they play against, and the wire on which their messages go.

    Attributes
    ----------
    run : str
        A word that no other run has: part of every idempotency key.
    """

    client: Client
    cast: Cast
    random: Random
    run: str
    wire: Wire = field(init=False)
    carried: dict[str, Carried] = field(default_factory=dict)
    _keys: Iterator[int] = field(default_factory=count)
    _takes_messages: bool = False
    _party: str = ""

    def __post_init__(self) -> None:
        """Asks the desk what it can, and who the partner is."""
        self.wire = Wire(self.random)
        document = self.client.ask("GET", "/openapi.json").json or {}
        self._takes_messages = MESSAGES in document.get("paths", {})
        self._party = str((self._get(PARTNER, "/v1/me").json or {}).get("party_id", ""))

    def go_on(self) -> None:
        """One round of all of them."""
        for status in LOOKED_AT:
            for row in (self._get(PARTNER, f"/v1/bookings?status={status}").json or {}).get("bookings", []):
                self._look_at(row["booking_id"], status, mine=row["seller_id"] == self._party)
        self.wire.go_on()

    def settle(self) -> dict[str, bool]:
        """Lets all that is under way arrive; by shipment, whether the desk knows what the robots know."""
        self.wire.broken = False
        for _ in range(SETTLE_ROUNDS_MAX):
            if self.wire.empty:
                break
            self.wire.go_on()
        return {one.shipment_id: self._is_known(one) for one in self.carried.values()}

    def _look_at(self, booking_id: str, status: str, *, mine: bool) -> None:
        if self.random.random() < habits()["answer_late"]:
            self.wire.count("answered late")
            return
        if status == "AWAITING_RAILWAY_PLAN":
            self._answer_plans(booking_id)
        if mine and status != "CONFIRMED":
            self._decide(booking_id, status)
        if status == "CONFIRMED":
            self._carry(booking_id)

    def _answer_plans(self, booking_id: str) -> None:
        """The railway answers what it was asked: agreed, refused or banned."""
        plans = (self._get(RAILWAY, f"/v1/bookings/{booking_id}/plans").json or {}).get("plans", [])
        for plan in plans:
            if plan["status"] == "requested":
                self._post(RAILWAY, f"/v1/bookings/{booking_id}/plans", {"railway": plan["railway"], **self._answer()})

    def _answer(self) -> dict[str, Any]:
        drawn = self.random.random()
        if drawn >= habits()["plan_agreed"]:
            refused = drawn < habits()["plan_agreed"] + habits()["plan_refused"]
            return {"status": "refused" if refused else "banned"}
        valid = {"valid_from_ms": _now_ms(), "valid_to_ms": _now_ms() + DAYS_60_MS}
        return {"status": "agreed", "ref": f"GU-12/{self.random.randrange(DRAWN_MAX)}", "payer_code": "1", **valid}

    def _decide(self, booking_id: str, status: str) -> None:
        """The other partner decides what is its own to sell."""
        booking = self._get(PARTNER, f"/v1/bookings/{booking_id}").json or {}
        missing = booking.get("plans_missing") or {}
        barred = any(word in BARRED for word in missing.values())
        unwanted = status == "HELD" and self.random.random() < habits()["reject"]
        if barred or unwanted:
            action = "reject"
        elif missing:
            action = "ask_plan" if status == "HELD" else ""
        else:
            action = "confirm"
        if action:
            self._post(PARTNER, f"/v1/bookings/{booking_id}/decisions", {"action": action, "reason": "simulated"})

    def _carry(self, booking_id: str) -> None:
        """Ferry line and terminal tell of a shipment that they have not told of yet."""
        booking = self._get(PARTNER, f"/v1/bookings/{booking_id}").json or {}
        shipment_id, legs = booking.get("shipment_id"), (booking.get("quote") or {}).get("legs")
        if not shipment_id or not legs or shipment_id in self.carried:
            return
        ends = (legs[0]["from_place"], legs[-1]["to_place"])
        carried = Carried(shipment_id, self._party, *ends, container_number(len(self.carried)))
        self.carried[shipment_id] = carried
        if self._takes_messages:
            self._post(PARTNER, f"/v1/shipments/{shipment_id}/equipment", {"containers": [carried.container]})
        for by, told in events.course(carried, events.moment_of(_now_ms())):
            wrong_first = self.random.random() < habits()["corrected"]
            form = self.random.choice([events.EPCIS, events.EPCIS if wrong_first else events.IFTSTA])
            for one in events.corrected(told) if wrong_first else [told]:
                note = events.written(one, by, form)
                self.wire.put(lambda carried=carried, note=note: self._tell(carried, note))  # type: ignore[misc]
            if wrong_first:
                self.wire.count("corrected")

    def _tell(self, carried: Carried, note: Note) -> bool:
        """Whether a message need not be sent again: it was taken, or will never be."""
        self.wire.count(f"sent as {note.format}")
        if self._takes_messages:
            body = {"to_id": carried.party_id, "text": note.text, "format": note.format}
            return _is_final(self._post(note.by, MESSAGES, body))
        path = f"/v1/shipments/{carried.shipment_id}/events"
        answers = [self._post(note.by, path, events.as_body(told)) for told in events.read(note)]
        return all(map(_is_final, answers))

    def _is_known(self, carried: Carried) -> bool:
        shown = self._get(PARTNER, f"/v1/shipments/{carried.shipment_id}").json or {}
        return (shown.get("phase"), shown.get("place_id")) == ("discharged", carried.to_place)

    def _get(self, part: str, path: str) -> Heard:
        return self._counted(self.client.ask("GET", path, token=self.cast.token(part)))

    def _post(self, part: str, path: str, body: Mapping[str, Any]) -> Heard:
        key = f"{self.run}.{next(self._keys)}"
        heard = self._counted(self.client.ask("POST", path, token=self.cast.token(part), key=key, body=body))
        self.wire.count(f"{part}: {heard.status}")
        return heard

    def _counted(self, heard: Heard) -> Heard:
        if heard.status >= BAD:
            code = heard.told.get("code", "")
            self.wire.count(f"refused: {heard.status} {code}".strip())
        return heard


def container_number(number: int) -> str:
    """A container number that no owner has, with its check digit."""
    stem = f"QQQU{number % DRAWN_MAX:06d}"
    return next(f"{stem}{digit}" for digit in range(10) if check("container", f"{stem}{digit}").valid)


def _is_final(heard: Heard) -> bool:
    return heard.status < FAULT and heard.status != TOO_MANY


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
