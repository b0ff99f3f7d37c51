"""Goods: ETSNG, and the nomenclatures that stand on the Harmonized System (GNG, NHM, HS)."""

from __future__ import annotations

import re

from koridor.operator.identifiers.digits import two_passes
from koridor.operator.identifiers.finding import Derived, Finding, Trouble
from koridor.operator.identifiers.letters import digits_only, latin, neighbours_exchanged, wrong_check_digit
from koridor.text import t

_SERVICE_CHAPTER = "99"  # of GNG and NHM: what is no merchandise, such as empty wagons and returned devices
_RESERVED_CHAPTER = "77"  # of the Harmonized System, kept free since 1988
_LAST_CHAPTER = 97


def etsng(text: str) -> Finding:
    """The finding of a goods code of the 1520 mm tariff: group, position, serial (5 digits), check digit."""
    value, problems = digits_only(text, 6)
    if problems:
        return Finding("etsng", text, value, problems)
    derived: dict[str, Derived] = {"tariff_group": value[:2], "position": value[:3]}
    right = two_passes(value[:5])
    if value[5] != right:
        fitting = [one for one in neighbours_exchanged(value) if two_passes(one[:5]) == one[5]]
        return Finding("etsng", text, value, (wrong_check_digit(value, right, fitting),), (), derived)
    return Finding("etsng", text, value, (), (), derived)


def gng(text: str) -> Finding:
    """The finding of a code of the Harmonised Goods Nomenclature (SMGS): 8 digits, the first 6 those of HS."""
    return _on_hs("gng", text, (8,))


def nhm(text: str) -> Finding:
    """The finding of a code of the NHM (CIM): 8 digits, or the 6 of HS alone."""
    return _on_hs("nhm", text, (6, 8))


def hs(text: str) -> Finding:
    """The finding of an HS code of 2, 4 or 6 digits, or its longer forms: CN 8, and 10 of TARIC or TN VED."""
    return _on_hs("hs", text, (2, 4, 6, 8, 10))


def _on_hs(kind: str, text: str, lengths: tuple[int, ...]) -> Finding:
    value, _ = latin(text)
    if not re.fullmatch(r"[0-9]+", value) or len(value) not in lengths:
        wanted = t(" or ").join(str(length) for length in lengths)
        trouble = Trouble(
            "shape",
            t("{value}: must be {wanted} digits", value=value, wanted=wanted),
            t("{count} signs were found; leading zeros belong to the code", count=len(value)),
        )
        return Finding(kind, text, value, (trouble,))
    chapter = value[:2]
    derived: dict[str, Derived] = {"chapter": chapter}
    if len(value) >= 4:
        derived["heading"] = value[:4]
    if len(value) >= 6:
        derived["hs6"] = value[:6]
    if chapter == _SERVICE_CHAPTER and kind in ("gng", "nhm"):
        return Finding(kind, text, value, (), (), derived | {"service": True})
    if chapter in ("00", _RESERVED_CHAPTER) or int(chapter) > _LAST_CHAPTER:
        trouble = Trouble(
            "chapter",
            t("{value}: HS has no chapter {chapter}", value=value, chapter=chapter),
            t("chapters are 01 to {last} without {free}", last=_LAST_CHAPTER, free=_RESERVED_CHAPTER),
        )
        return Finding(kind, text, value, (trouble,), (), derived)
    return Finding(kind, text, value, (), (), derived)
