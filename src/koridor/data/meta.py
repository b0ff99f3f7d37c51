"""What a dataset says of itself, `dataset.toml`: its name, years and the sets of corridors to compare."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any, TypedDict

from koridor.errors import Problem
from koridor.schema.convert import CONTROL
from koridor.text import t

FILE = "dataset.toml"
YEARS = (1990, 2100)


class Meta(TypedDict):
    """Contents of `dataset.toml`. `sets` names axes: the sets of corridors that studies of linking compare."""

    name: str
    title: str
    price_year: int
    base_year: int
    sets: dict[str, list[str]]


def parse(text: str, file: str = FILE) -> tuple[Meta | None, list[Problem]]:
    """The contents of a `dataset.toml`, or None and its problems."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        limit = t("must be readable as TOML: {error}", error=error)
        hint = t("mend it: lines are like {example}", example='name = "my-data"')
        return None, [Problem("", file, limit=limit, hint=hint)]
    problems = problems_of(raw, file)
    return (None, problems) if problems else (of(raw), [])


def of(raw: Mapping[str, Any]) -> Meta:
    """The metadata of contents that have no problems."""
    return Meta(
        name=raw["name"],
        title=raw.get("title", ""),
        price_year=raw["price_year"],
        base_year=raw["base_year"],
        sets={name: list(axes) for name, axes in raw.get("sets", {}).items()},
    )


def problems_of(raw: Mapping[str, Any], file: str = FILE) -> list[Problem]:
    """What is wrong with the contents of a `dataset.toml`."""

    def problem(field: str, found: object, limit: str, hint: str) -> Problem:
        return Problem("", file, None, field, (), "" if found is None else str(found), limit, hint)

    known = tuple(Meta.__annotations__)
    keep = t("keep to {names}", names=", ".join(known))
    found = [problem(key, None, t("is not known here"), keep) for key in raw if key not in known]
    name = raw.get("name")
    if not _is_line(name) or not str(name).strip():
        found.append(problem("name", name, t("must be a name"), t("write {text}", text='name = "my-data"')))
    if not _is_line(raw.get("title", "")):
        found.append(
            problem("title", raw["title"], t("must be one line of text"), t("write {text}", text='title = "..."'))
        )
    for key in ("price_year", "base_year"):
        year = raw.get(key)
        if not isinstance(year, int) or isinstance(year, bool) or not YEARS[0] <= year <= YEARS[1]:
            limit = t("must be a year between {first} and {last}", first=YEARS[0], last=YEARS[1])
            found.append(problem(key, year, limit, t("write {text}", text=f"{key} = ...")))
    sets = raw.get("sets", {})
    if not isinstance(sets, dict):
        return [*found, problem("sets", sets, t("must be a section"), t("write {text}", text='[sets] a = ["..."]'))]
    for key, axes in sets.items():
        if not isinstance(axes, list) or not axes or not all(axis and _is_line(axis) for axis in axes):
            found.append(
                problem(f"sets.{key}", axes, t("must be a list of axes"), t("write {text}", text=f'{key} = ["..."]'))
            )
    return found


def _is_line(value: object) -> bool:
    return isinstance(value, str) and not CONTROL.search(value)


def unknown_axes(meta: Meta, axes: set[str], file: str = FILE) -> list[Problem]:
    """Problems of sets that name an axis of no corridor."""
    hint = t("write the axis of a corridor, or set the axis in corridor")
    return [
        Problem("corridor", file, None, f"sets.{name}", (), axis, t("must be the axis of a corridor"), hint)
        for name, chosen in meta["sets"].items()
        for axis in chosen
        if axis not in axes
    ]


def render(meta: Meta) -> str:
    """The text of `dataset.toml`."""
    lines = [f"{key} = {_toml(meta[key])}" for key in ("name", "title", "price_year", "base_year")]
    if meta["sets"]:
        lines += ["", "[sets]", *(f"{_toml(key)} = {_toml(axes)}" for key, axes in meta["sets"].items())]
    return "\n".join(lines) + "\n"


def _toml(value: str | int | list[str]) -> str:
    """A value as TOML. Its strings are those of JSON but for DEL, which JSON leaves as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
