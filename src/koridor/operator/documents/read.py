"""A consignment from JSON and to JSON: every key known, every problem said at once."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from koridor.errors import DataError, Problem
from koridor.operator.documents.consignment import Consignment
from koridor.text import t

_TABLE = "consignment"


def read(path: str | Path) -> Consignment:
    """The consignment of a JSON file. Raises DataError with every problem of the file."""
    name = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError([Problem(_TABLE, name, limit=t("must be UTF-8"), hint=t("save it as UTF-8"))]) from error
    try:
        found = json.loads(text, object_pairs_hook=_no_twins)
        return parse(found, name)
    except ValueError as error:
        raise DataError([Problem(_TABLE, name, limit=t("must be JSON: {error}", error=error))]) from error
    except RecursionError:
        limit = t("is nested too deep for a consignment")
        raise DataError([Problem(_TABLE, name, limit=limit, hint=t("write it anew"))]) from None


def parse(found: Any, file: str = "") -> Consignment:
    """The consignment of plain data, as `json.loads` gives it. Raises DataError with every problem."""
    problems: list[Problem] = []
    made = _object(Consignment, found, "", file, problems)
    if problems:
        raise DataError(problems)
    assert isinstance(made, Consignment)
    return made


def plain(thing: Any) -> Any:
    """The consignment, or a part of it, as plain data: what `parse` takes; fields at their default are left out."""
    if is_dataclass(thing) and not isinstance(thing, type):
        kept = {field.name: getattr(thing, field.name) for field in fields(thing)}
        bare = {field.name: field.default for field in fields(thing)}
        return {name: plain(value) for name, value in kept.items() if value != bare[name] or bare[name] is MISSING}
    if isinstance(thing, tuple):
        return [plain(one) for one in thing]
    if isinstance(thing, StrEnum):
        return thing.value
    return thing.isoformat() if isinstance(thing, date) else thing


def to_json(consignment: Consignment) -> str:
    """The consignment as the text of a JSON file."""
    return json.dumps(plain(consignment), ensure_ascii=False, indent=2) + "\n"


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twins = {key for key, _ in pairs if [name for name, _ in pairs].count(key) > 1}
    if twins:
        raise ValueError(t("the key {key} stands there twice", key=", ".join(sorted(twins))))
    return dict(pairs)


def _object(form: type, found: Any, path: str, file: str, problems: list[Problem]) -> Any:
    """The dataclass of a JSON object, None where it has problems."""
    if not isinstance(found, Mapping):
        problems.append(_wrong(path, file, found, t("must be an object with keys")))
        return None
    hints = get_type_hints(form)
    known = {field.name: field for field in fields(form)}
    before = len(problems)
    for key in found:
        if key not in known:
            hint = t("known here: {known}", known=", ".join(known))
            problems.append(_wrong(_join(path, key), file, "", t("is not known"), hint))
    values = {
        name: _value(hints[name], found[name], _join(path, name), file, problems)
        for name, field in known.items()
        if name in found
    }
    for name, field in known.items():
        if name not in found and field.default is MISSING:
            problems.append(_wrong(_join(path, name), file, "", t("is missing"), t("add it")))
    return form(**values) if len(problems) == before else None


def _value(form: Any, found: Any, path: str, file: str, problems: list[Problem]) -> Any:
    """The value of a field, None where it has problems."""
    options = get_args(form)
    if get_origin(form) in (Union, types.UnionType):
        if found is None:
            return None
        return _value(next(one for one in options if one is not type(None)), found, path, file, problems)
    if get_origin(form) is tuple:
        if not isinstance(found, list):
            problems.append(_wrong(path, file, found, t("must be a list")))
            return None
        return tuple(_value(options[0], one, f"{path}[{at}]", file, problems) for at, one in enumerate(found))
    if is_dataclass(form):
        return _object(form, found, path, file, problems)  # type: ignore[arg-type]
    return _scalar(form, found, path, file, problems)


def _scalar(form: Any, found: Any, path: str, file: str, problems: list[Problem]) -> Any:
    if form is bool or form is int:
        if type(found) is form and (
            form is bool or _LEAST.get(_last(path), 0) <= found <= _MOST_OF.get(_last(path), _MOST)
        ):
            return found
        most = f"{_MOST_OF.get(_last(path), _MOST):.0e}"
        limit = t("must be true or false") if form is bool else t("must be a whole number from 0 to {most}", most=most)
    elif form is float:
        if isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found <= _MOST:
            return float(found)
        limit = t("must be a number from 0 to {most}", most=f"{_MOST:.0e}")
    elif not isinstance(found, str):
        limit = t("must be a text")
    elif form is str:
        if not found or _last(path) != "leg_id" or _NAME.fullmatch(found):
            return found
        limit = t("must be at most 64 letters, digits and . _ - and begin with none of the three: files bear this name")
    else:
        try:
            return form(found) if issubclass(form, StrEnum) else _moment(form, found)
        except ValueError:
            limit = _limit_of(form)
    problems.append(_wrong(path, file, found, limit))
    return None


_LEAST = {"flash_point_c": -273}  # the only quantity that may be below zero
_MOST = 10**15  # beyond it a float no longer tells thousandths apart, and sums could overflow
_MOST_OF = {"distance_km": 10**5}  # more than twice round the Earth; days are calculated from it
_YEARS = range(1900, 3000)  # so that deadlines calculated from a day stay within the calendar
_NAME = re.compile(r"[^\W_][\w.-]{0,63}")


def _moment(form: type, found: str) -> date:
    moment = date.fromisoformat(found) if form is date else datetime.fromisoformat(found)
    if moment.year not in _YEARS or (isinstance(moment, datetime) and moment.tzinfo is None):
        raise ValueError
    return moment


def _limit_of(form: Any) -> str:
    if issubclass(form, StrEnum):
        return t("must be one of {known}", known=", ".join(form))
    if form is date:
        return t("must be a date such as 2026-03-09")
    return t("must be a moment with its offset, such as 2026-03-09T14:30+03:00")


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _wrong(path: str, file: str, found: Any, limit: str, hint: str = "") -> Problem:
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, default=str)
    return Problem(_TABLE, file, field=path, found=text, limit=limit, hint=hint)
