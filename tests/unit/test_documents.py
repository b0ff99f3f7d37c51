"""The papers of a consignment: reading, boxes, defects, lists, dangerous goods, VGM, issues compared, printing."""

from __future__ import annotations

import io
import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from koridor.errors import DataError, UsageError
from koridor.operator.documents import changes, draft, has_pdf, html, kinds, needed, parse, pdf, read, to_json
from koridor.operator.documents.content import fills
from koridor.operator.documents.dangerous import entry
from koridor.operator.documents.draft import Draft
from koridor.operator.documents.form import forms
from koridor.operator.documents.read import plain
from koridor.operator.documents.tables import TABLES, rows
from koridor.operator.identifiers.digits import two_passes
from koridor.text import set_language
from tests.consignments import EXAMPLE, acid, edited, timber

ON = date(2026, 3, 9)


def drafted(data: dict[str, Any], name: str, at: int = 0) -> Draft:
    """The draft of one paper."""
    return draft(parse(data), (name,), ON)[at]


def boxes(one: Draft) -> dict[str, str]:
    """Texts of the boxes by number."""
    return {box.number: " / ".join(box.lines) for box in one.boxes}


def places(one: Draft) -> set[tuple[str, str, bool]]:
    """Box, field and gravity of every defect."""
    return {(defect.box, defect.field, defect.grave) for defect in one.defects}


def test_what_is_read_is_written_again() -> None:
    """Reading and writing are inverse: the example and the acid come back as they were."""
    for data in (timber(), acid()):
        made = parse(data)
        assert parse(json.loads(to_json(made))) == made
        assert parse(plain(made)) == made
    assert read(EXAMPLE) == parse(timber())


@given(st.data())
def test_any_consignment_without_some_keys_is_refused_or_drafted(data: st.DataObject) -> None:
    """Whatever a clerk has not filled yet gives problems or drafts, never a fault; what parses is read back."""
    made = data.draw(st.sampled_from([timber(), acid()]))
    for _ in range(data.draw(st.integers(1, 6))):
        at: Any = made
        while isinstance(at, dict | list) and at:
            key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
            if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
                del at[key]
                break
            at = at[key]
    try:
        consignment = parse(made)
    except DataError as refused:
        unsaid = [problem for problem in refused.problems if not (problem.field and problem.limit)]
        if unsaid:
            pytest.fail(str(unsaid))
        return
    assert parse(plain(consignment)) == consignment
    if consignment.legs:
        for one in draft(consignment, needed(consignment), ON):
            assert all(defect.limit for defect in one.defects)
            json.dumps(one.document())


def test_every_problem_of_a_file_is_said_at_once(tmp_path: Path) -> None:
    """Unknown keys, missing keys, wrong types, numbers and days: each with its path, in one go."""
    data = edited(timber(), "consignor.nmae", "x")
    data = edited(data, "legs.0.mode", "train")
    data = edited(data, "legs.1.start", "2026-02-30")
    data = edited(data, "goods.0.gross_kg", 24500.5)
    data = edited(data, "goods.1.packages", -1)
    data = edited(data, "containers.0.tare_kg", True)
    data = edited(data, "wagons.0.number", None)
    data = edited(data, "attached", {})
    path = tmp_path / "c.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read(path)
    assert {problem.field for problem in caught.value.problems} == {
        "consignor.nmae", "legs[0].mode", "legs[1].start", "goods[0].gross_kg", "goods[1].packages",
        "containers[0].tare_kg", "wagons[0].number", "attached",
    }  # fmt: skip
    assert all(problem.file == str(path) for problem in caught.value.problems)


