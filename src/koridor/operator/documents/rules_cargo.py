"""Rules of goods, containers, wagons, masses and seals."""

from __future__ import annotations

import re
from datetime import date

from koridor.operator.documents import way
from koridor.operator.documents.content import code_of
from koridor.operator.documents.dangerous import defects as dangerous_defects
from koridor.operator.documents.defects import At, flat, identified, must, required, should, wanted
from koridor.operator.documents.draft import Defect
from koridor.operator.documents.form import Form
from koridor.operator.documents.sheet import Sheet, cyrillic
from koridor.operator.documents.tables import rows
from koridor.operator.identifiers import check
from koridor.text import t


def wagons(sheet: Sheet) -> list[Defect]:
    """What is wrong with the wagons of the leg and what stands on them."""
    c = sheet.consignment
    on_leg = way.wagons_on(c, sheet.leg)
    if not on_leg:
        hint = (
            t("the wagon of this leg, named when the containers are loaded")
            if c.containers
            else t("a wagon or a container")
        )
        missing = wanted if c.containers else required
        return missing(sheet.at("wagons", "wagons"), "", hint)
    found: list[Defect] = []
    for wagon in on_leg:
        at = c.wagons.index(wagon)
        here = sheet.at("wagons", f"wagons[{at}].number")
        digits = re.sub(r"\D", "", wagon.number)
        kind = "uic_wagon" if len(digits) > 9 else "wagon"
        found += identified(here, check(kind, wagon.number))
        load = way.on_wagon_kg(c, wagon)
        found += must(
            load <= wagon.capacity_kg,
            sheet.at("capacity", f"wagons[{at}].capacity_kg"),
            load,
            t("{load} kg are on the wagon, which takes {capacity} kg", load=load, capacity=wagon.capacity_kg),
            t("take another wagon, or two"),
        )
        found += required(sheet.at("axles", f"wagons[{at}].axles"), wagon.axles, t("the number of axles"))
        found += _due(sheet, sheet.at("wagons", f"wagons[{at}].repair_due"), wagon.repair_due)
        known = {box.number for box in c.containers}
        found += must(
            set(wagon.containers) <= known,
            sheet.at("wagons", f"wagons[{at}].containers"),
            ", ".join(wagon.containers),
            t("names a container that is not of the consignment"),
            t("the containers are {known}", known=", ".join(sorted(known)) or t("none")),
        )
    for at, box in enumerate(c.containers):
        count = sum(box.number in wagon.containers for wagon in on_leg)
        ask = must if count > 1 else should
        found += ask(
            count == 1,
            sheet.at("wagons", f"containers[{at}].number"),
            box.number,
            t("stands on {count} wagons of this leg", count=count),
            t("name it in `containers` of one wagon"),
        )
    return found


def goods(sheet: Sheet) -> list[Defect]:
    """What is wrong with the goods and their containers."""
    c, form = sheet.consignment, sheet.form
    found = required(sheet.at("goods", "goods"), c.goods, t("at least one item"))
    asked = sorted({row["railway"] for row in rows("etsng_railway")} & set(way.railways(sheet.leg)))
    boxes = {box.number for box in c.containers}
    for at, item in enumerate(c.goods):
        where = f"goods[{at}]"
        found += required(sheet.at("goods", f"{where}.description"), item.description, t("the name of the goods"))
        code = code_of(item, form)
        here = sheet.at("goods", f"{where}.{form.goods_code}")
        found += identified(here, check(form.goods_code, code)) if code else required(here, "", _code_hint(form))
        found += must(
            not (item.gng and item.hs) or item.gng[: min(6, len(item.hs))] == item.hs[:6],
            here,
            item.gng,
            t("begins as HS {hs} does not", hs=item.hs),
            t("GNG and HS have the first six digits in common"),
        )
        if form.etsng and item.etsng:
            found += identified(sheet.at("goods", f"{where}.etsng"), check("etsng", item.etsng))
        elif form.etsng and asked:
            hint = t("{railways} on the route ask for it", railways=", ".join(asked))
            found += required(sheet.at("goods", f"{where}.etsng"), "", hint)
        found += must(
            not item.container or item.container in boxes,
            sheet.at("goods", f"{where}.container"),
            item.container,
            t("is no container of the consignment"),
            t("the containers are {known}", known=", ".join(sorted(boxes)) or t("none")),
        )
        if form.russian:
            found += should(
                cyrillic(item.description_ru or item.description),
                sheet.at("goods", f"{where}.description_ru"),
                item.description_ru or item.description,
                t("a working language of the note is Russian (estimate: or Chinese)"),
                t("add the name in Russian"),
            )
    found += flat(_box(sheet, at) for at in range(len(c.containers)))
    return found + dangerous_defects(c, sheet.leg, form.name, form.box_of("goods"))


