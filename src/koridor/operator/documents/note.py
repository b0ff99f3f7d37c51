"""Consignment notes: SMGS, CIM/SMGS, CIM, CMR, filled and checked."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import TypeVar

from koridor.operator.documents.consignment import Consignment, Leg
from koridor.operator.documents.content import ROOM_FOR_WAGONS, fills
from koridor.operator.documents.draft import Box, Draft
from koridor.operator.documents.form import Form
from koridor.operator.documents.lists import container_listing, wagon_listing
from koridor.operator.documents.rules import check_form
from koridor.operator.documents.way import wagons_on
from koridor.text import set_language, t

T = TypeVar("T")


def in_language(code: str, make: Callable[[], T]) -> T:
    """What `make` gives with its sentences in a language: a note is filled in its own, whatever the user reads."""
    context = copy_context()
    context.run(set_language, code)
    return context.run(make)


def _filled(consignment: Consignment, leg: Leg, form: Form) -> dict[str, tuple[str, ...]]:
    fill = fills()
    return {row["content"]: fill[row["content"]](consignment, leg, form) for row in form.boxes}


def note(consignment: Consignment, leg: Leg, form: Form) -> Draft:
    """The consignment note of a leg in a form: its boxes, the lists that belong to it, and every defect."""
    filled = in_language("ru" if form.russian else "en", lambda: _filled(consignment, leg, form))
    boxes = tuple(Box(row["box"], row["en"], row["ru"], int(row["span"]), filled[row["content"]]) for row in form.boxes)
    listings = []
    if len(consignment.containers) > 1 and form.russian:
        listings.append(in_language("ru", lambda: container_listing(consignment, leg)))
    if len(wagons_on(consignment, leg)) > ROOM_FOR_WAGONS:
        listings.append(in_language("ru" if form.russian else "en", lambda: wagon_listing(consignment, leg)))
    defects = check_form(consignment, leg, form, filled)
    remark = t("Numbers of boxes are estimates: compare them with the form in force.") if form.estimate else ""
    return Draft(
        form.name,
        t("{form} consignment note", form=form.name),
        consignment.consignment_id,
        leg.leg_id,
        boxes,
        tuple(listings),
        tuple(defects),
        remark,
    )