@pytest.mark.parametrize(
    "text",
    ["{", '{"consignment_id": "a", "consignment_id": "b"}', "[]", "null", "[" * 100_000],
    ids=["cut", "twice", "list", "null", "deep"],
)
def test_what_is_no_consignment_is_refused(tmp_path: Path, text: str) -> None:
    """A key given twice would hide one of its values; it is refused as what is no JSON is."""
    path = tmp_path / "c.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError):
        read(path)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("goods.0.volume_m3", 10**400),  # float(10**400) overflows: a double ends at 1.8e308
        ("goods.0.packages", 10**400),
        ("legs.0.start", "9999-12-31"),  # deadlines are days later
        ("legs.0.leg_id", "../../evil"),  # files of papers bear the name of the leg
        ("legs.0.leg_id", "/etc/x"),
        ("legs.0.leg_id", ".hidden"),
        ("legs.0.leg_id", "x" * 65),
    ],
)
def test_values_that_would_break_later_are_refused(path: str, value: Any) -> None:
    """The problem names the field, before anything is calculated or written."""
    with pytest.raises(DataError) as caught:
        parse(edited(timber(), path, value))
    assert [problem.field for problem in caught.value.problems] == [re.sub(r"\.(\d+)", r"[\1]", path)]


def test_a_moment_needs_its_offset() -> None:
    """Half past nine is no moment between Baku and Aktau."""
    with pytest.raises(DataError, match="offset"):
        parse(edited(acid(), "containers.0.vgm.determined", "2026-05-07T09:30"))


def test_the_example_can_be_issued() -> None:
    """The example of the handbook has no problem in any paper that it needs; two transits are still to be opened."""
    found = draft(parse(timber()), needed(parse(timber())), ON)
    assert [one.name for one in found] == [
        "smgs-1", "cim-2", "cmr-3", "container-list-1", "container-list-2", "wagon-list-1", "checklist",
    ]  # fmt: skip
    assert [defect for one in found for defect in one.problems] == []
    assert [defect.hint for defect in found[-1].warnings] == [
        "open AZ transit for AZ, in `customs`",
        "open T1 for GE TR, in `customs`",
    ]


def test_boxes_of_smgs() -> None:
    """Boxes by number as the form of 2015 has them; the note is in Russian whatever the user reads."""
    found = boxes(drafted(timber(), "smgs"))
    assert list(found) == [str(number) for number in range(1, 31)]
    assert found["1"].startswith("ООО «Оршанский")
    assert found["2"] == "Орша-Западная (166403), BY"
    assert found["5"] == "Ахалкалаки (574808), GE"
    assert found["6"].count("/") == 2
    assert "558701" in found["6"]
    assert (found["7"], found["8"], found["9"], found["10"], found["11"]) == ("94680121", "П", "68", "4", "26000")
    assert "44071100" in found["15"]
    assert "091014" in found["15"]
    assert "KDRU4101178" in found["15"]
    assert found["17"].startswith("24")
    assert found["18"].endswith("56600")  # 24,500 + 24,300 of goods and two boxes of 3,900
    assert found["19"].count("BY01") == 2
    assert found["22"].count("/") == 3
    assert found["23"].startswith("БЧ: ")
    assert "1000002/01" in found["23"]


def test_boxes_of_cmr() -> None:
    """The 24 boxes of CMR; numbers of the containers stand with the marks, goods in Latin letters."""
    found = boxes(drafted(timber(), "cmr"))
    assert list(found) == [str(number) for number in range(1, 25)]
    assert "KDRU4100232" in found["6"]
    assert found["9"] == "Sawn pine timber, kiln dried, 50 x 150 mm"
    assert (found["10"], found["11"], found["12"]) == ("440711", "48800", "88.6")
    assert "2026-03-28" in found["4"]


def test_customs_papers_stand_in_the_notes_of_their_legs() -> None:
    """The transit of the EAEU ends before the second leg begins, so that its number is on the first note alone."""
    assert boxes(drafted(timber(), "smgs"))["28"] == "EAEU transit 11200/090326/0000001"
    assert boxes(drafted(timber(), "cim"))["99"] == ""


def test_cim_smgs_is_the_same_consignment() -> None:
    """The common note needs no data of its own, and says that its numbers of boxes are estimates."""
    one = drafted(edited(timber(), "legs.0.note", "CIM/SMGS"), "cim-smgs")
    assert one.problems == ()
    assert "estimates" in one.remark
    assert boxes(one)["66"].count("/") == 3


