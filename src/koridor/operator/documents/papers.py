"""Which papers a consignment needs: who makes each, until when, where it is asked for, whether it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from koridor.operator.documents.consignment import Consignment, Leg, Mode, Note
from koridor.operator.documents.regimes import Segment
from koridor.operator.documents.tables import marked, rows
from koridor.operator.documents.way import wagons_on
from koridor.text import t


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the checklist; `due` is None where the leg has no start yet, `number` "" where the paper is missing."""

    paper: str
    name: str
    concerns: str
    who: str
    event: str
    due: date | None
    where: str
    form: str
    language: str
    number: str
    estimate: bool


def paper_name(kind: str) -> str:
    """The name of a paper for people; the key itself where it is of no known kind."""
    return paper_names().get(kind, kind)


def paper_names() -> Mapping[str, str]:
    """Names of papers by their keys."""
    return {
        "bill_of_lading": t("bill of lading"),
        "cim": t("CIM consignment note"),
        "cim_smgs": t("CIM/SMGS consignment note"),
        "cmr": t("CMR consignment note"),
        "container_list": t("container list"),
        "contract": t("supply contract"),
        "dangerous_goods": t("dangerous goods declaration"),
        "emergency_card": t("emergency card"),
        "end_use": t("declaration of end use"),
        "export_declaration": t("export declaration"),
        "guarantee": t("guarantee of transit"),
        "import_declaration": t("import declaration"),
        "insurance": t("insurance policy"),
        "invoice": t("invoice"),
        "origin_certificate": t("certificate of origin"),
        "packing_list": t("packing list"),
        "phytosanitary": t("phytosanitary certificate"),
        "power_of_attorney": t("power of attorney"),
        "quality": t("certificate of quality"),
        "smgs": t("SMGS consignment note"),
        "transit": t("transit declaration"),
        "transport_plan": t("approval of the transport plan (GU-12)"),
        "veterinary": t("veterinary certificate"),
        "vgm": t("verified gross mass"),
        "wagon_list": t("wagon list"),
    }


def people() -> Mapping[str, str]:
    """Names of those who make papers."""
    return {
        "carrier": t("carrier"),
        "consignor": t("consignor"),
        "customs broker": t("customs broker"),
        "forwarder": t("forwarder"),
        "plan clerk": t("plan clerk"),
    }


def words() -> Mapping[str, str]:
    """Where papers are asked for, in which form and language; the table has the English words."""
    return {
        "English": t("English"),
        "English or Russian": t("English or Russian"),
        "German French or English": t("German, French or English"),
        "Russian": t("Russian"),
        "Russian and German": t("Russian and German"),
        "Russian or Chinese": t("Russian or Chinese"),
        "as the note": t("as the note"),
        "carriers who ask for it": t("carriers who ask for it"),
        "copy": t("copy"),
        "customs": t("customs"),
        "customs broker": t("customs broker"),
        "customs of departure": t("customs of departure"),
        "customs of departure and destination": t("customs of departure and destination"),
        "customs of destination": t("customs of destination"),
        "customs of each territory passed": t("customs of each territory passed"),
        "each carrier": t("each carrier"),
        "each railway": t("each railway"),
        "electronic": t("electronic"),
        "forwarder": t("forwarder"),
        "of the country": t("of the country"),
        "on claim": t("on a claim"),
        "original": t("original"),
        "original and copies": t("original and copies"),
        "originals or sea waybill": t("originals or sea waybill"),
        "party": t("of the parties"),
        "place of loading": t("place of loading"),
        "plant quarantine at each border": t("plant quarantine at each border"),
        "port of discharge": t("port of discharge"),
        "port of loading": t("port of loading"),
        "railways of 1520 mm": t("railways of 1520 mm"),
        "sheets 1 to 6": t("sheets 1 to 6"),
        "station of departure": t("station of departure"),
        "terminal of unloading": t("terminal of unloading"),
        "three originals": t("three originals"),
        "veterinary control at each border": t("veterinary control at each border"),
    }


def events() -> Mapping[str, str]:
    """Names of what a paper is due before."""
    return {"arrival": t("arrival"), "booking": t("booking"), "border": t("border"), "loading": t("loading")}


def checklist(
    c: Consignment, segments: tuple[Segment, ...], drafted: frozenset[str] = frozenset()
) -> tuple[Entry, ...]:
    """The papers of a consignment in the order of the table; `drafted` are the keys of papers drafted here."""
    holds = _conditions(c, segments)
    found: list[Entry] = []
    for row in rows("paper"):
        if row["condition"] == "chapters":
            chapters = _chapters(row["chapters"])
            if not any((item.hs or item.gng)[:2] in chapters for item in c.goods):
                continue
        if row["per"] == "leg":
            legs = [leg for leg in c.legs if holds[row["condition"]](leg)]
            found += [_entry(c, row, leg, leg.leg_id, drafted) for leg in legs]
        elif not any(holds[row["condition"]](leg) for leg in c.legs):
            continue
        elif row["per"] == "regime":
            found += [_of_regime(c, row, segment) for segment in segments if segment.transit]
        else:
            found.append(_entry(c, row, c.legs[0], "", drafted))
    return tuple(found)


def _conditions(c: Consignment, segments: tuple[Segment, ...]) -> Mapping[str, Callable[[Leg], bool]]:
    return {
        "always": lambda leg: True,
        "chapters": lambda leg: True,
        "abroad": lambda leg: c.legs[0].origin.country != c.legs[-1].destination.country,
        "cim": lambda leg: leg.note is Note.CIM,
        "cim_smgs": lambda leg: leg.note is Note.CIM_SMGS,
        "dangerous": lambda leg: any(item.dangerous for item in c.goods),
        "road": lambda leg: leg.mode is Mode.ROAD,
        "sea": lambda leg: leg.mode is Mode.SEA,
        "several_containers": lambda leg: leg.mode is Mode.RAIL and len(c.containers) > 1,
        "several_wagons": lambda leg: len(wagons_on(c, leg)) > 1,
        "smgs": lambda leg: leg.note is Note.SMGS,
        "transit": lambda leg: any(segment.transit for segment in segments),
    }


def _entry(c: Consignment, row: Mapping[str, str], leg: Leg, concerns: str, drafted: frozenset[str]) -> Entry:
    had = next((one.number or t("attached") for one in c.attached if one.kind == row["paper"]), "")
    due = leg.start + timedelta(days=int(row["days"])) if leg.start and row["event"] == "loading" else None
    number = had or (t("drafted") if row["paper"] in drafted else "")
    return _line(row, concerns, due, number)


def _of_regime(c: Consignment, row: Mapping[str, str], segment: Segment) -> Entry:
    paper = next((one for one in c.customs if one.regime == segment.regime), None)
    number = "" if paper is None else paper.number if row["paper"] == "transit" else paper.guarantee
    return _line(row, f"{segment.regime} {'–'.join(segment.countries)}", None, number)


def _line(row: Mapping[str, str], concerns: str, due: date | None, number: str) -> Entry:
    return Entry(
        row["paper"],
        paper_name(row["paper"]),
        concerns,
        people()[row["who"]],
        events()[row["event"]],
        due,
        "; ".join(words()[part.strip()] for part in row["where"].split(";")),
        words()[row["form"]],
        words()[row["language"]],
        number,
        marked(row),
    )


def _chapters(text: str) -> frozenset[str]:
    """Chapters of HS from a text such as `06-14 44`."""
    found: set[str] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        found |= {f"{chapter:02d}" for chapter in range(int(first), int(last or first) + 1)}
    return frozenset(found)
