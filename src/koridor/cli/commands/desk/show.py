"""Answers of the desk for people: tables, and objects line by line. Moments are in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from koridor.cli.output import Cell, Column, sentence, table
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.money.currency import major_of
from koridor.text import t

MS = 1000
SPANS = ("waits_ms", "delay_ms", "slower_ms")  # that last, and are no moments
MONEY = ("amounts", "totals", "billed", "open", "opening", "closing", "balance")
Row = Mapping[str, Any]


def show(answer: Any, specs: Iterable[str]) -> None:
    """Prints of an answer what the tables of a verb say."""
    for spec in specs:
        where, _, names = spec.partition(":")
        columns = names.split()
        if where:
            _table(where, columns, list(rows_at(answer, where)))
        else:
            _lines(answer, columns)


def rows_at(answer: Row, where: str) -> Iterator[Row]:
    """The rows of a table of an answer, each with all that stands around it."""
    rows: Iterable[Row] = [answer]
    parts = where.split(".")
    for part, below in zip(parts, [*parts[1:], ""], strict=True):
        rows = [{**row, **inner} for row in rows for inner in _inner(part, row.get(part), below)]
    yield from rows


def _inner(part: str, value: Any, below: str) -> Iterator[Row]:
    """What a row holds under a name: an object that holds what is wanted below, or pairs of any other, or a list."""
    if isinstance(value, Mapping):
        yield from [value] if below in value else ({"name": name, "value": one} for name, one in value.items())
    for one in value if isinstance(value, list) else ():
        yield one if isinstance(one, Mapping) else {part: one}


def _table(where: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    known = heads()
    if columns == [where]:
        if rows:
            sentence(known[where])
        for row in rows:
            sentence(f"  {cell(where, row)}")
        return
    told = [[cell(name, row) for name in columns] for row in rows]
    kept = [at for at in range(len(columns)) if any(row[at] not in (None, "") for row in told)]
    if not kept:
        return
    shown = [_named(columns[at]) for at in kept]
    drawn = [Column(known[name], "" if _is_money(name) else None) for name in shown]
    table(known[where.rpartition(".")[2]], drawn, [[row[at] for at in kept] for row in told])


def _lines(answer: Row, columns: Sequence[str]) -> None:
    known = heads()
    for name in columns:
        value = cell(name, answer)
        if value not in (None, ""):
            sentence(f"{known[_named(name)]}: {value}")


def cell(column: str, row: Row) -> Cell:
    """What a column shows of a row; None where the row has nothing there."""
    value: Any = row
    for part in column.partition("=")[0].split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    name = _named(column)
    if value is None or isinstance(value, float):
        return value
    if _is_money(name):
        return _money(value, str(row.get("currency", "")))
    if name in SPANS:
        return _hours(value)
    if name.endswith("_ms"):
        return datetime.fromtimestamp(value / MS, UTC).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        return len(value)
    return value if isinstance(value, int) else _plain(value)


def _hours(value: Any) -> Cell:
    if isinstance(value, Mapping):
        return _plain({name: _hours(one) for name, one in value.items()})
    return round(float(value) / HOUR_MS, 1)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_plain(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return "".join(sign if sign.isprintable() else " " for sign in str(value))


def _money(value: Any, currency: str) -> str:
    """Amounts by currency, or one of the currency that stands in a column beside it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{_amount(code, minor)} {code}" for code, minor in value.items()) or "0"
    return _amount(currency, value)


def _amount(currency: str, minor: int) -> str:
    return f"{Decimal(major_of(currency, minor)):,f}"


def _is_money(name: str) -> bool:
    return name in MONEY or name.endswith("_minor")


def _named(column: str) -> str:
    return column.rpartition("=")[2].rpartition(".")[2]


