"""The answer to a query for all good ways: the front, ways told in full, their legs, prices and emissions, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from koridor.model.chain import chain
from koridor.model.clock import utc_text
from koridor.result import METRIC_COLUMNS, Result
from koridor.studies.route import spread, tables
from koridor.studies.route.caveats import caveats, outside
from koridor.studies.route.choose import Way, choose
from koridor.studies.route.course import Courses
from koridor.studies.route.explain import Note, reasons, silent, waits
from koridor.studies.route.front import CENTS, GRAMS, PARTS, SQUARE_MINUTES, Asked, Found, find
from koridor.studies.route.prepared import Prepared
from koridor.studies.route.query import Criterion, Query
from koridor.studies.route.relax import absent, apart
from koridor.studies.route.single import Status

_NAME = "W{number}"


def answer(prepared: Prepared, query: Query) -> Result:
    """All good ways of a query.

    Tables: `front` (values of every way that none is better than, and its course), `ways` (those told in full, and near
    ones), `legs`, `stretches`, `prices`, `emissions` (elements of ISO 14083) and `diagram` of these, `notes` (why a
    way, and why not another). Without a way, `reasons`. Raises UsageError for what the dataset does not know.
    """
    asked = Asked.of(prepared, query)
    found = find(asked)
    courses = prepared.keep(("courses",), lambda: Courses.of(prepared.compiled.network))
    told = choose(asked, found, courses)
    if not told:
        notes = [*apart(asked), *silent(asked), *outside(asked)]
        return _result(asked, found, Status.NO_WAY, {"reasons": _notes(notes)})
    names = [_NAME.format(number=number) for number in range(1, len(told) + 1)]
    clocks = tables.Clocks(asked)
    legs = [tables.legs(asked, way, way.prices, clocks) for way in told]
    random = spread.drawn(asked)
    spreads = [spread.told(asked, way, random) for way in told]
    rows = [_way(asked, way, part, way.prices.usd_cents) for way, part in zip(told, legs, strict=True)]
    ways = pd.DataFrame([row | drawn.figures for row, drawn in zip(rows, spreads, strict=True)])
    ways.insert(0, "way", names)
    content = {
        "ways": ways,
        "front": _front(found, courses, dict(zip([way.rank for way in told], names, strict=True))),
        "stretches": tables.numbered([tables.stretches(part) for part in legs], names),
        "legs": tables.numbered(legs, names),
        "prices": tables.numbered([way.prices.frame() for way in told], names),
        "emissions": tables.numbered([chain(prepared.compiled, way.arcs, asked.cargo) for way in told], names),
        "diagram": tables.numbered(
            [tables.diagram(part, drawn.band) for part, drawn in zip(legs, spreads, strict=True)], names
        ),
        "notes": _notes(
            [
                *reasons(ways),
                *waits(asked, told, names),
                *absent(asked),
                *silent(asked),
                *caveats(told, names),
                *outside(asked),
            ]
        ),
    }
    return _result(asked, found, Status.FOUND, content)


def _way(asked: Asked, way: Way, legs: pd.DataFrame, cents: int) -> dict[str, Any]:
    costs, steps = asked.costs(), way.steps
    least = int(costs[Criterion.MONEY][way.arcs].sum())
    modes = dict.fromkeys(mode for cell in legs["mode"] for mode in cell.split(";") if mode)
    return {
        "course": way.course,
        "modes": ";".join(modes),
        "on_front": way.rank >= 0,
        "best": ";".join(way.best),
        "leaves": legs["ready"].iloc[0],
        "arrives": legs["arrives"].iloc[-1],
        "time_h": steps.minutes / tables.MINUTES,
        "money_usd": cents / CENTS,
        "money_least_usd": least / (CENTS * PARTS),
        "co2e_kg": int(costs[Criterion.CO2E][way.arcs].sum()) / GRAMS,
        "sd_h": float(np.sqrt(costs[Criterion.VARIANCE][way.arcs].sum() / SQUARE_MINUTES)),
        "distance_km": float(legs["distance_km"].sum()),
        "transfers": int((legs["act"] == "transfer").sum()),
    }


def _front(found: Found, courses: Courses, names: dict[int, str]) -> pd.DataFrame:
    """A row for every way of the front; `way` names those told in full. Money as the search has it: a lower bound."""
    values = found.values
    frame = pd.DataFrame({"course": pd.Series([courses.text(way) for way in found.ways], dtype="str")})
    frame["way"] = pd.Series([names.get(rank, "") for rank in range(len(found))], dtype="str")
    if Criterion.TIME in values:
        frame["time_h"] = values[Criterion.TIME] / tables.MINUTES
    if Criterion.MONEY in values:
        frame["money_least_usd"] = values[Criterion.MONEY] / (CENTS * PARTS)
    if Criterion.CO2E in values:
        frame["co2e_kg"] = values[Criterion.CO2E] / GRAMS
    if Criterion.VARIANCE in values:
        frame["sd_h"] = np.sqrt(values[Criterion.VARIANCE] / SQUARE_MINUTES)
    return frame


def _notes(notes: list[Note]) -> pd.DataFrame:
    rows = [(note.kind, note.about, note.text) for note in notes]
    return pd.DataFrame(rows, columns=["kind", "about", "text"], dtype="str")


def _result(asked: Asked, found: Found, status: Status, content: dict[str, pd.DataFrame]) -> Result:
    prepared = asked.prepared
    rows = [("ways_on_front", "", float(len(found)), ""), ("incomplete", "", float(found.incomplete), "")]
    rows.append(("labels", "", float(found.labels), ""))
    return Result(
        study="route",
        scenario=prepared.scenario.hash,
        dataset=prepared.scenario.dataset.name,
        params=_params(asked),
        status=status,
        tables=content,
        metrics=pd.DataFrame(rows, columns=list(METRIC_COLUMNS)),
    )


def _params(asked: Asked) -> dict[str, Any]:
    query, cargo = asked.query, asked.cargo
    moments = {"leave": query.leave, "arrive_by": query.arrive_by}
    return {
        "origin": query.origin, "destination": query.destination,
        **{name: None if at is None else utc_text(at) for name, at in moments.items()},
        "cargo": query.cargo, "form": query.form, "commodity": cargo.commodity, "gross_t": cargo.gross_t,
        "count": cargo.count, "criteria": [str(one) for one in query.criteria], "via": list(query.via),
        "modes": list(query.modes), "corridors": None if query.corridors is None else list(query.corridors),
        "forbid": list(query.forbid), "epsilon": query.epsilon, "horizon_d": query.horizon_d, "near": query.near,
        "draws": query.draws, "seed": query.seed,
    }  # fmt: skip
