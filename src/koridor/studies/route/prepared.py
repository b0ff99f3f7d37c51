"""A compiled scenario that answers many queries, and keeps what several of them share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from koridor.errors import UsageError
from koridor.kernels.pareto import Timed
from koridor.model.cargo import Cargo, Refusals, admissible, read_cargo, usual_goods
from koridor.model.compile import Compiled, compile_network
from koridor.model.network import BOX, BULK, Floats
from koridor.model.scenario import Scenario
from koridor.model.tariff import Tariffs, lower_bound, tariffs
from koridor.model.timetable import Timetable, compile_timetable
from koridor.result import Result
from koridor.schema.days import MINUTES_A_DAY
from koridor.schema.tables import FORMS
from koridor.studies.route.query import Query
from koridor.studies.route.single import Params, Search
from koridor.studies.route.terms import known
from koridor.text import t

_BLOCK_MIN = 366 * MINUTES_A_DAY  # queries of a year share a timetable
_KEPT = 64  # things kept of a kind; more are made anew


@dataclass(frozen=True, slots=True)
class Calendar:
    """A timetable, and what the search reads of it, forwards and backwards in time."""

    timetable: Timetable
    timed: Timed
    mirrored: Timed

    @classmethod
    def of(cls, timetable: Timetable) -> Calendar:
        """What the search reads of a timetable."""
        departures = timetable.depart_ptr, timetable.depart_min, timetable.depart_min + timetable.ride_min
        windows = timetable.open_ptr, timetable.open_from, timetable.open_to
        timed = Timed.of(timetable.run_min, timetable.cut_off_min, departures, windows)
        return cls(timetable, timed, timed.mirrored())


@dataclass(frozen=True)
class Prepared:
    """A compiled scenario that answers many queries.

    What is made for one query and serves others (timetables of a year, what refuses a cargo, prices of a day) is kept
    in `kept`; answers do not depend on it.
    """

    scenario: Scenario
    compiled: Compiled
    kept: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, query: Params | Query) -> Result:
        """The answer to a query. Raises UsageError for what the dataset does not know."""
        if isinstance(query, Params):
            return Search(self.scenario, self.compiled, query).result()
        from koridor.studies.route.answer import answer

        return answer(self, replace(query, form=FORMS[self.cargo(query).form]))

    def cargo(self, query: Query) -> Cargo:
        """What travels. Raises UsageError for a text that is no cargo, goods that are not known, or another form than
        the cargo has.
        """
        wanted = known(t("form"), query.form or FORMS[BOX], FORMS)
        if query.cargo is not None:
            goods = query.commodity
            cargo: Cargo = self.keep(
                ("cargo", query.cargo, goods), lambda: read_cargo(self.scenario, query.cargo or "", commodity=goods)
            )
            if query.form is not None and query.form != FORMS[cargo.form]:
                raise UsageError(
                    t("Cargo {text} is of the form {mine}, not {form}; leave the form out, or ask for another cargo.",
                      text=query.cargo, mine=FORMS[cargo.form], form=query.form)
                )  # fmt: skip
            return cargo
        form = BOX if wanted == FORMS[BOX] else BULK
        return self.keep(("plain", form, query.commodity), lambda: self._plain(form, query.commodity))

    def _plain(self, form: int, commodity: str | None) -> Cargo:
        table = self.scenario.table("commodity").set_index("commodity_id")
        goods = known(t("commodity"), commodity or usual_goods(self.scenario, form), list(table.index))
        return Cargo.plain(form, goods, float(table.at[goods, "size_t_per_teu"]) if form == BOX else 0.0)

    def refusals(self, cargo: Cargo) -> Refusals:
        """Arcs that a cargo may take, and why not the others."""
        return self.keep(("refusals", cargo), lambda: admissible(self.scenario, self.compiled, cargo))

    def calendar(self, query: Query, form: int) -> Calendar:
        """Timetables from the first minute of the query's year-long block to the last that its queries can ask for."""
        first, last = query.span
        start = first // _BLOCK_MIN * _BLOCK_MIN
        length = _BLOCK_MIN + query.horizon_d * MINUTES_A_DAY
        assert last <= start + length
        return self.keep(
            ("calendar", start, length, form),
            lambda: Calendar.of(compile_timetable(self.scenario, self.compiled, start, length, form=form)),
        )

    def tariffs(self) -> Tariffs:
        """The price lists."""
        return self.keep(("tariffs",), lambda: tariffs(self.scenario))

    def least_usd(self, cargo: Cargo, at: int) -> Floats:
        """USD (m,) of the whole consignment on each arc, never above the price of any way by its arcs, but for the
        rounding of its lines.
        """
        day = at // MINUTES_A_DAY
        return self.keep(
            ("price", cargo, day),
            lambda: lower_bound(self.tariffs(), self.compiled, cargo, at, rounded=False) * cargo.count,
        )

    def keep(self, key: tuple[Any, ...], make: Any) -> Any:
        """What is kept under a key, made where it is not there; the oldest of a kind goes when there are too many."""
        if key not in self.kept:
            alike = [other for other in self.kept if other[0] == key[0]]
            if len(alike) >= _KEPT:
                del self.kept[alike[0]]
            self.kept[key] = make()
        return self.kept[key]


def prepare(scenario: Scenario, *, capacities: bool = False) -> Prepared:
    """Compiles a scenario for many queries."""
    return Prepared(scenario, compile_network(scenario, capacities=capacities))


def run(scenario: Scenario, params: Params | Query) -> Result:
    """The answer to one query.

    Of `Params` the best way; tables: `legs` (a row for every link and node process), `stretches` (the same by carriage
    and regime), `ways` (the time- and cost-distance diagram), all cumulative too; `reasons` where there is no way. Of a
    `Query` all good ways: tables as `studies.route.answer` tells them.
    """
    return prepare(scenario)(params)
