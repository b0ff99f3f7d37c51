"""What a unit is: its number checked, its type known, its TEU as a fraction."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from koridor.operator import identifiers
from koridor.operator.common.refused import Refused
from koridor.operator.identifiers.container import teu_of
from koridor.operator.identifiers.tables import by_key
from koridor.text import t

FOLDER = Path(__file__).parent


def checked(kind: str, number: str, type_code: str) -> tuple[str, str]:
    """Number and type as they are kept, mended of spaces and look-alike letters.

    A container has an ISO 6346 number and size type, a wagon of the 1520 mm area 8 digits and a type of `type.csv`.
    Raises Refused `invalid` with all that is wrong.
    """
    found = identifiers.check(kind, number)
    wrong = [str(trouble) for trouble in found.problems]
    if kind == "container":
        size = identifiers.check("size_type", type_code)
        type_code = size.value
        wrong += [str(trouble) for trouble in size.problems]
    elif not is_wagon(type_code):
        known = ", ".join(by_key("type", folder=FOLDER))
        wrong.append(t("{code}: no type of wagon; there are {known}", code=type_code, known=known))
    if wrong:
        raise Refused("invalid", t("The unit cannot be kept; see problems."), problems=wrong)
    return found.value, type_code


def known_type(type_code: str) -> bool:
    """Whether a code is a size type of a container or a type of wagon."""
    return is_wagon(type_code) or identifiers.check("size_type", type_code).valid


def is_wagon(type_code: str) -> bool:
    """Whether a code is a type of wagon."""
    return type_code in by_key("type", folder=FOLDER)


def teu(type_code: str) -> Fraction:
    """TEU that a container takes up or a wagon carries, exact."""
    return Fraction(by_key("type", folder=FOLDER)[type_code]["teu"]) if is_wagon(type_code) else teu_of(type_code)
