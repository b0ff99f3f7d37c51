"""Customs regimes along the way: a segment for each territory passed, with its deadline and the paper for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from koridor.operator.documents import way
from koridor.operator.documents.consignment import Consignment, CustomsPaper, Leg, Mode
from koridor.operator.documents.defects import At, identified, must, should, wanted
from koridor.operator.documents.draft import Defect
from koridor.operator.documents.tables import in_force, marked, rows
from koridor.operator.identifiers import Finding, Trouble
from koridor.operator.identifiers.digits import iso6346_remainder
from koridor.text import t

PAPER = "customs"
_TIR = "TIR"
_MONTH_DAYS = 30
_MRN_BODY = 17


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the way in one customs territory.

    Attributes
    ----------
    regime : str
        The procedure; the first territory of a consignment is left under export and the last entered for import, but
        goods move in both under the procedure named here where they cross a further country of it or go inland.
    transit : bool
        Whether the territory is crossed, or several of its countries are.
    days : int or None
        Term in days, from the start of the leg where it is known; None where no table has a norm.
    limit : date or None
        Latest day: that of the customs paper, else start and days.
    estimate : bool
        Whether the norm is an estimate.
    """

    regime: str
    territory: str
    countries: tuple[str, ...]
    legs: tuple[str, ...]
    distance_km: int
    transit: bool
    days: int | None
    limit: date | None
    paper: CustomsPaper | None
    estimate: bool
    closed_by: str


@dataclass(frozen=True, slots=True)
class _Run:
    """Countries passed one after the other in one territory under one procedure."""

    territory: str
    regime: str
    countries: tuple[str, ...]
    legs: tuple[str, ...]
    distance_km: int
    start: date | None

    def with_next(self, after: _Run) -> _Run:
        """This run and the one after it as one."""
        countries = tuple(dict.fromkeys((*self.countries, *after.countries)))
        legs = tuple(dict.fromkeys((*self.legs, *after.legs)))
        return replace(self, countries=countries, legs=legs, distance_km=self.distance_km + after.distance_km)


def segments(c: Consignment, on: date) -> tuple[Segment, ...]:
    """The segments of a consignment in order, under the tables in force on a day."""
    territory = {row["country"]: row for row in in_force("customs_territory", on)}
    runs: list[_Run] = []
    for leg in c.legs:
        carnet = leg.mode is Mode.ROAD and any(paper.regime == _TIR for paper in c.customs)
        for country in way.countries(leg):
            row = territory.get(country)
            name = row["territory"] if row else country
            regime = _TIR if carnet else row["transit"] if row else t("transit of {country}", country=country)
            run = _Run(name, regime, (country,), (leg.leg_id,), _km_in(leg, country), leg.start)
            if runs and (runs[-1].territory, runs[-1].regime) == (name, regime):
                runs[-1] = runs[-1].with_next(run)
            else:
                runs.append(run)
    return tuple(_segment(c, on, run, first=at == 0, last=at == len(runs) - 1) for at, run in enumerate(runs))


def _km_in(leg: Leg, country: str) -> int:
    """Kilometres of a leg in a country: of its railway's section, by road and sea of the sections that begin there."""
    if len(way.countries(leg)) == 1:
        return way.distance_km(leg)
    if leg.mode is Mode.RAIL:
        return sum(one.distance_km for one in leg.sections if one.carrier == way.railway(country))
    return sum(one.distance_km for one in leg.sections if one.origin.country == country)


def _segment(c: Consignment, on: date, run: _Run, *, first: bool, last: bool) -> Segment:
    norm = next((row for row in in_force("customs_deadline", on) if row["regime"] == run.regime), None)
    days = None
    if norm and norm["days"]:
        days = int(norm["days"])
    elif norm and run.distance_km:
        days = ceil(Fraction(run.distance_km * _MONTH_DAYS, int(norm["km_per_month"])))
    paper = next((one for one in c.customs if one.regime == run.regime), None)
    computed = run.start + timedelta(days=days) if run.start and days is not None and first else None
    return Segment(
        run.regime,
        run.territory,
        run.countries,
        run.legs,
        run.distance_km,
        not (first or last) or len(run.countries) > 1,
        days,
        paper.limit if paper and paper.limit else computed,
        paper,
        norm is None or marked(norm),
        t("import release") if last else t("the office of exit confirms"),
    )


def defects(c: Consignment, found: tuple[Segment, ...]) -> list[Defect]:
    """What is wrong with the customs papers of a consignment, and which segments have none."""
    said: list[Defect] = []
    for segment in found:
        if segment.transit:
            where = " ".join(segment.countries)
            hint = t("open {regime} for {countries}, in `customs`", regime=segment.regime, countries=where)
            said += wanted(At(PAPER, "", "customs"), segment.paper, hint)
        if segment.paper and segment.paper.limit and segment.legs:
            leg = next(one for one in c.legs if one.leg_id == segment.legs[0])
            said += must(
                leg.start is None or segment.paper.limit >= leg.start,
                At(PAPER, "", f"customs.{segment.regime}.limit"),
                segment.paper.limit,
                t("must not be before the start of the leg, {start}", start=leg.start),
                t("ask the customs office to prolong it"),
            )
    for at, paper in enumerate(c.customs):
        here = At(PAPER, "", f"customs[{at}].number")
        said += identified(here, customs_number(paper.regime, paper.number))
        said += should(
            any(segment.regime == paper.regime for segment in found),
            here.of(f"customs[{at}].regime"),
            paper.regime,
            t("is no regime of this way"),
            t("the regimes are {known}", known=", ".join(dict.fromkeys(one.regime for one in found))),
        )
    return said


def customs_number(regime: str, number: str) -> Finding:
    """The finding of a customs number; an MRN ends in the check digit of ISO 6346 over 17 signs (estimate: warns)."""
    value = re.sub(r"\s", "", number).upper()
    row = next((one for one in rows("customs_number") if one["regime"] == regime), None)
    if row is None:
        return Finding("customs", number, value)
    if not re.fullmatch(row["pattern"], value):
        trouble = Trouble("shape", t("{value}: must be {shape}", value=value, shape=row["shape"]), t("copy it again"))
        return Finding("customs", number, value, (trouble,))
    right = str(iso6346_remainder(value[:_MRN_BODY]) % 10) if len(value) > _MRN_BODY else value[-1]
    if right == value[-1]:
        return Finding("customs", number, value)
    message = t(
        "{value}: the check digit is {found}, computed {right} (estimate)", value=value, found=value[-1], right=right
    )
    return Finding(
        "customs", number, value, (), (Trouble("check_digit", message, t("compare it with the declaration")),)
    )
