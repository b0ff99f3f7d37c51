"""Wagons: 8 digits in the 1520 mm area, 12 digits elsewhere; countries of railways."""

from __future__ import annotations

from koridor.operator.identifiers.digits import luhn
from koridor.operator.identifiers.finding import Derived, Finding, Trouble
from koridor.operator.identifiers.letters import digits_only, neighbours_exchanged, wrong_check_digit
from koridor.operator.identifiers.tables import by_key
from koridor.text import t


def wagon(text: str) -> Finding:
    """The finding of a wagon of the 1520 mm area: type, further features, serial, check digit."""
    value, problems = digits_only(text, 8)
    if problems:
        return Finding("wagon", text, value, problems)
    row = by_key("wagon_type")[value[0]]
    derived: dict[str, Derived] = {"type": row["name"], "freight": row["freight"] == "yes"}
    if value[0] not in "01":
        derived["axles"] = 8 if value[1] == "9" else 4
    trouble = _luhn_trouble(value)
    if trouble:
        return Finding("wagon", text, value, trouble, (), derived)
    warnings: tuple[Trouble, ...] = ()
    if row["freight"] != "yes":
        message = t("{value}: the number of a {type}, not of a freight wagon", value=value, type=row["name"])
        warnings = (Trouble("not_freight", message, t("is it the number of the wagon?")),)
    if value[0] == "3":
        derived["axles"] = t("4 or 6")
    return Finding("wagon", text, value, (), warnings, derived)


def uic_wagon(text: str) -> Finding:
    """The finding of a 12-digit vehicle number: interoperability, country, technical class, serial, check digit."""
    value, problems = digits_only(text, 12)
    if problems:
        return Finding("uic_wagon", text, value, problems)
    derived: dict[str, Derived] = {
        "interoperability": value[:2],
        "country_code": value[2:4],
        "class": value[4:8],
        "serial": value[8:11],
    }
    warnings: tuple[Trouble, ...] = ()
    row = by_key("rail_country").get(value[2:4])
    if row is None:
        warnings = (_unknown_country(value[2:4]),)
    else:
        derived["country"] = row["country"]
    return Finding("uic_wagon", text, value, _luhn_trouble(value), warnings, derived)


def rail_country(text: str) -> Finding:
    """The finding of a two-digit code of a railway's country (OSJD, UIC)."""
    value, problems = digits_only(text, 2)
    row = by_key("rail_country").get(value)
    if problems:
        return Finding("rail_country", text, value, problems)
    if row is None:
        return Finding("rail_country", text, value, (_unknown_country(value),))
    derived: dict[str, Derived] = {key: row[key] for key in ("country", "railway", "railway_ru")}
    return Finding("rail_country", text, value, (), (), derived)


def _luhn_trouble(value: str) -> tuple[Trouble, ...]:
    right = luhn(value[:-1])
    if value[-1] == right:
        return ()
    fitting = [one for one in neighbours_exchanged(value) if luhn(one[:-1]) == one[-1]]
    return (wrong_check_digit(value, right, fitting),)


def _unknown_country(code: str) -> Trouble:
    return Trouble(
        "country",
        t("{code}: no country in the table of railways", code=code),
        t("known: {known}", known=", ".join(by_key("rail_country"))),
    )
