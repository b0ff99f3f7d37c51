"""Customs regimes, the checklist of papers, the delivery period and the penalty of SMGS, calculated by hand."""

from __future__ import annotations

import csv
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koridor.errors import UsageError
from koridor.operator.documents import parse, penalty, period, segments
from koridor.operator.documents.delivery import minor
from koridor.operator.documents.papers import checklist, events, paper_names, people, words
from koridor.operator.documents.regimes import customs_number, defects
from koridor.operator.documents.tables import rows
from koridor.operator.identifiers.digits import iso6346
from tests.consignments import acid, edited, timber

ON = date(2026, 3, 9)


def test_regimes_along_the_example() -> None:
    """Minsk's way to Mersin: transit of the EAEU, of Azerbaijan, then one T1 over Georgia and Türkiye.

    EAEU: 35 + 2,494 km at 2,000 km a month of 30 days are 37.9 days, so 38: from 9 March to 16 April. Then 697 km.
    T1: 240 km to Akhalkalaki, 30 + 1,379 by CIM, 25 by lorry; Georgia has been in the convention since February 2025.
    """
    found = segments(parse(timber()), ON)
    assert [(one.regime, one.countries, one.distance_km, one.days) for one in found] == [
        ("EAEU transit", ("BY", "RU"), 2529, 38),
        ("AZ transit", ("AZ",), 697, 30),
        ("T1", ("GE", "TR"), 1674, 8),
    ]
    assert [one.legs for one in found] == [("1",), ("1",), ("1", "2", "3")]
    assert found[0].limit == date(2026, 4, 16)
    assert all(one.transit and one.estimate for one in found)


def test_regimes_follow_their_dates() -> None:
    """Before February 2025 Georgia was a transit of its own, and Türkiye the import at the end."""
    found = segments(parse(timber()), date(2025, 1, 31))
    assert [one.regime for one in found] == ["EAEU transit", "AZ transit", "GE transit", "T1"]
    assert [one.transit for one in found] == [True, True, True, False]


def test_a_carnet_covers_the_road() -> None:
    """Under TIR the leg by road is one regime of its own."""
    data = acid()
    data["customs"] = [{"regime": "TIR", "number": "XF12345678"}]
    assert [one.regime for one in segments(parse(data), ON)] == ["AZ transit", "EAEU transit", "TIR"]


def test_customs_papers_are_checked() -> None:
    """An MRN has 18 signs and ends in a check digit; a limit before the start is wrong; a foreign regime is doubted."""
    body = "26GE1234567890123"
    assert customs_number("T1", body + iso6346_of_17(body)).warnings == ()
    assert customs_number("T1", "26GE123").problems[0].code == "shape"
    wrong = str((int(iso6346_of_17(body)) + 1) % 10)
    assert customs_number("T1", body + wrong).warnings[0].code == "check_digit"
    assert customs_number("TIR", "XF1234567890123").problems
    data = edited(timber(), "customs.0.limit", "2026-03-01")
    data["customs"].append({"regime": "CN transit", "number": "1"})
    consignment = parse(data)
    said = defects(consignment, segments(consignment, ON))
    assert ("customs.EAEU transit.limit", True) in {(one.field, one.grave) for one in said}
    assert ("customs[1].regime", False) in {(one.field, one.grave) for one in said}


def iso6346_of_17(body: str) -> str:
    """The check digit of an MRN: that of ISO 6346 over 17 signs, which is a sum of value x 2^position modulo 11."""
    assert iso6346("CSQU305438") == "3"
    values = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", [n for n in range(10, 39) if n % 11], strict=True))
    return str(sum((values[s] if s.isalpha() else int(s)) * 2**at for at, s in enumerate(body)) % 11 % 10)


def test_the_checklist_asks_for_what_the_goods_need() -> None:
    """Timber (chapter 44) needs a phytosanitary certificate; no ship, so no VGM; GU-12 ten days before."""
    consignment = parse(timber())
    found = checklist(consignment, segments(consignment, ON), frozenset({"smgs"}))
    papers = [one.paper for one in found]
    assert "phytosanitary" in papers
    assert not {"veterinary", "vgm", "bill_of_lading", "dangerous_goods", "cim_smgs", "wagon_list"} & set(papers)
    assert papers.count("container_list") == 2
    assert papers.count("transit") == papers.count("guarantee") == 3
    by_paper = {one.paper: one for one in found}
    assert by_paper["transport_plan"].due == date(2026, 2, 27)
    assert by_paper["invoice"].number == "EX-17"
    assert by_paper["smgs"].number == "drafted"
    assert by_paper["cmr"].number == ""
    sour = {one.paper for one in checklist(parse(acid()), segments(parse(acid()), ON))}
    assert {"dangerous_goods", "emergency_card", "vgm", "bill_of_lading"} <= sour
    assert "phytosanitary" not in sour


