"""What each content of a consignment note must satisfy; the box where it stands is that of the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from koridor.operator.documents.consignment import Consignment, Leg
from koridor.operator.documents.defects import required, wanted
from koridor.operator.documents.draft import Defect
from koridor.operator.documents.form import Form
from koridor.operator.documents.rules_cargo import each_item, goods, mass, seals, statistical, wagons
from koridor.operator.documents.rules_way import carriers, crossings, party, payments, station
from koridor.operator.documents.sheet import Sheet
from koridor.text import t

Rule = Callable[[Sheet], list[Defect]]


def rules() -> Mapping[str, Rule]:
    """The rules by content; contents without a rule are only asked for."""
    return {
        "consignor": lambda sheet: party(sheet, "consignor", sheet.consignment.consignor),
        "consignee": lambda sheet: party(sheet, "consignee", sheet.consignment.consignee),
        "origin": lambda sheet: station(sheet, "origin", "origin", sheet.leg.origin, border=False),
        "destination": lambda sheet: station(sheet, "destination", "destination", sheet.leg.destination, border=False),
        "crossings": crossings,
        "wagons": wagons,
        "goods": goods,
        "statistical": statistical,
        "packaging": lambda sheet: each_item(sheet, "packaging", t("how it is packed, such as pallets")),
        "packages": lambda sheet: each_item(sheet, "packages", t("how many packages")),
        "mass": mass,
        "carriers": carriers,
        "payments": payments,
        "seals": seals,
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
        "declarations": t("what the consignor declares, in `declarations` of the leg"),
        "seals": t("the seals on each container or wagon"),
        "carrier": t("the carrier, as the first of `sections` of the leg"),
        "carriers": t("each carrier with its section, in `sections` of the leg"),
        "issued": t("where and when it is made out, in `issued_at` and `issued`"),
        "vehicle": t("the registration of lorry and trailer, in `vehicle` of the leg"),
        "freight_terms": t("who pays the carriage, in `freight_terms`"),
        "marks": t("marks and numbers of the packages, in `marks` of the goods"),
        "statistical": t("the HS code of the goods, in `hs`"),
        "provided": t("who provides the wagon"),
    }.get(content, t("fill it in the consignment"))
