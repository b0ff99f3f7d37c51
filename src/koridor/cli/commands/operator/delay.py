"""``koridor operator delay``: how long a leg under SMGS may take, and what a late delivery costs the carrier."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.cli.output import Column, document, sentence, table
from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.operator.documents.consignment import Consignment, Leg
    from koridor.operator.documents.delivery import Line, Penalty, Period


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("consignment", metavar="CONSIGNMENT.json", type=Path, help=t("the data of the consignment"))
    parser.add_argument("--leg", metavar=t("LEG"), help=t("the leg; without it, the first under SMGS"))
    parser.add_argument("--accepted", metavar=t("DAY"), help=t("day of the contract; without it, the start of the leg"))
    parser.add_argument("--arrived", metavar=t("DAY"), help=t("day on which the delivery ended"))
    parser.add_argument(
        "--charge", metavar=t("SUM"), help=t("carriage charge of the carrier at fault, such as 3500.25")
    )


def run(args: Namespace) -> int:
    """Exit code 0. Raises UsageError where a day or a sum is missing or cannot be meant."""
    from koridor.operator.documents import period, read
    from koridor.operator.documents.way import distance_km

    consignment = read(args.consignment)
    leg = _leg(consignment, args.leg)
    accepted = _day("--accepted", args.accepted) or leg.start
    if accepted is None:
        raise UsageError(t("leg {leg} has no start: name the day with --accepted", leg=leg.leg_id))
    allowed = period(
        distance_km(leg),
        containers=bool(consignment.containers),
        gauge_changes=leg.gauge_changes,
        ferries=leg.ferries,
        on=accepted,
    )
    due = _penalty(args, allowed, accepted)
    if args.json:
        document(_document(leg, accepted, allowed, due))
        return 0
    _show(leg, accepted, allowed)
    if due:
        late, share = due.late_days, float(100 * due.charge_share)
        sentence(t("{late} days late: {share} % of the charge, {amount}", late=late, share=share, amount=_sum(due)))
    if allowed.estimate or (due and due.estimate):
        sentence(t("* estimate: confirm the norm with the text in force."))
    return 0


def rules() -> dict[str, str]:
    """Names of the parts of a delivery period."""
    return {
        "container_block": t("kilometres, in containers"),
        "wagonload_block": t("kilometres, by wagon"),
        "dispatch": t("dispatch"),
        "gauge_change": t("changes of gauge"),
        "ferry": t("crossings by ferry"),
    }


def _leg(consignment: Consignment, wanted: str | None) -> Leg:
    from koridor.operator.documents.consignment import Note

    known = {leg.leg_id: leg for leg in consignment.legs if leg.note in (Note.SMGS, Note.CIM_SMGS)}
    leg = known.get(wanted) if wanted is not None else next(iter(known.values()), None)
    if leg is None:
        listed = ", ".join(known) or t("none")
        raise UsageError(t("--leg {leg}: no leg under SMGS; there are {known}", leg=wanted or "", known=listed))
    return leg


def _day(option: str, given: str | None) -> date | None:
    try:
        return date.fromisoformat(given) if given is not None else None
    except ValueError as error:
        message = t("{option} {day}: must be a date such as 2026-03-09", option=option, day=given)
        raise UsageError(message) from error


def _penalty(args: Namespace, allowed: Period, accepted: date) -> Penalty | None:
    from koridor.operator.documents import penalty
    from koridor.operator.documents.delivery import minor

    arrived = _day("--arrived", args.arrived)
    if (arrived is None) != (args.charge is None):
        raise UsageError(t("give --arrived and --charge together, or neither"))
    if arrived is None:
        return None
    if arrived < accepted:
        raise UsageError(t("--arrived {day}: is before {accepted}", day=arrived, accepted=accepted))
    taken = (arrived - accepted).days
    return penalty(minor(args.charge), period_days=allowed.days, taken_days=taken, on=accepted)


def _show(leg: Leg, accepted: date, allowed: Period) -> None:
    title = t(
        "{origin} – {destination}, accepted {day}",
        origin=leg.origin.name,
        destination=leg.destination.name,
        day=accepted,
    )
    due = allowed.due(accepted)  # before anything is shown, as it may lie beyond the calendar
    columns = [Column(t("part")), Column(t("how many")), Column(t("norm")), Column(t("days"))]
    table(title, columns, [_row(line) for line in allowed.lines])
    sentence(t("To be delivered within {days} days, until {due}", days=allowed.days, due=due))


def _row(line: Line) -> tuple[str, int, str, int]:
    value, _, unit = line.norm.partition(" ")
    known = {"km a day": t("km a day"), "days": t("days"), "days each": t("days each")}
    norm = f"{value} {known.get(unit, unit)}"
    return (rules()[line.rule] + (" *" if line.estimate else ""), line.count, norm, line.days)


def _sum(due: Penalty) -> str:
    return f"{due.amount // 100}.{due.amount % 100:02d}"


def _document(leg: Leg, accepted: date, allowed: Period, due: Penalty | None) -> dict[str, object]:
    from dataclasses import asdict

    said: dict[str, object] = {
        "leg_id": leg.leg_id,
        "accepted": accepted.isoformat(),
        "period_days": allowed.days,
        "due": allowed.due(accepted).isoformat(),
        "lines": [asdict(line) for line in allowed.lines],
        "estimate": allowed.estimate,
    }
    if due:
        said["penalty"] = {
            "late_days": due.late_days,
            "charge_share": str(due.charge_share),
            "amount": _sum(due),
        }
    return said
