"""Verified gross mass (SOLAS VI/2): without it no packed box is loaded on a ship."""

from __future__ import annotations

from fractions import Fraction

from koridor.operator.documents import way
from koridor.operator.documents.consignment import Consignment, Container, Leg
from koridor.operator.documents.defects import At, flat, identified, must, required, should
from koridor.operator.documents.draft import Box, Defect, Draft, Listing
from koridor.operator.documents.tables import in_force
from koridor.operator.identifiers import check
from koridor.text import t

KIND = "VGM"


def vgm(c: Consignment, leg: Leg) -> Draft:
    """The declaration of verified gross masses for a leg by sea."""
    heads = (
        t("Container"), t("VGM, kg"), t("Method"), t("Found at"), t("Responsible"), t("Signed by"), t("Weighed by"),
    )  # fmt: skip
    rows = tuple(
        (
            box.number,
            str(box.vgm.mass_kg),
            str(box.vgm.method),
            box.vgm.determined.isoformat(timespec="minutes"),
            box.vgm.responsible,
            box.vgm.signatory,
            box.vgm.weighed_by,
        )
        for box in c.containers
        if box.vgm
    )
    boxes = (
        Box("1", t("Shipper on the bill of lading"), "", 6, (c.consignor.name, c.consignor.address)),
        Box("2", t("Ship, from and to"), "", 6, (f"{leg.vehicle} {leg.origin.name} – {leg.destination.name}".strip(),)),
    )
    defects = flat(_box(c, at, box) for at, box in enumerate(c.containers))
    listing = Listing(t("Verified gross masses"), heads, rows, (1,))
    title = t("Verified gross mass (VGM)")
    return Draft(KIND, title, c.consignment_id, leg.leg_id, boxes, (listing,), tuple(defects))


def _box(c: Consignment, at: int, box: Container) -> list[Defect]:
    here = At(KIND, "", f"containers[{at}].vgm")
    found = identified(here.of(f"containers[{at}].number"), check("container", box.number))
    if box.vgm is None:
        return found + required(
            here, "", t("weigh {container}, or sum contents and tare by a certified method", container=box.number)
        )
    mass = here.of(f"{here.field}.mass_kg")
    declared = way.tare_and_load_kg(c, box)
    found += must(
        box.tare_kg < box.vgm.mass_kg <= box.max_gross_kg,
        mass,
        box.vgm.mass_kg,
        t("must be above the tare {tare} and at most {limit} kg", tare=box.tare_kg, limit=box.max_gross_kg),
        t("weigh again, or compare with the plate"),
    )
    for row in in_force("vgm_tolerance", box.vgm.determined.date()):
        share = Fraction(row["share"])
        found += should(
            abs(box.vgm.mass_kg - declared) <= share * declared,
            mass,
            box.vgm.mass_kg,
            t(
                "{declared} kg are declared; the tolerance is {share} % (estimate)",
                declared=declared,
                share=float(100 * share),
            ),
            t("correct the mass of the goods, or weigh again"),
        )
    for name in ("responsible", "signatory"):
        value = getattr(box.vgm, name)
        found += required(here.of(f"{here.field}.{name}"), value, t("who answers for it, by name"))
    return found
