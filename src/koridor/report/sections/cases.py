"""All cases, capped and uncapped; complementarity, regrets, linked traffic and its share; where to link; balance."""

from __future__ import annotations

import math

import pandas as pd

from koridor.report.blocks import Block, Cell, Column, Figure, Head, Note, Section, Table, number_cell, table_of
from koridor.report.charts.bars import Bar, bars
from koridor.report.context import Context, missing
from koridor.report.frames import flags
from koridor.report.measure import Measure, figure, money_change, quantity, unit_name
from koridor.report.names import case_name, metric_name
from koridor.report.sources import cite
from koridor.text import t

KEY = "cases"
DERIVED = ("complementarity_usd", "regret_without_a_usd", "regret_without_b_usd", "upper_bound_usd")


def section(context: Context) -> Section:
    title = t("Every case: without corridors, each alone, both, linked")
    cases = context.table("cases", ("case", "capped", "value_usd"))
    if cases is None:
        return Section(KEY, title, absent=missing("cases"))
    blocks: list[Block] = []
    for capped in (True, False):
        rows = cases[flags(cases["capped"]) == capped]
        if rows.empty:
            words = t("capped") if capped else t("uncapped")
            blocks.append(Note(t("The result holds no {kind} cases.", kind=words), "warn"))
            continue
        blocks.append(_table(rows, t("Capacities hold (capped)") if capped else t("Capacities ignored (uncapped)")))
    blocks += _chart(cases)
    blocks += _derived(context)
    blocks += _linked(context)
    blocks += _groups(context)
    blocks += _balance(context)
    return Section(KEY, title, tuple(blocks))


def _table(rows: pd.DataFrame, caption: str) -> Table:
    columns = (
        Column("what", t("Case")),
        Column("value_usd", t("Value against none"), Measure.MUSD_CHANGE),
        Column("resource_usd", t("Resource cost"), Measure.MUSD),
        Column("users_usd", t("Users"), Measure.MUSD),
        Column("rents_usd", t("Scarcity rents"), Measure.MUSD),
        Column("carriers_usd", t("Carriers"), Measure.MUSD),
        Column("terminals_usd", t("Terminals"), Measure.MUSD),
        Column("public_usd", t("Public"), Measure.MUSD),
        Column("linked_teu", t("Linked"), Measure.TEU),
        Column("teu_gate_a", t("Over A's gates"), Measure.TEU),
        Column("teu_gate_b", t("Over B's gates"), Measure.TEU),
        Column("unserved_t", t("Unserved"), Measure.KT),
        Column("gap_usd", t("Gap"), Measure.USD),
    )
    shown = rows.assign(what=[case_name(str(case)) for case in rows["case"]])
    return table_of(shown, columns, caption, note=t("Source: this run."))


def _chart(cases: pd.DataFrame) -> list[Block]:
    figures: list[Block] = []
    for capped in (True, False):
        rows = cases[(flags(cases["capped"]) == capped) & (cases["case"] != "none")]
        if rows.empty:
            continue
        kind = t("capacities hold") if capped else t("capacities ignored")
        title = t("Value of each case against none ({kind})", kind=kind)
        records = [Bar(case_name(str(row["case"])), float(row["value_usd"])) for row in rows.to_dict("records")]
        drawn = bars(title, records, Measure.MUSD_CHANGE, t("Resource cost saved"))
        figures.append(Figure(title, drawn, note=t("The numbers are in the table above.")))
    return figures


