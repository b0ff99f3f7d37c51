"""Places: ESR stations of the 1520 mm area, UN/LOCODE and its function string."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

from koridor.operator.identifiers.digits import two_passes
from koridor.operator.identifiers.finding import Derived, Finding, Trouble
from koridor.operator.identifiers.letters import digits_only, latin, neighbours_exchanged, wrong_check_digit
from koridor.operator.identifiers.tables import Row, by_key, rows
from koridor.text import t

_ALIKE = 0.5  # share of letters in common: spellings of the table's names in other languages have at least so many


def esr(text: str, *, name: str = "", border: bool | None = None) -> Finding:
    """The finding of a station code: network mark and station (5 digits), check digit.

    Parameters
    ----------
    name : str
        Name of the station as the document has it; compared with the table where the code is in it, because a code of
        another station passes the check digit too.
    border : bool, optional
        Whether the box asks for a border point; border and ferry movements use the "-eksp." code, inland the plain one.
    """
    value, problems = digits_only(text, 6)
    if problems:
        return Finding("esr", text, value, problems)
    if value == "000000":
        trouble = Trouble("code", t("000000 is no station, though its check digit fits"), t("ask the railway"))
        return Finding("esr", text, value, (trouble,))
    right = two_passes(value[:5])
    if value[5] != right:
        fitting = [one for one in neighbours_exchanged(value) if two_passes(one[:5]) == one[5]]
        return Finding("esr", text, value, (wrong_check_digit(value, right, fitting),))
    derived: dict[str, Derived] = {"network_mark": value[:4], "district": value[:2]}
    district = by_key("station_district").get(value[:2])
    if district:
        derived["country"] = district["country"]
    row = by_key("station").get(value)
    if row is None:
        return Finding("esr", text, value, (), (), derived)
    derived |= {"name": row["name"], "border_point": row["border"] == "yes"}
    return Finding("esr", text, value, (), _disagreements(row, name, border), derived)


def _disagreements(known: Row, name: str, border: bool | None) -> tuple[Trouble, ...]:
    found: list[Trouble] = []
    if name and not _same(_bare(name), _bare(known["name"])):
        message = t("{code} is {known} in the table, not {name}", code=known["code"], known=known["name"], name=name)
        found.append(Trouble("name", message, t("one of the two is wrong: ask the railway")))
    if border is not None and border != (known["border"] == "yes"):
        wanted = t("a border point (-eksp.)") if border else t("a station inland")
        message = t("{code} ({name}) is not {wanted}", code=known["code"], name=known["name"], wanted=wanted)
        found.append(Trouble("border", message, t("distance and tariff differ: {codes}", codes=_beside(known["name"]))))
    return tuple(found)


def _same(one: str, other: str) -> bool:
    """Whether two names may be spellings of one, as Culfa and Djulfa; names in other letters are not judged."""
    if not re.search("[a-z]", one) or one in other or other in one:
        return True
    return SequenceMatcher(None, one, other).ratio() >= _ALIKE


def _beside(name: str) -> str:
    stem = _bare(name.split("-eksp", maxsplit=1)[0])
    return ", ".join(f"{row['code']} {row['name']}" for row in rows("station") if _bare(row["name"]).startswith(stem))


def _bare(name: str) -> str:
    """The name without case, accents and signs, so that Böyük Kəsik and Boyuk Kesik are one."""
    flat = unicodedata.normalize("NFKD", name.casefold().replace("ə", "e").replace("ı", "i"))
    return re.sub(r"[^\w]|_", "", "".join(sign for sign in flat if not unicodedata.combining(sign)))


def locode(text: str) -> Finding:
    """The finding of a UN/LOCODE: two letters of the country, three signs of letters and digits 2 to 9."""
    value, warnings = latin(text)
    if not re.fullmatch(r"[A-Z]{2}[A-Z2-9]{3}", value):
        trouble = Trouble(
            "shape",
            t("{value}: must be two letters of the country and three letters or digits 2 to 9", value=value),
            t("many terminals have no code: then give the name and the ESR code"),
        )
        return Finding("locode", text, value, (trouble,), warnings)
    derived: dict[str, Derived] = {"country": value[:2], "place": value[2:]}
    if value[:2] in by_key("country_code"):
        return Finding("locode", text, value, (), warnings, derived)
    message = t("{value}: {code} is no country of ISO 3166", value=value, code=value[:2])
    trouble = Trouble("country", message, t("the first two letters are those of the country"))
    return Finding("locode", text, value, (trouble,), warnings, derived)


def locode_function(text: str) -> Finding:
    """The finding of a function string of UN/LOCODE: eight positions, each its digit (B at the last) or a dash."""
    value = text.strip().upper()
    if value == "0-------":
        return Finding("locode_function", text, value, (), (), {"functions": t("not known")})
    signs = [row["sign"] for row in rows("locode_function")]
    wrong = [at for at, sign in enumerate(value[:8]) if sign not in ("-", signs[at])]
    if len(value) != 8 or wrong:
        trouble = Trouble(
            "shape",
            t("{value}: must be eight positions of {signs} or dashes", value=value, signs="".join(signs)),
            t("position {at} is wrong", at=wrong[0] + 1) if wrong else t("{count} were found", count=len(value)),
        )
        return Finding("locode_function", text, value, (trouble,))
    names = ", ".join(row["name"] for row, sign in zip(rows("locode_function"), value, strict=True) if sign != "-")
    return Finding("locode_function", text, value, (), (), {"functions": names})