def _box(sheet: Sheet, at: int) -> list[Defect]:
    box = sheet.consignment.containers[at]
    where = f"containers[{at}]"
    kind = "ilu" if re.fullmatch(r"\s*[A-Za-z]{3}[ABCDEKabcdek].*", box.number) else "container"
    gross = way.tare_and_load_kg(sheet.consignment, box)
    return [
        *identified(sheet.at("goods", f"{where}.number"), check(kind, box.number)),
        *identified(sheet.at("goods", f"{where}.size_type"), check("size_type", box.size_type)),
        *must(
            gross <= box.max_gross_kg,
            sheet.at("goods", f"{where}.max_gross_kg"),
            gross,
            t("{gross} kg with the tare, the plate allows {limit} kg", gross=gross, limit=box.max_gross_kg),
            t("move goods to another container"),
        ),
        *_due(sheet, sheet.at("goods", f"{where}.exam_due"), box.exam_due),
        *should(
            bool(way.items_in(sheet.consignment, box)),
            sheet.at("goods", f"{where}.number"),
            box.number,
            t("no goods are in this container"),
            t("say in `container` of the goods what is where, or send it as empty"),
        ),
    ]


def _due(sheet: Sheet, at: At, due: date | None) -> list[Defect]:
    """A warning where an examination or repair falls due before the leg starts."""
    start = sheet.leg.start
    return should(
        due is None or start is None or due >= start,
        at,
        due,
        t("is before the start of the leg, {start}", start=start),
        t("have it examined, or take another"),
    )


def _code_hint(form: Form) -> str:
    if form.goods_code == "gng":
        return t("eight digits of GNG")
    return t("six or eight digits of NHM") if form.goods_code == "nhm" else t("at least six digits of HS")


def statistical(sheet: Sheet) -> list[Defect]:
    """What is wrong with the HS codes."""
    return flat(
        identified(sheet.at("statistical", f"goods[{at}].hs"), check("hs", item.hs))
        for at, item in enumerate(sheet.consignment.goods)
        if item.hs
    )


def each_item(sheet: Sheet, field: str, hint: str) -> list[Defect]:
    """What items lack."""
    return flat(
        required(sheet.at(field, f"goods[{at}].{field}"), getattr(item, field), hint)
        for at, item in enumerate(sheet.consignment.goods)
    )


def mass(sheet: Sheet) -> list[Defect]:
    """What is wrong with the masses of the items."""
    return flat(
        required(sheet.at("mass", f"goods[{at}].gross_kg"), item.gross_kg, t("gross kilograms, packaging included"))
        for at, item in enumerate(sheet.consignment.goods)
    )


def seals(sheet: Sheet) -> list[Defect]:
    """Which laden containers have no seal."""
    return flat(
        wanted(
            sheet.at("seals", f"containers[{at}].seals"),
            box.seals,
            t("the number of each seal on {container}", container=box.number),
        )
        for at, box in enumerate(sheet.consignment.containers)
        if way.items_in(sheet.consignment, box)
    )