def heads() -> dict[str, str]:
    """The heads of columns and tables, by the field of the API."""
    return {
        "acknowledged_ms": t("seen"),
        "actions": t("may do"),
        "affected": t("Affected"),
        "after": t("after"),
        "agreed": t("both agree"),
        "alert_id": t("alert"),
        "alerts": t("Alerts"),
        "alternative_id": t("alternative"),
        "alternatives": t("Alternatives"),
        "amendment": t("amendment"),
        "amount_minor": t("amount"),
        "amounts": t("amount"),
        "arrived_ms": t("arrived"),
        "arrives_ms": t("arrives"),
        "asked": t("railways asked"),
        "at_ms": t("when"),
        "balance": t("balance"),
        "balances": t("Balances"),
        "before": t("before"),
        "billed": t("billed"),
        "bills": t("Bills"),
        "booking_id": t("booking"),
        "box": t("box"),
        "bookings": t("Bookings"),
        "by": t("by whom"),
        "cancellation": t("cancellation"),
        "checklist": t("Checklist"),
        "classifier": t("classifier"),
        "closing": t("closing"),
        "co2e_kg": t("CO2e, kg"),
        "co2e_more_kg": t("more CO2e, kg"),
        "containers": t("containers"),
        "cost_minor": t("cost"),
        "cost_more_minor": t("more cost"),
        "course": t("course"),
        "created_ms": t("made"),
        "currency": t("currency"),
        "customer_id": t("customer"),
        "days": t("days"),
        "deadline_ms": t("answer due"),
        "decided_by": t("decided by"),
        "delay_h": t("later by, h"),
        "delay_ms": t("later by, h"),
        "departure_id": t("departure"),
        "due": t("due"),
        "due_ms": t("due"),
        "earner_id": t("earned by"),
        "enquiry_id": t("enquiry"),
        "event_id": t("event"),
        "events": t("Events"),
        "expected_ms": t("expected"),
        "field": t("field"),
        "first_id": t("first"),
        "free": t("free"),
        "free_days": t("free days"),
        "from_ms": t("from"),
        "from_place": t("from"),
        "happened_ms": t("when"),
        "hash": t("hash"),
        "hint": t("remedy"),
        "held": t("held"),
        "held_until_ms": t("held until"),
        "incident_id": t("incident"),
        "incidents": t("Incidents"),
        "journeys": t("journeys known"),
        "kind": t("kind"),
        "km": t("km"),
        "leaves_ms": t("leaves"),
        "leg": t("leg"),
        "legs": t("Legs"),
        "limit": t("what must hold"),
        "lines": t("Lines"),
        "links": t("links shut"),
        "matched": t("events matched"),
        "missing": t("Missing"),
        "mode": t("mode"),
        "month": t("month"),
        "more_minor": t("more"),
        "name": t("name"),
        "new": t("new"),
        "next": t("next page after"),
        "number": t("number"),
        "object_id": t("of"),
        "offers": t("Departures"),
        "open": t("open"),
        "open_minor": t("open"),
        "opening": t("opening"),
        "other_hash": t("hash of the other"),
        "outcome": t("outcome"),
        "outcomes": t("Outcomes"),
        "p50_h": t("P50, h"),
        "p50_ms": t("arrives, P50"),
        "p90_h": t("P90, h"),
        "p90_ms": t("arrives, P90"),
        "paper": t("paper"),
        "papers": t("Papers"),
        "party_id": t("party"),
        "payee_id": t("paid to"),
        "payer_code": t("payer code"),
        "person_id": t("person"),
        "phase": t("phase"),
        "place_id": t("place"),
        "plans": t("Plans"),
        "plans_missing": t("plans missing"),
        "problems": t("Problems"),
        "promised_ms": t("promised, P90"),
        "proposal_id": t("proposal"),
        "proposals": t("Proposals"),
        "proposed_by": t("proposed by"),
        "quote_id": t("quote"),
        "railway": t("railway"),
        "railways": t("railways"),
        "reasons": t("Notes"),
        "receivables": t("Receivables"),
        "ref": t("reference"),
        "references": t("references"),
        "riding": t("under way"),
        "roles": t("roles"),
        "second_id": t("second"),
        "seller_id": t("seller"),
        "sentence": t("why"),
        "services": t("services shut"),
        "shipment_id": t("shipment"),
        "since_ms": t("since"),
        "slower_ms": t("slower by, h"),
        "source": t("source"),
        "state": t("state"),
        "status": t("status"),
        "text": t("text"),
        "title": t("title"),
        "to_ms": t("until"),
        "to_place": t("to"),
        "told_ms": t("told by carriers"),
        "totals": t("price"),
        "under_way": t("under way"),
        "valid_from_ms": t("valid from"),
        "valid_to_ms": t("valid until"),
        "value": t("Changes"),
        "version": t("version"),
        "wagons": t("wagons"),
        "waits_ms": t("would wait, h"),
        "warnings": t("warnings"),
        "way": t("way"),
        "ways": t("Ways"),
        "what": t("what"),
        "why": t("Why"),
    }
