"""Messages of partners: round trips, repetitions, corrections, and every kind of malformed input."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koridor.errors import DataError
from koridor.operator.documents import parse
from koridor.operator.messages import Told, dcsa, edifact, epcis, iftsta, terminal
from koridor.operator.messages.edifact import Interchange, Message, Segment
from koridor.operator.messages.iftmin import iftmin
from koridor.operator.messages.told import RETRACT
from tests.consignments import acid, edited, timber

BAKU = timezone(timedelta(hours=4))
NOW = datetime(2026, 3, 8, 12, 0, tzinfo=BAKU)


def equipment_event() -> dict[str, Any]:
    """A box loaded on a train, as DCSA 2.x writes it."""
    return {
        "eventID": "84db923d-2a19-4eb0-beb5-446c1ec57d34",
        "eventType": "EQUIPMENT",
        "equipmentEventTypeCode": "LOAD",
        "eventClassifierCode": "ACT",
        "eventDateTime": "2026-03-09T14:30:00+03:00",
        "eventCreatedDateTime": "2026-03-09T15:00:00+03:00",
        "emptyIndicatorCode": "LADEN",
        "equipmentReference": "CSQU3054383",
        "eventLocation": {"UNLocationCode": "BYOSH", "locationName": "Orsha"},
        "transportCall": {"transportCallReference": "1234", "modeOfTransport": "RAIL"},
        "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": "B1"}],
        "seals": [{"sealNumber": "1"}],
    }


def test_dcsa_is_read() -> None:
    """Each field has its place; what is not known (the seals) is kept."""
    (told,) = dcsa.read([equipment_event()])
    assert (told.kind, told.classifier, told.equipment, told.empty) == ("LOAD", "ACT", "CSQU3054383", False)
    assert told.happened_ms == 1_773_055_800_000  # 2026-03-09T11:30Z
    assert told.body()["place_id"] == "BYOSH"
    assert told.references == (("BKG", "B1"),)
    assert told.extra["seals"] == [{"sealNumber": "1"}]


def test_dcsa_comes_back() -> None:
    """Reading and writing are inverse, so nothing of a partner's event is lost."""
    assert dcsa.write(dcsa.read(equipment_event())[0]) == equipment_event()
    (once,) = dcsa.read(equipment_event())
    assert dcsa.read(dcsa.write(once)) == (once,)


def test_dcsa_3_and_retractions() -> None:
    """3.0 parts metadata from payload; a retraction names the event that it takes back and comes back as it was."""
    flat = equipment_event()
    head = {key: flat.pop(key) for key in ("eventID", "eventCreatedDateTime")}
    assert dcsa.read({"events": [{"metadata": head, "payload": flat}]}) == dcsa.read(equipment_event())
    back = {"metadata": {**head, "eventID": "x", "retractedEventID": head["eventID"]}, "payload": {}}
    (told,) = dcsa.read(back)
    assert (told.kind, told.retracts) == (RETRACT, head["eventID"])
    assert told.body()["retracts"] == head["eventID"]
    assert dcsa.read(dcsa.write(told)) == (told,)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("eventID", None, "eventID"),
        ("eventType", "BOAT", "eventType"),
        ("equipmentEventTypeCode", None, "equipmentEventTypeCode"),
        ("eventClassifierCode", "MAYBE", "eventClassifierCode"),
        ("eventDateTime", "2026-03-09T14:30:00", "eventDateTime"),
        ("eventDateTime", "2026-13-09T14:30:00Z", "eventDateTime"),
        ("eventCreatedDateTime", 5, "eventCreatedDateTime"),
        ("emptyIndicatorCode", None, "emptyIndicatorCode"),
        ("emptyIndicatorCode", "FULL", "emptyIndicatorCode"),
        ("transportCall", "train", "transportCall"),
        ("documentReferences", [1], "documentReferences"),
    ],
)
def test_malformed_dcsa_is_refused(path: str, value: Any, field: str) -> None:
    """What is wrong is named by its path, in a list by the place in it."""
    with pytest.raises(DataError) as caught:
        dcsa.read([equipment_event(), edited(equipment_event(), path, value)])
    assert [problem.field for problem in caught.value.problems] == [f"events[1].{field}"]