@pytest.mark.parametrize(
    ("path", "value", "box", "field"),
    [
        ("consignor.name", "", "1", "consignor.name"),
        ("consignor.address", None, "1", "consignor.address"),
        ("legs.0.origin.esr", "166430", "2", "legs[0].origin.esr"),
        ("legs.0.destination.esr", None, "5", "legs[0].destination.esr"),
        ("legs.0.destination.locode", "GEZ1I", "5", "legs[0].destination.locode"),
        ("consignee.country", None, "4", "consignee.country"),
        ("legs.0.crossings", [], "6", "legs[0].crossings"),
        ("legs.0.crossings.1.esr", "544340", "6", "legs[0].crossings[1].esr"),
        ("legs.0.crossings.2.country", "GE", "6", "legs[0].crossings"),
        ("wagons.0.number", "94680112", "7", "wagons[0].number"),
        ("wagons.0.capacity_kg", 56599, "9", "wagons[0].capacity_kg"),
        ("wagons.0.axles", 0, "10", "wagons[0].axles"),
        ("wagons.0.containers", ["KDRU4100232", "CSQU3054383"], "7", "wagons[0].containers"),
        ("goods", [], "15", "goods"),
        ("goods.0.description", "", "15", "goods[0].description"),
        ("goods.0.gng", "44071", "15", "goods[0].gng"),
        ("goods.0.gng", "44079900", "15", "goods[0].gng"),
        ("goods.0.gng", None, "15", "goods[0].gng"),
        ("goods.1.etsng", None, "15", "goods[1].etsng"),
        ("goods.1.etsng", "091041", "15", "goods[1].etsng"),
        ("goods.1.container", "CSQU3054383", "15", "goods[1].container"),
        ("containers.0.size_type", "99G1", "15", "containers[0].size_type"),
        ("containers.0.max_gross_kg", 28399, "15", "containers[0].max_gross_kg"),
        ("goods.0.packaging", "", "16", "goods[0].packaging"),
        ("goods.0.packages", 0, "17", "goods[0].packages"),
        ("goods.0.gross_kg", 0, "18", "goods[0].gross_kg"),
        ("mass_method", "", "21", "mass_method"),
        ("legs.0.sections", [], "22", "carriers"),
        ("legs.0.sections.2", None, "22", "legs[0].sections[2].origin"),
        ("legs.0.sections.3", None, "22", "legs[0].sections"),
        ("payments.1", None, "23", "payments"),
        ("payments.2.code", "!", "23", "payments[2].code"),
        ("attached", [], "24", "attached"),
    ],
)
def test_each_defect_names_its_box_and_field(path: str, value: Any, box: str, field: str) -> None:
    """One thing spoilt is one grave defect (or more) at its box and field, with what must hold and a remedy."""
    one = drafted(edited(timber(), path, value), "smgs")
    assert (box, field, True) in places(one)
    assert all(defect.hint and defect.limit for defect in one.problems)
    assert f"SMGS, box {box}" in "\n".join(map(str, one.problems))


@pytest.mark.parametrize(
    ("path", "value", "box", "field"),
    [
        ("consignor.name_ru", None, "1", "consignor.name_ru"),
        ("goods.0.description_ru", None, "15", "goods[0].description_ru"),
        ("legs.0.crossings.2.esr", "558631", "6", "legs[0].crossings[2].esr"),
        ("containers.0.seals", [], "19", "containers[0].seals"),
        ("payments.0", None, "23", "payments"),
        ("payments.2.code", None, "23", "payments[2].code"),
        ("payments.1.code", "1", "23", "payments[1].code"),
        ("contract", "", "25", "contract"),
        ("wagons", [], "7", "wagons"),
        ("wagons.0.repair_due", "2026-03-08", "7", "wagons[0].repair_due"),
        ("containers.1.exam_due", "2026-03-08", "15", "containers[1].exam_due"),
        ("wagons.0.containers", ["KDRU4100232"], "7", "containers[1].number"),
    ],
)
def test_what_is_to_be_looked_at_is_no_problem(path: str, value: Any, box: str, field: str) -> None:
    """A doubt does not stop the note: seals come with loading, a payer at the departure may be settled there."""
    one = drafted(edited(timber(), path, value), "smgs")
    found = {(defect.box, defect.field) for defect in one.warnings}
    if field == "payments[1].code":
        assert (box, field, True) in places(one)
    else:
        assert (box, field) in found
        assert one.problems == ()


