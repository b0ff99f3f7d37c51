"""Volumes, delays and queues of elements at the flows written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koridor.model.compile import Compiled
from koridor.model.network import BOX, Elements, Floats
from koridor.result import Result
from koridor.schema.tables import DELAYS
from koridor.studies.verify.doubts import Doubts
from koridor.studies.verify.read import Flows
from koridor.text import t

_OVER = 1e-6  # share of a capacity by which it may be exceeded, or fall short where there is a queue
_FULL = 0.95  # share of capacity above which a queue grows along its tangent


@dataclass(frozen=True, slots=True)
class State:
    """Elements (k,): hours of delay and of queues for an unit of tonne, hours that one more unit costs all others,
    the integral of delay (unit-hours) from no load to this one and the growth of the hours of all there, units that a
    tonne uses, and the fullest of all.
    """

    delay_h: Floats
    queue_h: Floats
    others_h: Floats
    integral: Floats
    growth: Floats
    unit: Floats
    used_share_max: float


def check_elements(compiled: Compiled, flows: Flows, result: Result, doubts: Doubts) -> State:
    """The state of the elements, and whether the table says the same."""
    e, table = compiled.network.elements, result.tables["elements"]
    ids = compiled.tables["element"]["element_id"].to_numpy()[e.row]
    directions = np.where(e.reverse, "backward", "forward")
    nothing = np.zeros(len(ids))
    if len(table) != len(ids) or (table["element_id"] != ids).any() or (table["direction"] != directions).any():
        doubts.add("elements", "element_id", (), "", t("must name every element of the scenario once, in its order"))
        return State(nothing, nothing, nothing, nothing, nothing, nothing + 1.0, 0.0)

    def given(name: str) -> Floats:
        return table[name].to_numpy(dtype=np.float64)

    def keys(row: int) -> tuple[str, ...]:
        return str(ids[row]), str(directions[row])

    load, other = _loads(e, flows), given("background_per_yr")
    doubts.alike("elements", "capacity_per_yr", given("capacity_per_yr"), e.capacity, keys)
    doubts.alike("elements", "preload_per_yr", given("preload_per_yr"), e.preload, keys)
    doubts.alike("elements", "load_per_yr", given("load_per_yr"), load, keys, slack=1e-12 * float(flows.tonnes.sum()))
    wrong = ~((other >= 0.0) & (other <= e.preload))
    doubts.each(
        "elements", "background_per_yr", wrong, keys, lambda row: f"{other[row]:g}",
        lambda row: t("must be between {low} and {high}", low=0, high=f"{e.preload[row]:g}"),
    )  # fmt: skip
    hours, integral = delay(e, load + other)
    before, part = delay(e, other)
    integral -= part
    growth = (load + other) * hours - other * before
    doubts.alike("elements", "delay_h", given("delay_h"), hours, keys, slack=1e-9)
    queue = np.nan_to_num(given("queue_h"))
    if result.params.get("capped"):
        _check_capacities(e, load, other, queue, keys, doubts)
    used = np.divide(load + other, e.capacity, out=nothing.copy(), where=e.capacity > 0.0)
    others = (load + other) * slope(e, load + other)
    return State(hours, queue, others, integral, growth, units_a_tonne(e, flows), float(used.max(initial=0.0)))


def _check_capacities(e: Elements, load: Floats, other: Floats, queue: Floats, keys: object, doubts: Doubts) -> None:
    """No capacity is exceeded, and nobody queues where there is room."""
    room = np.maximum(e.capacity - other, 0.0)
    doubts.each(
        "elements", "load_per_yr", load > room * (1.0 + _OVER) + 1e-9, keys, lambda row: f"{load[row]:.9g}",  # type: ignore[arg-type]
        lambda row: t("must be at most {most}, the capacity less other traffic", most=f"{room[row]:.9g}"),
    )  # fmt: skip
    idle = (queue > 1e-9) & (load < room * (1.0 - _OVER) - 1e-9)
    doubts.each(
        "elements", "queue_h", (queue < 0.0) | idle, keys, lambda row: f"{queue[row]:g}",  # type: ignore[arg-type]
        lambda _: t("must be 0 where there is room, and at least 0"),
    )  # fmt: skip


def _loads(e: Elements, flows: Flows) -> Floats:
    """Units a year (k,) of the flows on each element."""
    classes = flows.demand.classes
    box = classes.form[flows.kind] == BOX
    arcs = int(max(e.load_arc.max(initial=0), flows.arc.max(initial=0))) + 1
    bulk = np.bincount(flows.arc, weights=np.where(box, 0.0, flows.tonnes), minlength=arcs)
    teu = np.bincount(flows.arc, weights=np.where(box, flows.tonnes / classes.size[flows.kind], 0.0), minlength=arcs)
    load = np.zeros(len(e.capacity))
    np.add.at(load, e.load_element, bulk[e.load_arc] * e.load_per_t + teu[e.load_arc] * e.load_per_teu)
    return load


def units_a_tonne(e: Elements, flows: Flows) -> Floats:
    """Units (k,) that a tonne uses: outside boxes, or in a box of mean size where only boxes load the element."""
    loose, boxed = np.zeros(len(e.capacity)), np.zeros(len(e.capacity))
    np.maximum.at(loose, e.load_element, e.load_per_t)
    np.maximum.at(boxed, e.load_element, e.load_per_teu)
    size = flows.demand.classes.size
    mean = size[size > 1.0].mean() if (size > 1.0).any() else 1.0
    units = np.where(loose > 0.0, loose, boxed / mean)
    return np.where(units > 0.0, units, 1.0)


def delay(e: Elements, volume: Floats) -> tuple[Floats, Floats]:
    """Hours that a volume (k,) adds, and their integral from 0 in unit-hours; formulas as in docs/studies/assign.md."""
    hours, integral = np.zeros(len(volume)), np.zeros(len(volume))
    for code, name in enumerate(DELAYS):
        mine = np.flatnonzero(e.delay_kind == code)
        if name == "none" or not len(mine):
            continue
        x, alpha = np.maximum(volume[mine], 0.0) / e.capacity[mine], e.delay_alpha[mine]
        if name == "bpr":
            f = alpha * x ** e.delay_power[mine]
            area = f * x / (e.delay_power[mine] + 1.0)
        elif name == "conical":
            f, area = _conical(x, alpha)
        else:
            f, area = _queue(x, alpha)
        hours[mine] = e.delay_free_h[mine] * f
        integral[mine] = e.delay_free_h[mine] * area * e.capacity[mine]
    return hours, integral


def slope(e: Elements, volume: Floats) -> Floats:
    """Hours (k,) that one more unit adds to the hours of each, by the derivatives of the formulas of `delay`."""
    out = np.zeros(len(volume))
    for code, name in enumerate(DELAYS):
        mine = np.flatnonzero(e.delay_kind == code)
        if name == "none" or not len(mine):
            continue
        x, alpha, power = np.maximum(volume[mine], 0.0) / e.capacity[mine], e.delay_alpha[mine], e.delay_power[mine]
        if name == "bpr":
            steep = np.where(power > 0.0, alpha * power * np.where(x > 0.0, x, 1.0) ** (power - 1.0), 0.0)
            steep = np.where((x > 0.0) | (power == 1.0), steep, 0.0)
        elif name == "conical":
            beta = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0)
            steep = alpha - alpha**2 * (1.0 - x) / np.hypot(alpha * (1.0 - x), beta)
        else:
            steep = alpha / (1.0 - np.minimum(x, _FULL)) ** 2
        out[mine] = e.delay_free_h[mine] * steep / e.capacity[mine]
    return out


def _conical(x: Floats, alpha: Floats) -> tuple[Floats, Floats]:
    """Spiess (1990), doi:10.1287/trsc.24.2.153, less its value at 0; the root's integral is that of a hyperbola."""
    beta = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0)

    def root(u: Floats) -> Floats:
        return np.hypot(alpha * u, beta)

    def area(u: Floats) -> Floats:
        return 0.5 * (u * root(u) + beta**2 / alpha * np.arcsinh(alpha * u / beta))

    value = 1.0 + root(1.0 - x) - alpha * (1.0 - x) - beta
    return value, (1.0 - beta - alpha) * x + alpha * x**2 / 2.0 + area(np.ones_like(x)) - area(1.0 - x)


def _queue(x: Floats, alpha: Floats) -> tuple[Floats, Floats]:
    """The mean wait for one server, alpha x / (1 - x), above `_FULL` its tangent."""
    low = np.minimum(x, _FULL)
    over, rate = x - low, alpha / (1.0 - low) ** 2
    value = alpha * low / (1.0 - low) + rate * over
    return value, alpha * (-np.log(1.0 - low) - low) + over * alpha * low / (1.0 - low) + rate * over**2 / 2.0
