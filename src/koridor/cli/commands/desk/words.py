"""Arguments of the verbs: what each is, and how it is read. Their names are the fields of the API.

A name that ends in `_ms` is a moment, in `_minor` an amount of the currency beside it; an option is called by its field
without unit and `_id`: `--ready` is `ready_ms`.
"""

from __future__ import annotations

import json
import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser

MS = 1000
KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Word:
    """An argument.

    Attributes
    ----------
    read : callable
        The value of a text. Raises ArgumentTypeError or ValueError.
    many : bool
        Whether there may be several.
    switch : bool or None
        What an option without a value stands for; None for those that have one.
    option : str
        Its option, where that is not called by the field.
    """

    help: str
    read: Callable[[str], Any] = str
    many: bool = False
    switch: bool | None = None
    option: str = ""


def moment(text: str) -> int:
    """Milliseconds since 1970 of a date or a time, in UTC where it has no offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(t("{text} is no moment such as 2026-03-02 or 2026-03-02T08:00", text=text)) from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * MS)


def content(text: str) -> Any:
    """What a file of JSON holds."""
    try:
        return json.loads(Path(text).read_text(encoding="utf-8"))
    except OSError as error:
        raise ArgumentTypeError(f"{text}: {error.strerror}") from None
    except ValueError as error:
        raise ArgumentTypeError(t("{file} must be JSON: {error}", file=text, error=error)) from None


def key(text: str) -> str:
    """An idempotency key, as the desk takes it."""
    if not KEY.fullmatch(text):
        raise ArgumentTypeError(t("A key has 1 to 255 signs of ASCII and no space"))
    return text


def closure(text: str) -> dict[str, Any]:
    """What is shut, or with hours takes longer: `border:B001`, `link:L0023:12`."""
    kind, _, rest = text.partition(":")
    row, _, hours = rest.partition(":")
    if not row or (hours and not hours.isdecimal()):
        raise ArgumentTypeError(t("{text} is no closure such as border:B001 or link:L0023:12", text=text))
    return {"of": kind, "row": row, **({"longer_h": int(hours)} if hours else {})}


def add(parser: Parser, known: Mapping[str, Word], verb: str, spec: str) -> None:
    """Adds the arguments that a verb has by its line of use, such as `booking_id status [--ref]`."""
    for token in spec.split():
        name = token.strip("[]").removeprefix("--")
        word = known.get(f"{verb}.{name}") or known[name.rpartition(".")[2]]
        _add(parser, name, word, optional=token.startswith("["), option="--" in token)


def _add(parser: Parser, name: str, word: Word, *, optional: bool, option: bool) -> None:
    bare = name.rpartition(".")[2].removesuffix("_ms").removesuffix("_id").removesuffix("_minor")
    flag = word.option or f"--{bare.replace('_', '-')}"
    if word.switch is not None:
        parser.add_argument(flag, dest=name, action="store_const", const=word.switch, help=word.help)
        return
    read = moment if name.endswith("_ms") else word.read
    shown = {"metavar": bare.upper().replace("_", "-"), "help": word.help, "type": read}
    if option:
        several = {"action": "append"} if word.many else {}
        parser.add_argument(flag, dest=name, required=not optional, **shown, **several)  # type: ignore[arg-type]
        return
    times = {"nargs": "+"} if word.many else {"nargs": "?"} if optional else {}
    parser.add_argument(name, **shown, **times)  # type: ignore[arg-type]


def words() -> dict[str, Word]:
    """What each argument is, by its field, or by verb and field where verbs mean different things by it."""
    return {
        "action": Word(t("confirm, ask_plan, reject, decline, ask_update, ask_amendment, complete ...")),
        "after": Word(t("where the page before has ended: its `next`")),
        "alert_id": Word(t("an alert")),
        "alternative_id": Word(t("an alternative, as `alternatives` tells it")),
        "amount_minor": Word(t("an amount, such as 1250.00")),
        "arrive_ms": Word(t("there by then, in UTC")),
        "ask_plans": Word(t("ask the railways of the new way first, and rebook nothing"), switch=True),
        "bears": Word(t("who bears the difference: seller or customer")),
        "body": Word(t("a file of JSON"), content),
        "booking_id": Word(t("a booking")),
        "booking_ids": Word(t("bookings, in the order in which they are helped"), many=True),
        "cargo": Word(t("such as 2x40HC or 20TK,24t,UN1203/3")),
        "change.action": Word(t("cancel, update, amend or cancel_amendment")),
        "classifier": Word(t("ACT (it happened), EST or PLN; by default ACT")),
        "closures": Word(t("place:ID, link:ID, border:ID or service:ID; :HOURS behind it: slower"), closure, many=True),
        "commodity": Word(t("a commodity of the network")),
        "containers": Word(t("number of a container; may be repeated"), many=True, option="--container"),
        "content": Word(t("a file of JSON"), content),
        "currency": Word(t("such as USD")),
        "customer_id": Word(t("a shipper; by default one's own party")),
        "data": Word(t("what the booking does not know, as a file of JSON"), content),
        "document": Word(t("what the answer says")),
        "enquire.from_place": Word(t("where it begins, by id, UN/LOCODE or name")),
        "enquire.to_place": Word(t("where it ends, by id, UN/LOCODE or name")),
        "enquiry_id": Word(t("an enquiry")),
        "event_id": Word(t("id of the event; told again under it, it does nothing")),
        "forbid": Word(t("a country not to be entered; may be repeated"), many=True),
        "from_ms": Word(t("from when, in UTC")),
        "from_place": Word(t("id of the place where it begins")),
        "granted": Word(t("refuse what is asked"), switch=False, option="--refuse"),
        "happened_ms": Word(t("when, in UTC; by default now")),
        "incident_id": Word(t("an incident")),
        "incident.kind": Word(t("border, line, port, weather, strike, accident, authority, service or other")),
        "kind": Word(t("door-door, door-terminal, terminal-door, terminal-terminal or station-station")),
        "margin_per_mille": Word(t("thousandths of the cost, in place of the margin of the terms"), int),
        "month": Word(t("such as 2026-12")),
        "note": Word(t("why")),
        "other_id": Word(t("the other partner")),
        "party_id": Word(t("a party")),
        "path": Word(t("such as /v1/networks; /openapi.json says which there are")),
        "payer_code": Word(t("the payer code")),
        "place_id": Word(t("where")),
        "proposal_id": Word(t("a proposal")),
        "propose.kind": Word(t("tariff, payout, capacity_cut, departure_cancel or clock_contract")),
        "quote_id": Word(t("a quote")),
        "railway": Word(t("the railway that answers")),
        "ready_ms": Word(t("ready from then on, in UTC")),
        "reason": Word(t("why")),
        "ref": Word(t("number of the approval")),
        "references": Word(t("another number that messages name; may be repeated"), many=True, option="--reference"),
        "remove": Word(t("a number that no longer belongs to it; may be repeated"), many=True),
        "retracts": Word(t("the event that is taken back, with the kind RETRACT")),
        "seller_id": Word(t("a partner; by default one's own party")),
        "shared": Word(t("keep it from the other partner"), switch=False, option="--keep"),
        "shipment_id": Word(t("a shipment")),
        "source": Word(t("who says so")),
        "status": Word(t("agreed, refused or banned")),
        "bookings.status": Word(t("such as HELD or CONFIRMED")),
        "tell.kind": Word(t("STUF, GTIN, LOAD, DEPA, CROS, ARRI, DISC, GTOT, STRP, DROP, CUSS, CUSR ...")),
        "tellers": Word(t("a carrier or terminal that takes part; may be repeated"), many=True, option="--teller"),
        "title": Word(t("what happened")),
        "to": Word(t("carrier or partner")),
        "to_ms": Word(t("until when, in UTC")),
        "to_place": Word(t("id of the place where it ends")),
        "valid_from_ms": Word(t("valid from, in UTC")),
        "valid_h": Word(t("hours that it is valid"), int),
        "valid_to_ms": Word(t("valid until, in UTC")),
        "via": Word(t("a place to pass; may be repeated, in their order"), many=True),
        "wagons": Word(t("number of a wagon; may be repeated"), many=True, option="--wagon"),
        "wait": Word(t("wait where nothing is free"), switch=True),
        "way": Word(t("a way of it, such as W1")),
        "year": Word(t("such as 2026"), int),
    }  # fmt: skip
