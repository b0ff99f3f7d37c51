"""Queries by date as somebody writes them on the command line or in a row of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from koridor.cli.inputs import listed
from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.model.scenario import Scenario
    from koridor.result import Result
    from koridor.studies.route import Criterion, Query

FIELDS = (
    "from", "to", "leave", "arrive_by", "cargo", "commodity", "form", "criteria", "via", "modes", "forbid", "epsilon",
)  # fmt: skip


def query_of(
    scenario: Scenario, words: Mapping[str, str | None], *, horizon_d: int | None = None
) -> tuple[Query, list[str]]:
    """The query that texts mean, by `FIELDS`, and what was made of them. Raises UsageError, a sentence.

    Times without an offset are by the clock of the place: of leaving at the origin, of arriving at the destination.
    """
    from koridor.model.clock import read_moment, zone_of
    from koridor.model.gazetteer import find_country
    from koridor.studies.route import Query

    (origin, destination, *via), notes = places_of(scenario, words)
    moments: dict[str, int | None] = {"leave": None, "arrive_by": None}
    for name, place in (("leave", origin), ("arrive_by", destination)):
        text = words.get(name)
        if text:
            moment = read_moment(text, zone_of(scenario, place))
            moments[name] = moment.minute
            notes += [moment.note] if moment.note else []
    query = Query(
        origin=origin,
        destination=destination,
        leave=moments["leave"],
        arrive_by=moments["arrive_by"],
        cargo=words.get("cargo") or None,
        commodity=words.get("commodity") or None,
        form=words.get("form") or None,
        criteria=_criteria(words.get("criteria")),
        via=tuple(via),
        modes=listed(words.get("modes")),
        forbid=tuple(dict.fromkeys(find_country(scenario, name) for name in listed(words.get("forbid")))),
        epsilon=_number(words.get("epsilon")),
    )
    return (query if horizon_d is None else replace(query, horizon_d=horizon_d)), notes


def places_of(scenario: Scenario, words: Mapping[str, str | None]) -> tuple[list[str], list[str]]:
    """Ids of the places of `from`, `to` and `via`, in this order, and what was made of their names."""
    from koridor.model.gazetteer import resolve

    found = [resolve(scenario, name) for name in (words.get("from") or "", words.get("to") or "")]
    found += [resolve(scenario, name) for name in listed(words.get("via"))]
    return [one.place_id for one in found], [one.note for one in found if one.note]


def with_notes(result: Result, notes: Sequence[str]) -> Result:
    """The result, its table `notes` begun by what was made of the words of the query, of the kind `read`."""
    if not notes:
        return result
    import pandas as pd

    rows = pd.DataFrame([("read", "", note) for note in notes], columns=["kind", "about", "text"], dtype="str")
    there = [result.tables["notes"]] if "notes" in result.tables else []
    return replace(result, tables={**result.tables, "notes": pd.concat([rows, *there], ignore_index=True)})


_SAME = {"spread": "variance"}  # other words for criteria


def _criteria(text: str | None) -> tuple[Criterion, ...]:
    """Criteria by their names, `spread` another for variance as tables have it; all where none is named."""
    from koridor.studies.route import Criterion

    known = {str(one): one for one in Criterion}
    if not text:
        return tuple(known.values())
    names = [_SAME.get(name, name) for name in listed(text)]
    for name in names:
        if name not in known:
            raise UsageError(t("Criterion {name}: there are {known}.", name=name, known=", ".join(known)))
    return tuple(dict.fromkeys(known[name] for name in names))


def _number(text: str | None) -> float:
    try:
        return float(text or 0.0)
    except ValueError:
        raise UsageError(t("epsilon {value}: write a number, such as 0.05.", value=text)) from None
