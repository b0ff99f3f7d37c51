"""What a leg passes: its countries in order, the railways in them, the boxes and wagons on it."""

from __future__ import annotations

from koridor.operator.documents.consignment import (
    Consignment,
    Container,
    Item,
    Leg,
    Mode,
    Payment,
    Station,
    Wagon,
)
from koridor.operator.identifiers.tables import by_key


def countries(leg: Leg) -> tuple[str, ...]:
    """Countries of a leg in order: where each crossing leaves one, and that of the destination."""
    found: list[str] = []
    for station in (leg.origin, *leg.crossings, leg.destination):
        if not found or found[-1] != station.country:
            found.append(station.country)
    return tuple(found)


def railway(country: str) -> str:
    """Short name of the railway of a country, "" where the table has none."""
    row = by_key("rail_country", "country").get(country)
    return row["railway"] if row else ""


def railways(leg: Leg) -> tuple[str, ...]:
    """Railways of a leg in order."""
    return tuple(name for name in map(railway, countries(leg)) if name)


def distance_km(leg: Leg) -> int:
    """Kilometres of a leg, the sum of its sections; 0 where they do not say."""
    return sum(section.distance_km for section in leg.sections)


def load_kg(consignment: Consignment, container: Container) -> int:
    """Gross kilograms of the goods in a box, its tare not counted."""
    return sum(item.gross_kg for item in consignment.goods if item.container == container.number)


def tare_and_load_kg(consignment: Consignment, container: Container) -> int:
    """Kilograms of a box with its goods."""
    return container.tare_kg + load_kg(consignment, container)


def wagons_on(consignment: Consignment, leg: Leg) -> tuple[Wagon, ...]:
    """The wagons of a leg; none where it is not by rail."""
    if leg.mode is not Mode.RAIL:
        return ()
    return tuple(wagon for wagon in consignment.wagons if wagon.leg_id in ("", leg.leg_id))


def wagon_of(consignment: Consignment, leg: Leg, container: Container) -> str:
    """The number of the wagon that carries a box on a leg, "" where none is named."""
    return next((one.number for one in wagons_on(consignment, leg) if container.number in one.containers), "")


def on_wagon_kg(consignment: Consignment, wagon: Wagon) -> int:
    """Kilograms on a wagon: boxes with their goods, and goods loaded without boxes."""
    boxes = sum(tare_and_load_kg(consignment, box) for box in consignment.containers if box.number in wagon.containers)
    return boxes + sum(item.gross_kg for item in consignment.goods if item.wagon == wagon.number and not item.container)


def payments_of(consignment: Consignment, leg: Leg) -> tuple[tuple[int, Payment], ...]:
    """The payments to the carriers of a leg, each with its place in the consignment."""
    carriers = {section.carrier for section in leg.sections}
    if leg.mode is Mode.RAIL:
        carriers |= set(railways(leg))
    return tuple((at, one) for at, one in enumerate(consignment.payments) if one.carrier in carriers)


def items_in(consignment: Consignment, container: Container) -> tuple[Item, ...]:
    """The goods of a box."""
    return tuple(item for item in consignment.goods if item.container == container.number)


def named(station: Station, code: str) -> str:
    """A place with its code: `Yalama-eksp (547508)`; `code` is esr, uic, locode or ""."""
    value = getattr(station, code) if code else ""
    return f"{station.name} ({value})" if value else station.name
