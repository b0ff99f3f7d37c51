"""Arguments of the verbs: what each is, and how it is read. Their names are the fields of the API.

A name that ends in `_ms` is a moment, in `_minor` an amount of the currency beside it; an option is called by its field
without unit and `_id`: `--ready` is `ready_ms`.
"""

from __future__ import annotations

from argparse import Action, ArgumentError, ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from koridor.cli.commands.desk.values import (
    call,
    capacity,
    closure,
    content,
    moment,
    pieces,
    quantity,
    text_of,
)
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser


@dataclass(frozen=True, slots=True)
class Word:
    """An argument.

    Attributes
    ----------
    read : callable
        The value of a text. Raises ArgumentTypeError or ValueError.
    many : bool
        Whether there may be several.
    pairs : bool
        Whether those are names with their values, each name once.
    switch : bool or None
        What an option without a value stands for; None for those that have one.
    option : str
        Its option, where that is not called by the field.
    """

    help: str
    read: Callable[[str], Any] = str
    many: bool = False
    pairs: bool = False
    switch: bool | None = None
    option: str = ""


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
    shown: dict[str, Any] = {"metavar": bare.upper().replace("_", "-"), "help": word.help, "type": read}
    if option:
        several = {"action": "append"} if word.many else {}
        parser.add_argument(flag, dest=name, required=not optional, **shown, **several)
        return
    many = "*" if optional else "+"
    times: dict[str, Any] = {"nargs": many} if word.many else {"nargs": "?"} if optional else {}
    if word.pairs:
        times["action"] = Pairs
    parser.add_argument(name, **shown, **times)


