"""The answer in two sentences, with its range, the gap of the solver, for whom and how sure."""

from __future__ import annotations

import math

import pandas as pd

from koridor.report.blocks import Block, Cell, Head, Note, Section, Table, Tile, number_cell
from koridor.report.context import Context, Headline, missing
from koridor.report.frames import flags, number_of
from koridor.report.maps.network import axes_of
from koridor.report.measure import (
    Measure,
    figure,
    measure_of_unit,
    money,
    money_change,
    quantity,
    unit_name,
    unit_words,
)
from koridor.report.names import metric_name
from koridor.text import t

KEY = "answer"
MAIN = "value_of_linking_usd"


def section(context: Context) -> Section:
    title = t("The answer")
    main = context.headline.get(MAIN)
    if main is None or math.isnan(main.value):
        return Section(KEY, title, absent=missing("headline"))
    if not main.ranged:
        return Section(
            KEY, title, absent=t("Absent: the value of linking has no range, and a number is never shown alone.")
        )
    blocks: list[Block] = [Note(f"{_worth(context, main)} {_whom(context)}", "lead"), _tiles(context, main)]
    blocks += [_sets(context), _definition(context)]
    blocks.append(_table(context))
    return Section(KEY, title, tuple(blocks))


def _worth(context: Context, main: Headline) -> str:
    ends = money(main.low, main.high)
    show = figure if ends is money(main.value) else quantity
    words = t(
        "Linking {a} (A) and {b} (B) is worth {value} in resource cost saved, within a range of {low} to {high}",
        a=context.set_name("a"),
        b=context.set_name("b"),
        value=quantity(main.value, money(main.value)),
        low=show(main.low, ends),
        high=show(main.high, ends),
    )
    teu = context.headline.get("linked_teu")
    if teu is not None and math.isfinite(teu.value):
        words += t(", and brings {teu} onto a way over gates of both", teu=quantity(teu.value, Measure.TEU))
    gap = context.headline.get("gap_usd")
    if gap is None or math.isnan(gap.value):
        return words + t("; the gap of the solver was not reported.")
    share = context.headline.get("gap_share_of_smallest_gain")
    words += t("; the gap of the solver is {gap}", gap=quantity(gap.value, Measure.USD))
    if share is not None and math.isfinite(share.value):
        words += t(", {share} of the smallest gain reported", share=quantity(share.value, Measure.PERCENT))
    return words + "."


def _whom(context: Context) -> str:
    words = _parties(context.table("countries", ("name", "party", "total_usd")))
    evidence = context.table("evidence", ("what", "share_estimate"))
    sure = (
        t("how much of it rests on estimates is not reported")
        if evidence is None
        else t(
            "{share} of it rests on estimates",
            share=quantity(number_of(evidence["share_estimate"][0]), Measure.PERCENT),
        )
    )
    return t("{who}; {sure}, so read the range before the number.", who=words, sure=sure)


def _parties(countries: pd.DataFrame | None) -> str:
    if countries is None:
        return t("Who gains is not reported")
    rows = countries[flags(countries["party"])]
    measure = money_change(*map(number_of, rows["total_usd"]))
    shares = [
        f"{row['name']} {figure(number_of(row['total_usd']), measure)}"
        for row in rows.sort_values("total_usd", ascending=False).to_dict("records")
    ]
    if not shares:
        return t("No country of the dataset is marked as a party")
    return t(
        "Of it, in {unit}: {shares}, the rest to other countries", unit=unit_words(measure), shares=", ".join(shares)
    )


def _tiles(context: Context, main: Headline) -> tuple[Tile, ...]:
    ends = money(main.low, main.high)
    span = f"{figure(main.low, ends)} … {quantity(main.high, ends)}"
    value = quantity(main.value, money(main.value))
    tiles = [Tile(t("Value of linking"), value, t("range {span}", span=span), main.value)]
    bound = context.headline.get("upper_bound_usd")
    wanted = (
        ("upper_bound_usd", t("Upper bound"), money(bound.value if bound else 0.0), t("handover free")),
        ("linked_teu", t("Linked traffic"), Measure.TEU, t("over gates of A and B")),
        ("linked_share_of_a", t("Share of A"), Measure.PERCENT, t("of TEU over A's gates")),
        ("gap_usd", t("Gap of the solver"), Measure.USD, t("what solving better could still change")),
    )
    for metric, label, measure, note in wanted:
        found = context.headline.get(metric)
        if found is not None and math.isfinite(found.value):
            if found.ranged and found.low != found.high:
                note = t("range {span}", span=f"{figure(found.low, measure)} … {figure(found.high, measure)}")
            tiles.append(Tile(label, quantity(found.value, measure), note, found.value))
    return tuple(tiles)


def _members(context: Context, chosen: frozenset[str]) -> str:
    names = context.words("corridor", "corridor_id")
    return "; ".join(names.get(key, key) for key in sorted(chosen)) or t("not named")


def _sets(context: Context) -> Note:
    axes = axes_of(context.dataset, context.result.params)
    return Note(t("A is: {a}. B is: {b}.", a=_members(context, axes.a), b=_members(context, axes.b)), "note")


def _definition(context: Context) -> Note:
    return Note(
        t(
            "Value of linking: resource cost saved with the handover between A and B joined, less that with it "
            "separate; nothing else differs. Users' cost counts less scarcity rents, and tariffs paid are a transfer. "
            "Every model number here is a result of this run on dataset “{dataset}”; inputs marked estimate are "
            "general knowledge.",
            dataset=context.dataset.name,
        ),
        "note",
    )


def _table(context: Context) -> Table:
    heads = (
        Head(t("Headline")),
        Head(t("Central"), numeric=True),
        Head(t("Low"), numeric=True),
        Head(t("High"), numeric=True),
        Head(t("Unit")),
    )
    rows = []
    for metric, found in context.headline.items():
        measure = Measure.USD if metric == "gap_usd" else measure_of_unit(found.unit)
        numbers = [number_cell(number, measure) for number in (found.value, found.low, found.high)]
        rows.append((Cell(metric_name(metric)), *numbers, Cell(unit_name(measure) or found.unit)))
    strong = frozenset(index for index, metric in enumerate(context.headline) if metric == MAIN)
    return Table(t("Headline numbers with their ranges"), heads, tuple(rows), strong=strong)
