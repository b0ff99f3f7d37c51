"""Every paper that can be drafted, and the legs that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from koridor.errors import UsageError
from koridor.operator.documents import dangerous, lists, note, regimes, vgm
from koridor.operator.documents.consignment import Consignment, Leg, Mode, Note
from koridor.operator.documents.draft import Draft, Listing
from koridor.operator.documents.form import forms
from koridor.operator.documents.papers import checklist
from koridor.operator.documents.way import wagons_on
from koridor.text import t


@dataclass(frozen=True, slots=True)
class Kind:
    """A paper: the legs that it belongs to, and what drafts it."""

    belongs: Callable[[Consignment, Leg], bool]
    draft: Callable[[Consignment, Leg], Draft]


def kinds() -> Mapping[str, Kind]:
    """The papers of legs by the names that a user gives."""
    notes = {"smgs": Note.SMGS, "cim-smgs": Note.CIM_SMGS, "cim": Note.CIM, "cmr": Note.CMR}
    return {
        **{name: Kind(_under(one), _noted(str(one))) for name, one in notes.items()},
        "container-list": Kind(lambda c, leg: leg.mode is Mode.RAIL and bool(c.containers), lists.container_list),
        "wagon-list": Kind(lambda c, leg: bool(wagons_on(c, leg)), lists.wagon_list),
        "dangerous": Kind(lambda c, leg: any(item.dangerous for item in c.goods), dangerous.declaration),
        "vgm": Kind(lambda c, leg: leg.mode is Mode.SEA and bool(c.containers), vgm.vgm),
    }


def draft(consignment: Consignment, names: tuple[str, ...], on: date) -> tuple[Draft, ...]:
    """The drafts of the papers named, for every leg that each belongs to; `checklist` last, under the norms of a day.

    Raises
    ------
    UsageError
        For a paper that is not known, or that belongs to no leg of the consignment.
    """
    known = kinds()
    for name in names:
        if name != "checklist" and name not in known:
            listed = ", ".join([*known, "checklist"])
            raise UsageError(t("{name}: no paper; there are {known}", name=name, known=listed))
    found: list[Draft] = []
    for name in names:
        if name == "checklist":
            continue
        legs = [leg for leg in consignment.legs if known[name].belongs(consignment, leg)]
        if not legs:
            raise UsageError(
                t("{name}: belongs to no leg of consignment {id}", name=name, id=consignment.consignment_id)
            )
        found += [known[name].draft(consignment, leg) for leg in legs]
    if "checklist" in names:
        found.append(_checklist(consignment, on, frozenset(name.replace("-", "_") for name in names)))
    return tuple(found)


def needed(consignment: Consignment) -> tuple[str, ...]:
    """The papers that belong to some leg of a consignment, and the checklist."""
    legs = consignment.legs
    return (
        *(name for name, kind in kinds().items() if any(kind.belongs(consignment, leg) for leg in legs)),
        "checklist",
    )


def _under(one: Note) -> Callable[[Consignment, Leg], bool]:
    return lambda c, leg: leg.note is one


def _noted(form: str) -> Callable[[Consignment, Leg], Draft]:
    return lambda c, leg: note.note(c, leg, forms()[form])


def _checklist(c: Consignment, on: date, drafted: frozenset[str]) -> Draft:
    segments = regimes.segments(c, on)
    heads = (t("Paper"), t("For"), t("Who"), t("Before"), t("Until"), t("Asked for by"), t("Form"), t("Number"))
    entries = tuple(
        (
            f"{one.name} *" if one.estimate else one.name,
            one.concerns,
            one.who,
            one.event,
            str(one.due or ""),
            one.where,
            f"{one.form}; {one.language}",
            one.number or "–",
        )
        for one in checklist(c, segments, drafted)
    )
    regime_heads = (
        t("Regime"), t("Countries"), t("Legs"), t("Distance, km"), t("Term, days"), t("Until"), t("Paper"),
        t("Closed by"),
    )  # fmt: skip
    passed = tuple(
        (
            f"{one.regime} *" if one.estimate else one.regime,
            "–".join(one.countries),
            ", ".join(one.legs),
            str(one.distance_km or ""),
            "" if one.days is None else str(one.days),
            str(one.limit or ""),
            one.paper.number if one.paper else "–",
            one.closed_by,
        )
        for one in segments
    )
    return Draft(
        "checklist",
        t("Checklist of papers"),
        c.consignment_id,
        "",
        (),
        (
            Listing(t("Papers"), heads, entries),
            Listing(t("Customs regimes along the way"), regime_heads, passed, (3, 4)),
        ),
        tuple(regimes.defects(c, segments)),
        t("* estimate: confirm it with the railway, the customs office or the text in force."),
    )