class Pairs(Action):
    """Names with their values as one mapping."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option_string: str | None = None
    ) -> None:
        """Keeps what was read. Raises ArgumentError for a name that is there twice."""
        found = dict(values)
        if len(found) < len(values):
            raise ArgumentError(self, t("a name is there twice"))
        setattr(namespace, self.dest, found)


def words() -> dict[str, Word]:
    """What each argument is, by its field, or by verb and field where verbs mean different things by it."""
    return {
        "accepted": Word(t("day of the contract of carriage, such as 2026-11-01")),
        "action": Word(t("confirm, ask_plan, reject, decline, ask_update, ask_amendment, complete ...")),
        "after": Word(t("where the page before has ended: its `next`")),
        "alert_id": Word(t("an alert")),
        "allot.quantity": Word(t("how much of it, such as 8")),
        "alternative_id": Word(t("an alternative, as `alternatives` tells it")),
        "amend.kind": Word(t("border, line, port, weather, strike, accident, authority, service or other")),
        "amount_minor": Word(t("an amount, such as 1250.00")),
        "arrive_ms": Word(t("there by then, in UTC")),
        "arrived": Word(t("day of arrival, such as 2026-11-24")),
        "at_ms": Word(t("from when nothing new is made by it, in UTC")),
        "ask_plans": Word(t("ask the railways of the new way first, and rebook nothing"), switch=True),
        "audit.after": Word(t("number of the row after which to begin"), int),
        "base": Word(t("the currency of which it is one unit")),
        "bears": Word(t("who bears the difference: seller or customer")),
        "body": Word(t("a file of JSON"), content),
        "booking_id": Word(t("a booking")),
        "booking_ids": Word(t("bookings, in the order in which they are helped"), many=True),
        "bookings.status": Word(t("such as HELD or CONFIRMED")),
        "calls": Word(t("number of a call and its new moment in UTC, such as 2=2026-12-08T09:00"), call, many=True),
        "capacity": Word(t("capacities beside the dataset from now on, CSV: service_id, resource, quantity"), capacity),
        "cargo": Word(t("such as 2x40HC or 20TK,24t,UN1203/3")),
        "carrier-statement.number": Word(t("the number that the carrier gave it")),
        "carrier_id": Word(t("a carrier or terminal")),
        "change.action": Word(t("cancel, update, amend or cancel_amendment")),
        "claim-delay.containers": Word(t("the goods went in containers"), switch=True, option="--containers"),
        "claim-loss.kind": Word(t("shortage or damage")),
        "claim-step.action": Word(t("file, drop, appeal, as the seller; agree, refuse, recover, as whose leg it was")),
        "claim_id": Word(t("a claim")),
        "classifier": Word(t("ACT (it happened), EST or PLN; by default ACT")),
        "closures": Word(t("place:ID, link:ID, border:ID or service:ID; :HOURS behind it: slower"), closure, many=True),
        "commodity": Word(t("a commodity of the network")),
        "containers": Word(t("number of a container; may be repeated"), many=True, option="--container"),
        "content": Word(t("a file of JSON"), content),
        "csv": Word(t("a file of CSV: ref, note, amount"), text_of),
        "currency": Word(t("such as USD")),
        "customer_id": Word(t("a shipper; by default one's own party")),
        "damaged": Word(t("it is damaged"), switch=True),
        "data": Word(t("what the booking does not know, as a file of JSON"), content),
        "days": Word(t("so many days from now on"), int),
        "decide-split.action": Word(t("agree or refuse, as the other partner; withdraw, as whose proposal it was")),
        "decide-line.action": Word(t("accept, dispute or withdraw")),
        "decide-line.ref": Word(t("reference of the line")),
        "deliveries.state": Word(t("waiting, delivered or dead")),
        "delivery_id": Word(t("a message that was sent or waits to be")),
        "denominator": Word(t("and by this divided"), int),
        "departure_id": Word(t("a departure")),
        "departures.state": Word(t("open, closed or cancelled")),
        "depot_id": Word(t("the terminal that tells of its gates")),
        "distance_km": Word(t("tariff kilometres of the whole way"), int),
        "document": Word(t("what the answer says")),
        "enquire.from_place": Word(t("where it begins, by id, UN/LOCODE or name")),
        "enquire.to_place": Word(t("where it ends, by id, UN/LOCODE or name")),
        "enquiry_id": Word(t("an enquiry")),
        "end-rate.content.id": Word(t("its id, as `tariffs`, `contracts`, `rates` or `splits` tells it")),
        "event_id": Word(t("id of the event; told again under it, it does nothing")),
        "ferries": Word(t("crossings by ferry"), int),
        "forbid": Word(t("a country not to be entered; may be repeated"), many=True),
        "format": Word(t("dcsa, epcis, iftsta, codeco or coarri; by default found out")),
        "from_ms": Word(t("from when, in UTC")),
        "from_place": Word(t("id of the place where it begins")),
        "gauge_changes": Word(t("changes of gauge on the way"), int),
        "granted": Word(t("refuse what is asked"), switch=False, option="--refuse"),
        "happened_ms": Word(t("when, in UTC; by default now")),
        "home": Word(t("the currency in which the differences are booked")),
        "incident.kind": Word(t("border, line, port, weather, strike, accident, authority, service or other")),
        "incident_id": Word(t("an incident")),
        "inspect_ms": Word(t("next inspection, in UTC")),
        "kind": Word(t("door-door, door-terminal, terminal-door, terminal-terminal or station-station")),
        "kinds": Word(t("of what to tell: booking, plan, shipment, statement, alert ..."), many=True),
        "label": Word(t("what the key is for")),
        "leg": Word(t("number of the leg, from 1, as in the quote and its papers"), int),
        "load.quantities": Word(t("what was loaded, such as teu=2"), quantity, many=True, pairs=True),
        "margin_per_mille": Word(t("thousandths of the cost, in place of the margin of the terms"), int),
        "message.text": Word(t("a file with the message as it came"), text_of),
        "month": Word(t("such as 2026-12")),
        "moves": Word(t("number of a move; may be repeated; by default all"), int, many=True, option="--move"),
        "name": Word(t("its name")),
        "next_ms": Word(t("next inspection, in UTC")),
        "note": Word(t("why")),
        "noticed": Word(t("day on which it was noticed, such as 2026-12-07")),
        "number": Word(t("its number")),
        "numerator": Word(t("times this"), int),
        "of": Word(t("tariff, clock_contract, rate or split")),
        "offset_min": Word(t("minutes that times without an offset are ahead of UTC"), int),
        "order_id": Word(t("a release or return order")),
        "other_id": Word(t("the other partner")),
        "owner_id": Word(t("the party that owns it")),
        "party_id": Word(t("a party")),
        "path": Word(t("such as /v1/networks; /openapi.json says which there are")),
        "payer_code": Word(t("the payer code")),
        "place_id": Word(t("where")),
        "pool_id": Word(t("a pool")),
        "proposal_id": Word(t("a proposal")),
        "propose-split.content.key.kind": Word(t("leg, km, contribution or fixed")),
        "propose.kind": Word(t("tariff, split, end, payout, capacity_cut, departure_cancel or clock_contract")),
        "quantities": Word(t("how many of which type, such as 42G1=3"), pieces, many=True, pairs=True),
        "quantity": Word(t("how much it has then, such as 8")),
        "quote_id": Word(t("a quote")),
        "quoted": Word(t("the currency in which it is told")),
        "railway": Word(t("the railway that answers")),
        "ready_ms": Word(t("ready from then on, in UTC")),
        "reason": Word(t("why")),
        "ref": Word(t("number of the approval")),
        "reference": Word(t("its reference")),
        "references": Word(t("another number that messages name; may be repeated"), many=True, option="--reference"),
        "release_ms": Word(t("anybody's again from then on, in UTC")),
        "remove": Word(t("a number that no longer belongs to it; may be repeated"), many=True),
        "repositioning_id": Word(t("a proposal of moves")),
        "resource": Word(t("teu, wagon_slot, tonnes, lane_m, reefer_plug or dg_quota")),
        "retracts": Word(t("the event that is taken back, with the kind RETRACT")),
        "rolled_to": Word(t("the later departure that takes the rest")),
        "scopes": Word(t("actions that it may do, such as event.tell"), many=True),
        "sees": Word(t("stock, units or orders")),
        "seller_id": Word(t("a partner; by default one's own party")),
        "service_id": Word(t("a service")),
        "shared": Word(t("keep it from the other partner"), switch=False, option="--keep"),
        "shipment_id": Word(t("a shipment")),
        "shipper_owned": Word(t("it belongs to the shipper"), switch=True),
        "source": Word(t("who says so")),
        "split_id": Word(t("a split")),
        "statement_id": Word(t("a carrier's statement")),
        "status": Word(t("agreed, refused or banned")),
        "subscription_id": Word(t("a webhook")),
        "supersedes": Word(t("the rate that it replaces")),
        "take-in.kind": Word(t("container or wagon")),
        "tell-unit.kind": Word(t("DISC, LOAD, ARRI, DEPA, GTOT, GTIN, DAMAGE, REPAIR, MENDED, INSP, OFFHIRE, RETRACT")),
        "tell.kind": Word(t("STUF, GTIN, LOAD, DEPA, CROS, ARRI, DISC, GTOT, STRP, DROP, CUSS, CUSR ...")),
        "tellers": Word(t("a carrier or terminal that takes part; may be repeated"), many=True, option="--teller"),
        "title": Word(t("what happened")),
        "to": Word(t("carrier or partner")),
        "to_id": Word(t("the partner to whom it is addressed")),
        "to_ms": Word(t("until when, in UTC")),
        "to_place": Word(t("id of the place where it ends")),
        "token_id": Word(t("a key")),
        "turn.state": Word(t("open, closed or cancelled")),
        "type_code": Word(t("size and type, such as 42G1, or the code of a wagon's type")),
        "unit_id": Word(t("a container or wagon of a pool")),
        "url": Word(t("an address by https")),
        "valid_from_ms": Word(t("valid from, in UTC")),
        "valid_h": Word(t("hours that it is valid"), int),
        "valid_to_ms": Word(t("valid until, in UTC")),
        "via": Word(t("a place to pass; may be repeated, in their order"), many=True),
        "wagons": Word(t("number of a wagon; may be repeated"), many=True, option="--wagon"),
        "wait": Word(t("wait where nothing is free"), switch=True),
        "way": Word(t("a way of it, such as W1")),
        "weights": Word(t("of a fixed key, by partner, such as P1=3 P2=2"), pieces, many=True, pairs=True),
        "weeks": Word(t("weeks ahead, 1 to 26; by default 4"), int),
        "why": Word(t("what happened")),
        "year": Word(t("such as 2026"), int),
    }  # fmt: skip
