"""Identifiers: published and computed vectors, repairs, and what errors the check digits find."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koridor.cli.commands.operator.identify import labels
from koridor.errors import UsageError
from koridor.operator.identifiers import check, identify, kinds
from koridor.operator.identifiers.container import teu_of
from koridor.operator.identifiers.dangerous import packing_group_trouble
from koridor.operator.identifiers.digits import VALUES, iso6346, luhn, two_passes
from koridor.operator.identifiers.payer import payer
from koridor.operator.identifiers.station import esr
from koridor.operator.identifiers.tables import TABLES, rows

ERRORS = 20_000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def codes(kind: str, text: str) -> set[str]:
    """Codes of everything that a check says of a text."""
    found = check(kind, text)
    return {trouble.code for trouble in (*found.problems, *found.warnings)}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("container", "CSQU3054383"),  # the example of ISO 6346 itself
        ("container", "CBHU3202732"),
        ("ilu", "ZEPA0037255"),  # an ILU number is checked as a container is; computed by hand below
        ("wagon", "94123452"),
        ("wagon", "52876547"),
        ("wagon", "94680121"),
        ("uic_wagon", "21 81 2471 217-3"),  # the example of UIC wagon numbers
        ("uic_wagon", "51 80 0843 001-0"),
        ("etsng", "554081"),
        ("etsng", "554017"),  # by the second pass
        ("gng", "9904 0000"),  # returned load-securing devices: no merchandise, so no chapter of HS
        ("hs", "4407"),
        ("locode", "KZAAU"),
        ("locode", "RUM32"),
        ("un_number", "UN 1203"),
        ("un_number", "ООН 1203"),
        ("dg_class", "1.4S"),
        ("dg_class", "5.2"),
        ("rail_country", "57"),
        ("payer", "1000123456"),
        ("locode_function", "123-----"),
    ],
)
def test_what_is_published_is_valid(kind: str, text: str) -> None:
    """Numbers of the standards' own examples, and check digits computed apart for the operator's reference."""
    found = check(kind, text)
    assert found.valid, found.problems


def test_every_published_station_fits() -> None:
    """The 23 stations of the table are published with their check digit: 123 of 123 Azerbaijani codes fit the rule."""
    assert len(rows("station")) == 23
    assert all(two_passes(row["code"][:5]) == row["code"][5] for row in rows("station"))


def test_check_digits_by_hand() -> None:
    """The rules written out once, without the code.

    CSQU305438: 13+30*2+28*4+32*8+3*16+0+5*64+4*128+3*256+8*512 = 6185 = 562*11+3. ZEPA003725 differs from the published
    ZEPU003725 (5) in its fourth letter alone: 10 for 32, 22*8 = 176 = 0 modulo 11, so its digit is 5 as well.
    9412345: 9*2=18 -> 9, 4, 2, 2, 6, 4, 10 -> 1: 28, so 2. 55408: 5+10+12+0+40 = 67 = 6*11+1. 55401: 5+10+12+0+5 = 32 =
    2*11+10, so weights 3 to 7: 15+20+20+0+7 = 62 = 5*11+7.
    """
    assert iso6346("CSQU305438") == "3"
    assert iso6346("ZEPU003725") == iso6346("ZEPA003725") == "5"
    assert luhn("9412345") == "2"
    assert (two_passes("55408"), two_passes("55401")) == ("1", "7")
    assert VALUES["A"] == 10
    assert VALUES["B"] == 12
    assert VALUES["L"] == 23
    assert VALUES["V"] == 34
    assert VALUES["Z"] == 38


@pytest.mark.parametrize("wrong", ["547527", "549608", "552812"])
def test_wrong_codes_of_an_older_list_are_found(wrong: str) -> None:
    """Three codes of a forwarder's first list fail their check digit (operator reference 2.4)."""
    assert "check_digit" in codes("esr", wrong)


def test_a_passing_code_of_another_station_is_found_by_its_name() -> None:
    """545909 was given for a station that it is not: the check digit is needed and not enough."""
    assert esr("545909").valid
    found = esr("545006", name="Samur")
    assert found.valid
    assert [trouble.code for trouble in found.warnings] == ["name"]
    assert esr("558701", name="Boyuk Kesik (eksp.)", border=True).warnings == ()
    for code, spelling in (("548502", "Alat"), ("550004", "Djulfa"), ("558701", "Beyuk-Kesik"), ("545006", "Ялама")):
        assert esr(code, name=spelling).warnings == ()
    (doubt,) = esr("558631", name="Böyük Kəsik", border=True).warnings
    assert doubt.code == "border"
    assert "558701" in doubt.remedy


