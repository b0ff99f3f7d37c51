"""Dangerous goods: UN numbers, classes with their labels, packing groups; what of them can be checked offline."""

from __future__ import annotations

import re

from koridor.operator.identifiers.finding import Derived, Finding, Trouble
from koridor.operator.identifiers.letters import latin
from koridor.operator.identifiers.tables import by_key
from koridor.text import t

_EXPLOSIVE = re.compile(r"(1\.[1-6])([A-HJ-LNS])?")  # compatibility groups A to H, J, K, L, N, S


def un_number(text: str) -> Finding:
    """The finding of a UN number; what the small table of common goods says of it is derived."""
    value, warnings = latin(text)
    digits = value.removeprefix("UN").removeprefix("ООН").removeprefix("OOH")
    if not re.fullmatch(r"[0-9]{4}", digits):
        trouble = Trouble(
            "shape",
            t("{value}: must be UN and four digits", value=value),
            t("such as UN 1203; leading zeros belong to the number"),
        )
        return Finding("un_number", text, value, (trouble,), warnings)
    if digits == "0000":
        trouble = Trouble("number", t("UN 0000 is no number of goods"), t("take it from the list of dangerous goods"))
        return Finding("un_number", text, f"UN{digits}", (trouble,), warnings)
    row = by_key("un_number").get(digits)
    derived: dict[str, Derived] = {}
    if row is None:
        message = t("UN {digits} is not in the table of common goods", digits=digits)
        warnings += (Trouble("unlisted", message, t("look it up in the edition in force")),)
    else:
        keys = ("name", "class", "subsidiary", "packing_groups", "hazard_id", "tunnel")
        derived = {key: row[key] for key in keys if row[key]}
        derived["confidence"] = row["confidence"]
    return Finding("un_number", text, f"UN{digits}", (), warnings, derived)


def dg_class(text: str) -> Finding:
    """The finding of a class or division, class 1 with its compatibility group; labels and packing groups derived."""
    value = text.strip().upper().replace(",", ".").replace(" ", "")
    explosive = _EXPLOSIVE.fullmatch(value)
    row = by_key("dg_class").get(explosive[1] if explosive else value)
    if row is None:
        trouble = Trouble(
            "class",
            t("{value}: no class of dangerous goods", value=value),
            t("one of {known}", known=", ".join(by_key("dg_class"))),
        )
        return Finding("dg_class", text, value, (trouble,))
    warnings: tuple[Trouble, ...] = ()
    if explosive and not explosive[2]:
        message = t("{value}: the compatibility group is missing", value=value)
        warnings = (Trouble("compatibility", message, t("add its letter, such as 1.4S")),)
    derived: dict[str, Derived] = {
        "name": row["name"],
        "labels": row["labels"],
        "packing_groups": row["packing_groups"],
    }
    return Finding("dg_class", text, value, (), warnings, derived)


def packing_group_trouble(dangerous_class: str, group: str) -> Trouble | None:
    """What is wrong with a packing group: classes 1, 2, 5.2, 6.2 and 7 have none, the others I, II or III."""
    row = by_key("dg_class").get(dangerous_class[:3])
    if row is None:
        return None
    allowed = row["packing_groups"]
    if allowed == "none" and group:
        message = t("class {name} has no packing group, found {group}", name=dangerous_class, group=group)
        return Trouble("packing_group", message, t("leave it empty"))
    if group and group not in allowed.split():
        message = t("packing group {group} is not known", group=group)
        return Trouble("packing_group", message, t("one of {known}", known="I, II, III"))
    return None