def test_all_problems_of_dcsa_at_once() -> None:
    """Two bad events are both named."""
    bad = edited(edited(equipment_event(), "eventID", None), "eventDateTime", None)
    with pytest.raises(DataError) as caught:
        dcsa.read({"events": [bad, edited(equipment_event(), "eventType", "X")]})
    assert {problem.field for problem in caught.value.problems} == {
        "events[0].eventID", "events[0].eventDateTime", "events[1].eventType",
    }  # fmt: skip
    with pytest.raises(DataError):
        dcsa.read([1, None])


def association() -> dict[str, Any]:
    """Two boxes set on a wagon."""
    return {
        "type": "AssociationEvent",
        "eventID": "urn:uuid:1",
        "eventTime": "2026-03-09T11:30:00Z",
        "eventTimeZoneOffset": "+03:00",
        "action": "ADD",
        "parentID": "https://example.org/wagon/94680121",
        "childEPCs": ["https://example.org/BIC/CSQU3054383", "https://example.org/BIC/KDRU4100232"],
        "readPoint": {"id": "https://example.org/place/BYOSH"},
        "example:seal": "1",
    }


def test_epcis_is_read() -> None:
    """An event of two boxes is two, each on the wagon, at the local time of the offset."""
    document = {"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": [association()]}}
    first, second = epcis.read(document)
    assert (first.kind, first.equipment, first.carried_by, first.place) == ("LOAD", "CSQU3054383", "94680121", "BYOSH")
    assert first.event_id == "urn:uuid:1#CSQU3054383"
    assert second.equipment == "KDRU4100232"
    assert first.happened.isoformat() == "2026-03-09T14:30:00+03:00"
    assert first.extra == {"example:seal": "1"}
    away = edited(association(), "action", "DELETE")
    assert {one.kind for one in epcis.read(away)} == {"DISC"}


def test_epcis_corrections_retract() -> None:
    """An error declaration takes back each of the events that the first had become."""
    wrong = association() | {
        "errorDeclaration": {"declarationTime": "2026-03-10T00:00:00Z", "correctiveEventIDs": ["urn:uuid:2"]}
    }
    told = epcis.read(wrong)
    assert {one.retracts for one in told} == {one.event_id for one in epcis.read(association())}
    assert {one.kind for one in told} == {RETRACT}
    assert told[0].extra["correctiveEventIDs"] == ["urn:uuid:2"]


@pytest.mark.parametrize("kind", ["LOAD", "DISC", "ARRI", "DEPA", "INSP"])
def test_epcis_comes_back(kind: str) -> None:
    """What is written is read as the same event; loading and discharging associate box and wagon."""
    told = Told(
        "urn:uuid:3", kind, "ACT", NOW, NOW, place="AZBAK", equipment="CSQU3054383",
        carried_by="94680121" if kind in ("LOAD", "DISC") else "",
    )  # fmt: skip
    made = epcis.write(told, "https://example.org/id")
    (back,) = epcis.read(json.loads(json.dumps(made)))
    for name in ("event_id", "kind", "happened", "written", "place", "equipment", "carried_by"):
        assert getattr(back, name) == getattr(told, name), name
    (gone,) = epcis.read(epcis.write(Told("r", RETRACT, "ACT", NOW, retracts="urn:uuid:3"), "https://example.org/id"))
    assert (gone.kind, gone.retracts) == (RETRACT, "urn:uuid:3")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("type", "TransformationEvent"),
        ("eventID", None),
        ("eventTime", "yesterday"),
        ("eventTimeZoneOffset", "+3"),
        ("eventTimeZoneOffset", "+15:00"),
        ("eventTimeZoneOffset", None),
        ("action", "MOVE"),
        ("childEPCs", []),
        ("childEPCs", "one"),
        ("parentID", None),
    ],
)
def test_malformed_epcis_is_refused(path: str, value: Any) -> None:
    """What is wrong is named by its field."""
    with pytest.raises(DataError) as caught:
        epcis.read(edited(association(), path, value))
    assert [problem.field for problem in caught.value.problems] == [path]


