"""``koridor route``: all good ways by date, or the one best of a year's network, stretch by stretch."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.cli.inputs import listed, load_scenario
from koridor.cli.output import Cell, Column, emit, say_where, sentence, table, with_command
from koridor.cli.parser import at_least_one, question
from koridor.errors import UsageError
from koridor.text import t
from koridor.units import format_number

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.model.scenario import Scenario
    from koridor.result import Result

PAGE = "route.html"
HOURS_A_DAY = 24.0
_DATED = ("cargo", "criteria", "forbid", "epsilon", "horizon")


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("origin", nargs="?", metavar=t("FROM"), help=t("id or name of the place where the way begins"))
    parser.add_argument("destination", nargs="?", metavar=t("TO"), help=t("id or name of the place where it ends"))
    dated = parser.add_argument_group(t("All good ways, by date"))
    dated.add_argument(
        "--leave", metavar=t("DATE"), help=t("ready from then on, such as 2026-03-02 or 2026-03-02T08:00")
    )
    dated.add_argument("--arrive-by", metavar=t("DATE"), help=t("there by then; alone: the latest departures"))
    dated.add_argument("--cargo", metavar=t("CARGO"), help=t("what travels, such as 40HC or 2x20TK,24t,UN1203/3"))
    dated.add_argument("--criteria", metavar=t("LIST"), help=t("of time,money,co2e,variance; by default all"))
    dated.add_argument("--forbid", metavar=t("COUNTRIES"), help=t("countries not to be entered, parted by commas"))
    dated.add_argument("--epsilon", metavar=t("SHARE"), help=t("thin the front: at most so much more of anything"))
    dated.add_argument("--horizon", metavar=t("DAYS"), type=at_least_one, help=t("days to look ahead"))
    dated.add_argument("--many", metavar=t("FILE"), type=Path, help=t("a CSV of queries, a row each; needs --to"))
    dated.add_argument("--to", metavar=t("FILE"), type=Path, help=t("where --many writes, a .csv or .parquet"))
    parser.add_argument("--via", metavar=t("PLACES"), help=t("places to pass, parted by commas, in their order"))
    parser.add_argument("--modes", metavar=t("MODES"), help=t("only these modes, parted by commas, such as rail,sea"))
    parser.add_argument(
        "--least", choices=("cost", "time", "distance"), help=t("the one way of a year's network that has least of it")
    )
    parser.add_argument("--commodity", metavar=t("COMMODITY"), help=t("a commodity of the dataset"))
    parser.add_argument("--form", choices=("box", "bulk"), help=t("in a box, or outside"))
    question(parser)


def run(args: Namespace) -> int:
    """Prints the way or ways and, with `--out`, writes tables and a page. Exit code 0, also when there is none."""
    if args.many is not None:
        from koridor.cli.many import run_many

        return run_many(args)
    if args.to is not None:
        raise UsageError(t("--to is where --many writes; without it, give --out FOLDER."))
    if args.origin is None or args.destination is None:
        raise UsageError(t("koridor route: name two places, FROM and TO; see koridor route --help"))
    return _dated(args) if _by_date(args) else _least_way(args)


def _by_date(args: Namespace) -> bool:
    """Whether all good ways at a time are asked for. Raises UsageError for options that need a time, without one."""
    given = [name for name in _DATED if getattr(args, name) is not None]
    if args.leave is None and args.arrive_by is None:
        if given:
            option = given[0].replace("_", "-")
            raise UsageError(t("--{option} needs a time: give --leave or --arrive-by too.", option=option))
        return False
    if args.least is not None:
        raise UsageError(
            t("--least asks for the one way of a year's network; leave it out beside --leave and --arrive-by.")
        )
    return True


def _dated(args: Namespace) -> int:
    from koridor.cli.dated import FIELDS, query_of, with_notes
    from koridor.cli.ways import show_ways
    from koridor.studies import route

    scenario = load_scenario(args)
    words = {name: getattr(args, name, None) for name in FIELDS} | {"from": args.origin, "to": args.destination}
    query, notes = query_of(scenario, words, horizon_d=args.horizon)
    result = with_command(args, with_notes(route.run(scenario, query), notes))
    told, written = emit(args, result), None
    if args.out is not None and result.status == route.Status.FOUND:
        from koridor.report.ways import build_ways_page

        written = build_ways_page(result, scenario.dataset, args.out / PAGE)
    if told:
        show_ways(scenario, result, notes)
    say_where(args, written)
    return 0


def _least_way(args: Namespace) -> int:
    from koridor.cli.dated import places_of, with_notes
    from koridor.studies import route

    scenario = load_scenario(args)
    words = {"from": args.origin, "to": args.destination, "via": args.via}
    (origin, destination, *via), notes = places_of(scenario, words)
    params = route.Params(
        origin=origin,
        destination=destination,
        commodity=args.commodity,
        form=args.form or "box",
        modes=listed(args.modes),
        via=tuple(via),
        least=route.Least(args.least or "cost"),
    )
    result = with_command(args, with_notes(route.run(scenario, params), notes))
    if emit(args, result):
        for note in notes:
            sentence(note)
        _show(scenario, result)
    written = None
    if args.out is not None and result.status == route.Status.FOUND:
        from koridor.report.route import build_route_page

        written = build_route_page(result, scenario.dataset, args.out / PAGE)
    say_where(args, written)
    return 0


def _show(scenario: Scenario, result: Result) -> None:
    names = dict(scenario.table("place")[["place_id", "name"]].itertuples(index=False))
    title = " – ".join(names[result.params[key]] for key in ("origin", "destination"))
    goods = dict(scenario.table("commodity")[["commodity_id", "name"]].itertuples(index=False))
    if "reasons" in result.tables:
        why = " ".join(_reason(result, str(reason)) for reason in result.tables["reasons"]["reason"])
        sentence(t("{journey}: no way was found. {why}", journey=title, why=why))
        return
    money = "teu" if result.params["form"] == "box" else "t"
    terms = {"goods": goods[result.params["commodity"]], "least": _least(str(result.params["least"]))}
    carried = t("{goods} in a box, {least}", **terms) if money == "teu" else t("{goods}, {least}", **terms)
    _table(f"{title}: {carried}", result, money)
    for line in _services(scenario, result):
        sentence(line)
    sentence(_total(result, money))


def _least(least: str) -> str:
    return {"cost": t("least cost"), "time": t("least time"), "distance": t("least distance")}[least]


def _table(title: str, result: Result, money: str) -> None:
    """The stretches; the column of regimes only where the way is in one."""
    from koridor.report.maps.network import short_name
    from koridor.report.names import stretch_name

    frame = result.tables["stretches"]
    regimes = bool((frame["corridor"] != "").any())
    heads = [t("km"), t("h"), "USD/TEU" if money == "teu" else "USD/t", t("day")]
    columns = [Column(t("What is done")), Column(t("Where"))]
    columns += [Column(t("Regime"))] if regimes else []
    columns += [Column(head, "") for head in heads]
    rows: list[list[Cell]] = []
    for row in frame.to_dict("records"):
        ends = dict.fromkeys(short_name(str(row[end])) for end in ("from_name", "to_name"))
        km = float(row["distance_km"])
        regime: list[Cell] = [str(row["corridor"]) or t("local")] if regimes else []
        rows.append(
            [
                stretch_name(row), " – ".join(ends), *regime, km if km else None, float(row["time_h"]),
                float(row[f"money_usd_per_{money}"]), f"{row['sum_time_h'] / HOURS_A_DAY:.1f}",
            ]
        )  # fmt: skip
    table(title, columns, rows)


def _services(scenario: Scenario, result: Result) -> list[str]:
    """What the trains of the way are called."""
    frame = result.tables["stretches"]
    used = list(dict.fromkeys(frame.loc[frame["act"] == "service", "what"]))
    named = scenario.table("service").set_index("service_id")["name"]
    return [t("Train {service}: {name}", service=service, name=named[service]) for service in used]


def _total(result: Result, money: str) -> str:
    value = dict(zip(result.metrics["metric"], result.metrics["value"], strict=True))
    return t(
        "In all {distance} in {days} days ({hours}, standard deviation {spread}); {carbon} of CO2e.\n"
        "Price {price}; with the value of time {cost}.",
        distance=format_number(value["distance_km"], "km"),
        days=f"{value['time_h'] / HOURS_A_DAY:.1f}",
        hours=format_number(value["time_h"], "h"),
        spread=format_number(value["sd_h"], "h"),
        price=format_number(value[f"money_usd_per_{money}"], f"usd_per_{money}"),
        cost=format_number(value[f"cost_usd_per_{money}"], f"usd_per_{money}"),
        carbon=format_number(value[f"co2e_kg_per_{money}"], f"kg_per_{money}"),
    )


def _reason(result: Result, reason: str) -> str:
    """Why there is no way, as a sentence."""
    params = result.params
    corridors = ", ".join(params["corridors"] or ())
    sentences = {
        "origin": t("No open link ends at {place}.", place=params["origin"]),
        "destination": t("No open link ends at {place}.", place=params["destination"]),
        "modes": t("By other modes than {modes} there is one.", modes=", ".join(params["modes"])),
        "corridors": t("Outside {corridors} there is one.", corridors=corridors),
        "via": t("There is one that does not pass {places}.", places=", ".join(params["via"])),
        "form": t("Outside a box there is one.") if params["form"] == "box" else t("In a box there is one."),
        "apart": t("No open links, transfers and services join the two places for these goods."),
    }
    return sentences[reason]
