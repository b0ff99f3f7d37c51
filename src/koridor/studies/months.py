"""Which flows take which ways, month by month: a year as twelve months with their own openings and demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from koridor.errors import UsageError
from koridor.model.calendar import days_of_months, month_rates
from koridor.model.compile import Compiled, compile_demand, compile_network
from koridor.model.network import Demand, Floats
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.studies import assign
from koridor.studies.assign import Params
from koridor.studies.equilibrium.carry import carried
from koridor.studies.equilibrium.outcome import Start
from koridor.text import t
from koridor.units import unit_of

MONTHS = range(1, 13)
_ADDED = ("usd", "t", "teu", "t_h")  # units of metrics that are summed over the year
_SUMMED = ("usd", "t", "teu", "per_yr")  # units of columns that are
_COUNTED = ("s", "count")  # and of those that were spent once for months that are alike


@dataclass(frozen=True, slots=True)
class _Month:
    """An assignment of one month, as if it went on for a year.

    share: of the year's days. again: a month before was alike, and its result is used. start: its ways.
    """

    month: int
    share: float
    result: Result
    again: bool


def run(scenario: Scenario, params: Params | None = None, *, before: Result | None = None) -> Result:
    """The year of a scenario as twelve assignments, each begun with the ways of the month before.

    A month is solved as a year that would be like it all along, and counts by its days: its capacities are those of the
    year by its days and its open share, its demand that of the year by its days, or by `flow_period`. Traffic of others
    passes while an element is open. Nothing waits for another month. So twelve equal months are the yearly run.

    Tables: `months`, `element_months`, `link_months`, `screenline_months`, and those of `assign` with sums of the year
    (`elements`, `link_flows`, `screenlines`, `countries`, `pairs`), and with a column `month` where they are asked for.
    Hours of queues and delays of the year are means by load. before: a result whose ways the first month begins with.

    Raises UsageError for some pairs only, or what `assign` refuses.
    """
    params = params or Params()
    if params.pairs is not None or params.start is not None:
        raise UsageError(t("a year of months takes all pairs and finds its own start: leave out `pairs` and `start`"))
    params = replace(params, detail=True)
    days = days_of_months(int(scenario.dataset.meta["base_year"]))
    solved = list(_solve(scenario, params, days / days.sum(), before))
    tables = _tables(solved, days)
    first = solved[0].result
    limit = any(m.result.status == assign.Status.LIMIT for m in solved)
    return replace(
        first,
        study="months",
        status=assign.Status.LIMIT if limit else assign.Status.SOLVED,
        tables=tables,
        metrics=_metrics(solved),
    )


def _solve(scenario: Scenario, params: Params, shares: Floats, before: Result | None) -> list[_Month]:
    """The months one after the other. Months that are alike are solved once."""
    year = compile_network(scenario)
    demand = compile_demand(year, scenario, vot_bands=params.vot_bands)
    params = _with_year(scenario, year, demand, params)
    rates = month_rates(scenario.table("flow_period"), year.tables["flow"], shares)
    networks: dict[bytes, Compiled] = {}
    known: dict[tuple[bytes, bytes], Result] = {}
    last: tuple[Start, Compiled, Demand] | None = None
    out = []
    for month in MONTHS:
        season, going = _season(scenario, month), rates[:, month - 1]
        alike = season, going.tobytes()
        again = alike in known
        if not again:
            if season not in networks:
                networks[season] = compile_network(scenario, month=month)
            here, mine = networks[season], replace(demand, tonnes=demand.tonnes * going[demand.flow])
            start = None
            if last is not None and params.principle is not assign.Principle.STOCHASTIC:
                start = last[0] if last[1] is here else carried(last[0], last[1:], (here, mine))
            elif before is not None:
                start = assign.start_of(before, here, mine, params)
            other = None if params.background is None else _while_open(params.background, year, here)
            known[alike], found = assign.solve_compiled(
                scenario, here, mine, replace(params, background=other, start=start)
            )
            last = found.start, here, mine
        out.append(_Month(month, float(shares[month - 1]), known[alike], again))
    return out


def _with_year(scenario: Scenario, year: Compiled, demand: Demand, params: Params) -> Params:
    """The parameters with what all months have from the year: traffic of others, and costs of reference."""
    terms = assign.terms_of(scenario, year, demand, params)
    reference = None if terms.elastic is None else terms.elastic.reference
    return replace(params, background=terms.background, reference=reference)


def _while_open(background: Floats, year: Compiled, month: Compiled) -> Floats:
    """Traffic of others (k,), at the rate of a year: as large a share of the capacity as over the whole year."""
    whole, part = year.network.elements.capacity, month.network.elements.capacity
    some = (whole > 0.0) & np.isfinite(whole)
    return background * np.divide(part, whole, out=np.ones(len(whole)), where=some)


def _season(scenario: Scenario, month: int) -> bytes:
    """What tells the network of one month from that of another."""
    parts = []
    for name, key in (("link_period", "link_id"), ("element_period", "element_id")):
        rows = scenario.table(name)
        mine = rows[(rows["month"] == month) & (rows["open_share"] < 1.0)].sort_values(key)
        parts += [mine[key].tolist(), mine["open_share"].tolist()]
    return repr(parts).encode()


def _tables(solved: list[_Month], days: Floats) -> dict[str, pd.DataFrame]:
    """Tables by month, and those of the year."""
    by_month = {
        name: pd.concat([_by_share(m, name) for m in solved if not m.again or name != "trace"], ignore_index=True)
        for name in solved[0].result.tables
        if name not in ("class_flows", "paths", "path_arcs", "arcs", "pairs", "countries")
    }
    elements = by_month.pop("elements")
    tables = {
        "months": _months(solved, days),
        "element_months": _per_month(elements),
        "link_months": by_month.pop("link_flows"),
        "screenline_months": by_month.pop("screenlines"),
    }
    return {
        **tables,
        "elements": _elements(elements, pd.Series({m.month: m.share for m in solved})),
        "link_flows": _added(tables["link_months"], ["link_id"]),
        "screenlines": _added(tables["screenline_months"], ["screenline_id", "direction"]),
        "countries": _added(pd.concat([_by_share(m, "countries") for m in solved]), ["country_id"]),
        "pairs": _pairs(solved),
        **by_month,
    }


def _by_share(month: _Month, name: str) -> pd.DataFrame:
    """A table of a month with what adds up over a year by the share of the month, and the month in front."""
    frame = month.result.tables[name]
    part = frame.assign(**{column: frame[column] * month.share for column in frame if _adds_up(str(column))})
    part.insert(0, "month", month.month)
    return part


def _adds_up(column: str) -> bool:
    """Whether a column is a quantity a year, by its unit."""
    unit = unit_of(column)
    return unit is not None and unit.suffix in _SUMMED


def _added(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    return frame.drop(columns="month").groupby(key, as_index=False, sort=False).sum()


def _per_month(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={column: column.replace("_per_yr", "_per_month") for column in frame})


def _elements(frame: pd.DataFrame, shares: pd.Series) -> pd.DataFrame:
    """Elements over the year: sums, and of the hours that were waited means by load; by days where there is none."""
    key = ["element_id", "name", "per_direction", "direction", "unit"]
    order = list(frame.columns.drop("month"))
    carried = frame.groupby(key, dropna=False)["load_per_yr"].transform("sum")
    weight = (frame["load_per_yr"] / carried.where(carried > 0.0)).fillna(frame["month"].map(shares))
    whole = frame.assign(**{name: frame[name] * weight for name in ("queue_h", "delay_h")}).drop(columns="month")
    return whole.groupby(key, as_index=False, sort=False, dropna=False).sum(min_count=1)[order]


def _pairs(solved: list[_Month]) -> pd.DataFrame:
    """Pairs over the year; the interchange group is that of the first month in which there is one."""
    total, group = solved[0].result.tables["pairs"].copy(), None
    columns = [column for column in total if _adds_up(str(column))]
    sums = np.zeros((len(total), len(columns)))
    for month in solved:
        frame = month.result.tables["pairs"]
        sums += frame[columns].to_numpy(dtype=np.float64) * month.share
        group = frame["group"] if group is None else group.where(group != "", frame["group"])
    return total.assign(**dict(zip(columns, sums.T, strict=True)), group=group)


def _months(solved: list[_Month], days: Floats) -> pd.DataFrame:
    """A row for every month: what went, what stayed, what it cost, how many constraints bind, and how it was solved."""
    rows = []
    for at, month in enumerate(solved):
        value = _totals(month.result)
        row: dict[str, object] = {"month": month.month, "days_d": float(days[at])}
        for name in ("assigned_t", "unserved_t", "users_usd", "used_usd", "rents_usd"):
            row[name] = value[name] * month.share
        row["binding"] = int((month.result.tables["elements"]["queue_h"] > 0.0).sum())
        row["gap_share"] = value["gap_share"]
        row["rounds"] = 0 if month.again else int(value["rounds"])
        rows.append(row | {"status": str(month.result.status)})
    return pd.DataFrame(rows)


def _totals(result: Result) -> Mapping[str, float]:
    metrics = result.metrics[result.metrics["key"] == ""]
    return dict(zip(metrics["metric"], metrics["value"].astype(float), strict=True))


def _metrics(solved: list[_Month]) -> pd.DataFrame:
    """Metrics of the year: sums, seconds and rounds of what was solved, and the largest of the other shares."""
    parts = []
    for month in solved:
        frame = month.result.metrics
        adds, counts = frame["unit"].isin(_ADDED), frame["unit"].isin(_COUNTED)
        weight = np.where(adds, month.share, np.where(counts & month.again, 0.0, 1.0))
        parts.append(frame.assign(value=frame["value"] * weight))
    key = ["metric", "key", "unit"]
    groups = pd.concat(parts).groupby(key, sort=False, as_index=False)["value"]
    out = groups.sum().assign(largest=groups.max()["value"])
    out["value"] = out["value"].where(out["unit"].isin((*_ADDED, *_COUNTED)), out["largest"])
    whole = dict(zip(out["metric"], out["value"], strict=True))
    gap = whole["gap_usd"] / max(whole["users_usd"], 1e-9)
    out.loc[out["metric"] == "gap_share", "value"] = gap
    return out[["metric", "key", "value", "unit"]]


__all__ = ["Params", "run"]
