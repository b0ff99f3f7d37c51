"""Mending of what clerks type: spaces, dashes, case, Cyrillic letters that look like Latin ones."""

from __future__ import annotations

import re
import unicodedata

from koridor.operator.identifiers.finding import Trouble
from koridor.text import t

# Each Cyrillic capital and the Latin capital that is printed alike; operator desks of the 1520 area mix them daily.
LOOK_ALIKES = str.maketrans("АВЕЗКМНОРСТУХІЈЅԚԜ", "ABE3KMHOPCTYXIJSQW")
_IGNORED = re.compile(r"[\s\-‐‑‒–—−./_]+")


def compact(text: str) -> str:
    """Capitals without spaces, dashes, points and slashes; full-width signs become plain."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text)).upper()


def latin(text: str) -> tuple[str, tuple[Trouble, ...]]:
    """The text compact and with look-alike letters made Latin, and a warning when there were any."""
    short = compact(text)
    mended = short.translate(LOOK_ALIKES)
    if mended == short:
        return mended, ()
    wrong = ", ".join(sorted({sign for sign, new in zip(short, mended, strict=True) if sign != new}))
    return mended, (
        Trouble(
            "cyrillic",
            t("Cyrillic letters that look Latin were replaced: {letters}", letters=wrong),
            t("store {value}", value=mended),
        ),
    )


def digits_only(text: str, count: int) -> tuple[str, tuple[Trouble, ...]]:
    """The text compact, and a problem when it is not `count` digits."""
    value, _ = latin(text)
    if re.fullmatch(rf"[0-9]{{{count}}}", value):
        return value, ()
    found = t("{count} signs", count=len(value)) if value.isdigit() else t("signs that are not digits")
    return value, (
        Trouble(
            "shape",
            t("{value}: must be {count} digits, found {found}", value=value, count=count, found=found),
            t("copy it again from the document"),
        ),
    )


def wrong_check_digit(value: str, right: str, exchanged: list[str]) -> Trouble:
    """The problem of a check digit that does not fit; `exchanged` are fitting readings with two neighbours swapped."""
    hint = t("compare it with the plate or the document: a sign is wrong, or two are exchanged")
    if exchanged:
        hint += t(" (perhaps {readings})", readings=", ".join(exchanged[:3]))
    return Trouble(
        "check_digit",
        t("{value}: the check digit is {found}, computed {right}", value=value, found=value[-1], right=right),
        hint,
    )


def neighbours_exchanged(value: str, start: int = 0) -> list[str]:
    """All readings of the value with two unlike neighbours exchanged, from the sign at `start` on."""
    return [
        value[:at] + value[at + 1] + value[at] + value[at + 2 :]
        for at in range(start, len(value) - 1)
        if value[at] != value[at + 1]
    ]
