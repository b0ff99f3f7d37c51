"""Dangerous goods on paper: the entry in the order of each mode's rules, its checks, the declaration."""

from __future__ import annotations

from koridor.operator.documents.consignment import Consignment, DangerousGoods, Leg, Mode, Note
from koridor.operator.documents.defects import At, flat, identified, required, should, wanted
from koridor.operator.documents.draft import Box, Defect, Draft, Listing
from koridor.operator.documents.tables import rows
from koridor.operator.identifiers import check
from koridor.operator.identifiers.dangerous import packing_group_trouble
from koridor.text import t

PAPER = "DG"
_MARINE = "MARINE POLLUTANT"  # the words that IMDG prescribes
_NOT_OTHERWISE_SPECIFIED = "N.O.S."


def rules_of(leg: Leg) -> str:
    """The rules that a leg is under: road (ADR), rail (RID), smgs (Annex 2 to SMGS), sea (IMDG)."""
    return "smgs" if leg.note in (Note.SMGS, Note.CIM_SMGS) else str(leg.mode)


def entry(goods: DangerousGoods, rules: str) -> str:
    """The entry of an item in a transport document, its elements in the order of the rules."""
    hazards = [goods.dg_class, *(f"({one})" for one in goods.subsidiary)]
    values = {
        "un_number": check("un_number", goods.un_number).value.replace("UN", "UN ", 1),
        "name": goods.proper_name.upper(),
        "technical": goods.technical_name,
        "labels": " ".join(hazards),
        "packing_group": goods.packing_group,
        "tunnel": goods.tunnel,
        "hazard_id": goods.hazard_id,
        "emergency_card": goods.emergency_card,
        "flash_point": "" if goods.flash_point_c is None else str(goods.flash_point_c),
        "marine_pollutant": _MARINE if goods.marine_pollutant else "",
        "ems": goods.ems,
    }
    order = sorted((row for row in rows("dg_order") if row["mode"] == rules), key=lambda row: int(row["position"]))
    parts: list[str] = []
    for row in order:
        text = row["pattern"].format(values[row["element"]]) if values[row["element"]] else ""
        if text and row["element"] == "technical":
            parts[-1] += f" {text}"  # belongs to the name
        elif text:
            parts.append(text)
    return ", ".join(parts)


def defects(consignment: Consignment, leg: Leg, paper: str = PAPER, box: str = "") -> list[Defect]:
    """What is wrong with the dangerous goods of a consignment for a leg."""
    found: list[Defect] = []
    for at, item in enumerate(consignment.goods):
        if item.dangerous:
            found += _item(item.dangerous, rules_of(leg), At(paper, box, f"goods[{at}].dangerous"))
    return found


def _item(goods: DangerousGoods, rules: str, at: At) -> list[Defect]:
    number, classed = check("un_number", goods.un_number), check("dg_class", goods.dg_class)
    group = packing_group_trouble(goods.dg_class, goods.packing_group)
    vague = _NOT_OTHERWISE_SPECIFIED in goods.proper_name.upper()
    part = {name: at.of(f"{at.field}.{name}") for name in ("un_number", "dg_class", "packing_group", "proper_name")}
    return flat(
        (
            identified(part["un_number"], number),
            identified(part["dg_class"], classed),
            required(part["proper_name"], goods.proper_name, t("the proper shipping name of the list of goods")),
            [Defect(at.paper, at.box, part["packing_group"].field, goods.packing_group, group.message, group.remedy)]
            if group
            else [],
            required(at.of(f"{at.field}.technical_name"), goods.technical_name, t("N.O.S. asks for the technical name"))
            if vague
            else [],
            _against_table(goods, at),
            _of_mode(goods, rules, at),
            wanted(at.of(f"{at.field}.emergency_contact"), goods.emergency_contact, t("who answers day and night")),
        )
    )


def _against_table(goods: DangerousGoods, at: At) -> list[Defect]:
    """Doubts where the small table of common goods says otherwise; it is an estimate, so they are no problems."""
    known = check("un_number", goods.un_number).derived
    if not known:
        return []
    groups = str(known["packing_groups"]).replace("none", "").split()
    limit = t("the table says {known} for this number (estimate)", known=known["class"])
    return [
        *should(
            goods.dg_class == known["class"],
            at.of(f"{at.field}.dg_class"),
            goods.dg_class,
            limit,
            t("look it up in the edition in force"),
        ),
        *should(
            goods.packing_group in (groups or [""]),
            at.of(f"{at.field}.packing_group"),
            goods.packing_group or "–",
            t("the table says {known} for this number (estimate)", known=" ".join(groups) or "–"),
            t("look it up in the edition in force"),
        ),
    ]


def _of_mode(goods: DangerousGoods, rules: str, at: At) -> list[Defect]:
    asked = {
        "road": [("tunnel", t("the tunnel restriction code of ADR, such as D/E; - where there is none"))],
        "sea": [("ems", t("the schedules for fire and spillage of IMDG, such as F-E, S-E"))],
        "smgs": [("emergency_card", t("the number of the emergency card of the 1520 mm railways"))],
        "rail": [("hazard_id", t("the hazard identification number of RID, such as 33"))],
    }
    return flat(
        required(at.of(f"{at.field}.{name}"), getattr(goods, name), hint) for name, hint in asked.get(rules, [])
    )


def declaration(consignment: Consignment, leg: Leg) -> Draft:
    """The dangerous-goods declaration of a consignment for a leg."""
    heads = (t("Goods, in the order of the rules"), t("Packages"), t("Packaging"), t("Mass, kg"), t("Container, wagon"))
    table = tuple(
        (
            entry(item.dangerous, rules_of(leg)),
            str(item.packages),
            item.packaging,
            str(item.gross_kg),
            item.container or item.wagon,
        )
        for item in consignment.goods
        if item.dangerous
    )
    rules = {"road": "ADR", "rail": "RID", "smgs": t("Annex 2 to SMGS"), "sea": "IMDG"}[rules_of(leg)]
    contacts = tuple(dict.fromkeys(item.dangerous.emergency_contact for item in consignment.goods if item.dangerous))
    who = (consignment.consignor, consignment.consignee)
    texts = (
        ("1", t("Consignor"), (who[0].name, who[0].address)),
        ("2", t("Consignee"), (who[1].name, who[1].address)),
        ("3", t("Rules"), (rules,)),
        ("4", t("Leg"), (f"{leg.origin.name} – {leg.destination.name}",)),
        ("5", t("Emergency contact"), contacts),
        ("6", t("Declared by: name, date, signature"), ()),
    )
    boxes = tuple(Box(number, title, "", 6, tuple(filter(None, lines))) for number, title, lines in texts)
    return Draft(
        PAPER,
        t("Dangerous goods declaration"),
        consignment.consignment_id,
        leg.leg_id,
        boxes,
        (Listing(t("Dangerous goods"), heads, table, (1, 3)),),
        tuple(defects(consignment, leg)),
        _remark(leg),
    )


def _remark(leg: Leg) -> str:
    estimates = any(row["confidence"] == "estimate" for row in rows("dg_order") if row["mode"] == rules_of(leg))
    said = t("The order of elements is an estimate: compare it with the edition in force.") if estimates else ""
    if leg.mode is Mode.SEA:
        said = " ".join(filter(None, (said, t("Ships and ferries refuse classes: ask before booking."))))
    return said
