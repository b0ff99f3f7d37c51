"""The plan of a demonstration: the month that comes with koridor, or one of the same shape for another dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from koridor.data.dataset import Dataset
from koridor.errors import DataError, Problem, UsageError
from koridor.operator.common.toml import read_toml
from koridor.operator.quoting.enquiry import Kind
from koridor.text import t

FILE = "month.toml"
FREE = ("payees", "split", "terms", "boxes.detention")  # whose keys are the plan's own, or checked where they are used
ENQUIRIES = "enquiries"


def read(file: Path | None = None) -> dict[str, Any]:
    """The plan of a file, or the one that comes with koridor. Raises DataError with all its problems, UsageError."""
    pattern = read_toml(files(__package__).joinpath(FILE), FILE)
    if file is None:
        return pattern
    try:
        found = read_toml(file, str(file))
    except OSError as error:
        raise UsageError(t("--month {file}: {why}", file=file, why=error.strerror or str(error))) from error
    problems = [Problem("", str(file), None, field, (), told, limit) for field, told, limit in _wrong(found, pattern)]
    if problems:
        raise DataError(problems)
    return found


def need_places(plan: Mapping[str, Any], dataset: Dataset) -> None:
    """Raises UsageError where the plan goes between places that the dataset does not have."""
    named = [one[end] for one in plan[ENQUIRIES] for end in ("from_place", "to_place")] + plan["boxes"]["depots"]
    missing = sorted(set(named) - set(dataset.table("place")["place_id"]))
    if missing:
        sentence = t(
            "The month goes between places that {name} does not have: {ids}. Give one of its own with --month FILE.",
            name=dataset.name,
            ids=", ".join(missing),
        )
        raise UsageError(sentence)


def _wrong(found: Any, pattern: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Where a plan has not the shape of the one that comes with koridor: the field, what it is and what it must be."""
    if isinstance(pattern, float) and isinstance(found, int) and not isinstance(found, bool):
        return
    if type(found) is not type(pattern):
        yield path, str(found), t("must be like {example}", example=str(pattern))
    elif isinstance(pattern, dict) and path not in FREE:
        names = [f"{path}.{name}" if path else name for name in (*pattern, *sorted(set(found) - set(pattern)))]
        for name in names:
            key = name.rpartition(".")[2]
            if key not in pattern:
                yield name, "", t("is not known here")
            elif key not in found:
                yield name, "", t("must be given")
            else:
                yield from _wrong(found[key], pattern[key], name)
    elif isinstance(pattern, list):
        for at, one in enumerate(found, start=1):
            yield from _wrong(one, pattern[0], f"{path} {at}")
    elif path.startswith(ENQUIRIES) and path.endswith(".kind") and found not in list(Kind):
        yield path, found, t("must be one of {names}", names=", ".join(Kind))