def _derived(context: Context) -> list[Block]:
    known = [
        metric for metric in DERIVED if metric in context.headline and not math.isnan(context.headline[metric].value)
    ]
    if not known:
        return [Note(t("Complementarity and regrets are not in the result."), "warn")]
    unit = unit_name(Measure.MUSD)
    heads = (Head(t("What")), Head(t("Central"), unit, True), Head(t("Low"), unit, True), Head(t("High"), unit, True))
    rows = []
    for metric in known:
        found = context.headline[metric]
        numbers = [number_cell(number, Measure.MUSD_CHANGE) for number in (found.value, found.low, found.high)]
        rows.append((Cell(metric_name(metric)), *numbers))
    note = t("Complementarity below zero: A and B replace each other. Regret: what is lost when one set is neglected.")
    return [Table(t("Complementarity, regrets and the upper bound"), heads, tuple(rows), note)]


def _linked(context: Context) -> list[Block]:
    teu, share = context.headline.get("linked_teu"), context.headline.get("linked_share_of_a")
    if teu is None or share is None or math.isnan(teu.value) or math.isnan(share.value):
        return [Note(t("Linked traffic is not in the result."), "warn")]
    words = t(
        "Linked traffic, which passes a gate of A and a gate of B on one consignment, is {teu}: {share} of all TEU "
        "over A's gates.",
        teu=teu.shown(Measure.TEU),
        share=share.shown(Measure.PERCENT),
    )
    low, high = (context.headline.get(f"published_share_{end}") for end in ("low", "high"))
    if low is None or high is None or math.isnan(low.value) or math.isnan(high.value):
        return [Note(words)]
    words += " " + t(
        "Published beside it: {low} to {high}, for other years and for more corridors. "
        "The facts do not pin the share down: a hit is no validation.",
        low=figure(low.value, Measure.PERCENT),
        high=quantity(high.value, Measure.PERCENT),
    )
    sources = dict.fromkeys(found.source for found in (low, high) if found.source)
    cited = tuple((Cell(t("Source of the published share")), cite(context.dataset, source)) for source in sources)
    return [Note(words, items=cited)]


def _groups(context: Context) -> list[Block]:
    groups = context.table("groups", ("interchange_group", "alone_usd", "left_out_usd"))
    if groups is None:
        return [Note(t("Where to link is not shown: the result holds no usable table “groups”."), "warn")]
    measure = money_change(*groups["alone_usd"], *groups["left_out_usd"])
    columns = (
        Column("interchange_group", t("Interchange group")),
        Column("places", t("Places")),
        Column("alone_usd", t("Joined alone"), measure),
        Column("left_out_usd", t("Lost when it alone stays separate"), measure),
        Column("linked_teu", t("Linked"), Measure.TEU),
        Column("hour_usd", t("Worth of one hour less"), Measure.USD_CHANGE),
        Column("dollar_usd", t("Worth of one USD per TEU less"), Measure.USD_CHANGE),
        Column("dollar_check", t("The same, from linked TEU"), Measure.USD_CHANGE),
    )
    note = t(
        "The last two columns must agree: a dollar less per TEU is worth one dollar for every linked TEU. Source: "
        "this run."
    )
    rows = groups.sort_values("alone_usd", ascending=False)
    table = table_of(rows, columns, t("Where to link: each interchange group alone and left out"), note=note)
    title = t("Value of joining one interchange group alone")
    records = [Bar(str(row["interchange_group"]), float(row["alone_usd"])) for row in rows.to_dict("records")]
    drawn = bars(title, records, measure, t("Value, all others separate"))
    return [table, Figure(title, drawn, note=t("The numbers are in the table above."))]


def _balance(context: Context) -> list[Block]:
    balance = context.table("balance", ("set", "name", "teu", "share"))
    if balance is None:
        return []
    columns = (
        Column("set", t("Set")),
        Column("name", t("Corridor")),
        Column("teu", t("Boxes"), Measure.TEU),
        Column("t", t("Tonnes"), Measure.MT),
        Column("share", t("Share of its set"), Measure.PERCENT),
    )
    shown = balance.assign(set=[str(value).upper() for value in balance["set"]])
    return [
        table_of(
            shown,
            columns,
            t("Balance: how traffic divides among the corridors of each set"),
            note=t("Linked case. Source: this run."),
        )
    ]
