"""Payer codes: who pays which railway. No shape is published; those of the table are estimates, so they only warn."""

from __future__ import annotations

import re

from koridor.operator.identifiers.finding import Finding, Trouble
from koridor.operator.identifiers.tables import by_key
from koridor.text import t

_ANY = re.compile(r"[0-9A-Z]{3,14}(/[0-9A-Z]{1,8})?")


def payer(text: str, railway: str = "") -> Finding:
    """The finding of a payer code, a subcode behind a slash; with a railway its usual shape is compared."""
    value = re.sub(r"\s+", "", text).upper()
    if not _ANY.fullmatch(value):
        trouble = Trouble(
            "shape",
            t("{value}: must be 3 to 14 letters or digits, and a subcode after a slash if there is one", value=value),
            t("copy it from the contract with the forwarder who pays that railway"),
        )
        return Finding("payer", text, value, (trouble,))
    row = by_key("payer_code", "railway").get(railway)
    if row is None or re.fullmatch(row["pattern"], value):
        return Finding("payer", text, value, (), (), {"railway": railway} if railway else {})
    message = t("{value}: codes of {railway} usually have {shape}", value=value, railway=railway, shape=row["shape"])
    return Finding("payer", text, value, (), (Trouble("usual", message, t("ask who pays that railway")),))