IFTSTA = (
    "UNA:+.? '\n"
    "UNB+UNOC:3+ADY+KORIDOR+260309:1700+77'\n"
    "UNH+1+IFTSTA:D:96A:UN'\n"
    "BGM+23+S1+9'\n"
    "DTM+137:202603091700:203'\n"
    "CNI+1+B1'\n"
    "STS+1+24'\n"
    "DTM+334:202603091630:203'\n"
    "LOC+175+AZYAL:139:6:Yalama ?+ border'\n"
    "TDT+20+1234+2+++++:::94680121'\n"
    "EQD+CN+CSQU3054383'\n"
    "EQD+CN+KDRU4100232'\n"
    "STS+1+1'\n"
    "DTM+132:202603110800+04:303'\n"
    "LOC+175+AZBAK:139:6'\n"
    "STS+1+X7'\n"
    "DTM+334:20260309:102'\n"
    "UNT+16+1'\n"
    "UNZ+1+77'\n"
)


def test_iftsta_is_read() -> None:
    """Each status is an event for each box; estimated times are estimates; a code that is not known is kept."""
    interchange, told = iftsta.read(IFTSTA.replace("0800+04", "0800?+04"), BAKU)
    assert (interchange.control, interchange.sender) == ("77", "ADY")
    departed, also, arrival, other = told
    assert (departed.kind, departed.equipment, departed.mode) == ("DEPA", "CSQU3054383", "RAIL")
    assert departed.happened == datetime(2026, 3, 9, 16, 30, tzinfo=BAKU)
    assert (departed.place, departed.place_name, departed.carried_by) == ("AZYAL", "Yalama + border", "94680121")
    assert departed.references == (("CNI", "B1"),)
    assert also.event_id != departed.event_id
    assert (arrival.kind, arrival.classifier) == ("ARRI", "EST")
    assert arrival.happened == datetime(2026, 3, 11, 8, 0, tzinfo=BAKU)
    assert (other.kind, other.source_code) == ("IFTSTA:X7", "X7")
    assert all(one.written == datetime(2026, 3, 9, 17, 0, tzinfo=BAKU) for one in told)


def test_a_repetition_is_the_same_event() -> None:
    """Sent again with another control reference and another time of writing, the events have the same ids."""
    first = iftsta.read(IFTSTA.replace("0800+04", "0800?+04"), BAKU)[1]
    text = IFTSTA.replace("0800+04", "0800?+04").replace("+77'", "+78'").replace("137:202603091700", "137:202603091800")
    again = iftsta.read(text, BAKU)[1]
    assert [one.event_id for one in again] == [one.event_id for one in first]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("UNT+16+1'", "UNT+15+1'", "16 segments"),
        ("UNT+16+1'", "UNT+16+2'", "reference"),
        ("UNT+16+1'\n", "", "no end"),
        ("UNZ+1+77'", "UNZ+2+77'", "1 messages"),
        ("UNZ+1+77'", "UNZ+1+78'", "control"),
        ("UNZ+1+77'\n", "", "cut off"),
        ("UNZ+1+77'", "UNZ+1+77", "cut off"),
        ("UNB+", "UNX+", "begins with UNB"),
        ("UNH+1+", "LIN+1'UNH+1+", "outside"),
        ("IFTSTA:D", "IFTMIN:D", "IFTSTA"),
        ("STS+1+24'", "STS'", "status code"),
        ("DTM+334:202603091630:203'", "DTM+334:202603091661:203'", "format"),
        ("DTM+334:202603091630:203'", "DTM+334:2026030916:203'", "format"),
        ("DTM+334:202603091630:203'", "DTM+334:202603091630:999'", "format"),
        ("DTM+334:202603091630:203'", "DTM+1:202603091630:203'", "time is missing"),
    ],
)
def test_malformed_interchanges_are_refused(old: str, new: str, word: str) -> None:
    """A cut file, a wrong count, a time that is none: each is named, and nothing of the message is taken."""
    text = IFTSTA.replace("0800+04", "0800?+04")
    assert old in text
    with pytest.raises(DataError, match=word):
        iftsta.read(text.replace(old, new, 1), BAKU)


