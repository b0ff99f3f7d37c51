"""``koridor assign``: which flows take which ways."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Hashable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from koridor.cli.inputs import hand_back_memory, listed, load_scenario, peak_memory_mb
from koridor.cli.output import Cell, Column, document, emit, say_where, sentence, table, with_command
from koridor.cli.parser import at_least_one, not_negative, question
from koridor.errors import UsageError
from koridor.text import t
from koridor.units import MISSING, format_number

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.result import Result

MILLION, THOUSAND = 1e6, 1e3
_MET = 1e-6  # share of the least money at which it is as good as its bound
_SEASONS = ("link_period", "element_period", "flow_period")


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument(
        "dataset", metavar=t("DATASET"), nargs="?", help=t("a folder of tables or an .xlsx; without it, the atlas")
    )
    parser.add_argument("--capped", action="store_true", help=t("hold the capacities of elements"))
    parser.add_argument(
        "--gap-max", metavar=t("NUMBER"), type=not_negative, help=t("share of users' cost that may be left to save")
    )
    parser.add_argument(
        "--rounds-max", metavar=t("NUMBER"), type=at_least_one, help=t("rounds of the solver after which it gives up")
    )
    parser.add_argument(
        "--principle", choices=("user", "system", "money", "stochastic"), default="user",
        help=t("who chooses: every user, one for all (least hours, or money), or users who see costs dimly"),
    )  # fmt: skip
    parser.add_argument(
        "--response", choices=("fixed", "elastic", "logit"), default="fixed", help=t("how demand answers to cost")
    )
    parser.add_argument(
        "--response-value", metavar=t("NUMBER"), type=not_negative, default=1.0,
        help=t("the elasticity, or the logit's scale per USD a tonne"),
    )  # fmt: skip
    parser.add_argument("--ways", action="store_true", help=t("tables of paths, their arcs, and elements by class too"))
    parser.add_argument(
        "--skims",
        metavar=t("COMMODITIES"),
        help=t("for these, cost, time and distance of all places"),
    )
    parser.add_argument(
        "--months", action="store_true", help=t("the year as twelve months, each with what is open and goes in it")
    )
    parser.add_argument(
        "--start", metavar=t("RESULT"), type=Path,
        help=t("begin with the ways of a result of another scenario (made with --ways); changes no answer"),
    )  # fmt: skip
    parser.add_argument(
        "--verify", metavar=t("RESULT"), type=Path,
        help=t("solve nothing: check the tables of a result, computed anew from them alone"),
    )  # fmt: skip
    question(parser)


def run(args: Namespace) -> int:
    """Prints totals, traffic at screenlines beside counts, and what binds. Exit code 0."""
    if args.dataset is not None and args.data is not None:
        raise UsageError(t("koridor assign: name the dataset once, by itself or with --data"))
    args.data = args.dataset if args.data is None else args.data
    if args.verify is not None:
        return _verify(args)
    from numba import config  # the cores that this process may use, or fewer where the environment says so

    from koridor.result import Result
    from koridor.studies import assign, months
    from koridor.studies.counts import beside_counts

    threads = int(config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    hand_back_memory()
    scenario = load_scenario(args)
    limits = {name: value for name in ("gap_max", "rounds_max") if (value := getattr(args, name)) is not None}
    params = assign.Params(
        capped=args.capped, principle=assign.Principle(args.principle), response=assign.Response(args.response),
        response_value=args.response_value, threads=threads, effort=True, ways=args.ways,
        skims=listed(args.skims), **limits,
    )  # fmt: skip
    before = None if args.start is None else Result.read(args.start)
    if args.months:
        found = months.run(scenario, params, before=before)
    else:
        found = assign.run(scenario, params) if before is None else assign.run_from(scenario, before, params)
    found = _with_effort(found)
    counts = beside_counts(scenario, found.tables["screenlines"])
    where = None if args.data is None else str(Path(args.data).absolute())
    noted = {**found.params, "data": where}
    result = with_command(args, replace(found, params=noted, tables={**found.tables, "counts": counts}))
    if emit(args, result):
        if args.months:
            _months(result, any(len(scenario.table(name)) for name in _SEASONS))
        _screenlines(result)
        _binding(result)
        _optima(result)
        _totals(result)
    say_where(args)
    return 0


def _with_effort(result: Result) -> Result:
    """The result with the memory that it took, and `gap` and `iterations` by their usual names."""
    import pandas as pd

    totals = result.metrics[result.metrics["key"] == ""].set_index("metric")["value"]
    rows = [("memory_mb", "", peak_memory_mb(), "mb")]
    own = result.params["principle"] != "user" and "solver_gap_share" in totals  # what users could save is meant to be
    rows.append(("gap", "", float(totals["solver_gap_share" if own else "gap_share"]), "share"))
    rows.append(("iterations", "", float(totals["rounds"]), "count"))
    more = pd.DataFrame(rows, columns=list(result.metrics.columns))
    return replace(result, metrics=pd.concat([result.metrics, more], ignore_index=True))


def _verify(args: Namespace) -> int:
    """Prints what was computed anew. What differs is a DataError, or in JSON among the problems; exit code 1."""
    from koridor.errors import DataError
    from koridor.result import Result
    from koridor.studies.verify import verify

    result = Result.read(args.verify)
    if args.data is None:
        args.data = result.params.get("data")
    found = verify(load_scenario(args), result)
    if args.json:
        content = asdict(found)
        document({"study": "verify", "status": "problems" if found.problems else "verified", **content})
        return 1 if found.problems else 0
    if found.problems:
        raise DataError(found.problems)
    sentence(
        t(
            "Verified: {carried} carried, {lost} not; gap {gap}; objective {objective} tonne-hours; fullest element "
            "{used}.",
            carried=format_number(found.carried_t, "t"),
            lost=format_number(found.unserved_t, "t"),
            gap=f"{found.gap_share:.3g}",
            objective=MISSING if math.isnan(found.objective_t_h) else f"{found.objective_t_h:.16g}",
            used=format_number(found.used_share_max, "share"),
        )
    )
    return 0


def _months(result: Result, differs: bool) -> None:
    """What went in every month, what it cost, and how much bound."""
    rows: list[list[Cell]] = [
        [
            str(row["month"]), row["assigned_t"] / MILLION, row["unserved_t"] / MILLION, row["users_usd"] / MILLION,
            row["rents_usd"] / MILLION, row["binding"],
        ]
        for row in result.tables["months"].to_dict("records")
    ]  # fmt: skip
    heads = (t("Mt"), t("Mt not carried"), t("users' cost, MUSD"), t("rents, MUSD"), t("capacities that bind"))
    table(t("The year by month"), [Column(t("Month")), *(Column(head, "") for head in heads)], rows)
    if not differs:
        sentence(t("No table tells one month from another: {names} are empty.", names=", ".join(_SEASONS)))


def _screenlines(result: Result) -> None:
    """Both directions of every screenline, and single directions where only these were counted; busiest first."""
    frame = result.tables["counts"]
    if frame.empty:
        return
    counted = frame["count_t"].notna() | frame["count_teu"].notna()
    shown = frame[counted | (frame["direction"] == "both")]
    rows: list[list[Cell]] = [
        [
            row["name"] if row["direction"] == "both" else f"{row['name']}, {row['direction']}",
            row["t"] / MILLION, row["count_t"] / MILLION, row["teu"] / THOUSAND, row["count_teu"] / THOUSAND,
        ]
        for row in shown.sort_values(["t", "screenline_id"], ascending=[False, True]).to_dict("records")
    ]  # fmt: skip
    heads = (t("Mt"), t("Mt counted"), t("kTEU"), t("kTEU counted"))
    columns = [Column(t("Screenline")), *(Column(head, "") for head in heads)]
    table(t("Traffic over screenlines a year, beside counts of the nearest year"), columns, rows)


def _binding(result: Result) -> None:
    """Elements at their capacity; where capacities are not held, nothing binds."""
    frame = result.tables["elements"]
    tight = frame[(frame["queue_h"] > 0.0) | (frame["rent_usd"] > 0.0)].sort_values(
        ["rent_usd", "element_id"], ascending=[False, True]
    )
    if not result.params["capped"]:
        sentence(t("Capacities are not held; --capped holds them."))
        return
    if tight.empty:
        sentence(t("No capacity binds."))
        return
    rows: list[list[Cell]] = [
        [
            str(row["name"]), _direction(row), str(row["unit"]), row["capacity_per_yr"],
            row["background_per_yr"], row["load_per_yr"], row["queue_h"], row["rent_usd"] / MILLION,
        ]
        for row in tight.to_dict("records")
    ]  # fmt: skip
    heads = (t("capacity/yr"), t("other/yr"), t("model/yr"), t("queue, h"), t("rent, MUSD"))
    columns = [Column(t("Element")), Column(t("Direction")), Column(t("Unit")), *(Column(head, "") for head in heads)]
    table(t("What binds, the dearest first"), columns, rows)


def _direction(row: dict[Hashable, Any]) -> str:
    """The direction of a row of an element that has two capacities."""
    if not row["per_direction"]:
        return ""
    return t("forward") if row["direction"] == "forward" else t("backward")


def _optima(result: Result) -> None:
    """The least money that was found beside the flows of least hours, and what no flow goes below."""
    if "optima" not in result.tables:
        return
    rows: list[list[Cell]] = [
        [t("money") if row["least"] == "money" else t("hours"), row["total_usd"] / MILLION, row["total_t_h"] / MILLION]
        for row in result.tables["optima"].groupby("least", sort=False).sum().reset_index().to_dict("records")
    ]
    table(t("What all pay and spend"), [Column(t("Least")), Column(t("MUSD"), ""), Column(t("million t·h"), "")], rows)
    value = dict(zip(result.metrics["metric"], result.metrics["value"], strict=True))
    if value["total_usd"] - value["bound_usd"] <= _MET * value["total_usd"]:
        sentence(t("No flow costs less: the least money meets its bound."))
        return
    sentence(
        t(
            "The least money is a local optimum: others may be lower, but none below {bound}, {share} less.",
            bound=format_number(value["bound_usd"], "usd"),
            share=f"{100.0 * max(1.0 - value['bound_usd'] / max(value['total_usd'], 1e-9), 0.0):.2g} %",
        )
    )


def _totals(result: Result) -> None:
    metrics = result.metrics[result.metrics["key"] == ""]
    value = dict(zip(metrics["metric"], metrics["value"], strict=True))
    gap = max(float(value["gap_usd"]), 0.0)
    sentence(
        t(
            "Carried {carried} a year, not carried {lost}; users' cost {cost}, of it scarcity rents {rents}.",
            carried=format_number(value["assigned_t"], "t"),
            lost=format_number(value["unserved_t"], "t"),
            cost=format_number(value["users_usd"], "usd"),
            rents=format_number(value["rents_usd"], "usd"),
        )
    )
    if "left_out_t" in value:
        sentence(
            t(
                "Left out: {left}, from a place to itself or of regions without a place.",
                left=format_number(value["left_out_t"], "t"),
            )
        )
    sentence(
        t(
            "Gap of the solver {gap}, {share} of users' cost, after {rounds} rounds.",
            gap=format_number(gap, "usd"),
            share=f"{100.0 * max(float(value['gap_share']), 0.0):.2g} %",
            rounds=int(value["rounds"]),
        )
    )
