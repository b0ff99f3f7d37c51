"""Networks made ready for many questions, kept in memory beside the desk.

Making one takes seconds, a question a part of a second. Neither happens in a transaction. One question at a time is
answered on a network, as what questions share is kept in it; who waits too long is told to come again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from koridor.data.dataset import Dataset
from koridor.errors import DataError
from koridor.model.compile import compile_network
from koridor.model.patch import Patch
from koridor.model.scenario import Scenario
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk
from koridor.operator.common.refused import Refused
from koridor.operator.network.publish import in_force, services
from koridor.operator.network.timetable import offsets_min
from koridor.studies.route import Prepared
from koridor.text import t

MINUTES = 60.0
MOST = 4  # networks kept: tens of megabytes each
VERSIONS = 2  # datasets kept: the one in force, and the one before it
K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class World:
    """A network in force, maybe under patches, ready for questions.

    Attributes
    ----------
    prepared : Prepared
        With the hours of its services as departures have them.
    positions : mapping
        By service, positions of the stops that call, in the order of the table.
    """

    network_id: str
    prepared: Prepared
    positions: dict[str, list[int]]
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, network_id: str, dataset: Dataset, patches: Sequence[Patch] = ()) -> World:
        """A dataset made ready, under those of the patches that fit it and each other, the later ones first.

        What an incident shut may be gone since, and what two of them say may be wrong only together.
        """
        offered = {one.service_id: one for one in services(dataset, {})}
        stops = dataset.table("service_stop").sort_values(["service_id", "seq"], ignore_index=True)
        hours: list[float | None] = []
        positions: dict[str, list[int]] = {}
        for name, rows in stops.groupby("service_id", sort=False):
            called = [at for at, calls in enumerate(rows["calls"]) if calls]
            positions[str(name)] = called
            service = offered.get(str(name))
            if service is None:
                hours += [None] * len(rows)
                continue
            times = offsets_min(service.stops, service.transit_h)
            hours += [at / MINUTES if i in called[1:] else None for i, at in enumerate(times)]
        timed = stops.assign(arrive_h=hours, depart_h=hours).astype(stops.dtypes.to_dict())
        whole = Dataset.of({**dataset.tables, "service_stop": timed}, dataset.meta)
        try:
            scenario = Scenario(whole, tuple(patches))
        except DataError:
            scenario = _fitting(whole, patches)
        return cls(network_id, Prepared(scenario, compile_network(scenario)), positions)

    @contextmanager
    def alone(self, wait_s: float) -> Iterator[Prepared]:
        """The network for one question. Raises Refused `unavailable` where others take too long."""
        if not self.lock.acquire(timeout=wait_s):
            sentence = t("Other enquiries are being answered; ask again in a moment.")
            raise Refused("unavailable", sentence, retry_after_s=round(wait_s))
        try:
            yield self.prepared
        finally:
            self.lock.release()


def _fitting(dataset: Dataset, patches: Sequence[Patch]) -> Scenario:
    """A dataset under the last of the patches that fits it, the last before it that fits both, and so on."""
    found = Scenario(dataset)
    for one in reversed(patches):
        with suppress(DataError):
            found = found.with_patches(one)
    return found


class Networks:
    """The networks asked last, at most so many, and the datasets of the last versions."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._kept: OrderedDict[tuple[str, tuple[Patch, ...]], World] = OrderedDict()
        self._datasets: OrderedDict[str, Dataset] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, desk: Desk, network_id: str, patches: Sequence[Patch] = (), *, wait_s: float = 60.0) -> World:
        """A network made ready; one at a time is. Raises Refused `not_found`, `invalid` or `unavailable`."""
        key = (network_id, tuple(patches))
        with self._alone(wait_s):
            return _kept(
                self._kept, key, self.most, lambda: World.of(network_id, self._read(desk, network_id), patches)
            )

    def dataset(self, desk: Desk, network_id: str, *, wait_s: float = 60.0) -> Dataset:
        """The dataset that was published under an id. Raises Refused `not_found`, `network_damaged`, `unavailable`."""
        with self._alone(wait_s):
            return self._read(desk, network_id)

    def _read(self, desk: Desk, network_id: str) -> Dataset:
        return _kept(
            self._datasets, network_id, VERSIONS, lambda: desk.look(SYSTEM, lambda tx: in_force(tx, network_id))
        )

    @contextmanager
    def _alone(self, wait_s: float) -> Iterator[None]:
        if not self._lock.acquire(timeout=wait_s):
            sentence = t("The network is being made ready; ask again in a moment.")
            raise Refused("unavailable", sentence, retry_after_s=round(wait_s))
        try:
            yield
        finally:
            self._lock.release()


def _kept(there: OrderedDict[K, V], key: K, most: int, make: Callable[[], V]) -> V:
    """What is kept under a key, or is made and kept now; of more than so many, what was asked longest ago goes."""
    if key not in there:
        there[key] = make()
    there.move_to_end(key)
    while len(there) > most:
        there.popitem(last=False)
    return there[key]
