"""Stochastic choice: the value of linking when not all take the cheapest way."""

from __future__ import annotations

from koridor.report.blocks import Column, Note, Section, table_of
from koridor.report.context import Context, missing
from koridor.report.frames import number_of
from koridor.report.measure import Measure, money
from koridor.text import t

KEY = "stochastic"


def section(context: Context) -> Section:
    title = t("If not all take the cheapest way")
    frame = context.table("stochastic", ("level", "scale_share", "value_usd", "logsum_usd", "linked_teu"))
    if frame is None:
        return Section(KEY, title, absent=missing("stochastic"))
    names = {
        "deterministic": t("none: the cheapest way, as in the answer"),
        "low": t("low scale"),
        "central": t("central scale"),
        "high": t("high scale"),
    }
    rows = frame.assign(level=[names.get(str(level), str(level)) for level in frame["level"]])
    fits = money(*map(number_of, frame["value_usd"]), *map(number_of, frame["logsum_usd"]))
    columns = (
        Column("level", t("Spread of choices")),
        Column("scale_share", t("Scale, of the best way's cost"), Measure.PERCENT),
        Column("value_usd", t("Value of linking: resources saved"), fits),
        Column("logsum_usd", t("Users' gain as a logsum"), fits),
        Column("value_a_usd", t("Value of A alone"), Measure.MUSD),
        Column("value_b_usd", t("Value of B alone"), Measure.MUSD),
        Column("linked_teu", t("Linked traffic"), Measure.TEU),
    )
    words = t(
        "Each choice spreads over its best ways of all cases by a path-size logit, without capacities; a way that a "
        "case does not offer is closed in it. The scale is an assumption. Resources saved is the measure of the "
        "answer. The logsum is another one: what users gain, tariffs included, with the worth of having the choice; it "
        "is not the value of linking."
    )
    note = t("Source: this run. Path size after Ben-Akiva and Bierlaire (1999).")
    table = table_of(rows, columns, t("Value of linking by the scale of choice"), note=note)
    return Section(KEY, title, (Note(words), table))
