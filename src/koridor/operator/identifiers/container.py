"""Containers (ISO 6346), units of combined transport (ILU code, EN 13044), sizes and types."""

from __future__ import annotations

import re
from fractions import Fraction

from koridor.operator.identifiers.digits import iso6346, iso6346_remainder
from koridor.operator.identifiers.finding import Derived, Finding, Trouble
from koridor.operator.identifiers.letters import latin, neighbours_exchanged, wrong_check_digit
from koridor.operator.identifiers.tables import by_key
from koridor.text import t

_CONTAINER = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")
_ILU = re.compile(r"[A-Z]{3}[ABCDEK][0-9]{7}")
_SIGNS_ALIKE = str.maketrans("OISBZQ", "015820")


def container(text: str) -> Finding:
    """The finding of a container number: owner, category U, J or Z, serial, check digit."""
    return _unit("container", text, _CONTAINER, t("three letters of the owner, U, J or Z, six digits, a check digit"))


def ilu(text: str) -> Finding:
    """The finding of a swap body or semi-trailer: the fourth letter is A, B, C, D, E or K."""
    shape = t("three letters of the owner, A, B, C, D, E or K, six digits, a check digit")
    return _unit("ilu", text, _ILU, shape)


def _unit(kind: str, text: str, pattern: re.Pattern[str], shape: str) -> Finding:
    value, warnings = latin(text)
    value, more = _digits_in_serial(value)
    warnings += more
    if not pattern.fullmatch(value):
        return Finding(kind, text, value, (_shape(value, pattern, shape),), warnings)
    body, digit = value[:10], value[10]
    derived: dict[str, Derived] = {"owner": value[:3], "category": value[3], "serial": value[4:10]}
    right = iso6346(body)
    if digit != right:
        fitting = [one for one in neighbours_exchanged(value, 4) if iso6346(one[:10]) == one[10]]
        return Finding(kind, text, value, (wrong_check_digit(value, right, fitting),), warnings, derived)
    if iso6346_remainder(body) == 10:
        warnings += (
            Trouble(
                "remainder_10",
                t(
                    "{value}: the check digit 0 stands for remainder 10, which owners are advised not to issue",
                    value=value,
                ),
                t("compare the serial with the plate: errors are found less surely here"),
            ),
        )
    return Finding(kind, text, value, (), warnings, derived)


def _digits_in_serial(value: str) -> tuple[str, tuple[Trouble, ...]]:
    """Letters that look like digits in the serial, O for 0 above all, made digits."""
    mended = value[:4] + value[4:].translate(_SIGNS_ALIKE)
    if len(value) != 11 or mended == value or not mended[4:].isdigit():
        return value, ()
    return mended, (
        Trouble(
            "letter_for_digit",
            t("letters in the serial were read as digits: {given}", given=value),
            t("compare {value} with the plate", value=mended),
        ),
    )


def _shape(value: str, pattern: re.Pattern[str], shape: str) -> Trouble:
    for at in range(10):  # a number without its check digit is the commonest slip
        if len(value) == 10 and pattern.fullmatch(value + str(at)):
            return Trouble(
                "no_check_digit",
                t("{value}: the check digit is missing", value=value),
                t("the number in full is {number}", number=value + iso6346(value)),
            )
    return Trouble(
        "shape",
        t("{value}: must be {shape}", value=value, shape=shape),
        t("{count} signs were found; copy the number from the door or the document", count=len(value)),
    )


def size_type(text: str) -> Finding:
    """The finding of a four-sign size and type code (ISO 6346), with feet and TEU as a fraction."""
    value, warnings = latin(text)
    if not re.fullmatch(r"[0-9A-Z]{4}", value):
        trouble = Trouble("shape", t("{value}: must be four signs, such as 22G1", value=value), t("see the door"))
        return Finding("size_type", text, value, (trouble,), warnings)
    known = (
        ("length", by_key("container_length"), value[0]),
        ("height", by_key("container_height"), value[1]),
        ("type", by_key("container_type"), value[2]),
    )
    problems = tuple(
        Trouble(
            part,
            t("{value}: {sign} is no code of {part}", value=value, sign=sign, part=part),
            t("one of {known}", known=", ".join(table)),
        )
        for part, table, sign in known
        if sign not in table
    )
    if problems:
        return Finding("size_type", text, value, problems, warnings)
    length, height, form = (table[sign] for _, table, sign in known)
    derived: dict[str, Derived] = {
        "length_ft": int(length["feet"]),
        "teu": Fraction(length["teu"]),
        "height": height["height"],
        "width": height["width"],
        "group": form["group"],
        "type": form["name"],
    }
    return Finding("size_type", text, value, (), warnings, derived)


def teu_of(size: str) -> Fraction:
    """TEU of a size and type code, exact. Raises KeyError where the code has no length of the table."""
    return Fraction(by_key("container_length")[size[:1]]["teu"])