def test_all_defects_come_at_once() -> None:
    """A nearly empty consignment names every box that a note must have (operator reference 2.7)."""
    station = {"name": "", "country": "BY"}
    data = {
        "consignment_id": "X", "consignor": {"name": ""}, "consignee": {"name": ""}, "goods": [],
        "legs": [
            {
                "leg_id": "1", "mode": "rail", "note": "SMGS", "origin": station,
                "destination": {"name": "", "country": "AZ"},
            }
        ],
    }  # fmt: skip
    found = {defect.box for defect in drafted(data, "smgs").problems}
    assert found >= {"1", "2", "4", "5", "6", "7", "15", "21", "22", "24"}


def test_every_railway_of_transit_has_a_payer() -> None:
    """Without payers, the two railways of transit are grave and the two at the ends are not."""
    one = drafted(edited(timber(), "payments", []), "smgs")
    graves = [defect.limit for defect in one.problems if defect.box == "23"]
    assert [limit.split(",")[0] for limit in graves] == ["nobody pays RZD", "nobody pays ADY"]
    assert len([defect for defect in one.warnings if defect.box == "23"]) == 2


def test_a_box_on_two_wagons_is_grave() -> None:
    """A box stands on one wagon of a leg."""
    data = timber()
    data["wagons"].append(data["wagons"][0] | {"number": "94123452"})
    one = drafted(data, "smgs")
    assert ("7", "containers[0].number", True) in places(one)
    assert [listing.title for listing in one.listings][-1:] != []
    assert boxes(one)["7"] not in ("94680121", "94123452")  # both stand in the wagon list


def test_lists_add_up() -> None:
    """The sums of the container list are those of its rows: 7,800 tare, 48,800 goods, 56,600 gross, 24 packages."""
    (listing,) = drafted(timber(), "container-list").listings
    assert listing.rows[-1][4:8] == ("7800", "48800", "56600", "24")
    (wagons,) = drafted(timber(), "wagon-list").listings
    assert wagons.rows[0][1] == "94680121"
    assert wagons.rows[-1][6] == "56600"
    second = drafted(timber(), "container-list", 1)
    assert "Sawn" in second.listings[0].rows[0][-1]  # the note of the second leg is no Russian one


def test_entries_follow_the_order_of_each_mode() -> None:
    """ADR 5.4.1.1.1 and its example for allyl alcohol; RID puts the hazard number first; SMGS ends with the card."""
    data = acid()
    data["goods"][0]["dangerous"] = {
        "un_number": "1098", "proper_name": "Allyl alcohol", "dg_class": "6.1", "subsidiary": ["3"],
        "packing_group": "I", "hazard_id": "663", "tunnel": "C/D", "flash_point_c": 21, "marine_pollutant": True,
        "ems": "F-E, S-D", "emergency_card": "612",
    }  # fmt: skip
    goods = parse(data).goods[0].dangerous
    assert goods is not None
    assert entry(goods, "road") == "UN 1098, ALLYL ALCOHOL, 6.1 (3), I, (C/D)"
    assert entry(goods, "rail") == "663, UN 1098, ALLYL ALCOHOL, 6.1 (3), I"
    assert entry(goods, "smgs") == "663, UN 1098, ALLYL ALCOHOL, 6.1 (3), I, АК 612"
    assert entry(goods, "sea") == "UN 1098, ALLYL ALCOHOL, 6.1 (3), I, (21 °C c.c.), MARINE POLLUTANT, EmS F-E, S-D"
    data["goods"][0]["dangerous"] |= {"proper_name": "Pesticide, liquid, toxic, n.o.s.", "technical_name": "drazoxolon"}
    goods = parse(data).goods[0].dangerous
    assert goods is not None
    assert entry(goods, "road").startswith("UN 1098, PESTICIDE, LIQUID, TOXIC, N.O.S. (drazoxolon), 6.1 (3)")


