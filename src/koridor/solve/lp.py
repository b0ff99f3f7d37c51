"""A thin seam to HiGHS: a linear programme in arrays, solved, with its duals.

HiGHS: Huangfu & Hall (2018), doi:10.1007/s12532-017-0130-5.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class LpStatus(StrEnum):
    """How the solver ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class LpResult:
    """x: (columns,). row_dual: (rows,), change of the objective for a unit more of the row's bound."""

    status: LpStatus
    objective: float
    x: Floats
    row_dual: Floats


def minimise(
    cost: Floats,
    row: Ints,
    column: Ints,
    value: Floats,
    row_lower: Floats,
    row_upper: Floats,
    *,
    time_limit_s: float = 600.0,
) -> LpResult:
    """Minimum of cost @ x over x >= 0 with row_lower <= A x <= row_upper; A is given in coordinates, without
    repeats.
    """
    import highspy

    order = np.lexsort((row, column))
    start = np.zeros(len(cost) + 1, dtype=np.int64)
    np.cumsum(np.bincount(column, minlength=len(cost)), out=start[1:])
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(row_lower)
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = np.zeros(len(cost)), np.full(len(cost), highspy.kHighsInf)
    model.row_lower_, model.row_upper_ = row_lower, row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = start.astype(np.int32)
    model.a_matrix_.index_ = row[order].astype(np.int32)
    model.a_matrix_.value_ = value[order]
    highs = _silent(highspy)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("time_limit", time_limit_s)
    for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        highs.setOptionValue(name, 1e-9)
    highs.passModel(model)
    highs.run()
    solution = highs.getSolution()
    return LpResult(
        _status(highspy, highs.getModelStatus()),
        float(highs.getInfo().objective_function_value),
        np.array(solution.col_value),
        np.array(solution.row_dual),
    )


def _silent(highspy: Any) -> Any:
    """A solver that prints nothing: its own constructor greets on standard output before it can be told not to."""

    class Silent(highspy.Highs):  # type: ignore[misc]
        def __init__(self) -> None:
            super(highspy.Highs, self).__init__()
            self.setOptionValue("output_flag", False)

    return Silent()


def _status(highspy: object, status: object) -> LpStatus:
    known = highspy.HighsModelStatus  # type: ignore[attr-defined]
    return {
        known.kOptimal: LpStatus.OPTIMAL,
        known.kInfeasible: LpStatus.INFEASIBLE,
        known.kUnboundedOrInfeasible: LpStatus.INFEASIBLE,
        known.kUnbounded: LpStatus.UNBOUNDED,
    }.get(status, LpStatus.LIMIT)
