"""What each content of a consignment note must satisfy; the box where it stands is that of the form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from koridor.operator.documents import way
from koridor.operator.documents.consignment import Consignment, Leg, Party, Station
from koridor.operator.documents.content import code_of
from koridor.operator.documents.dangerous import defects as dangerous_defects
from koridor.operator.documents.defects import At, flat, identified, must, required, should, wanted
from koridor.operator.documents.draft import Defect
from koridor.operator.documents.form import Form
from koridor.operator.documents.tables import rows
from koridor.operator.identifiers import check
from koridor.operator.identifiers.payer import payer
from koridor.operator.identifiers.station import esr
from koridor.text import t


@dataclass(frozen=True, slots=True)
class Sheet:
    """A consignment on one leg under one form."""

    consignment: Consignment
    leg: Leg
    form: Form
    leg_at: int

    def at(self, content: str, field: str) -> At:
        """Where a content stands, with a field of the consignment."""
        return At(self.form.name, self.form.box_of(content), field)

    def of_leg(self, content: str, field: str) -> At:
        """Where a content stands, with a field of the leg."""
        return self.at(content, f"legs[{self.leg_at}].{field}")


Rule = Callable[[Sheet], list[Defect]]


def rules() -> Mapping[str, Rule]:
    """The rules by content; contents without a rule are only asked for."""
    return {
        "consignor": lambda sheet: _party(sheet, "consignor", sheet.consignment.consignor),
        "consignee": lambda sheet: _party(sheet, "consignee", sheet.consignment.consignee),
        "origin": lambda sheet: _station(sheet, "origin", "origin", sheet.leg.origin, border=False),
        "destination": lambda sheet: _station(sheet, "destination", "destination", sheet.leg.destination, border=False),
        "crossings": _crossings,
        "wagons": _wagons,
        "goods": _goods,
        "statistical": _statistical,
        "packaging": lambda sheet: _each_item(sheet, "packaging", t("how it is packed, such as pallets")),
        "packages": lambda sheet: _each_item(sheet, "packages", t("how many packages")),
        "mass": _mass,
        "carriers": _carriers,
        "payments": _payments,
        "seals": _seals,
    }


def check_form(consignment: Consignment, leg: Leg, form: Form, filled: Mapping[str, tuple[str, ...]]) -> list[Defect]:
    """Everything wrong with a note: what is missing of what the form needs and wants, and what each rule says."""
    sheet = Sheet(consignment, leg, form, consignment.legs.index(leg))
    contents = [row["content"] for row in form.boxes]
    found: list[Defect] = []
    for content in dict.fromkeys(contents):
        rule = rules().get(content)
        said = rule(sheet) if rule else []
        if not said and not filled[content] and content in form.needs:
            said = required(sheet.at(content, content), "", _remedy(content))
        if not said and not filled[content] and content in form.wants:
            said = wanted(sheet.at(content, content), "", _remedy(content))
        found += said
    return found


def _remedy(content: str) -> str:
    return {
        "attached": t("name the papers that go along, in `attached`"),
        "mass_method": t("say how the mass was found, such as weighed on a weighbridge"),
        "contract": t("the number of the supply contract, in `contract`"),
        "declarations": t("what the consignor declares, in `declarations`"),
        "seals": t("the seals on each box or wagon"),
        "carrier": t("the carrier, as the first of `sections` of the leg"),
        "carriers": t("each carrier with its section, in `sections` of the leg"),
        "issued": t("where and when it is made out, in `issued_at` and `issued`"),
        "vehicle": t("the registration of lorry and trailer, in `vehicle` of the leg"),
        "freight_terms": t("who pays the carriage, in `freight_terms`"),
        "marks": t("marks and numbers of the packages, in `marks` of the goods"),
        "statistical": t("the HS code of the goods, in `hs`"),
        "provided": t("who provides the wagon"),
    }.get(content, t("fill it in the consignment"))


def _party(sheet: Sheet, content: str, party: Party) -> list[Defect]:
    found = [
        *required(sheet.at(content, f"{content}.name"), party.name, t("the name in full")),
        *required(sheet.at(content, f"{content}.address"), party.address, t("the postal address")),
        *required(sheet.at(content, f"{content}.country"), party.country, t("the country by its two letters")),
    ]
    if sheet.form.russian:
        found += should(
            _cyrillic(party.name_ru or party.name),
            sheet.at(content, f"{content}.name_ru"),
            party.name_ru or party.name,
            t("a working language of the note is Russian (estimate: or Chinese)"),
            t("add the name in Russian"),
        )
    return found


def _station(sheet: Sheet, content: str, field: str, station: Station, *, border: bool) -> list[Defect]:
    found = required(sheet.of_leg(content, f"{field}.name"), station.name, t("the name of the station"))
    if sheet.form.station_code == "esr":
        at = sheet.of_leg(content, f"{field}.esr")
        if not station.esr:
            found += required(at, "", t("the six digits of the tariff guide (ESR)"))
        else:
            found += identified(at, esr(station.esr, name=station.name, border=border))
            derived = esr(station.esr).derived
            found += should(
                station.country in str(derived.get("country", station.country)).split(),
                at,
                station.esr,
                t("is a station in {country}", country=derived.get("country", "")),
                t("the leg says {country}", country=station.country),
            )
    if station.locode:
        found += identified(sheet.of_leg(content, f"{field}.locode"), check("locode", station.locode))
    return found


def _crossings(sheet: Sheet) -> list[Defect]:
    leg = sheet.leg
    found = flat(
        _station(sheet, "crossings", f"crossings[{at}]", station, border=True)
        for at, station in enumerate(leg.crossings)
    )
    left = [station.country for station in leg.crossings]
    passed = way.countries(leg)
    at = sheet.of_leg("crossings", "crossings")
    if leg.origin.country != leg.destination.country:
        hint = t("name the exit station of the country of departure and of every country of transit, in order")
        found += must(bool(left), at, "", t("is missing"), hint)
        if left:
            found += must(
                left[0] == leg.origin.country and len(set(left)) == len(left) and leg.destination.country not in left,
                at,
                " ".join(left),
                t("must leave {first} first, each country once, and not {last}", first=passed[0], last=passed[-1]),
                hint,
            )
    return found


def _wagons(sheet: Sheet) -> list[Defect]:
    c = sheet.consignment
    wagons = way.wagons_on(c, sheet.leg)
    if not wagons:
        hint = (
            t("the wagon of this leg, named when the boxes are loaded") if c.containers else t("a wagon or a container")
        )
        missing = wanted if c.containers else required
        return missing(sheet.at("wagons", "wagons"), "", hint)
    found: list[Defect] = []
    for wagon in wagons:
        at = c.wagons.index(wagon)
        here = sheet.at("wagons", f"wagons[{at}].number")
        digits = re.sub(r"\D", "", wagon.number)
        kind = "uic_wagon" if len(digits) > 9 else "wagon"
        found += identified(here, check(kind, wagon.number))
        load = way.on_wagon_kg(c, wagon)
        found += must(
            load <= wagon.capacity_kg,
            sheet.at("capacity", f"wagons[{at}].capacity_kg"),
            load,
            t("{load} kg are on the wagon, which takes {capacity} kg", load=load, capacity=wagon.capacity_kg),
            t("take another wagon or put boxes on two"),
        )
        found += required(sheet.at("axles", f"wagons[{at}].axles"), wagon.axles, t("the number of axles"))
        known = {box.number for box in c.containers}
        found += must(
            set(wagon.containers) <= known,
            sheet.at("wagons", f"wagons[{at}].containers"),
            ", ".join(wagon.containers),
            t("names a container that is not of the consignment"),
            t("the containers are {known}", known=", ".join(sorted(known)) or t("none")),
        )
    for at, box in enumerate(c.containers):
        count = sum(box.number in wagon.containers for wagon in wagons)
        ask = must if count > 1 else should
        found += ask(
            count == 1,
            sheet.at("wagons", f"containers[{at}].number"),
            box.number,
            t("stands on {count} wagons of this leg", count=count),
            t("name it in `containers` of one wagon"),
        )
    return found


def _goods(sheet: Sheet) -> list[Defect]:
    c, form = sheet.consignment, sheet.form
    found = required(sheet.at("goods", "goods"), c.goods, t("at least one item"))
    asked = sorted({row["railway"] for row in rows("etsng_railway")} & set(way.railways(sheet.leg)))
    boxes = {box.number for box in c.containers}
    for at, item in enumerate(c.goods):
        where = f"goods[{at}]"
        found += required(sheet.at("goods", f"{where}.description"), item.description, t("the name of the goods"))
        code = code_of(item, form)
        here = sheet.at("goods", f"{where}.{form.goods_code}")
        found += identified(here, check(form.goods_code, code)) if code else required(here, "", _code_hint(form))
        found += must(
            not (item.gng and item.hs) or item.gng[: min(6, len(item.hs))] == item.hs[:6],
            here,
            item.gng,
            t("begins as HS {hs} does not", hs=item.hs),
            t("GNG and HS have the first six digits in common"),
        )
        if form.etsng and item.etsng:
            found += identified(sheet.at("goods", f"{where}.etsng"), check("etsng", item.etsng))
        elif form.etsng and asked:
            hint = t("{railways} on the route ask for it", railways=", ".join(asked))
            found += required(sheet.at("goods", f"{where}.etsng"), "", hint)
        found += must(
            not item.container or item.container in boxes,
            sheet.at("goods", f"{where}.container"),
            item.container,
            t("is no container of the consignment"),
            t("the containers are {known}", known=", ".join(sorted(boxes)) or t("none")),
        )
        if form.russian:
            found += should(
                _cyrillic(item.description_ru or item.description),
                sheet.at("goods", f"{where}.description_ru"),
                item.description_ru or item.description,
                t("a working language of the note is Russian (estimate: or Chinese)"),
                t("add the name in Russian"),
            )
    found += flat(_box(sheet, at) for at in range(len(c.containers)))
    return found + dangerous_defects(c, sheet.leg, form.name, form.box_of("goods"))


def _box(sheet: Sheet, at: int) -> list[Defect]:
    box = sheet.consignment.containers[at]
    where = f"containers[{at}]"
    kind = "ilu" if re.fullmatch(r"\s*[A-Za-z]{3}[ABCDEKabcdek].*", box.number) else "container"
    gross = way.tare_and_load_kg(sheet.consignment, box)
    return [
        *identified(sheet.at("goods", f"{where}.number"), check(kind, box.number)),
        *identified(sheet.at("goods", f"{where}.size_type"), check("size_type", box.size_type)),
        *must(
            gross <= box.max_gross_kg,
            sheet.at("goods", f"{where}.max_gross_kg"),
            gross,
            t("{gross} kg with the tare, the plate allows {limit} kg", gross=gross, limit=box.max_gross_kg),
            t("move goods to another box"),
        ),
        *should(
            bool(way.items_in(sheet.consignment, box)),
            sheet.at("goods", f"{where}.number"),
            box.number,
            t("no goods are in this box"),
            t("say in `container` of the goods what is where, or send it as empty"),
        ),
    ]


def _code_hint(form: Form) -> str:
    if form.goods_code == "gng":
        return t("eight digits of GNG")
    return t("six or eight digits of NHM") if form.goods_code == "nhm" else t("at least six digits of HS")


def _statistical(sheet: Sheet) -> list[Defect]:
    return flat(
        identified(sheet.at("statistical", f"goods[{at}].hs"), check("hs", item.hs))
        for at, item in enumerate(sheet.consignment.goods)
        if item.hs
    )


def _each_item(sheet: Sheet, field: str, hint: str) -> list[Defect]:
    return flat(
        required(sheet.at(field, f"goods[{at}].{field}"), getattr(item, field), hint)
        for at, item in enumerate(sheet.consignment.goods)
    )


def _mass(sheet: Sheet) -> list[Defect]:
    return flat(
        required(sheet.at("mass", f"goods[{at}].gross_kg"), item.gross_kg, t("gross kilograms, packaging included"))
        for at, item in enumerate(sheet.consignment.goods)
    )


def _carriers(sheet: Sheet) -> list[Defect]:
    leg = sheet.leg
    if not leg.sections:
        return []
    found: list[Defect] = []
    ends = [leg.origin.name, *(section.destination.name for section in leg.sections)]
    for at, section in enumerate(leg.sections):
        here = sheet.of_leg("carriers", f"sections[{at}]")
        found += required(here.of(f"{here.field}.carrier"), section.carrier, t("the short name of the railway"))
        found += must(
            section.origin.name == ends[at],
            here.of(f"{here.field}.origin"),
            section.origin.name,
            t("must begin where the one before ends, at {name}", name=ends[at]),
            t("sections follow one another without a gap"),
        )
    found += must(
        ends[-1] == leg.destination.name,
        sheet.of_leg("carriers", "sections"),
        ends[-1],
        t("must end at {name}", name=leg.destination.name),
        t("add the last section"),
    )
    without = [name for name in way.railways(leg) if name not in {section.carrier for section in leg.sections}]
    return found + should(
        not without or not sheet.form.russian,
        sheet.of_leg("carriers", "sections"),
        " ".join(section.carrier for section in leg.sections),
        t("no section of {railways}, whose countries are passed", railways=", ".join(without)),
        t("name the carrier of each country"),
    )


def _payments(sheet: Sheet) -> list[Defect]:
    """A payer for every railway of transit must stand in the note; without one the boxes wait at the border."""
    c, leg = sheet.consignment, sheet.leg
    found: list[Defect] = []
    for at, one in way.payments_of(c, leg):
        if one.code:
            found += identified(sheet.at("payments", f"payments[{at}].code"), payer(one.code, one.carrier))
        elif sheet.form.russian:
            hint = t("the code under which {payer} pays there", payer=one.payer)
            found += wanted(sheet.at("payments", f"payments[{at}].code"), "", hint)
    if not sheet.form.russian:
        return found
    paid = {one.carrier for one in c.payments}
    for at, name in enumerate(way.railways(leg)):
        transit = 0 < at < len(way.railways(leg)) - 1
        ask = must if transit else should
        role = t("a railway of transit") if transit else t("a railway of departure or destination")
        found += ask(
            name in paid,
            sheet.at("payments", "payments"),
            "",
            t("nobody pays {railway}, {role}", railway=name, role=role),
            t("name the payer and the payer code of {railway}", railway=name),
        )
    return found


def _seals(sheet: Sheet) -> list[Defect]:
    return flat(
        wanted(
            sheet.at("seals", f"containers[{at}].seals"),
            box.seals,
            t("the number of each seal on {box}", box=box.number),
        )
        for at, box in enumerate(sheet.consignment.containers)
        if way.items_in(sheet.consignment, box)
    )


def _cyrillic(text: str) -> bool:
    return bool(re.search("[А-яЁё]", text)) or not text
