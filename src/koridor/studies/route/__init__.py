"""Ways from door to door: every good one by date (`Query`), or the one best of a year's network (`Params`)."""

from koridor.model.cargo import usual_goods
from koridor.studies.route.prepared import Prepared, prepare, run
from koridor.studies.route.query import Criterion, Query
from koridor.studies.route.single import Least, Params, Reason, Status

__all__ = [
    "Criterion",
    "Least",
    "Params",
    "Prepared",
    "Query",
    "Reason",
    "Status",
    "prepare",
    "run",
    "usual_goods",
]
