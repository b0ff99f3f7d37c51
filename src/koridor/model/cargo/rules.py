"""On which arcs a cargo may go, and which rule refuses the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import pandas as pd

from koridor.model.cargo.units import Cargo, per_platform
from koridor.model.compile import Compiled
from koridor.model.compile.blocks import CARRIAGE_CODE
from koridor.model.compile.moves import sailings
from koridor.model.network import BOX, Act, Flags, Floats, Ints
from koridor.model.scenario import Scenario
from koridor.schema.tables import ACTIVITIES, CARRIAGES
from koridor.text import t

UNKNOWN, REFUSED, ACCEPTED = -1, 0, 1
_KEYS = {"service": "service_id", "link": "link_id", "transfer": "transfer_id", "place": "place_id"}


class Rule(IntEnum):
    """What refuses an arc."""

    NONE = 0
    CLOSED = 1  # nobody passes
    FORM = 2  # only goods in the other form pass: no service for boxes, or only boxes
    GAUGE = 3  # the unit cannot travel on this carriage
    SIZE = 4  # no platform is long enough
    WEIGHT = 5  # too heavy for the platform, or for what the table `acceptance` says
    REEFER = 6  # no power for cooling
    DANGEROUS = 7  # goods of this class are refused
    DANGEROUS_UNKNOWN = 8  # nothing is known of goods of this class, so they are refused


@dataclass(frozen=True, slots=True)
class Refusals:
    """rules (m,): every `Rule` that refuses an arc, as bits `1 << rule`. unsure (m,): allowed, though nothing is known
    of a reefer's power there.
    """

    rules: Ints
    unsure: Flags

    @property
    def allowed(self) -> Flags:
        """Arcs (m,) that the cargo may take."""
        return self.rules == 0

    @property
    def why(self) -> Ints:
        """The first `Rule` (m,) that refuses an arc, 0 where none does."""
        first = np.bitwise_count((self.rules & -self.rules) - 1)
        return np.where(self.rules == 0, int(Rule.NONE), first.astype(np.int64))

    def of(self, arc: int) -> list[Rule]:
        """All rules that refuse an arc, in their order."""
        return [rule for rule in Rule if rule and self.rules[arc] >> rule & 1]


def rule_sentence(rule: int, cargo: Cargo) -> str:
    """Why a cargo may not take an arc, as a sentence."""
    return {
        Rule.NONE: t("Nothing refuses it."),
        Rule.CLOSED: t("It is not open."),
        Rule.FORM: t("No service takes boxes here.") if cargo.form == BOX else t("Only boxes are taken here."),
        Rule.GAUGE: t("A {size} does not travel on this carriage.", size=cargo.size),
        Rule.SIZE: t("No platform is long enough for a {size}.", size=cargo.size),
        Rule.WEIGHT: t("{gross:g} t a unit are too much here.", gross=cargo.gross_t),
        Rule.REEFER: t("There is no power for cooling."),
        Rule.DANGEROUS: t("Dangerous goods of class {name} are refused.", name=cargo.dangerous),
        Rule.DANGEROUS_UNKNOWN: t(
            "Whether dangerous goods of class {name} are taken is not known, so they count as refused.",
            name=cargo.dangerous,
        ),
    }[Rule(rule)]


def admissible(scenario: Scenario, compiled: Compiled, cargo: Cargo) -> Refusals:
    """Arcs (m,) that a cargo may take: open for its form, and refused by no rule. O(m) and a few tables.

    The row of `acceptance` of a service, link, transfer or place wins over that of its activity, a row of a class over
    one of all dangerous goods. A service is asked for itself, and refused too where a link on its way refuses. On the
    sea it is enough that one service of the link accepts. Dangerous goods are refused where nothing is known.
    """
    arcs = compiled.network.arcs
    rules = np.zeros(len(arcs), dtype=np.int64)

    def refuse(rule: Rule, where: Flags) -> None:
        rules[where] |= 1 << rule

    opened = arcs.open[0] | arcs.open[1]
    refuse(Rule.CLOSED, ~opened)
    refuse(Rule.FORM, opened & ~arcs.open[cargo.form])
    refuse(Rule.GAUGE, _off_gauge(compiled, cargo))
    for rule, where in _platforms(scenario, compiled, cargo):
        refuse(rule, where)
    table = _Acceptance(scenario, compiled, cargo.form)
    moving = np.isin(arcs.act, (Act.MOVE, Act.SERVICE))
    if cargo.weighed:
        refuse(Rule.WEIGHT, moving & (table.limits() < cargo.gross_t))
    unsure = np.zeros(len(arcs), dtype=bool)
    if cargo.reefer:
        power = table.states("reefer")
        refuse(Rule.REEFER, power == REFUSED)
        unsure = moving & (power == UNKNOWN)
    if cargo.dangerous is not None:
        taken = table.states(f"dg{cargo.dangerous}", "dg")
        refuse(Rule.DANGEROUS, taken == REFUSED)
        refuse(Rule.DANGEROUS_UNKNOWN, taken == UNKNOWN)
    return Refusals(rules, unsure & (rules == 0))


def _off_gauge(compiled: Compiled, cargo: Cargo) -> Flags:
    """Arcs with an end, other than a door, on a carriage on which the unit cannot travel."""
    network = compiled.network
    ends = network.carriage[network.arcs.tail], network.carriage[network.arcs.head]
    if not cargo.carriages:
        return np.zeros(len(network.arcs), dtype=bool)
    fits = [*(CARRIAGE_CODE[name] for name in cargo.carriages), -1]
    return ~np.isin(ends[0], fits) | ~np.isin(ends[1], fits)


def _platforms(scenario: Scenario, compiled: Compiled, cargo: Cargo) -> Iterator[tuple[Rule, Flags]]:
    """Arcs on which a box is too long or too heavy for every platform of the carriage."""
    if cargo.form != BOX or not cargo.length_m:
        return
    network = compiled.network
    riding = np.isin(network.arcs.act, (Act.MOVE, Act.SERVICE))
    carriage = network.carriage[network.arcs.tail]
    for code, name in enumerate(CARRIAGES):
        if not per_platform(scenario, replace(cargo, gross_t=0.0), name):
            yield Rule.SIZE, riding & (carriage == code)
        elif cargo.weighed and not per_platform(scenario, cargo, name):
            yield Rule.WEIGHT, riding & (carriage == code)


class _Acceptance:
    """The table `acceptance` on the arcs of a network."""

    def __init__(self, scenario: Scenario, compiled: Compiled, form: int) -> None:
        self.scenario, self.compiled = scenario, compiled
        self.arcs = compiled.network.arcs
        self.table = scenario.table("acceptance")
        self.ships = list(sailings(compiled.index, scenario)) if form == BOX else []

    def states(self, *goods: str) -> Ints:
        """UNKNOWN, REFUSED or ACCEPTED (m,) for goods, the most exact word first."""
        by = {of: np.full(len(self._ids(of)), UNKNOWN) for of in (*_KEYS, "activity")}
        for word in reversed(goods):
            for of, state in by.items():
                rows = self.table[(self.table["goods"] == word) & (self.table["of"] == of)]
                at = self._ids(of).get_indexer(rows["row"])
                state[at[at >= 0]] = rows["accepted"].to_numpy(dtype=np.int64)[at >= 0]
        self._capacities(by["service"], goods)
        strict = goods[-1] == "dg"
        found = self._spread(by, strict)
        return np.where(self._passes_refusing(by["link"]), REFUSED, found)

    def limits(self) -> Floats:
        """Most tonnes (m,) that a unit may weigh; inf where nothing is said."""
        rows = self.table[self.table["goods"] == "weight"]
        if rows.empty:
            return np.full(len(self.arcs), np.inf)
        by = {of: np.full(len(self._ids(of)), np.nan) for of in (*_KEYS, "activity")}
        for of, limit in by.items():
            mine = rows[rows["of"] == of]
            at = self._ids(of).get_indexer(mine["row"])
            limit[at[at >= 0]] = mine["gross_max_t"].to_numpy()[at >= 0]
        arcs, found = self.arcs, np.full(len(self.arcs), np.nan)
        for act, of, row in self._things():
            mine = arcs.act == act
            found[mine] = np.where(np.isnan(found[mine]), by[of][row[mine]], found[mine])
        return np.where(np.isnan(found), np.inf, found)

    def _spread(self, by: dict[str, Ints], strict: bool) -> Ints:
        """States of arcs from those of things: the thing itself, then its activity. Joining and leaving a corridor are
        paper, and the doors are the shipper's: taken where no row of the place refuses.

        strict: a service of which nothing is known stays unknown, whatever its activity.
        """
        arcs = self.arcs
        found = np.full(len(arcs), UNKNOWN)
        at_sea = self._at_sea(by["service"])
        found = np.where(arcs.act == Act.MOVE, at_sea[arcs.link], found)
        for act, of, row in self._things():
            if strict and act == Act.SERVICE and of == "activity":
                continue
            mine = (arcs.act == act) & (found == UNKNOWN)
            found[mine] = by[of][row[mine]]
        doors = np.isin(arcs.act, (Act.LOAD, Act.UNLOAD, Act.JOIN, Act.LEAVE))
        return np.where(doors & (found == UNKNOWN), ACCEPTED, found)

    def _things(self) -> list[tuple[Act, str, Ints]]:
        """For each act, tables with the positions (m,) of their rows, the one that wins first."""
        arcs, network = self.arcs, self.compiled.network
        place = network.place[arcs.tail]
        mode = pd.Index(ACTIVITIES).get_indexer(self.compiled.index.link["mode"])[arcs.link]
        same = {name: np.full(len(arcs), ACTIVITIES.index(name)) for name in ("rail", "terminal", "handover")}
        return [
            (Act.MOVE, "link", arcs.link), (Act.MOVE, "activity", mode),
            (Act.SERVICE, "service", arcs.row), (Act.SERVICE, "activity", same["rail"]),
            (Act.TRANSFER, "transfer", arcs.row), (Act.TRANSFER, "place", place),
            (Act.TRANSFER, "activity", same["terminal"]),
            (Act.LOAD, "place", place), (Act.UNLOAD, "place", place),
            (Act.INTERCHANGE, "place", place), (Act.INTERCHANGE, "activity", same["handover"]),
        ]  # fmt: skip

    def _at_sea(self, service: Ints) -> Ints:
        """States (links,) of links by the services that sail them: the best of theirs."""
        found = np.full(len(self.compiled.index.links) + 1, UNKNOWN)
        known = dict(zip(self._ids("service"), service.tolist(), strict=True))
        for ship, ways in self.ships:
            for link, _ in ways:
                found[link] = max(found[link], known[ship.service_id])
        return found

    def _passes_refusing(self, link: Ints) -> Flags:
        """Services (m,) that pass a link which refuses."""
        network = self.compiled.network
        own = self.arcs.link[network.legs]
        bad = (own >= 0) & (link[own] == REFUSED)
        passes = np.maximum.reduceat(bad.astype(np.int64), network.leg_start[:-1]) > 0
        return passes & (self.arcs.act == Act.SERVICE)

    def _capacities(self, service: Ints, goods: tuple[str, ...]) -> None:
        """What `service_capacity` tells where `acceptance` does not: plugs or none, no room for dangerous goods."""
        resource = "reefer_plug" if goods == ("reefer",) else "dangerous_teu"
        rows = self.scenario.table("service_capacity")
        rows = rows[rows["resource"] == resource]
        at = self._ids("service").get_indexer(rows["service_id"])
        for i, amount in zip(at.tolist(), rows["amount"].tolist(), strict=True):
            if service[i] == UNKNOWN and (amount == 0.0 or resource == "reefer_plug"):
                service[i] = ACCEPTED if amount else REFUSED

    def _ids(self, of: str) -> pd.Index:
        """Keys of a table in the order in which the arcs count its rows, those of other services after the trains."""
        if of == "activity":
            return pd.Index(ACTIVITIES)
        if of != "service":
            return pd.Index(self.compiled.tables[of][_KEYS[of]])
        trains = list(self.compiled.tables["service"]["service_id"])
        others = sorted(set(self.scenario.table("service")["service_id"]) - set(trains))
        return pd.Index([*trains, *others])