def test_acid_can_be_issued() -> None:
    """The check digit of its ETSNG code is right, and all papers but the bill of lading come from one data set."""
    assert two_passes("48101") == "6"
    found = draft(parse(acid()), needed(parse(acid())), ON)
    assert [defect for one in found for defect in one.problems] == []
    assert {one.name for one in found} >= {"smgs-1", "cmr-3", "dg-1", "dg-2", "dg-3", "vgm-2"}


@pytest.mark.parametrize(
    ("leg", "path", "value", "field"),
    [
        (0, "un_number", "UN 183", "goods[0].dangerous.un_number"),
        (0, "dg_class", "10", "goods[0].dangerous.dg_class"),
        (0, "packing_group", "IV", "goods[0].dangerous.packing_group"),
        (0, "proper_name", "", "goods[0].dangerous.proper_name"),
        (0, "proper_name", "CORROSIVE LIQUID, N.O.S.", "goods[0].dangerous.technical_name"),
        (0, "emergency_card", None, "goods[0].dangerous.emergency_card"),
        (1, "ems", None, "goods[0].dangerous.ems"),
        (2, "tunnel", None, "goods[0].dangerous.tunnel"),
    ],
)
def test_dangerous_goods_are_checked_by_mode(leg: int, path: str, value: str | None, field: str) -> None:
    """What a mode asks for is missed on its leg alone; the note of the leg says it too."""
    data = edited(acid(), f"goods.0.dangerous.{path}", value)
    one = draft(parse(data), ("dangerous",), ON)[leg]
    assert ("", field, True) in places(one)
    if path in ("emergency_card", "ems", "tunnel"):
        others = [two for at, two in enumerate(draft(parse(data), ("dangerous",), ON)) if at != leg]
        assert all(not two.problems for two in others)
    if leg == 0:
        assert ("15", field, True) in places(drafted(data, "smgs"))


def test_a_class_that_the_table_does_not_know_is_doubted() -> None:
    """The small table of UN numbers is an estimate, so that it warns and does not refuse."""
    one = drafted(edited(acid(), "goods.0.dangerous.dg_class", "6.1"), "dangerous")
    assert one.problems == ()
    assert ("", "goods[0].dangerous.dg_class", False) in places(one)


@pytest.mark.parametrize(
    ("mass", "grave", "mild"),
    [(3800, True, True), (3801, False, True), (30480, False, True), (30481, True, True), (24990, False, False)],
)
def test_verified_mass(mass: int, grave: bool, mild: bool) -> None:
    """Above the tare of 3,800, at most the plate's 30,480; 5 % of the declared 23,800 are 1,190, so 24,990 is in."""
    one = drafted(edited(acid(), "containers.0.vgm.mass_kg", mass), "vgm")
    field = "containers[0].vgm.mass_kg"
    assert (("", field, True) in places(one), ("", field, False) in places(one)) == (grave, mild)


def test_no_verified_mass_no_ship() -> None:
    """A box without a VGM is named."""
    assert ("", "containers[0].vgm", True) in places(drafted(edited(acid(), "containers.0.vgm", None), "vgm"))
    assert ("", "containers[0].vgm.signatory", True) in places(
        drafted(edited(acid(), "containers.0.vgm.signatory", ""), "vgm")
    )


