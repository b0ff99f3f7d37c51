"""What a checker holds against a result, and when two numbers are the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from koridor.errors import DataError, Problem
from koridor.model.network import Flags, Floats
from koridor.model.scenario import Scenario
from koridor.result import Result
from koridor.text import t

SAME = 1e-8  # share of the larger by which two sums of the same numbers may differ
MOST = 20  # problems of one kind that are listed one by one


class Doubts:
    """The problems found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def bands(self, scenario: Scenario, result: Result) -> int:
        """Bands of value of time of the result. Raises DataError when it is not one of this study and scenario."""
        hint = t("name the dataset, year, patches and values with which it was made")
        if result.study != "assign":
            limit = t("must be a result of {study}", study="assign")
            raise DataError([Problem("result", "result.json", None, "study", (), result.study, limit, hint)])
        if result.scenario != scenario.hash:
            limit = t("must be the scenario of the result, {hash}", hash=result.scenario[:12])
            raise DataError([Problem("result", "result.json", None, "scenario", (), scenario.hash[:12], limit, hint)])
        bands = result.params.get("vot_bands")
        if not isinstance(bands, int) or bands < 1:
            limit = t("must be a whole number of at least {least}", least=1)
            raise DataError([Problem("result", "result.json", None, "vot_bands", (), str(bands), limit, _again())])
        return bands

    def add(self, table: str, field: str, keys: tuple[str, ...], found: str, limit: str) -> None:
        """One more problem of a table of the result."""
        self.problems.append(Problem(table, f"{table}.csv", None, field, keys, found, limit, _again()))

    def each(
        self, table: str, field: str, bad: Flags, keys: Callable[[int], tuple[str, ...]], say: Callable[[int], str],
        limit: Callable[[int], str],
    ) -> None:  # fmt: skip
        """A problem for the first rows that are bad, and one that counts the others."""
        at = np.flatnonzero(bad)
        for row in at[:MOST].tolist():
            self.add(table, field, keys(row), say(row), limit(row))
        if len(at) > MOST:
            self.add(table, field, (), "", t("{count} more rows have the same problem", count=len(at) - MOST))

    def alike(
        self, table: str, field: str, given: Floats, wanted: Floats, keys: Callable[[int], tuple[str, ...]],
        *, slack: Floats | float = 0.0,
    ) -> None:  # fmt: skip
        """Each number given is the one computed anew, but for rounding and `slack`. What is no number is not."""
        bad = ~(np.abs(given - wanted) <= SAME * np.maximum(np.abs(given), np.abs(wanted)) + slack)
        self.each(
            table, field, bad, keys, lambda row: f"{given[row]:.12g}",
            lambda row: t("must be {number}, computed anew", number=f"{wanted[row]:.12g}"),
        )  # fmt: skip

    def same(self, table: str, name: str, given: float, wanted: float) -> None:
        """One number, as `alike`."""
        if not np.isnan(wanted):
            self.alike(table, "value", np.array([given]), np.array([wanted]), lambda _: (name,), slack=SAME)

    def gap(self, found: float, most: float, noise: float) -> None:
        """The gap is not above what is claimed; below nought the flows do not carry the demand."""
        if not found <= most:
            limit = t("must be at most {most}, at the costs of these flows", most=f"{most:.6g}")
            self.add("metrics", "value", ("gap_share",), f"{found:.6g}", limit)
        elif found < -noise:
            limit = t("must not be below 0: no flow costs less than the least cost of every pair")
            self.add("metrics", "value", ("gap_share",), f"{found:.6g}", limit)


def _again() -> str:
    return t("run the study again")
