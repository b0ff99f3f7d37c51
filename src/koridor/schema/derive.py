"""What follows from the declarations: dtypes, empty frames, JSON schema, the reference page of tables."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from koridor.schema.fields import Field, Kind, Table
from koridor.schema.tables import TABLES
from koridor.text import t

DTYPES: dict[Kind, str] = {
    Kind.ID: "str",
    Kind.TEXT: "str",
    Kind.ENUM: "str",
    Kind.LIST: "str",
    Kind.NUMBER: "float64",
    Kind.INTEGER: "Int64",
    Kind.FLAG: "bool",
}
JSON_TYPES: dict[Kind, str] = {Kind.NUMBER: "number", Kind.INTEGER: "integer", Kind.FLAG: "boolean"}


def dtypes(table: Table) -> dict[str, str]:
    """Names of the columns and their pandas dtypes."""
    return {field.name: DTYPES[field.kind] for field in table.fields}


@cache
def pandas_dtype(kind: Kind) -> object:
    """The dtype object of a kind, to compare with: made once, as that takes longer than to check a column."""
    return pd.Series(dtype=DTYPES[kind]).dtype


def empty(table: Table) -> pd.DataFrame:
    """A frame of no rows with all declared columns in their dtypes."""
    return _empty(tuple(dtypes(table).items())).copy(deep=False)


@cache
def _empty(columns: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Made once, as checking a small dataset asks for some eighty of them."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns})


def json_schema(table: Table) -> dict[str, Any]:
    """JSON schema (draft 2020-12) of one row. Lists are arrays, flags booleans, a missing value is null."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": table.name,
        "description": table.doc,
        "type": "object",
        "properties": {field.name: _property(field) for field in table.fields},
        "required": [field.name for field in table.fields if field.required],
        "additionalProperties": False,
    }


def _property(field: Field) -> dict[str, Any]:
    item: dict[str, Any] = {"type": JSON_TYPES.get(field.kind, "string")}
    if field.choices:
        item["enum"] = list(field.choices)
    if field.low is not None and field.kind in JSON_TYPES:
        item["minimum"] = field.low
    if field.high is not None:
        item["maximum"] = field.high
    if field.kind is Kind.LIST:
        item = {"type": "array", "items": item, "uniqueItems": True}
    if not field.required:
        item = {"anyOf": [item, {"type": "null"}]}
    return {"description": field.doc, **item}


def reference_page() -> str:
    """The reference page of all tables, in Markdown."""
    head = [
        "# Tables",
        "",
        "Made from the schema; do not edit by hand. A dataset is a folder: `dataset.toml` and one CSV file a table",
        "(UTF-8, comma or semicolon, decimal point). An empty cell is a missing value, which is not zero; flags are",
        "`yes` or `no`; lists are parted by `;`. Tables and columns that are not required may be absent. Keys are in",
        "**bold**.",
        "",
        *(f"- [{table.name}](#{table.name}){' (required)' if table.required else ''}" for table in TABLES.values()),
    ]
    return "\n".join(head + [line for table in TABLES.values() for line in _section(table)]) + "\n"


def _section(table: Table) -> list[str]:
    rows = [_line(table, field) for field in table.fields]
    return [
        "",
        f"## {table.name}",
        "",
        table.doc,
        "",
        "| field | holds | unit | required | meaning |",
        "|---|---|---|---|---|",
        *rows,
    ]


def _line(table: Table, field: Field) -> str:
    name = f"**{field.name}**" if field.name in table.key else field.name
    holds = str(field.kind)
    if field.choices:
        holds += ": " + ", ".join(f"`{choice}`" for choice in field.choices)
    elif field.ref:
        holds += f" of [{field.ref}](#{field.ref})"
    elif field.low is not None or field.high is not None:
        holds += f", {bounds(field)}"
    return f"| {name} | {holds} | {field.unit} | {'yes' if field.required else ''} | {field.doc} |"


def bounds(field: Field) -> str:
    """The bounds of a number in words, such as `between 0 and 1`."""
    if field.low is None:
        return t("at most {high}", high=f"{field.high:g}") if field.high is not None else t("any number")
    if field.high is None:
        return t("at least {low}", low=f"{field.low:g}")
    return t("between {low} and {high}", low=f"{field.low:g}", high=f"{field.high:g}")
