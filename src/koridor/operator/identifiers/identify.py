"""What a text may be: every kind of identifier that it looks like, checked, the likeliest first."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from koridor.errors import UsageError
from koridor.operator.identifiers import container, dangerous, goods, payer, rolling, station
from koridor.operator.identifiers.finding import Finding
from koridor.operator.identifiers.letters import latin
from koridor.text import t


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of identifier: its name for people, what looks like it, and its check.

    `looks` is wider than what is valid, so that a slip is explained and not passed over; `rank` orders kinds that a
    text fits equally, from those with a check digit to those that any number is.
    """

    title: str
    looks: str
    check: Callable[[str], Finding]
    rank: int


def kinds() -> Mapping[str, Kind]:
    """The kinds by name."""
    box = r"(?=(?:.*[0-9]){4})[A-Z]{3}[UJZ][0-9A-Z]{5,8}|[A-Z]{3,4}[0-9]{6,7}"
    return {
        "container": Kind(t("container (ISO 6346)"), box, container.container, 0),
        "ilu": Kind(t("swap body or semi-trailer (ILU code)"), r"[A-Z]{3}[ABCDEK][0-9]{6,7}", container.ilu, 1),
        "size_type": Kind(t("size and type of container"), r"[0-9LM][0-9A-Z][A-Z][0-9A-Z]", container.size_type, 1),
        "uic_wagon": Kind(t("wagon (UIC, 12 digits)"), r"[0-9]{11,13}", rolling.uic_wagon, 0),
        "wagon": Kind(t("wagon (1520 mm, 8 digits)"), r"[0-9]{7,9}", rolling.wagon, 1),
        "esr": Kind(t("station (ESR)"), r"[0-9]{5,6}", station.esr, 1),
        "etsng": Kind(t("goods (ETSNG)"), r"[0-9]{6}", goods.etsng, 2),
        "gng": Kind(t("goods (GNG)"), r"[0-9]{8}", goods.gng, 3),
        "nhm": Kind(t("goods (NHM)"), r"[0-9]{8}", goods.nhm, 4),
        "hs": Kind(t("goods (HS)"), r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10}", goods.hs, 5),
        "un_number": Kind(t("dangerous goods (UN number)"), r"(UN)?[0-9]{4}|UN[0-9]+", dangerous.un_number, 3),
        "dg_class": Kind(t("class of dangerous goods"), r"[1-9]|[1-6][1-6][A-S]?", dangerous.dg_class, 3),
        "locode": Kind(t("place (UN/LOCODE)"), r"[A-Z]{2}[A-Z0-9]{3}", station.locode, 1),
        "locode_function": Kind(t("functions of a UN/LOCODE"), r"", station.locode_function, 1),
        "rail_country": Kind(t("country of a railway (OSJD, UIC)"), r"[0-9]{2}", rolling.rail_country, 2),
        "payer": Kind(t("payer code"), r"[0-9]{10}", payer.payer, 6),
    }  # fmt: skip


def check(kind: str, text: str) -> Finding:
    """The finding of a text as an identifier of that kind. Raises UsageError for a kind that is not known."""
    known = kinds()
    if kind not in known:
        raise UsageError(t("{kind}: no kind of identifier; there are {known}", kind=kind, known=", ".join(known)))
    return known[kind].check(text)


def identify(text: str) -> tuple[Finding, ...]:
    """The findings of every kind that the text looks like: valid ones first, then by rank; empty where none fits."""
    known = kinds()
    if re.fullmatch(r"[0-7B-]{8}", text.strip().upper()) and "-" in text.strip()[1:]:
        by_function = station.locode_function(text)
        if by_function.valid:
            return (by_function,)
    value, _ = latin(text)
    found = [kind.check(text) for kind in known.values() if kind.looks and re.fullmatch(kind.looks, value)]
    return tuple(sorted(found, key=lambda finding: (not finding.valid, known[finding.kind].rank)))