CODECO = (
    "UNB+UNOC:3+TERM+KORIDOR+260309:1700+9'UNH+1+CODECO:D:95B:UN'BGM+34+R1+9'DTM+137:202603091700:203'"
    "TDT+1++3'LOC+165+AZALA:139:6'"
    "EQD+CN+CSQU3054383+22T1:102:5+++5'RFF+BN:B1'DTM+7:202603091630:203'"
    "EQD+CN+KDRU4100232+45G1:102:5+++4'DTM+7:202603091635:203'LOC+165+AZBAK:139:6'"
    "CNT+16:2'UNT+13+1'UNZ+1+9'"
)


def test_terminal_reports_are_read() -> None:
    """A container in by the gate, full, with its booking; a second one empty, at a place of its own."""
    _, (full, empty) = terminal.read(CODECO, BAKU)
    assert (full.kind, full.equipment, full.empty, full.place) == ("GTIN", "CSQU3054383", False, "AZALA")
    assert full.references == (("BKG", "B1"),)
    assert full.mode == "TRUCK"
    assert full.happened == datetime(2026, 3, 9, 16, 30, tzinfo=BAKU)
    assert (empty.equipment, empty.empty, empty.place) == ("KDRU4100232", True, "AZBAK")
    again = terminal.read(CODECO.replace("+9'", "+10'", 1).replace("UNZ+1+9", "UNZ+1+10"), BAKU)[1]
    assert [one.event_id for one in again] == [full.event_id, empty.event_id]
    for message, code, kind in (("CODECO", "36", "GTOT"), ("COARRI", "44", "DISC"), ("COARRI", "46", "LOAD")):
        text = CODECO.replace("CODECO", message).replace("BGM+34", f"BGM+{code}")
        assert {one.kind for one in terminal.read(text, BAKU)[1]} == {kind}
    assert terminal.read(CODECO.replace("BGM+34", "BGM+999"), BAKU)[1][0].kind == "CODECO:999"


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("CODECO:D", "IFTSTA:D", "CODECO or COARRI"),
        ("BGM+34+R1+9'", "BGM'", "code of the report"),
        ("EQD+CN+CSQU3054383", "EQD+CN+", "number of the container"),
        ("DTM+7:202603091630:203'", "DTM+5:202603091630:203'", "CSQU3054383: a time is missing"),
        ("DTM+7:202603091630:203'", "DTM+7:20260309:203'", "format"),
    ],
)
def test_malformed_terminal_reports_are_refused(old: str, new: str, word: str) -> None:
    """What is missing is named."""
    assert old in CODECO
    with pytest.raises(DataError, match=word):
        terminal.read(CODECO.replace(old, new, 1), BAKU)


def test_other_service_characters() -> None:
    """UNA says which characters part what; without it the usual ones hold."""
    text = "UNA|*.! ~UNB*UNOC|3*A*B*260309|1700*1~UNH*1*IFTSTA|D|96A~BGM*!*x~UNT*3*1~UNZ*1*1~"
    (message,) = edifact.read(text).messages
    assert message.segments == (Segment("BGM", (("*x",),)),)
    plain = edifact.read("UNB+UNOC:3+A+B+260309:1700+1'UNZ+0+1'")
    assert plain.messages == ()
    for bad in ("", "UNA", "hello"):
        with pytest.raises(DataError):
            edifact.read(bad)


component = st.text(st.characters(categories=("L", "N", "P", "S")), max_size=12)
element = st.lists(component, min_size=1, max_size=4).map(tuple)
segment = st.builds(
    Segment,
    st.from_regex(r"[A-Z]{3}", fullmatch=True).filter(lambda tag: tag[:2] != "UN"),
    st.lists(element).map(tuple),
)


def trimmed(one: Segment) -> list[list[str]]:
    """Elements without what is empty at their ends."""
    parts = []
    for words in one.elements:
        kept = list(words)
        while kept and not kept[-1]:
            kept.pop()
        parts.append(kept)
    while parts and not parts[-1]:
        parts.pop()
    return parts


