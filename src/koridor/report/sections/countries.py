"""Who among the parties gets what: users, carriers, terminals, rents, public."""

from __future__ import annotations

import pandas as pd

from koridor.report.blocks import Block, Column, Figure, Fold, Key, Note, Section, table_of
from koridor.report.charts.bars import Stack, stacks
from koridor.report.context import Context, missing
from koridor.report.frames import flags, number_of
from koridor.report.measure import Measure, money_change
from koridor.report.names import part_name
from koridor.report.palette import INK, SERIES
from koridor.text import t

KEY = "countries"
PARTS = ("users_usd", "carriers_usd", "terminals_usd", "rents_usd", "public_usd")


def section(context: Context) -> Section:
    title = t("What it is worth to each party")
    countries = context.table("countries", ("country_id", "name", "party", *PARTS, "total_usd"))
    if countries is None:
        return Section(KEY, title, absent=missing("countries"))
    rows = grouped(countries)
    measure = money_change(*countries[[*PARTS, "total_usd"]].to_numpy(dtype=float).ravel())
    columns = [Column("name", t("Country")), *(Column(part, part_name(part), measure) for part in PARTS)]
    columns.append(Column("total_usd", part_name("total_usd"), measure))
    note = t(
        "Linked less unlinked. Half of a users' gain goes to the country of origin, half to that of destination; half "
        "of a revenue to the country at each end of the way on which it is earned. Source: this run."
    )
    table = table_of(
        rows, columns, t("Gain of linking by country and by who gets it"), note=note, strong=[len(rows) - 1]
    )
    whole = table_of(countries.sort_values("total_usd", ascending=False), columns, t("Every country"))
    blocks: list[Block] = [table, _chart(rows.iloc[:-1], measure), Fold(t("Every country"), (whole,))]
    if not flags(countries["party"]).any():
        blocks.insert(0, Note(t("No country of this dataset is marked as a party."), "warn"))
    return Section(KEY, title, tuple(blocks))


def grouped(countries: pd.DataFrame) -> pd.DataFrame:
    """The parties' rows, the other countries together, and the sum of all."""
    party = flags(countries["party"])
    money = [*PARTS, "total_usd"]
    rows = countries[party].sort_values("name")[["name", *money]]
    extra = []
    if not party.all():
        extra.append({"name": t("Other countries"), **countries.loc[~party, money].sum().to_dict()})
    extra.append({"name": t("All countries"), **countries[money].sum().to_dict()})
    return pd.concat([rows, pd.DataFrame(extra)], ignore_index=True)


def _chart(rows: pd.DataFrame, measure: Measure) -> Figure:
    title = t("Gain of linking by country, in its parts")
    records = [
        Stack(str(row["name"]), tuple(number_of(row[part]) for part in PARTS), number_of(row["total_usd"]))
        for row in rows.to_dict("records")
    ]
    legend = [Key(SERIES[index], part_name(part)) for index, part in enumerate(PARTS)]
    legend.append(Key(INK, t("Total, with its number at the right"), shape="diamond"))
    drawn = stacks(title, records, SERIES, measure, t("Linked less unlinked"))
    return Figure(title, drawn, tuple(legend), t("Losses lie left of zero. The numbers are in the table above."))