@pytest.mark.parametrize(
    ("given", "value", "code"),
    [
        ("сsqu 305438-3", "CSQU3054383", "cyrillic"),
        ("СSQU305438З", "CSQU3054383", "cyrillic"),  # the Cyrillic letter ze for a three
        ("CSQU3O54383", "CSQU3054383", "letter_for_digit"),
        ("ＣＳＱＵ３０５４３８３", "CSQU3054383", ""),
    ],
)
def test_slips_of_clerks_are_mended(given: str, value: str, code: str) -> None:
    """What looks alike is read alike, and is said; the number stored is the right one."""
    found = check("container", given)
    assert found.valid
    assert found.value == value
    assert {trouble.code for trouble in found.warnings} == ({code} if code else set())


def test_remedies_name_the_way_out() -> None:
    """A missing check digit is given; two neighbours exchanged are offered as they were."""
    (missing,) = check("container", "CSQU305438").problems
    assert missing.code == "no_check_digit"
    assert "CSQU3054383" in missing.remedy
    (swapped,) = check("wagon", "94123425").problems
    assert "94123452" in swapped.remedy
    (long,) = check("container", "CSQU30543833").problems
    assert "12 signs" in long.remedy


def test_remainder_ten_warns() -> None:
    """BIC advises against serials whose remainder is 10, since 0 then stands for two remainders; they stay valid."""
    serial = next(n for n in range(1000) if sum(VALUES[s] << i for i, s in enumerate(f"CSQU{n:06d}")) % 11 == 10)
    found = check("container", f"CSQU{serial:06d}0")
    assert found.valid
    assert [trouble.code for trouble in found.warnings] == ["remainder_10"]


@pytest.mark.parametrize(
    ("code", "teu", "group"),
    [("22G1", "1", "GP"), ("42G1", "2", "GP"), ("45R1", "2", "RE"), ("L5G1", "9/4", "GP"), ("LEG1", "9/4", "GP")],
)
def test_sizes(code: str, teu: str, group: str) -> None:
    """A 45-foot box is nine quarters of a 20-foot one, exactly: four of them are nine TEU."""
    found = check("size_type", code)
    assert (found.derived["teu"], found.derived["group"]) == (Fraction(teu), group)
    assert teu_of(code) == Fraction(teu)
    assert found.document()["derived"]["teu"] == teu  # type: ignore[index]


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("size_type", "92Q1", "length"),
        ("gng", "77010000", "chapter"),
        ("gng", "440799", "shape"),
        ("hs", "990400", "chapter"),
        ("locode", "HELLO", "country"),
        ("locode", "AZB01", "shape"),
        ("locode_function", "21------", "shape"),
        ("un_number", "UN120", "shape"),
        ("dg_class", "2.4", "class"),
        ("dg_class", "1.1", "compatibility"),
        ("rail_country", "99", "country"),
        ("payer", "12", "shape"),
        ("uic_wagon", "2181247121", "shape"),
    ],
)
def test_what_is_wrong_has_a_code_and_a_remedy(kind: str, text: str, code: str) -> None:
    """Every trouble can be acted upon."""
    found = check(kind, text)
    trouble = next(one for one in (*found.problems, *found.warnings) if one.code == code)
    assert trouble.remedy


def test_packing_groups() -> None:
    """Gases have none; liquids have one of three (UN Model Regulations 2.0.1.3)."""
    assert packing_group_trouble("2.1", "II") is not None
    assert packing_group_trouble("3", "IV") is not None
    assert packing_group_trouble("3", "II") is None
    assert packing_group_trouble("5.2", "") is None


def test_usual_shapes_of_payers_only_warn() -> None:
    """The shapes are estimates: a code that has another is doubted, not refused."""
    found = payer("12345", "RZD")
    assert found.valid
    assert [trouble.code for trouble in found.warnings] == ["usual"]
    assert not payer("1000123456", "RZD").warnings
    assert not payer("12345", "XYZ").warnings


def test_numbers_that_nobody_has_given() -> None:
    """Zeros fit every shape and check digit and mean nothing. UN numbers end below 3600 today, so 9999 is in no table;
    ours is short, so that is a doubt and not a fault, and 1203 (petrol) has none.
    """
    assert not check("un_number", "UN0000").valid
    assert not check("esr", "000000").valid
    (doubt,) = check("un_number", "UN9999").warnings
    assert doubt.code == "unlisted"
    assert check("un_number", "UN9999").valid
    assert check("un_number", "1203").warnings == ()