@given(st.lists(st.lists(segment, max_size=5), max_size=3))
def test_edifact_comes_back(messages: list[list[Segment]]) -> None:
    """Whatever signs a text has, service characters among them, it is read as it was written, counts right."""
    made = Interchange(
        "A", "B", "1", "202603091700",
        tuple(Message(str(at), "IFTSTA", "D:96A", tuple(one)) for at, one in enumerate(messages)),
    )  # fmt: skip
    back = edifact.read(edifact.write(made))
    assert (back.sender, back.recipient, back.control, back.prepared) == ("A", "B", "1", "202603091700")
    assert len(back.messages) == len(messages)
    for one, two in zip(made.messages, back.messages, strict=True):
        assert (one.reference, one.kind, one.version) == (two.reference, two.kind, two.version)
        assert [segment.tag for segment in one.segments] == [segment.tag for segment in two.segments]
        assert [trimmed(segment) for segment in one.segments] == [trimmed(segment) for segment in two.segments]


@given(st.text(max_size=200))
def test_no_text_breaks_the_parser(text: str) -> None:
    """Whatever comes is an interchange or a list of problems."""
    for whole in (text, f"UNB+UNOC:3+A+B+260309:1700+1'{text}UNZ+0+1'"):
        try:
            edifact.read(whole)
        except DataError as refused:
            if not refused.problems:
                pytest.fail("no problem said")


def told_by(text: str, tag: str) -> list[Segment]:
    """Segments of a tag in the only message of a text."""
    (message,) = edifact.read(text).messages
    return [segment for segment in message.segments if segment.tag == tag]


def test_iftmin_tells_the_leg() -> None:
    """The instruction of the first leg, read back: places in order, payers, masses, seals; letters as they are."""
    consignment = parse(timber())
    text = iftmin(consignment, consignment.legs[0], sender="KORIDOR", recipient="BC", control="1", now=NOW)
    assert [segment.get(0) for segment in told_by(text, "LOC")] == ["5", "17", "17", "17", "8"]
    assert [segment.get(2) for segment in told_by(text, "LOC")][3] == "558701"
    assert "Böyük Kəsik-eksp" in text
    assert [segment.get(1) for segment in told_by(text, "NAD") if segment.get(0) == "PY"] == [
        "1000001", "1000000001", "1000002/01", "1000003",
    ]  # fmt: skip
    assert [segment.get(1) for segment in told_by(text, "EQD")] == ["KDRU4100232", "KDRU4101178", "94680121"]
    assert ("G", "28400") in {(segment.get(1), segment.get(2, 1)) for segment in told_by(text, "MEA")}
    assert [segment.get(0) for segment in told_by(text, "SEL")] == ["BY0100001", "BY0100002"]
    assert told_by(text, "BGM")[0].get(0) == "720"
    again = iftmin(consignment, consignment.legs[0], sender="KORIDOR", recipient="BC", control="1", now=NOW)
    assert text == again


def test_iftmin_of_dangerous_goods_by_sea() -> None:
    """Rules, class, number, packing group and EmS stand in DGS; the verified mass in MEA."""
    consignment = parse(acid())
    text = iftmin(consignment, consignment.legs[1], sender="A", recipient="B", control="1", now=NOW)
    (dangerous,) = told_by(text, "DGS")
    assert [dangerous.get(at) for at in range(6)] == ["IMD", "8", "1830", "", "2", "F-A, S-B"]
    assert ("VGM", "23810") in {(segment.get(1), segment.get(2, 1)) for segment in told_by(text, "MEA")}


def test_iftmin_cuts_nothing() -> None:
    """A long text goes on in further segments; a name that has no further one is refused by its field."""
    long = " ".join(f"word{number}" for number in range(120))
    consignment = parse(edited(timber(), "goods.0.description", long))
    text = iftmin(consignment, consignment.legs[0], sender="A", recipient="B", control="1", now=NOW)
    pieces = [piece for segment in told_by(text, "FTX") if segment.get(0) == "AAA" for piece in segment.elements[3]]
    assert " ".join(pieces).startswith(long)
    assert max(map(len, pieces)) <= 70
    wide = parse(edited(timber(), "consignee.address", "x" * 141))
    with pytest.raises(DataError, match=r"consignee\.address"):
        iftmin(wide, wide.legs[0], sender="A", recipient="B", control="1", now=NOW)
