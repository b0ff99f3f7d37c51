"""Patches that put corridors in force and set the terms of handing over between two sets of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from koridor.errors import UsageError
from koridor.model.patch import Edit, Op, Patch
from koridor.model.scenario import Scenario
from koridor.text import t

_KEY = ("interchange_group", "from_corridor", "from_place", "to_corridor", "to_place")
Terms = Callable[[str], "Handover"]


@dataclass(frozen=True, slots=True)
class Handover:
    """Terms of the interchanges between A and B in one group: their state, and what `joined` is set to or shifted
    by.
    """

    state: str = "separate"
    joined_h: float | None = None
    joined_usd_per_teu: float | None = None
    shift_h: float = 0.0
    shift_usd_per_teu: float = 0.0


SEPARATE, JOINED = Handover(), Handover("joined")
FREE = Handover("joined", 0.0, 0.0)


def corridors_of(scenario: Scenario, names: Sequence[str]) -> tuple[str, ...]:
    """Corridor ids behind names of corridors or of axes, sorted. Raises UsageError for a name that is neither."""
    table = scenario.table("corridor")
    found: set[str] = set()
    for name in names:
        mine = table.loc[(table["axis"] == name) | (table["corridor_id"] == name), "corridor_id"]
        if mine.empty:
            known = ", ".join([*sorted(table["axis"].unique()), *sorted(table["corridor_id"])])
            raise UsageError(
                t(
                    "{name} is no corridor and no axis of {dataset}; there are: {known}",
                    name=repr(name), dataset=scenario.dataset.name, known=known,
                )
            )  # fmt: skip
        found |= set(mine)
    return tuple(sorted(found))


def between(scenario: Scenario, a: Sequence[str], b: Sequence[str]) -> pd.DataFrame:
    """Rows of `interchange` that join a corridor of A with one of B, in either direction."""
    table = scenario.table("interchange")
    first, second = table["from_corridor"], table["to_corridor"]
    across = (first.isin(a) & second.isin(b)) | (first.isin(b) & second.isin(a))
    return table[across].sort_values(list(_KEY), ignore_index=True)


def regime(
    scenario: Scenario,
    sets: tuple[Sequence[str], Sequence[str]],
    *,
    a: bool,
    b: bool,
    terms: Terms = lambda _: SEPARATE,
) -> Patch:
    """Patch that puts the corridors of A and of B in force or out of it, and gives their interchanges terms by group.

    Corridors outside both sets, and interchanges inside one, stay as the scenario has them.
    """
    edits = [
        Edit("corridor", name, "in_force", Op.SET, "yes" if on else "no")
        for names, on in zip(sets, (a, b), strict=True)
        for name in names
    ]
    box_t = tonnes_a_teu(scenario)
    for row in between(scenario, *sets).itertuples(index=False):
        key = "/".join(str(getattr(row, name)) for name in _KEY)
        edits += _row(key, terms(str(row.interchange_group)), box_t)
    return Patch("regime", tuple(edits))


def _row(key: str, terms: Handover, box_t: float) -> list[Edit]:
    edits = [Edit("interchange", key, "state", Op.SET, terms.state)]
    money = (
        ("joined_usd_per_teu", terms.joined_usd_per_teu, terms.shift_usd_per_teu, 1.0),
        ("joined_usd_per_t", terms.joined_usd_per_teu, terms.shift_usd_per_teu, box_t),
    )
    for field, value, shift, size in (("joined_h", terms.joined_h, terms.shift_h, 1.0), *money):
        if value is not None:  # whatever other patches set it to: nothing of it, and then the value
            edits.append(Edit("interchange", key, field, Op.SCALE, "0.0"))
        if shift or value:
            edits.append(Edit("interchange", key, field, Op.SHIFT, repr((shift + (value or 0.0)) / size)))
    return edits


def tonnes_a_teu(scenario: Scenario) -> float:
    """Tonnes outside boxes that pay as a TEU: what the interchanges' own prices say, else the mean size of a TEU."""
    table = scenario.table("interchange")
    known = table[(table["separate_usd_per_teu"] > 0.0) & (table["separate_usd_per_t"] > 0.0)]
    if len(known):
        return float((known["separate_usd_per_teu"] / known["separate_usd_per_t"]).median())
    return float(scenario.table("commodity")["size_t_per_teu"].mean())
