"""What every section reads: the result, the dataset, and the headline by metric."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from koridor.report.frames import DatasetLike, ResultLike, number_of, set_members, usable, word
from koridor.report.measure import Measure, figure, quantity
from koridor.text import t


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline value with its range; NaN where one is missing. Published values carry their source."""

    value: float
    low: float
    high: float
    unit: str
    source: str = ""

    @property
    def ranged(self) -> bool:
        """Whether both ends of the range are known, so that the value may be shown."""
        return all(math.isfinite(number) for number in (self.value, self.low, self.high))

    def shown(self, measure: Measure) -> str:
        """The value, and its range where there is one."""
        text = quantity(self.value, measure)
        if not self.ranged:
            return text
        return t(
            "{value} (range {low} to {high})",
            value=text,
            low=figure(self.low, measure),
            high=figure(self.high, measure),
        )


@dataclass(frozen=True, slots=True)
class Context:
    """The material of a report."""

    result: ResultLike
    dataset: DatasetLike
    headline: Mapping[str, Headline]

    def table(self, name: str, columns: Sequence[str]) -> pd.DataFrame | None:
        """A result table, or None where it is missing, empty or lacks one of the columns."""
        return usable(self.result.tables, name, columns)

    def set_name(self, key: str) -> str:
        """What the set of corridors `a` or `b` is called: the axes or corridors that it names."""
        return ", ".join(set_members(self.dataset, self.result.params, key)) or key.upper()

    def words(self, table: str, key: str) -> dict[str, str]:
        """Names by id in a table of the dataset."""
        frame = self.dataset.table(table)
        if key not in frame.columns or "name" not in frame.columns:
            return {}
        return {str(row[key]): str(row["name"]) for row in frame[[key, "name"]].dropna().to_dict("records")}


def named(values: pd.Series, names: Mapping[str, str]) -> list[str]:
    """Names in place of ids; an id without a name stays."""
    return [names.get(str(value), str(value)) for value in values]


def headline_of(tables: Mapping[str, pd.DataFrame]) -> dict[str, Headline]:
    """The headline by metric, in the order of its table; empty where the table is not usable."""
    frame = usable(tables, "headline", ("metric", "value", "low", "high", "unit"))
    found = {}
    for row in frame.to_dict("records") if frame is not None else []:
        low, high = number_of(row["low"]), number_of(row["high"])
        found[str(row["metric"])] = Headline(
            number_of(row["value"]), low, high, str(row["unit"]), word(row.get("source"))
        )
    return found


def context_of(result: ResultLike, dataset: DatasetLike) -> Context:
    """The context of a report on this result."""
    return Context(result, dataset, headline_of(result.tables))


def missing(name: str) -> str:
    """Why a section is absent: its table is."""
    return t("Absent: the result holds no usable table “{table}”, so nothing is shown here.", table=name)
