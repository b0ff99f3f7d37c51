"""Papers from bookings: the desk tells what it knows, people the rest; each issue says what it changes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader
from starlette.testclient import TestClient
from test_api import Api
from test_messages_in import BOX, WAGON, equip

from desks import DAY_MS, MONDAY_MS, offered, staffed, train, who
from koridor.errors import DataError
from koridor.operator.api.app import create_app
from koridor.operator.booking import book, plans, quote
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import shipment
from koridor.operator.messages import edifact
from koridor.operator.track import papers

GENCE = {"name": "Gəncə", "country": "AZ", "esr": "556208", "name_ru": "Гянджа"}
ALAT = {"name": "Ələt", "country": "AZ", "esr": "548502", "locode": "AZALA", "name_ru": "Алят"}
GIVEN: dict[str, Any] = {
    "consignor": {"name": "Завод", "address": "Гянджа", "country": "AZ"},
    "consignee": {"name": "Склад", "address": "Алят", "country": "AZ"},
    "mass_method": "weighed",
    "legs": [
        {
            "leg_id": "1", "origin": GENCE, "destination": ALAT,
            "sections": [{"carrier": "ADY", "origin": GENCE, "destination": ALAT, "distance_km": 297}],
        }
    ],
    "containers": [
        {
            "number": BOX, "size_type": "22G1", "tare_kg": 2200, "max_gross_kg": 30480,
            "seals": [{"number": "1", "affixed_by": "consignor"}],
        }
    ],
    "wagons": [
        {
            "number": WAGON, "provided_by": "carrier", "capacity_kg": 68000, "tare_kg": 24000, "axles": 4,
            "containers": [BOX],
        }
    ],
    "goods": [
        {
            "description": "Пиломатериалы", "packages": 10, "packaging": "packs", "gross_kg": 20000,
            "gng": "44071190", "etsng": "091003", "hs": "440711", "container": BOX,
        }
    ],
    "attached": [{"kind": "invoice", "number": "17"}],
}  # fmt: skip


@pytest.fixture
def shipment_id(desk: Desk) -> str:
    """A shipment by rail whose railway has agreed, with a box and a wagon."""

    def work(tx: Tx) -> str:
        made = quote.make(tx, offered(railways=["ADY"]))
        booking_id = book.receive(tx, made.quote_id)
        book.ask_plan(tx, booking_id)
        span = {"valid_from_ms": MONDAY_MS, "valid_to_ms": MONDAY_MS + 9 * DAY_MS}
        plans.record(tx, booking_id, "ADY", "agreed", {"ref": "GU-12/5", "payer_code": "1000002", **span})
        book.confirm(tx, booking_id)
        return str(tx.run(shipment.select().filter_by(booking_id=booking_id)).one().shipment_id)

    desk.do(who("ann"), lambda tx: (staffed(tx), train(tx)))
    made = desk.do(who("ann"), work)
    equip(desk, made, container=[BOX], wagon=[WAGON])
    return made


def issued(desk: Desk, shipment_id: str, given: dict[str, Any] = GIVEN, name: str = "ann") -> dict[str, Any]:
    """What somebody is told who gives the data."""
    return desk.do(who(name), lambda tx: papers.issue(tx, shipment_id, given))


def viewed(desk: Desk, shipment_id: str) -> dict[str, Any]:
    """The papers as the seller sees them."""
    return desk.look(who("ann"), lambda tx: papers.view(tx, shipment_id))


def test_the_desk_tells_what_it_knows_and_what_lacks(desk: Desk, shipment_id: str) -> None:
    """Before anybody gave anything: leg, start, payer code, plan and numbers stand there; goods and consignee lack."""
    found = viewed(desk, shipment_id)
    (leg,) = found["data"]["legs"]
    assert (leg["mode"], leg["note"], leg["start"], leg["vehicle"]) == ("rail", "SMGS", "2026-12-08", "T1")
    assert found["data"]["payments"] == [{"carrier": "ADY", "payer": "P1", "code": "1000002"}]
    assert found["data"]["attached"] == [{"kind": "transport_plan", "number": "GU-12/5"}]
    assert [one["number"] for one in found["data"]["containers"]] == [BOX]
    assert found["papers"] == []
    lacking = " ".join(found["missing"])
    assert all(name in lacking for name in ("goods", "consignee", "containers[0].tare_kg", "wagons[0].axles"))


def test_papers_of_a_booking(desk: Desk, shipment_id: str) -> None:
    """SMGS with the payer code of the plan and the number of the wagon; the checklist says who must bring what by when,
    and has the plan's number; one customs territory is passed.
    """
    assert issued(desk, shipment_id)["version"] == 1
    found = viewed(desk, shipment_id)
    assert found["missing"] == []
    named = {one["name"]: one for one in found["papers"]}
    assert set(named) == {"smgs-1", "container-list-1", "wagon-list-1", "checklist"}
    boxes = named["smgs-1"]["boxes"]
    assert any("1000002" in line for line in boxes["23"]["lines"])
    assert any(WAGON in line for line in boxes["7"]["lines"])
    entries = {one["paper"]: one for one in found["checklist"]}
    assert entries["transport_plan"]["number"] == "GU-12/5"
    assert (entries["invoice"]["number"], entries["packing_list"]["due"]) == ("17", "2026-12-05")
    assert [one["territory"] for one in found["segments"]] == ["AZ"]


def test_a_new_issue_says_what_it_changes(desk: Desk, shipment_id: str) -> None:
    """The consignee moves: box 4 alone of the note changes. The same data again are the same version."""
    issued(desk, shipment_id)
    told = {"shipment_id": shipment_id, "version": 1, "changes": {}, "contradictions": []}
    assert issued(desk, shipment_id) == told
    moved = {**GIVEN, "consignee": {**GIVEN["consignee"], "address": "Баку"}}
    again = issued(desk, shipment_id, moved, "gus")
    assert again["version"] == 2
    (change,) = again["changes"]["smgs-1"]
    assert (change["where"], "Баку" in " ".join(change["after"])) == ("4", True)
    assert viewed(desk, shipment_id)["changes"] == {}


def test_what_is_wrong_is_told_at_once(desk: Desk, shipment_id: str) -> None:
    """Unknown fields and other types: nothing is kept. Legs are those booked; a carrier gives nothing."""
    with pytest.raises(DataError) as caught:
        issued(desk, shipment_id, {**GIVEN, "more": 1, "goods": "wood", "containers": [7]})
    assert {one.field for one in caught.value.problems} >= {"more", "goods", "containers[0]"}
    for given, name, code in (
        ({**GIVEN, "legs": [{"leg_id": "2"}]}, "ann", "invalid"),
        (GIVEN, "ian", "forbidden"),
        (GIVEN, "hal", "not_found"),
    ):
        with pytest.raises(Refused) as refused:
            issued(desk, shipment_id, given, name)
        assert refused.value.code == code
    assert viewed(desk, shipment_id)["version"] == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"legs": -1}, "legs"), ({"legs": True}, "legs"), ({"containers": [{"number": []}]}, "containers[1].number")],
    ids=str,
)
def test_what_is_no_row_is_told(desk: Desk, shipment_id: str, wrong: dict[str, Any], field: str) -> None:
    """A number where rows must be is a problem; so is a list as the key of a row, behind the row that is known."""
    with pytest.raises(DataError) as caught:
        issued(desk, shipment_id, {**GIVEN, **wrong})
    assert field in {one.field for one in caught.value.problems}


def test_an_instruction_is_a_function_of_the_issue(desk: Desk, shipment_id: str, clock: Any) -> None:
    """IFTMIN can be read again; told later it is the same text, with the same control reference."""
    with pytest.raises((Refused, DataError)):
        desk.look(who("ann"), lambda tx: papers.instructions(tx, shipment_id))
    issued(desk, shipment_id)
    look: Callable[[], dict[str, Any]] = lambda: desk.look(who("ian"), lambda tx: papers.instructions(tx, shipment_id))  # noqa: E731
    (first,) = look()["messages"]
    clock.now_ms += DAY_MS
    assert look()["messages"] == [first]
    interchange = edifact.read(first["text"])
    assert (interchange.sender, interchange.recipient) == ("P1", "ADY")
    assert any(part.tag == "EQD" and part.get(1) == BOX for part in interchange.messages[0].segments)


def test_papers_over_http(desk: Desk, shipment_id: str) -> None:
    """PUT with a key, JSON and a page that runs nothing; what a customer wrote stands there as text."""
    evil = {**GIVEN, "consignee": {**GIVEN["consignee"], "name": "<script>x</script>"}}
    with TestClient(create_app(desk, tend_every_s=3600), raise_server_exceptions=False) as client:
        api = Api(desk, client)
        path = f"/v1/shipments/{shipment_id}"
        put = api.ask("gus", "PUT", f"{path}/consignment", {"data": evil})
        assert (put.status_code, put.json()["version"]) == (201, 1), put.text
        assert len(api.got("ian", f"{path}/papers")["papers"]) == 4
        page = api.ask("gus", "GET", f"{path}/papers/smgs-1")
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "&lt;script&gt;" in page.text
        assert "<script>" not in page.text
        assert api.ask("gus", "GET", f"{path}/papers/cmr-1").status_code == 404
        assert api.ask("gus", "PUT", f"{path}/consignment", {"data": {}}).status_code == 422
        assert api.got("ian", f"{path}/messages/iftmin")["messages"][0]["leg_id"] == "1"


def test_a_paper_as_pdf(desk: Desk, shipment_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To whom the page is open, the PDF is: with its name for a file; without the extra the desk says what it lacks."""
    issued(desk, shipment_id)
    with TestClient(create_app(desk, tend_every_s=3600), raise_server_exceptions=False) as client:
        api = Api(desk, client)
        path = f"/v1/shipments/{shipment_id}/papers"
        made = api.ask("ian", "GET", f"{path}/smgs-1/pdf")
        assert made.headers["content-type"] == "application/pdf"
        assert f'filename="{shipment_id}-smgs-1.pdf"' in made.headers["content-disposition"]
        (page,) = PdfReader(io.BytesIO(made.content)).pages
        assert BOX in page.extract_text()
        assert api.ask("hal", "GET", f"{path}/smgs-1/pdf").status_code == 404
        assert api.ask("gus", "GET", f"{path}/cmr-1/pdf").status_code == 404
        monkeypatch.setattr("koridor.operator.api.routes.papers.has_pdf", lambda: False)
        refused = api.ask("gus", "GET", f"{path}/smgs-1/pdf")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_offered")
        assert "koridor[pdf]" in refused.json()["detail"]
