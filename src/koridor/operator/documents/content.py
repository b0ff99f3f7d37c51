"""What stands in the boxes of a consignment note; one function for each `content` of the table of boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from koridor.operator.documents.consignment import (
    Attached,
    Consignment,
    Item,
    Leg,
    Party,
    Payment,
    Side,
    Station,
    Wagon,
)
from koridor.operator.documents.dangerous import entry
from koridor.operator.documents.form import Form
from koridor.operator.documents.papers import paper_name
from koridor.operator.documents.regimes import segments
from koridor.operator.documents.way import named, payments_of, wagons_on
from koridor.operator.identifiers.tables import by_key
from koridor.text import t, tn

Lines = tuple[str, ...]
Fill = Callable[[Consignment, Leg, Form], Lines]
ROOM_FOR_WAGONS = 1  # on the note itself; more stand in a wagon list


def fills() -> Mapping[str, Fill]:
    """The functions by content."""
    return {
        "attached": lambda c, leg, form: tuple(attached(one) for one in c.attached),
        "axles": lambda c, leg, form: _each(c, leg, lambda wagon: str(wagon.axles)),
        "blank": lambda c, leg, form: (),
        "capacity": lambda c, leg, form: _each(c, leg, lambda wagon: f"{wagon.capacity_kg / 1000:g}"),
        "carrier": lambda c, leg, form: (leg.sections[0].carrier,) if leg.sections else (),
        "carriers": _carriers,
        "consignee": lambda c, leg, form: party(c.consignee, form),
        "consignor": lambda c, leg, form: party(c.consignor, form),
        "contract": lambda c, leg, form: _filled(c.contract),
        "crossings": lambda c, leg, form: tuple(place(one, form) for one in leg.crossings),
        "customs": _customs,
        "declarations": _declarations,
        "destination": lambda c, leg, form: (place(leg.destination, form),),
        "dispatch": lambda c, leg, form: _filled(c.dispatch_number),
        "freight_terms": lambda c, leg, form: _filled(c.freight_terms),
        "goods": _goods,
        "instructions": lambda c, leg, form: _filled(c.instructions),
        "issued": lambda c, leg, form: _filled(", ".join(filter(None, (c.issued_at, str(c.issued or ""))))),
        "loaded_by": lambda c, leg, form: (side(c.loaded_by),),
        "marks": lambda c, leg, form: _once((*(item.marks for item in c.goods), *(box.number for box in c.containers))),
        "mass": _mass,
        "mass_method": lambda c, leg, form: _filled(c.mass_method),
        "nature": lambda c, leg, form: _once(_described(item, form) for item in c.goods),
        "origin": _origin,
        "packages": _packages,
        "packaging": lambda c, leg, form: _once(_local(item.packaging, item.packaging_ru, form) for item in c.goods),
        "payments": lambda c, leg, form: tuple(_payment(one, form) for _, one in payments_of(c, leg)),
        "provided": lambda c, leg, form: _each(c, leg, lambda wagon: _provided(wagon.provided_by)),
        "seals": _seals,
        "statistical": lambda c, leg, form: _once(item.hs for item in c.goods),
        "successive": lambda c, leg, form: tuple(section.carrier for section in leg.sections[1:]),
        "tank": lambda c, leg, form: _once(wagon.tank_type for wagon in wagons_on(c, leg)),
        "tare": lambda c, leg, form: _each(c, leg, lambda wagon: str(wagon.tare_kg)),
        "vehicle": lambda c, leg, form: _filled(leg.vehicle),
        "volume": _volume,
        "wagons": lambda c, leg, form: _each(c, leg, lambda wagon: wagon.number),
    }


def party(one: Party, form: Form) -> Lines:
    """Name, address, country and codes of a party."""
    name, address = _local(one.name, one.name_ru, form), _local(one.address, one.address_ru, form)
    reach = ", ".join(filter(None, (one.phone, one.email)))
    return tuple(filter(None, (name, ", ".join(filter(None, (address, one.country))), one.code, reach)))


def place(station: Station, form: Form) -> str:
    """A place as the form names it, with the code that the form asks for and the country."""
    name = _local(station.name, station.name_ru, form)
    shown = named(Station(name, station.country, station.esr, station.uic, station.locode), form.station_code)
    return f"{shown}, {station.country}"


def attached(one: Attached) -> str:
    """A paper that goes along: name, number, date, copies."""
    parts = [paper_name(one.kind), one.number, str(one.issued or "")]
    copies = t("{count} copies", count=one.copies) if one.copies > 1 else ""
    return " ".join(filter(None, [*parts, copies]))


def side(one: Side) -> str:
    """Consignor or carrier, for people."""
    return t("consignor") if one is Side.CONSIGNOR else t("carrier")


def _provided(one: Side) -> str:
    return "О" if one is Side.CONSIGNOR else "П"  # letters of the form: отправитель, перевозчик


def _local(text: str, russian: str, form: Form) -> str:
    return russian or text if form.russian else text


def _filled(text: str) -> Lines:
    return (text,) if text else ()


def _once(texts: Iterable[str]) -> Lines:
    return tuple(dict.fromkeys(text for text in texts if text))


def _each(c: Consignment, leg: Leg, say: Callable[[Wagon], str]) -> Lines:
    wagons = wagons_on(c, leg)
    return (t("see the wagon list"),) if len(wagons) > ROOM_FOR_WAGONS else tuple(map(say, wagons))


def _origin(c: Consignment, leg: Leg, form: Form) -> Lines:
    taken = (str(leg.start),) if form.name == "CMR" and leg.start else ()
    return (place(leg.origin, form), *taken)


def _carriers(c: Consignment, leg: Leg, form: Form) -> Lines:
    return tuple(
        f"{_railway(one.carrier, form)}: {place(one.origin, form)} – {place(one.destination, form)}"
        for one in leg.sections
    )


def _railway(name: str, form: Form) -> str:
    """A railway by the short name that notes in Russian have for it; the name itself where it is no railway."""
    row = by_key("rail_country", "railway").get(name)
    return row["railway_ru"] if row and form.russian else name


def _payment(one: Payment, form: Form) -> str:
    code = f", {t('payer code')} {one.code}" if one.code else ""
    return f"{_railway(one.carrier, form)}: {one.payer}{code}"


def _customs(c: Consignment, leg: Leg, form: Form) -> Lines:
    """The customs papers of the regimes that the leg passes."""
    on = leg.start or c.legs[0].start or date.max
    passed = {segment.regime for segment in segments(c, on) if leg.leg_id in segment.legs}
    papers = [one for one in c.customs if one.regime in passed]
    return tuple(" ".join(filter(None, (one.regime, one.number, str(one.limit or "")))) for one in papers)


def _declarations(c: Consignment, leg: Leg, form: Form) -> Lines:
    if not form.russian:
        return leg.declarations
    lists = [
        (len(c.containers) > 1, t("container list attached")),
        (len(wagons_on(c, leg)) > ROOM_FOR_WAGONS, t("wagon list attached")),
        (any(item.dangerous for item in c.goods), t("dangerous goods")),
    ]
    return (*leg.declarations, *(text for holds, text in lists if holds))


def _described(item: Item, form: Form) -> str:
    return _local(item.description, item.description_ru, form)


def _goods(c: Consignment, leg: Leg, form: Form) -> Lines:
    lines: list[str] = []
    for item in c.goods:
        codes = [f"{_nomenclature(form)} {code_of(item, form)}"] if code_of(item, form) else []
        if form.etsng and item.etsng:
            codes.append(f"{t('ETSNG')} {item.etsng}")
        lines.append(", ".join(filter(None, (_described(item, form), *codes, item.marks))))
        if item.dangerous:
            lines.append(entry(item.dangerous, "smgs" if form.russian else str(leg.mode)))
    for box in c.containers:
        lines.append(
            t("container {number}, {size}, tare {tare} kg", number=box.number, size=box.size_type, tare=box.tare_kg)
        )
    return _once(lines)


def _nomenclature(form: Form) -> str:
    return {"gng": t("GNG"), "nhm": t("NHM"), "hs": t("HS")}[form.goods_code]


def code_of(item: Item, form: Form) -> str:
    """The code of the goods in the nomenclature of the form; NHM stands on the same digits as GNG."""
    if form.goods_code == "hs":
        return item.hs
    return item.gng or (item.hs[:6] if form.goods_code == "nhm" else "")


def _packages(c: Consignment, leg: Leg, form: Form) -> Lines:
    total = str(sum(item.packages for item in c.goods))
    return (total, tn("in {count} container", "in {count} containers", len(c.containers))) if c.containers else (total,)


def _mass(c: Consignment, leg: Leg, form: Form) -> Lines:
    goods = sum(item.gross_kg for item in c.goods)
    if not c.containers or not form.russian:
        return (str(goods),)
    tare = sum(box.tare_kg for box in c.containers)
    return (
        t("goods {mass}", mass=goods),
        t("containers {mass}", mass=tare),
        t("together {mass}", mass=goods + tare),
    )


def _volume(c: Consignment, leg: Leg, form: Form) -> Lines:
    known = [item.volume_m3 for item in c.goods if item.volume_m3 is not None]
    return (f"{sum(known):g}",) if known else ()


def _seals(c: Consignment, leg: Leg, form: Form) -> Lines:
    sealed = [(box.number, box.seals) for box in c.containers] + [
        (wagon.number, wagon.seals) for wagon in wagons_on(c, leg)
    ]
    return tuple(
        f"{number}: {len(seals)} – {', '.join(seal.number for seal in seals)}" for number, seals in sealed if seals
    )
