"""``koridor indicators``: time- and cost-distance, trade facilitation and dwell of corridors."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.inputs import load_scenario
from koridor.cli.output import Cell, Column, emit, say_where, sentence, table, with_command
from koridor.cli.parser import question
from koridor.text import t
from koridor.units import format_number

if TYPE_CHECKING:
    import pandas as pd

    from koridor.cli.parser import Parser

HOURS_A_DAY = 24.0
LONGEST = 3  # nodes shown of each corridor and direction


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("corridors", metavar=t("CORRIDOR"), nargs="+", help=t("a corridor or an axis of the dataset"))
    parser.add_argument("--commodity", metavar=t("COMMODITY"), help=t("a commodity of the dataset"))
    question(parser)


def run(args: Namespace) -> int:
    """Prints the indicators. Exit code 0, also where a corridor has no open way."""
    from koridor.studies import indicators

    scenario = load_scenario(args)
    result = with_command(args, indicators.run(scenario, indicators.Params(tuple(args.corridors), args.commodity)))
    if emit(args, result):
        goods = scenario.table("commodity").set_index("commodity_id")["name"]
        frame = result.tables["corridors"]
        if len(frame):
            _ways(frame, str(goods[result.params["commodity"]]))
            _facilitation(frame)
            _compared(result.tables["compared"])
            _nodes(result.tables["nodes"])
        for name in result.tables["shut"]["corridor"]:
            sentence(t("{corridor}: no way under its regime is open.", corridor=name))
        if len(frame):
            _words()
    say_where(args)
    return 0


def _course(row: dict[str, object]) -> str:
    return f"{row['origin_name']}–{row['destination_name']}"


def _terms(row: dict[str, object]) -> str:
    return t("regime") if row["terms"] == "regime" else t("local")


def _ways(frame: pd.DataFrame, goods: str) -> None:
    rows: list[list[Cell]] = [
        [
            row["corridor"],
            _course(row),
            _terms(row),
            float(row["distance_km"]),
            f"{row['time_p50_h'] / HOURS_A_DAY:.1f}",
            f"{row['time_p5_h'] / HOURS_A_DAY:.1f}–{row['time_p95_h'] / HOURS_A_DAY:.1f}",
            float(row["buffer_ratio"]) * 100.0,
            float(row["price_usd_per_teu"]),
            f"{format_number(row['price_p5_usd_per_teu'])}–{format_number(row['price_p95_usd_per_teu'])}",
        ]
        for row in frame.to_dict("records")
    ]
    columns = [
        Column(t("Corridor")), Column(t("From end to end")), Column(t("Terms")), Column("km", ""),
        Column(t("Days P50"), ""), Column("P5–P95", ""), Column(t("Buffer, %"), ""), Column("USD/TEU", ""),
        Column("P5–P95", ""),
    ]  # fmt: skip
    table(t("Corridors from door to door, a TEU of {goods}", goods=goods), columns, rows)


def _facilitation(frame: pd.DataFrame) -> None:
    names = ("borders", "tfi1_h", "tfi2_usd_per_teu", "tfi3_usd", "swod_kmh", "swd_kmh")
    rows: list[list[Cell]] = [
        [
            row["corridor"], _course(row), _terms(row), *(float(row[name]) for name in names),
            float(row["delay_share"]),
        ]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    heads = [t("Borders"), t("TFI1, h"), t("TFI2, USD"), t("TFI3, USD"), t("SWOD, km/h"), t("SWD, km/h")]
    columns = [Column(t("Corridor")), Column(t("From end to end")), Column(t("Terms"))]
    columns += [Column(head, "") for head in heads] + [Column(t("Delay"), "share")]
    table(t("Trade facilitation, without loading and unloading"), columns, rows)


def _compared(frame: pd.DataFrame) -> None:
    """Published averages beside the range of the corridors on local terms, the farthest off first."""
    if frame.empty:
        return
    rows: list[list[Cell]] = []
    for (indicator, mode), part in frame.groupby(["indicator", "mode"], sort=False):
        first = part.iloc[0]
        years = _span(float(first["published_low"]), float(first["published_high"]))
        rows.append(
            [
                str(indicator), _mode(str(mode)), float(first["published"]), str(first["year"]), years,
                _span(float(part["model"].min()), float(part["model"].max())),
                float(part["ratio"].median()) - 1.0,
            ]
        )  # fmt: skip
    columns = [
        Column(t("Indicator")), Column(t("Mode")), Column(t("Published"), ""), Column(t("Year"), ""),
        Column(t("Since {year}", year=int(frame["first_year"].min())), ""), Column(t("Here, local terms"), ""),
        Column(t("Median differs by"), "share"),
    ]  # fmt: skip
    table(t("Beside published averages: {name}", name=frame["name"].iloc[0]), columns, rows)


def _span(low: float, high: float) -> str:
    ends = dict.fromkeys(format_number(end) for end in (low, high))
    return "–".join(ends)


def _mode(mode: str) -> str:
    return {"rail": t("rail"), "road": t("road"), "sea": t("sea"), "river": t("river"), "ferry": t("ferry")}[mode]


def _nodes(frame: pd.DataFrame) -> None:
    """The nodes of each corridor on local terms where most time goes by, loading and unloading aside; of the two
    directions the longer.
    """
    from koridor.report.maps.network import short_name

    mine = frame[~frame["activity"].isin(["load", "unload"]) & (frame["terms"] == "local")]
    rows: list[list[Cell]] = []
    for corridor, part in mine.groupby("corridor", sort=False):
        longest = part.sort_values("dwell_h", ascending=False, kind="stable")
        pair = [" ".join(sorted(ends)) for ends in zip(longest["from_place"], longest["to_place"], strict=True)]
        longest = longest.assign(pair=pair).drop_duplicates(["pair", "activity"])
        for row in longest.head(LONGEST).to_dict("records"):
            ends = dict.fromkeys(short_name(str(row[end])) for end in ("from_name", "to_name"))
            hours = [float(row[name]) for name in ("dwell_h", "dwell_p50_h", "dwell_p80_h", "dwell_p95_h")]
            rows.append([str(corridor), " – ".join(ends), _activity(str(row["activity"])), *hours])
    heads = [Column(head, "") for head in (t("Mean, h"), "P50", "P80", "P95")]
    columns = [Column(t("Corridor")), Column(t("Where")), Column(t("What is done")), *heads]
    table(t("Where most time goes by on local terms"), columns, rows)


def _activity(name: str) -> str:
    known = {"transfer": t("transfer"), "join": t("joining"), "leave": t("leaving")}
    return known[name] if name in known else t("border or port, {mode}", mode=_mode(name))


def _words() -> None:
    """What the heads mean, for who does not live with them."""
    sentence(
        t(
            "TFI1, TFI2: mean hours and USD a TEU at a border. TFI3: USD for 20 t over 500 km. SWOD, SWD: speed\n"
            "without and with delay. Buffer: P95 above the mean. Local: the same links without the corridor's regime.\n"
            "P5–P95 of a time holds running hours, delays and waits, not joining, loading and unloading."
        )
    )