def test_identify_puts_the_likeliest_first() -> None:
    """Six digits with a right check digit are a station before goods; what is valid stands before what is not."""
    assert [found.kind for found in identify("545006")] == ["esr", "etsng", "hs"]
    assert identify("94123452")[0].kind == "wagon"
    assert identify("94123425")[-1].kind == "wagon"
    assert identify("CSQU3054383")[0].kind == "container"
    assert identify("12345---")[0].kind == "locode_function"
    assert identify("no such thing") == ()
    with pytest.raises(UsageError, match="no kind"):
        check("nothing", "1")


@given(st.text(max_size=14))
def test_no_text_breaks_a_check(text: str) -> None:
    """Whatever is pasted gives a finding with a code, and what it says has a name for people."""
    for kind in kinds():
        found = check(kind, text)
        assert found.kind == kind
        assert all(trouble.code and str(trouble) for trouble in (*found.problems, *found.warnings))
        assert set(found.derived) - {"service", "freight", "border_point"} <= set(labels())
    assert all(found.kind in kinds() for found in identify(text))


@given(st.sampled_from(["container", "ilu", "wagon", "uic_wagon", "esr", "etsng", "locode", "un_number"]), st.data())
def test_what_is_mended_needs_no_more_mending(kind: str, data: st.DataObject) -> None:
    """The value of a finding is its own value, so that what is stored is found again."""
    text = data.draw(st.text("АВСЕКМНОРТХУ ABCUJZabc0123456789-–.", max_size=14))
    value = check(kind, text).value
    assert check(kind, value).value == value


def test_tables_name_their_sources() -> None:
    """Each row of each table says where it is from and how sure it is."""
    for path in sorted(TABLES.glob("*.csv")):
        assert rows(path.stem)
        for row in rows(path.stem):
            assert row["source"], path.name
            assert row["confidence"] in {"high", "medium", "low", "estimate"}, path.name


def numbers(kind: str, source: random.Random) -> str:
    """A valid number of a kind, at random."""
    digits = "".join(source.choices("0123456789", k={"wagon": 7, "uic_wagon": 11, "esr": 5, "container": 6}[kind]))
    if kind == "container":
        body = "".join(source.choices(LETTERS, k=3)) + "U" + digits
        return body + iso6346(body)
    return digits + (luhn(digits) if kind in ("wagon", "uic_wagon") else two_passes(digits))


def one_digit(number: str, places: Sequence[int], source: random.Random) -> str:
    """The number with one digit replaced by another."""
    at = source.choice(places)
    other = source.choice([digit for digit in "0123456789" if digit != number[at]])
    return number[:at] + other + number[at + 1 :]


def swapped(number: str, places: Sequence[int], source: random.Random) -> str:
    """The number with two unlike neighbours exchanged, or itself where it has none."""
    ways = [at for at in places[:-1] if number[at] != number[at + 1]]
    if not ways:
        return number
    at = source.choice(ways)
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


@pytest.mark.parametrize(
    ("kind", "damage", "documented"),
    [
        ("wagon", one_digit, 1.0),
        ("uic_wagon", one_digit, 1.0),
        ("esr", one_digit, 0.986),
        ("container", one_digit, 0.985),
        ("wagon", swapped, 0.978),
        ("esr", swapped, 0.982),
        ("container", swapped, 0.981),
    ],
)
def test_errors_are_found_as_documented(
    kind: str, damage: Callable[[str, Sequence[int], random.Random], str], documented: float
) -> None:
    """P16: shares of 20,000 seeded errors found, against those measured for the operator's reference.

    Both are samples of 20,000, so they differ by sampling with a standard deviation of sqrt(2 p (1 - p) / 20000) (0.14
    points at 0.98); four of these, and 0.05 points since the documented figure is rounded. By theory: the digits of
    doubled products are a permutation, so Luhn finds every single error and misses 2 of the 90 swaps (09 and 90); a
    modulus of 11 with remainder 10 folded into 0 misses changes between the two.
    """
    source, verdict = random.Random(6346), kinds()[kind].check
    found = tried = 0
    while tried < ERRORS:
        number = numbers(kind, source)
        wrong = damage(number, range(4 if kind == "container" else 0, len(number)), source)
        if wrong != number:
            tried += 1
            found += not verdict(wrong).valid
    tolerance = 0.0005 + 4 * (2 * documented * (1 - documented) / ERRORS) ** 0.5
    assert abs(found / ERRORS - documented) <= tolerance, found / ERRORS
    if documented == 1.0:
        assert found == ERRORS