def test_each_word_of_the_checklist_can_be_translated() -> None:
    """The table has keys and English words; each has its sentence in the catalogue."""
    for row in rows("paper"):
        assert row["paper"] in paper_names()
        assert row["who"] in people()
        assert row["event"] in events()
        parts = [part.strip() for part in row["where"].split(";")]
        assert {*parts, row["form"], row["language"]} <= set(words())


def test_delivery_period_by_hand() -> None:
    """3,466 km: in boxes 24 started blocks of 150 km, by wagon 18 of 200 km; a day of dispatch, two for a hindrance."""
    assert period(3466, containers=True, on=ON).days == 24 + 1
    assert period(3466, containers=False, on=ON).days == 18 + 1
    assert period(3450, containers=True, on=ON).days == 23 + 1  # 23 blocks exactly
    assert period(3451, containers=True, on=ON).days == 24 + 1
    found = period(3466, containers=True, gauge_changes=1, ferries=2, on=ON)
    assert [(line.rule, line.days) for line in found.lines] == [
        ("container_block", 24), ("dispatch", 1), ("gauge_change", 2), ("ferry", 4),
    ]  # fmt: skip
    assert found.due(date(2026, 3, 9)) == date(2026, 4, 9)
    with pytest.raises(UsageError, match="calendar"):
        found.due(date.max)
    assert found.estimate


@pytest.mark.parametrize(
    ("late", "percent"),
    [(0, 0), (1, 6), (3, 6), (4, 18), (9, 18), (10, 30), (60, 30)],
)
def test_penalty_steps_by_hand(late: int, percent: int) -> None:
    """Of 30 days, 3 are a tenth and 9 three tenths, both still in the lower step (SMGS article 45)."""
    found = penalty(123_457, period_days=30, taken_days=30 + late, on=ON)
    assert found.charge_share == Fraction(percent, 100)
    assert found.amount == {0: 0, 6: 7407, 18: 22222, 30: 37037}[percent]  # 7407.42, 22222.26, 37037.1


def test_half_a_cent_is_rounded_up() -> None:
    """6 % of 25 cents is 1.5 cents."""
    assert penalty(25, period_days=10, taken_days=11, on=ON).amount == 2


@given(st.integers(0, 10**9), st.integers(1, 200), st.integers(0, 400))
def test_penalties_grow_and_end(charge: int, allowed: int, taken: int) -> None:
    """A day later never costs less, nothing is due in time, and never more than 30 % (and half a unit of rounding)."""
    one = penalty(charge, period_days=allowed, taken_days=taken, on=ON)
    next_day = penalty(charge, period_days=allowed, taken_days=taken + 1, on=ON)
    assert one.amount <= next_day.amount
    assert (one.amount == 0) or taken > allowed
    assert one.amount <= charge * 0.3 + 0.5


@given(st.integers(1, 20_000), st.integers(1, 500))
def test_periods_grow_with_the_way(km: int, more: int) -> None:
    """A longer way never has less time; boxes have at least as long as wagons."""
    assert period(km, containers=True, on=ON).days <= period(km + more, containers=True, on=ON).days
    assert period(km, containers=True, on=ON).days >= period(km, containers=False, on=ON).days


def test_norms_are_dated(tmp_path: Path) -> None:
    """A later edition is a row with its dates: each contract has the norm of its own day."""
    head = ["rule", "value", "unit", "valid_from", "valid_to", "source", "confidence"]
    with (tmp_path / "smgs_period.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(head)
        for value, since, until in (("150", "", "2026-06-30"), ("200", "2026-07-01", "")):
            writer.writerow(["container_block", value, "km a day", since, until, "a text", "high"])
        writer.writerow(["dispatch", "1", "days", "", "", "a text", "high"])
    old = period(600, containers=True, on=date(2026, 6, 30), folder=tmp_path)
    new = period(600, containers=True, on=date(2026, 7, 1), folder=tmp_path)
    assert (old.days, new.days) == (5, 4)
    assert not old.estimate
    with pytest.raises(UsageError, match="ferry"):
        period(600, containers=True, ferries=1, on=ON, folder=tmp_path)
    with pytest.raises(UsageError, match="no norm"):
        period(600, containers=True, on=date(1999, 1, 1))


@pytest.mark.parametrize(("km", "gauges"), [(0, 0), (-5, 0), (10, -1)])
def test_senseless_periods_are_refused(km: int, gauges: int) -> None:
    """No way, no period."""
    with pytest.raises(UsageError):
        period(km, containers=True, gauge_changes=gauges, on=ON)


def test_sums_are_exact() -> None:
    """Money is whole units: what has more decimals than its currency is refused, not rounded."""
    assert minor("3500.25") == 350_025
    assert minor("7", 0) == 7
    for wrong in ("3500.255", "-1", "x", "NaN", "Infinity"):
        with pytest.raises(UsageError):
            minor(wrong)
    with pytest.raises(UsageError):
        penalty(-1, period_days=1, taken_days=1, on=ON)
