"""Rules that join rows: what one field's declaration cannot say. Each is a function from its tables to problems."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from koridor.errors import Problem
from koridor.schema.convert import MOST, key_of, readable, row_number
from koridor.schema.derive import empty
from koridor.schema.fields import Field, Kind, Table
from koridor.schema.tables import TABLES
from koridor.text import t

SHARE_TOLERANCE = 1e-6  # how far the shares of a region may be from one
_NUMERIC = (Kind.NUMBER, Kind.INTEGER)

Frames = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, and the tables that it reads."""

    tables: frozenset[str]
    rule: Callable[[Frames, Mapping[str, str]], Iterable[Problem]]

    def find(self, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
        """The problems; tables that are absent are empty, and where all are there is none."""
        if all(name not in frames or frames[name].empty for name in self.tables):
            return []
        whole = {name: frames[name] if name in frames else empty(TABLES[name]) for name in self.tables}
        return list(self.rule(whole, files))


@dataclass(frozen=True, slots=True)
class Rows:
    """A table under a rule, and how to speak of its rows."""

    table: Table
    frame: pd.DataFrame
    file: str

    def problem(self, at: int, field: str, found: str, limit: str, hint: str) -> Problem:
        """The Problem of a field in the row at this position."""
        row = row_number(self.frame, at) if self.file else None
        keys = key_of(self.table, self.frame, at)
        return Problem(self.table.name, self.file, row, field, keys, found, limit, hint)


def rows_of(name: str, frames: Frames, files: Mapping[str, str]) -> Rows:
    """The rows of a table, and its file."""
    return Rows(TABLES[name], frames[name], files.get(name, ""))


def _pairs(frame: pd.DataFrame, first: str, second: str) -> list[tuple[str, str]]:
    return list(zip(frame[first], frame[second], strict=True))


def ends_differ(frames: Frames, files: Mapping[str, str]) -> Iterable[Problem]:
    """A link or a border crossing joins two places, an interchange two corridors."""
    pairs = (
        ("link", "from_place", "to_place"),
        ("border", "from_place", "to_place"),
        ("interchange", "from_corridor", "to_corridor"),
    )
    for name, first, second in pairs:
        rows = rows_of(name, frames, files)
        same = (rows.frame[first] == rows.frame[second]).to_numpy(dtype=bool)
        for at in np.flatnonzero(same):
            found = str(rows.frame[second].iloc[at])
            hint = t("name the other one, or drop the row")
            yield rows.problem(int(at), second, found, t("must differ from {field}", field=first), hint)


def hours_known(frames: Frames, files: Mapping[str, str]) -> Iterable[Problem]:
    """A link has a speed, or hours."""
    rows = rows_of("link", frames, files)
    for at in np.flatnonzero(rows.frame[["speed_kmh", "time_h"]].isna().all(axis=1).to_numpy()):
        limit, hint = t("must not be empty where time_h is"), t("give the speed, or the hours in time_h")
        yield rows.problem(int(at), "speed_kmh", "", limit, hint)


def delays_complete(frames: Frames, files: Mapping[str, str]) -> Iterable[Problem]:
    """A delay function has the parameters of its kind, and a capacity to measure the volume by."""
    rows = rows_of("element", frames, files)
    kind = rows.frame["delay"]
    for names, field, least, strict in (
        (("bpr", "conical", "queue"), "capacity_per_yr", 0.0, True),
        (("bpr", "conical", "queue"), "delay_free_h", 0.0, False),
        (("bpr",), "delay_alpha", 0.0, False),
        (("conical",), "delay_alpha", 1.0, True),
        (("queue",), "delay_alpha", 0.0, False),
        (("bpr",), "delay_power", 0.0, False),
    ):
        values = rows.frame[field].to_numpy(dtype=np.float64)
        fine = values > least if strict else values >= least
        limit = t("must be above {least:g} for this delay", least=least)
        if not strict:
            limit = t("must be at least {least:g} for this delay", least=least)
        for at in np.flatnonzero(kind.isin(names).to_numpy() & ~fine)[:MOST]:
            found = "" if np.isnan(values[at]) else f"{values[at]:g}"
            hint = t("give {field}, or write none as the delay", field=field)
            yield rows.problem(int(at), field, found, limit, hint)


def on_its_corridor(frames: Frames, files: Mapping[str, str]) -> Iterable[Problem]:
    """A stop and both sides of an interchange are ends of a link of their corridor; a gate is one of its links."""
    links = frames["corridor_link"].merge(frames["link"], on="link_id")
    gates = set(_pairs(frames["corridor_link"], "corridor_id", "link_id"))
    stops = {*_pairs(links, "corridor_id", "from_place"), *_pairs(links, "corridor_id", "to_place")}
    for name, corridor, what, known in (
        ("corridor_stop", "corridor_id", "place_id", stops),
        ("corridor_gate", "corridor_id", "link_id", gates),
        ("interchange", "from_corridor", "from_place", stops),
        ("interchange", "to_corridor", "to_place", stops),
    ):
        rows = rows_of(name, frames, files)
        limit = t("must be an end of a link of the corridor")
        if known is gates:
            limit = t("must be a link of the corridor")
        for at, (regime, item) in enumerate(_pairs(rows.frame, corridor, what)):
            if (regime, item) not in known and isinstance(regime, str) and isinstance(item, str):
                hint = t("add the link to corridor_link of {corridor}, or drop this row", corridor=regime)
                yield rows.problem(at, what, item, limit, hint)


def shares_sum(frames: Frames, files: Mapping[str, str]) -> Iterable[Problem]:
    """The shares of a region and commodity sum to one, or to nought, both at origin and at destination."""
    rows = rows_of("region_share", frames, files)
    commodities = {"*", *frames["commodity"]["commodity_id"]}
    for at, commodity in enumerate(rows.frame["commodity_id"]):
        if isinstance(commodity, str) and commodity not in commodities:
            limit, hint = t("must name a row of commodity, or be *"), t("add it to commodity, or write *")
            yield rows.problem(at, "commodity_id", commodity, limit, hint)
    sums = rows.frame.groupby(["region_id", "commodity_id"], sort=False, dropna=False)[
        ["origin_share", "destination_share"]
    ].sum()
    first = ~rows.frame.duplicated(["region_id", "commodity_id"]).to_numpy()
    for field in ("origin_share", "destination_share"):
        total = sums[field].to_numpy(dtype=np.float64)
        wrong = (np.abs(total - 1) > SHARE_TOLERANCE) & (np.abs(total) > SHARE_TOLERANCE)
        for group in np.flatnonzero(wrong):
            limit = t("the shares of this region and commodity must sum to 1, or to 0")
            found, hint = t("{sum} in all", sum=f"{total[group]:.9g}"), t("divide each by their sum")
            yield rows.problem(int(np.flatnonzero(first)[group]), field, found, limit, hint)


def months_sum(frames: Frames, files: Mapping[str, str]) -> Iterable[Problem]:
    """Ends of a monthly share are regions or `*`; twelve months sum to one, fewer to no more."""
    rows = rows_of("flow_period", frames, files)
    if rows.frame.empty:
        return
    regions = {"*", *frames["region"]["region_id"]}
    for field in ("origin", "destination"):
        for at, name in enumerate(rows.frame[field]):
            if isinstance(name, str) and name not in regions:
                limit, hint = t("must name a row of region, or be *"), t("add it to region, or write *")
                yield rows.problem(at, field, name, limit, hint)
    key = ["commodity_id", "origin", "destination"]
    groups = rows.frame.groupby(key, sort=False, dropna=False)["flow_share"].agg(["sum", "size"])
    first = np.flatnonzero(~rows.frame.duplicated(key).to_numpy())
    total, whole = groups["sum"].to_numpy(dtype=np.float64), groups["size"].to_numpy() >= 12
    wrong = (total > 1 + SHARE_TOLERANCE) | (whole & (np.abs(total - 1) > SHARE_TOLERANCE))
    for group in np.flatnonzero(wrong):
        limit = t("the shares of all twelve months must sum to 1, those of fewer to no more")
        found, hint = t("{sum} in all", sum=f"{total[group]:.9g}"), t("divide each by their sum")
        yield rows.problem(int(first[group]), "flow_share", found, limit, hint)


def loads_name_rows(frames: Frames, files: Mapping[str, str]) -> Iterable[Problem]:
    """A load of an element names a row of its table, or the beginning of the key of some."""
    rows = rows_of("element_load", frames, files)
    for of in set(rows.frame["of"].dropna()) & set(frames):
        frame = frames[of]
        parts = zip(*(frame[name].tolist() for name in TABLES[of].key), strict=True)
        known = {
            "/".join(key[:cut]) for key in parts for cut in range(1, len(key) + 1) if all(map(_is_text, key[:cut]))
        }
        for at, (table, row) in enumerate(_pairs(rows.frame, "of", "row")):
            if table == of and isinstance(row, str) and row not in known:
                limit = t("must be the key of a row of {table}, or the beginning of one", table=of)
                yield rows.problem(at, "row", row, limit, t("add the row to {table}, or drop this one", table=of))


def _is_text(cell: object) -> bool:
    return isinstance(cell, str)


def edits_apply(frames: Frames, files: Mapping[str, str]) -> Iterable[Problem]:
    """An edit names a table and a field, fits its key, and has a value that its operation can use."""
    rows = rows_of("edit", frames, files)
    for at, edit in enumerate(rows.frame.fillna("").itertuples(index=False)):
        table = TABLES.get(str(edit.table))
        if table is None:
            yield rows.problem(
                at, "table", str(edit.table), t("must be a table of the schema"), t("see the page of tables")
            )
            continue
        if str(edit.key).count("/") >= len(table.key):
            limit = t("must be a key such as {key}", key="/".join(table.key))
            hint = t("join the parts by /, leave out the last ones or write *")
            yield rows.problem(at, "key", str(edit.key), limit, hint)
        wrong = edit_fault(table, str(edit.op), str(edit.field), str(edit.value))
        if wrong:
            field, found, limit, hint = wrong
            yield rows.problem(at, field, found, limit, hint)


def edit_fault(table: Table, op: str, field: str, value: str) -> tuple[str, str, str, str] | None:
    """What is wrong with one edit of the table as (field of `edit`, found, limit, hint); None when nothing is."""
    if op in ("add", "drop"):
        if field:
            return "field", field, t("{op} takes whole rows", op=op), t("leave the field empty")
        return _row_fault(table, value) if op == "add" else None
    if field not in table.columns:
        return "field", field, t("must be a field of {table}", table=table.name), _fields_of(table)
    target = table.field(field)
    if field in table.key:
        return "field", field, t("must not be part of the key"), t("drop the row and add another")
    if op in ("raise_to", "scale", "shift"):
        if target.kind not in _NUMERIC:
            return "field", field, t("{op} needs a field that holds numbers", op=op), t("use set")
        target = Field("value", Kind.NUMBER, "", required=True)
    elif value.startswith("@"):
        if value[1:] in table.columns:
            return None
        return "value", value, t("@ must be followed by a field of {table}", table=table.name), _fields_of(table)
    return _value_fault(target, value)


def _fields_of(table: Table) -> str:
    return t("one of {choices}", choices=", ".join(table.columns))


def _value_fault(target: Field, value: str) -> tuple[str, str, str, str] | None:
    if not value:
        hint = t("give a value for {field}", field=target.name)
        return ("value", "", t("must not be empty"), hint) if target.required else None
    if not readable(target.kind, value):
        hint = t("write decimals with a point, flags as yes or no")
        return "value", value, t("must be readable as {kind}", kind=target.kind), hint
    if target.kind is Kind.ENUM and value not in target.choices:
        limit = t("must be one of {choices}", choices=", ".join(target.choices))
        return "value", value, limit, t("choose one of them")
    return None


def _row_fault(table: Table, value: str) -> tuple[str, str, str, str] | None:
    hint = t("write the row as {example}", example=f'{{"{table.columns[0]}": ..., ...}}')
    try:
        row = json.loads(value)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        return "value", value, t("must be a row as a JSON object"), hint
    strange = [name for name in row if name not in table.columns]
    if strange:
        return "value", ", ".join(strange), t("must be fields of {table}", table=table.name), hint
    return None


RULES: tuple[Rule, ...] = (
    Rule(frozenset({"link", "border", "interchange"}), ends_differ),
    Rule(frozenset({"link"}), hours_known),
    Rule(frozenset({"element"}), delays_complete),
    Rule(frozenset({"link", "corridor_link", "corridor_stop", "corridor_gate", "interchange"}), on_its_corridor),
    Rule(frozenset({"region_share", "commodity"}), shares_sum),
    Rule(frozenset({"flow_period", "region"}), months_sum),
    Rule(frozenset({"element_load", "link", "border", "transfer", "place", "interchange"}), loads_name_rows),
    Rule(frozenset({"edit"}), edits_apply),
)
