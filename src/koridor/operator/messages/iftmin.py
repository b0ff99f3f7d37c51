"""IFTMIN (D.01B): the instruction for a leg of a consignment, out; what a carrier needs to make its note."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from koridor.errors import DataError, Problem
from koridor.operator.documents import way
from koridor.operator.documents.consignment import Consignment, Container, Item, Leg, Mode, Note, Party, Station
from koridor.operator.identifiers import check
from koridor.operator.messages.edifact import Interchange, Message, Segment, write
from koridor.text import t

VERSION = "D:01B"
_MODES = {Mode.SEA: "1", Mode.RAIL: "2", Mode.ROAD: "3"}  # UN/CEFACT recommendation 19
_NOTES = {Note.SMGS: "720", Note.CIM: "720", Note.CIM_SMGS: "720", Note.CMR: "730", Note.BILL_OF_LADING: "705"}  # 1001
_RULES = {Mode.SEA: "IMD", Mode.RAIL: "RID", Mode.ROAD: "ADR"}  # 8273
_NAME, _TEXT = 35, 70  # most characters of a component of NAD and FTX
_MOST = 5  # components of a name or text in a segment


def iftmin(consignment: Consignment, leg: Leg, *, sender: str, recipient: str, control: str, now: datetime) -> str:
    """The interchange with the instruction for one leg.

    Parameters
    ----------
    sender, recipient : str
        As agreed for the interchange.
    control : str
        Control reference, by which the recipient knows a repetition.
    now : datetime
        When it is written; given, so that the text is a function of its arguments.

    Raises
    ------
    DataError
        With every text that is too long for its segment.
    """
    problems = _too_long(consignment, leg)
    if problems:
        raise DataError(problems)
    message = Message("1", "IFTMIN", VERSION, tuple(_segments(consignment, leg, now)))
    return write(Interchange(sender, recipient, control, now.strftime("%Y%m%d%H%M"), (message,)))


def _segments(c: Consignment, leg: Leg, now: datetime) -> Iterable[Segment]:
    yield _segment("BGM", (_NOTES[leg.note],), (c.consignment_id,), ("9",))
    yield _segment("DTM", ("137", now.strftime("%Y%m%d%H%M"), "203"))
    if leg.start:
        yield _segment("DTM", ("234", leg.start.strftime("%Y%m%d"), "102"))
    for text in leg.declarations:
        yield from _texts("AAI", text)
    yield _segment("CNT", ("7", str(sum(item.gross_kg for item in c.goods)), "KGM"))
    yield _segment("CNT", ("11", str(sum(item.packages for item in c.goods))))
    if c.containers:
        yield _segment("CNT", ("16", str(len(c.containers))))
    if c.contract:
        yield _segment("RFF", ("CT", c.contract))
    carrier = leg.sections[0].carrier if leg.sections else ""
    yield _segment(
        "TDT",
        ("20",),
        ("",),
        (_MODES[leg.mode],),
        ("",),
        ("", "", "", carrier),
        ("",),
        ("",),
        ("", "", "", leg.vehicle),
    )
    yield _place("5", leg.origin)
    for station in leg.crossings:
        yield _place("17", station)
    yield _place("8", leg.destination)
    yield _party("CZ", c.consignor)
    yield _party("CN", c.consignee)
    for _, one in way.payments_of(c, leg):
        yield _segment("NAD", ("PY",), (one.code,), ("",), _pieces(f"{one.carrier}: {one.payer}", _NAME))
    for at, item in enumerate(c.goods, start=1):
        yield from _item(at, item, leg)
    for box in c.containers:
        yield from _container(c, box)
    for wagon in way.wagons_on(c, leg):
        yield _segment("EQD", ("RR",), (wagon.number,))


def _item(at: int, item: Item, leg: Leg) -> Iterable[Segment]:
    yield _segment("GID", (str(at),), (str(item.packages), "", "", "", item.packaging))
    codes = tuple(filter(None, (item.gng or item.hs, item.etsng)))
    if codes:
        yield _segment("PIA", ("5",), *((code, "HS" if code in (item.gng, item.hs) else "ZZ") for code in codes))
    yield from _texts("AAA", item.description)
    yield _segment("MEA", ("AAE",), ("G",), ("KGM", str(item.gross_kg)))
    if item.volume_m3 is not None:
        yield _segment("MEA", ("AAE",), ("AAW",), ("MTQ", f"{item.volume_m3:g}"))
    if item.marks:
        yield _segment("PCI", ("28",), _pieces(item.marks, _NAME))
    if item.container:
        yield _segment("SGP", (item.container,), (str(item.packages),))
    if item.dangerous:
        goods = item.dangerous
        number = check("un_number", goods.un_number).value.removeprefix("UN")
        group = {"I": "1", "II": "2", "III": "3"}.get(goods.packing_group, "")
        yield _segment("DGS", (_RULES[leg.mode],), (goods.dg_class,), (number,), ("",), (group,), (goods.ems,))
        yield from _texts("AAD", goods.proper_name)


def _container(c: Consignment, box: Container) -> Iterable[Segment]:
    yield _segment("EQD", ("CN",), (box.number,), (box.size_type, "102", "5"), ("",), ("",), ("5",))
    yield _segment("MEA", ("AAE",), ("T",), ("KGM", str(box.tare_kg)))
    yield _segment("MEA", ("AAE",), ("G",), ("KGM", str(way.tare_and_load_kg(c, box))))
    if box.vgm:
        yield _segment("MEA", ("AAE",), ("VGM",), ("KGM", str(box.vgm.mass_kg)))
    for seal in box.seals:
        yield _segment("SEL", (seal.number,))


def _place(qualifier: str, station: Station) -> Segment:
    code = (station.locode, "139", "6") if station.locode else ("", "", "")
    own = (station.esr, "", "", "") if station.esr else ("",)
    return _segment("LOC", (qualifier,), (*code, station.name), own)


def _party(role: str, party: Party) -> Segment:
    names, address = _pieces(party.name, _NAME), _pieces(party.address, _NAME)
    blank = ("",)
    return _segment("NAD", (role,), (party.code,), blank, names, address, blank, blank, blank, (party.country,))


def _texts(subject: str, text: str) -> Iterable[Segment]:
    """As many FTX as the text needs."""
    pieces = _pieces(text, _TEXT)
    for at in range(0, len(pieces), _MOST):
        yield _segment("FTX", (subject,), ("",), ("",), pieces[at : at + _MOST])


def _pieces(text: str, width: int) -> tuple[str, ...]:
    """The text in pieces of a width, cut at spaces where there are any."""
    found: list[str] = []
    for word in text.split():
        if found and len(found[-1]) + 1 + len(word) <= width:
            found[-1] += f" {word}"
        else:
            found += [word[at : at + width] for at in range(0, len(word), width)]
    return tuple(found) or ("",)


def _too_long(c: Consignment, leg: Leg) -> list[Problem]:
    """Texts that do not fit their segments; cutting them would change what they say."""
    limits = [
        *(
            (f"{role}.name", party.name, _MOST)
            for role, party in (("consignor", c.consignor), ("consignee", c.consignee))
        ),
        *(
            (f"{role}.address", party.address, 4)
            for role, party in (("consignor", c.consignor), ("consignee", c.consignee))
        ),
        *((f"payments[{at}].payer", f"{one.carrier}: {one.payer}", _MOST) for at, one in way.payments_of(c, leg)),
        *((f"goods[{at}].packaging", item.packaging, 1) for at, item in enumerate(c.goods)),
        *((f"goods[{at}].marks", item.marks, _MOST) for at, item in enumerate(c.goods)),
    ]
    return [
        Problem(
            "iftmin", field=field, found=text, limit=t("must fit in {count} pieces of {width}", count=most, width=_NAME)
        )
        for field, text, most in limits
        if len(_pieces(text, _NAME)) > most
    ]


def _segment(tag: str, *elements: tuple[str, ...]) -> Segment:
    return Segment(tag, elements)
