"""Container list and wagon list: the annexes of a note that carries more than it has room for."""

from __future__ import annotations

from koridor.operator.documents import way
from koridor.operator.documents.consignment import Consignment, Item, Leg, Note
from koridor.operator.documents.defects import At, flat, identified, required, wanted
from koridor.operator.documents.draft import Box, Defect, Draft, Listing
from koridor.operator.identifiers import check
from koridor.text import t

CONTAINERS = "container-list"
WAGONS = "wagon-list"


def container_listing(c: Consignment, leg: Leg) -> Listing:
    """The boxes, one a row, and their sum."""
    heads = (
        t("No."), t("Container"), t("Type"), t("Wagon"), t("Tare, kg"), t("Goods, kg"), t("Gross, kg"), t("Packages"),
        t("Seals"), t("Goods"),
    )  # fmt: skip
    rows = [
        (
            str(at),
            box.number,
            box.size_type,
            way.wagon_of(c, leg, box),
            str(box.tare_kg),
            str(way.load_kg(c, box)),
            str(way.tare_and_load_kg(c, box)),
            str(sum(item.packages for item in way.items_in(c, box))),
            ", ".join(seal.number for seal in box.seals),
            "; ".join(dict.fromkeys(_described(item, leg) for item in way.items_in(c, box))),
        )
        for at, box in enumerate(c.containers, start=1)
    ]
    total = ("", t("together"), "", "", *(str(sum(int(row[at]) for row in rows)) for at in (4, 5, 6, 7)), "", "")
    return Listing(t("Container list"), heads, (*rows, total), (0, 4, 5, 6, 7))


def wagon_listing(c: Consignment, leg: Leg) -> Listing:
    """The wagons, one a row, and their sum."""
    heads = (
        t("No."), t("Wagon"), t("Provided by"), t("Load capacity, t"), t("Axles"), t("Tare, kg"), t("Load, kg"),
        t("Containers"), t("Seals"),
    )  # fmt: skip
    rows = [
        (
            str(at),
            wagon.number,
            t("consignor") if wagon.provided_by == "consignor" else t("carrier"),
            f"{wagon.capacity_kg / 1000:g}",
            str(wagon.axles),
            str(wagon.tare_kg),
            str(way.on_wagon_kg(c, wagon)),
            ", ".join(wagon.containers),
            ", ".join(seal.number for seal in wagon.seals),
        )
        for at, wagon in enumerate(way.wagons_on(c, leg), start=1)
    ]
    total = ("", t("together"), "", "", *(str(sum(int(row[at]) for row in rows)) for at in (4, 5, 6)), "", "")
    return Listing(t("Wagon list"), heads, (*rows, total), (0, 3, 4, 5, 6))


def _described(item: Item, leg: Leg) -> str:
    russian = item.description_ru if leg.note in (Note.SMGS, Note.CIM_SMGS) else ""
    return russian or item.description


def container_list(c: Consignment, leg: Leg) -> Draft:
    """The container list as a paper of its own."""
    defects = flat(
        [
            *identified(At(CONTAINERS, "", f"containers[{at}].number"), check("container", box.number)),
            *identified(At(CONTAINERS, "", f"containers[{at}].size_type"), check("size_type", box.size_type)),
            *required(At(CONTAINERS, "", f"containers[{at}].tare_kg"), box.tare_kg, t("the tare on the plate")),
            *wanted(At(CONTAINERS, "", f"containers[{at}].seals"), box.seals, t("the number of each seal")),
        ]
        for at, box in enumerate(c.containers)
    )
    return _draft(CONTAINERS, t("Container list"), c, leg, container_listing(c, leg), defects)


def wagon_list(c: Consignment, leg: Leg) -> Draft:
    """The wagon list as a paper of its own."""
    defects = flat(
        identified(
            At(WAGONS, "", f"wagons[{c.wagons.index(wagon)}].number"),
            check("uic_wagon" if len(wagon.number.replace(" ", "")) > 9 else "wagon", wagon.number),
        )
        for wagon in way.wagons_on(c, leg)
    )
    return _draft(WAGONS, t("Wagon list"), c, leg, wagon_listing(c, leg), defects)


def _draft(kind: str, title: str, c: Consignment, leg: Leg, listing: Listing, defects: list[Defect]) -> Draft:
    boxes = (
        Box("1", t("Consignment note"), "", 6, (f"{leg.note} {c.dispatch_number}".strip(),)),
        Box("2", t("From and to"), "", 6, (f"{leg.origin.name} – {leg.destination.name}",)),
    )
    return Draft(kind, title, c.consignment_id, leg.leg_id, boxes, (listing,), tuple(defects))