def test_what_changed_between_issues() -> None:
    """A new seal and a heavier box are the only changes, by box and by row of the list."""
    before = drafted(timber(), "smgs").document()
    data = edited(timber(), "containers.1.seals.0.number", "BY0200000")
    after = drafted(edited(data, "goods.1.gross_kg", 24400), "smgs").document()
    found = changes(json.loads(json.dumps(before)), after)
    assert [change.where for change in found] == ["18", "19", ""]
    assert "BY0200000" in found[1].after[1]
    assert len(found[2].before) == len(found[2].after) == 2  # the row and the sum
    assert changes(before, before) == ()


def test_unknown_papers_are_refused() -> None:
    """A paper that is not known, or that no leg asks for, is said with what there is."""
    with pytest.raises(UsageError, match="there are smgs"):
        draft(parse(timber()), ("waybill",), ON)
    with pytest.raises(UsageError, match="no leg"):
        draft(parse(timber()), ("vgm",), ON)


LETTERS = "Әə Ğğ İı Öö Şş Üü Çç Ўў Іі Ёё Ъъ Іі Əə Ââ ₼ ₺ ₽ «» №"


def test_pages_are_whole_and_safe() -> None:
    """A page needs nothing from elsewhere; what a party calls itself is text and never markup."""
    data = edited(timber(), "consignor.name_ru", f"<script>x</script> {LETTERS}")
    page = html(drafted(data, "smgs"))
    assert not re.search(r"(src|href)=|https?://|@import|url\(", page)
    assert "<script>" not in page
    assert LETTERS in page
    assert page.count('class="box"') == 30
    assert "@page { size: A4" in page


def test_every_language_draws_every_paper() -> None:
    """Papers can be drawn in each language; the note of SMGS keeps its own."""
    for code in ("ru", "az", "be", "tr", "en"):
        set_language(code)
        for one in draft(parse(acid()), needed(parse(acid())), ON):
            assert f'lang="{code}"' in html(one)


def test_a_pdf_holds_the_paper_and_its_letters() -> None:
    """The note is one page of A4 (210 x 297 mm at 72 points an inch); a reader of PDF finds in it the number and all
    lines of each box, text that looks like code included, and every font is embedded.
    """
    assert has_pdf()
    one = drafted(edited(timber(), "consignor.name_ru", f'#panic("x") $ * _ ` {LETTERS}'), "smgs")
    (page,) = PdfReader(io.BytesIO(pdf(one))).pages
    assert [round(side / 72 * 25.4) for side in page.mediabox[2:]] == [210, 297]
    found = "".join(page.extract_text().split())
    assert [line for box in one.boxes for line in (box.number, *box.lines) if "".join(line.split()) not in found] == []
    fonts = [font["/DescendantFonts"][0]["/FontDescriptor"] for font in page["/Resources"]["/Font"].values()]
    assert fonts
    assert all({"/FontFile2", "/FontFile3"} & set(one) for one in fonts)


def test_without_the_extra_there_is_no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal names the extra and the way without it; the page is drawn all the same."""
    monkeypatch.setitem(sys.modules, "typst", None)
    assert not has_pdf()
    one = drafted(timber(), "smgs")
    with pytest.raises(UsageError, match=r"koridor\[pdf\]"):
        pdf(one)
    assert html(one)


def test_tables_fit_the_code() -> None:
    """Each content of a box has what fills it, each form needs and wants only what it has, each row has its source."""
    assert {row["content"] for row in rows("box")} <= set(fills())
    for form in forms().values():
        contents = {row["content"] for row in form.boxes}
        assert form.needs | form.wants <= contents, form.name
        numbers = [row["box"] for row in form.boxes]
        assert len(numbers) == len(set(numbers))
    for path in TABLES.glob("*.csv"):
        for row in rows(path.stem):
            assert row["source"], path.name
            assert row["confidence"] in {"high", "medium", "low", "estimate"}, path.name
    assert set(kinds()) >= {"smgs", "cim-smgs", "cim", "cmr", "container-list", "wagon-list", "dangerous", "vgm"}
