"""Lines of an offer: the network's exact price, shared out by who stands where, with the margin of the terms.

A line of the network's price is a whole number of cents. It goes to who stands for each mode in each country, by
kilometres, with no cent lost (`split.allocate`), so that costs add up to the price of the way to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from koridor.model.network import Act
from koridor.model.tariff.lines import Line
from koridor.operator.booking.terms import Door, Stand, Terms
from koridor.operator.money.currency import major_of
from koridor.operator.money.price import PriceLine
from koridor.operator.money.split import allocate
from koridor.operator.quoting.enquiry import Enquiry, Kind
from koridor.operator.quoting.legs import Course, Piece, pieces
from koridor.text import t

CURRENCY = "USD"  # the money of every dataset
PER_MILLE = 1000
METRES = 1000
FEES = ("border", "terminal")  # paid on a stretch whose kilometres another line has
HANDLED = (Act.LOAD, Act.UNLOAD)


class NobodyStandsError(Exception):
    """The terms do not say who stands for a mode in a country."""

    def __init__(self, country: str, mode: str) -> None:
        self.country, self.mode = country, mode
        super().__init__(country, mode)


def priced(course: Course, terms: Terms, enquiry: Enquiry) -> tuple[PriceLine, ...]:
    """All lines of an offer, with margins. Raises NobodyStandsError."""
    found = [
        part
        for line in course.way.prices.lines
        if not (enquiry.kind is Kind.STATION_STATION and _handled(course, line))
        for part in _parts(course, line, terms)
    ]
    units, ends = course.way.prices.count, (enquiry.from_place, enquiry.to_place)
    for place, wanted, leg in zip(ends, enquiry.kind.doors, (0, len(course.legs) - 1), strict=True):
        found += [_door(door, leg, units) for door in terms.doors if wanted and door.place_id == place]
    return with_margin(found, terms)


def with_margin(lines: Iterable[PriceLine], terms: Terms, per_mille: int | None = None) -> tuple[PriceLine, ...]:
    """Lines whose price is cost and margin: of the terms by mode, or the one given. Rounded half up, each line once."""
    return tuple(_sold(line, terms.margin_per_mille(line.mode) if per_mille is None else per_mille) for line in lines)


def _sold(line: PriceLine, per_mille: int) -> PriceLine:
    margin = (2 * line.cost_minor * per_mille + PER_MILLE) // (2 * PER_MILLE)
    return replace(line, amount_minor=line.cost_minor + margin)


def _handled(course: Course, line: Line) -> bool:
    arcs = course.asked.prepared.compiled.network.arcs
    return all(arcs.act[arc] in HANDLED for arc in course.way.arcs[line.first : line.stop])


def excluded(course: Course, enquiry: Enquiry) -> list[str]:
    """What the price leaves out: of the lists, and of the kind of offer."""
    found = list(course.way.prices.excluded)
    if enquiry.kind is Kind.STATION_STATION:
        found += [t("handling at {place}", place=place) for place in (enquiry.from_place, enquiry.to_place)]
    for place, wanted in zip((enquiry.from_place, enquiry.to_place), enquiry.kind.doors, strict=True):
        found += [] if wanted else [t("road between door and terminal at {place}", place=place)]
    return found


def _parts(course: Course, line: Line, terms: Terms) -> list[PriceLine]:
    """A line of the network as lines of those who stand for it, in the order of the way."""
    arcs = course.way.arcs[line.first : line.stop].tolist()
    lying = [piece for arc in arcs for piece in pieces(course.asked, arc)]
    weights: dict[tuple[Stand, str], int] = {}
    for piece in lying or [Piece("", "", 0)]:
        key = (_stand(terms, piece), piece.mode)
        weights[key] = weights.get(key, 0) + piece.metres
    if not sum(weights.values()):
        weights = {next(iter(weights)): 1}
    names = {f"{at:04d}": key for at, key in enumerate(weights)}
    cents = allocate(line.usd_cents, {name: weights[key] for name, key in names.items()})
    moved = line.what not in FEES and sum(piece.metres for piece in lying) > 0
    return [
        PriceLine(
            text=_text(line),
            leg=course.leg_of[line.first],
            currency=CURRENCY,
            amount_minor=cents[name],
            cost_minor=cents[name],
            earner_id=stand.earner_id,
            payee_id=stand.payee_id,
            km=weights[stand, mode] // METRES if moved else 0,
            source=f"{', '.join(line.sources)} ({line.confidence})",
            rules=", ".join((*filter(None, [line.tariff]), *line.rules)),
            trace=_trace(line),
            rate_date=line.rate_day,
            mode=mode,
        )
        for name, (stand, mode) in names.items()
        if cents[name]
    ]


def _trace(line: Line) -> str:
    """The sum of a line as it was done, with the exchange where it is in another currency."""
    done = f"{line.trace} = {major_of(line.currency, line.minor)} {line.currency}"
    return done if line.currency == CURRENCY else f"{done} / {line.units_per_usd:g}"


def _stand(terms: Terms, piece: Piece) -> Stand:
    found = terms.stand(piece.country, piece.mode)
    if found is None:
        raise NobodyStandsError(piece.country, piece.mode)
    return found


def _text(line: Line) -> str:
    ends: Sequence[str] = list(dict.fromkeys((line.from_place, line.to_place)))
    return f"{line.what} {' – '.join(ends)}"


def _door(door: Door, leg: int, units: int) -> PriceLine:
    cost = door.cost_minor * units
    text = t("road between door and terminal at {place}", place=door.place_id)
    return PriceLine(
        text, leg, door.currency, cost, cost, door.earner_id, door.payee_id, 0, t("terms of the seller"), mode="road"
    )
