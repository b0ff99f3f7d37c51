"""Rules of parties, stations, border crossings, carriers and payers."""

from __future__ import annotations

from koridor.operator.documents import way
from koridor.operator.documents.consignment import Party, Station
from koridor.operator.documents.defects import flat, identified, must, required, should, wanted
from koridor.operator.documents.draft import Defect
from koridor.operator.documents.sheet import Sheet, cyrillic
from koridor.operator.identifiers import check
from koridor.operator.identifiers.payer import payer
from koridor.operator.identifiers.station import esr
from koridor.text import t


def party(sheet: Sheet, content: str, one: Party) -> list[Defect]:
    """What is wrong with a party."""
    found = [
        *required(sheet.at(content, f"{content}.name"), one.name, t("the name in full")),
        *required(sheet.at(content, f"{content}.address"), one.address, t("the postal address")),
        *required(sheet.at(content, f"{content}.country"), one.country, t("the country by its two letters")),
    ]
    if sheet.form.russian:
        found += should(
            cyrillic(one.name_ru or one.name),
            sheet.at(content, f"{content}.name_ru"),
            one.name_ru or one.name,
            t("a working language of the note is Russian (estimate: or Chinese)"),
            t("add the name in Russian"),
        )
    return found


def station(sheet: Sheet, content: str, field: str, one: Station, *, border: bool) -> list[Defect]:
    """What is wrong with a station of a leg."""
    found = required(sheet.of_leg(content, f"{field}.name"), one.name, t("the name of the station"))
    if sheet.form.station_code == "esr":
        at = sheet.of_leg(content, f"{field}.esr")
        if not one.esr:
            found += required(at, "", t("the six digits of the tariff guide (ESR)"))
        else:
            found += identified(at, esr(one.esr, name=one.name, border=border))
            derived = esr(one.esr).derived
            found += should(
                one.country in str(derived.get("country", one.country)).split(),
                at,
                one.esr,
                t("is a station in {country}", country=derived.get("country", "")),
                t("the leg says {country}", country=one.country),
            )
    if one.locode:
        found += identified(sheet.of_leg(content, f"{field}.locode"), check("locode", one.locode))
    return found


def crossings(sheet: Sheet) -> list[Defect]:
    """What is wrong with the border stations: one for each country left, in order."""
    leg = sheet.leg
    found = flat(
        station(sheet, "crossings", f"crossings[{at}]", one, border=True) for at, one in enumerate(leg.crossings)
    )
    left = [one.country for one in leg.crossings]
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


def carriers(sheet: Sheet) -> list[Defect]:
    """What is wrong with the sections of the carriers."""
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


def payments(sheet: Sheet) -> list[Defect]:
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
