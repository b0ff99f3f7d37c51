"""Putting a version of a dataset in force: it is frozen whole, and its services get departures.

A booking keeps the id of the version that it was sold under (the hash of the dataset), so that it can be explained when
the atlas has long moved on. Publishing again, or a longer horizon, adds departures and changes none.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tempfile
import zipfile
import zlib
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from koridor.data.dataset import Dataset
from koridor.errors import DataError
from koridor.model.clock import zone_of
from koridor.model.scenario import Scenario
from koridor.model.timetable.calls import BACKWARD, Plan, plans
from koridor.model.timetable.calls import FORWARD as ONWARD
from koridor.operator.common.canonical import canonical
from koridor.operator.common.desk import Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.statement import Fixed
from koridor.operator.db.tables import capacity, departure, network, stop
from koridor.operator.network import timetable
from koridor.operator.network.resource import parts_of, parts_within
from koridor.operator.network.timetable import BACK, FORWARD, MINUTE_MS, Call, Departure, Service, Starts
from koridor.text import t

DIRECTION = {ONWARD: FORWARD, BACKWARD: BACK}  # of a timetable, and of departures
FREE = ""  # the pool of what is allotted to nobody
SEAL_BYTES = hashlib.sha256().digest_size
ZIP = b"PK"  # what is not sealed begins with it
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)  # what reading one may raise
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip can hold: files of equal content give equal bytes
_NEWEST = Fixed(sa.select(network.c.network_id).order_by(network.c.published_ms.desc(), network.c.network_id).limit(1))
Row = Mapping[Hashable, Any]  # of a table of the dataset
Quantities = Mapping[tuple[str, str], str]  # quantity by service and resource, beside what the dataset says


@dataclass(frozen=True, slots=True)
class Horizon:
    """Departures of a version in a span of time, made before any transaction: that takes its time.

    plan : what was told of capacities beside the dataset, before and now.
    """

    network_id: str
    from_ms: int
    to_ms: int
    departures: tuple[tuple[Service, tuple[Departure, ...]], ...]
    plan: Quantities

    @classmethod
    def of(cls, dataset: Dataset, from_ms: int, to_ms: int, plan: Quantities) -> Horizon:
        """All departures of a dataset. Raises Refused `invalid` for a plan with an unknown service or resource."""
        offered = services(dataset, plan)
        made = ((service, tuple(timetable.departures(service, from_ms, to_ms))) for service in offered)
        return cls(dataset.hash, from_ms, to_ms, tuple(made), plan)

    def under(self, before: Quantities) -> Horizon:
        """The same departures where other capacities were told before; what this plan says counts."""
        plan = {**before, **self.plan}
        told = _parts(plan)
        made = (
            (replace(service, capacity=_merged(dict(service.capacity), told.get(service.service_id))), departures)
            for service, departures in self.departures
        )
        return replace(self, departures=tuple(made), plan=plan)


def publish(tx: Tx, dataset: Dataset, from_ms: int, to_ms: int, plan: Quantities | None = None) -> int:
    """How many departures were added by putting a dataset in force; all in one transaction, which holds up others.

    Where others work at the desk meanwhile, the dataset is `packed` and its `Horizon` made before `add_kept`.
    """
    return add_kept(tx, dataset, packed(dataset), Horizon.of(dataset, from_ms, to_ms, plan or {}))


def add_kept(tx: Tx, dataset: Dataset, content: bytes, horizon: Horizon) -> int:
    """How many departures were added by putting a dataset, `content` as it is packed, in force.

    The horizon's plan is what is told of capacities now; it counts beside what was told before.
    """
    keep(tx, dataset, content)
    alone(tx, dataset.hash)
    return add(tx, horizon.under(plan_of(tx, dataset.hash)))


def alone(tx: Tx, network_id: str) -> None:
    """Lets nobody else add to a version that is kept, from now to the end of the transaction."""
    tx.run(sa.select(network.c.network_id).filter_by(network_id=network_id).with_for_update(key_share=True))


def add(tx: Tx, horizon: Horizon) -> int:
    """How many departures were added to a version that is kept: those that were not there. Who adds is `alone`."""
    between = departure.c.starts_ms.between(horizon.from_ms, horizon.to_ms)
    there = set(tx.run(sa.select(departure.c.departure_id).where(between)).scalars())
    added = 0
    for service, departures in horizon.departures:
        new = [one for one in departures if one.departure_id not in there]
        _insert(tx, horizon.network_id, service, new)
        _fill_mode(tx, horizon.network_id, service)
        added += len(new)
    rows = [[*key, quantity] for key, quantity in sorted(horizon.plan.items())]
    tx.run(network.update().where(network.c.network_id == horizon.network_id).values(plan=canonical(rows)))
    span = {"from_ms": (None, horizon.from_ms), "to_ms": (None, horizon.to_ms)}
    tx.note("publish", f"network/{horizon.network_id}", departures=(None, added), **span)
    return added


def keep(tx: Tx, dataset: Dataset, content: bytes) -> None:
    """Freezes a version; one that is there already is written again where its content is not what it was."""
    here = network.c.network_id == dataset.hash
    kept = tx.run(sa.select(network.c.content).where(here)).scalar()
    if kept is None:
        row = {"network_id": dataset.hash, "name": dataset.name, "published_ms": tx.now_ms, "content": content}
        tx.add(network, row)
    elif kept != content:
        tx.run(network.update().where(here).values(content=content))


def plan_of(tx: Tx, network_id: str) -> dict[tuple[str, str], str]:
    """Capacities that were told beside the dataset of a version: those of its departures to come."""
    told = tx.run(sa.select(network.c.plan).where(network.c.network_id == network_id)).scalar()
    return {(service_id, resource): quantity for service_id, resource, quantity in json.loads(told or "[]")}


def services(dataset: Dataset, plan: Quantities) -> list[Service]:
    """Open services of a dataset with the capacity that is known of them. Raises Refused `invalid`."""
    rows = dataset.table("service").to_dict("records")
    offered = [row for row in rows if row["status"] == "open"]
    unknown = sorted({name for name, _ in plan} - {row["service_id"] for row in rows})
    if unknown:
        raise Refused(
            "invalid", t("The capacity plan names services that are not there: {ids}.", ids=", ".join(unknown))
        )
    places = dataset.table("place").set_index("place_id")[["lon_deg", "lat_deg"]].to_dict("index")
    calls: dict[str, list[Call]] = {}
    for row in dataset.table("service_stop").sort_values(["service_id", "seq"]).to_dict("records"):
        place = places[row["place_id"]]
        times = float(row["arrive_h"]), float(row["depart_h"])
        call = Call(row["place_id"], place["lon_deg"], place["lat_deg"], bool(row["calls"]), *times)
        calls.setdefault(row["service_id"], []).append(call)
    starts = _starts(Scenario(dataset), calls)
    known, told = _capacities(offered, dataset.table("service_capacity").to_dict("records")), _parts(plan)
    return [
        Service(
            row["service_id"],
            float(row["frequency_per_week"]),
            float(row["transit_h"]),
            tuple(calls[row["service_id"]]),
            _merged(known[row["service_id"]], told.get(row["service_id"])),
            starts.get(row["service_id"], {}),
            mode=str(row["mode"]),
        )
        for row in offered
    ]


def _starts(scenario: Scenario, calls: Mapping[str, list[Call]]) -> dict[str, dict[str, Starts]]:
    """When services with a timetable leave, by service and direction; by the clock of the first stop that calls."""
    found: dict[str, dict[str, Starts]] = {}
    for (service_id, way), plan in plans(scenario).items():
        stops = calls[service_id][::-1] if way == BACKWARD else calls[service_id]
        zone = zone_of(scenario, next(call.place_id for call in stops if call.calls))
        found.setdefault(service_id, {})[DIRECTION[way]] = _leaving(plan, zone)
    return found


def _leaving(plan: Plan, zone: str) -> Starts:
    def starts(from_ms: int, to_ms: int) -> list[int]:
        minutes = plan.departures(zone, -(-from_ms // MINUTE_MS), -(-to_ms // MINUTE_MS))
        return [int(minute) * MINUTE_MS for minute in minutes]

    return starts


def _capacities(offered: Iterable[Row], of_resources: Iterable[Row]) -> dict[str, dict[str, int]]:
    """What the dataset says of a departure of each service, in parts by resource; of TEU in both tables the less.

    Of services that are offered alone: what is not sold need not be whole parts.
    """
    found: dict[str, dict[str, int]] = {}
    for row in offered:
        teu = float(row["capacity_teu"])
        found[row["service_id"]] = {"teu": parts_of("teu", str(teu))} if teu > 0 else {}
    for row in of_resources:
        of = found.get(row["service_id"])
        if of is not None:
            name, parts = parts_within(row["resource"], float(row["amount"]))
            of[name] = min(of.get(name, parts), parts)
    return found


def _parts(plan: Quantities) -> dict[str, dict[str, int]]:
    """Parts by service and resource."""
    found: dict[str, dict[str, int]] = {}
    for (service_id, name), quantity in plan.items():
        found.setdefault(service_id, {})[name] = parts_of(name, quantity)
    return found


def _merged(known: Mapping[str, int], told: Mapping[str, int] | None) -> tuple[tuple[str, int], ...]:
    return tuple({**known, **(told or {})}.items())


def _insert(tx: Tx, network_id: str, service: Service, new: Iterable[Departure]) -> None:
    heads, stops, capacities = [], [], []
    for one in new:
        head = {"departure_id": one.departure_id, "network_id": network_id, "service_id": one.service_id}
        head |= {"direction": one.direction, "status": "open", "mode": service.mode}
        heads.append({**head, "starts_ms": one.starts_ms})
        for call in one.stops:
            place = {"departure_id": one.departure_id, "seq": call.seq, "place_id": call.place_id}
            stops.append({**place, "at_ms": call.at_ms})
        for call in one.stops[:-1]:
            for resource, cap in service.capacity:
                key = {"departure_id": one.departure_id, "seq": call.seq, "resource": resource, "pool": FREE}
                capacities.append({**key, "cap": cap, "overbook": 0, "sold": 0, "held": 0})
    for table, rows in ((departure, heads), (stop, stops), (capacity, capacities)):
        if rows:
            tx.add(table, *rows)


def _fill_mode(tx: Tx, network_id: str, service: Service) -> None:
    """Gives departures of the version that were made before modes were kept that of their service."""
    own = sa.and_(departure.c.network_id == network_id, departure.c.service_id == service.service_id)
    tx.run(departure.update().where(own, departure.c.mode == "").values(mode=service.mode))


def packed(dataset: Dataset) -> bytes:
    """A dataset as one sealed file; the same bytes for the same content."""
    stream = io.BytesIO()
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as pack:
        folder = Path(name) / "dataset"
        dataset.write(folder, bare=True)
        for path in sorted(folder.iterdir()):
            pack.writestr(zipfile.ZipInfo(path.name, EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return sealed(stream.getvalue())


def sealed(pack: bytes) -> bytes:
    """A packed dataset behind its SHA-256, by which any damage shows where it is kept."""
    return hashlib.sha256(pack).digest() + pack


def newest(tx: Tx) -> str:
    """Id of the version that is in force. Raises Refused `not_found`."""
    found = tx.run(_NEWEST).first()
    if found is None:
        raise Refused("not_found", t("No network is in force; publish one."))
    return str(found.network_id)


def rows_of(tx: Tx, network_id: str, *names: str) -> dict[str, list[dict[str, str]]]:
    """Rows of some tables of a published version as they are written, by table: texts, and no column that is empty.

    None of a table that it does not have. Quicker than `in_force` by a hundred times, as nothing is checked again.
    Raises Refused `not_found` or `network_damaged`.
    """
    with _kept(tx, network_id) as pack:
        there = set(pack.namelist())
        texts = {name: pack.read(f"{name}.csv").decode() for name in names if f"{name}.csv" in there}
    return {name: list(csv.DictReader(io.StringIO(texts.get(name, "")))) for name in names}


def in_force(tx: Tx, network_id: str) -> Dataset:
    """The dataset that was published under an id. Raises Refused `not_found` or `network_damaged`."""
    with _kept(tx, network_id) as pack, tempfile.TemporaryDirectory() as name:
        pack.extractall(name)
        try:
            dataset = Dataset.load(name)
        except DataError as error:
            raise _damaged(network_id) from error
    if dataset.hash != network_id:
        raise _damaged(network_id)
    return dataset


def _kept(tx: Tx, network_id: str) -> zipfile.ZipFile:
    """The files of a published version. Raises Refused `not_found` or `network_damaged`."""
    content = tx.run(sa.select(network.c.content).where(network.c.network_id == network_id)).scalar()
    if content is None:
        raise Refused("not_found", t("No such network was published."))
    if content == sealed(content[SEAL_BYTES:]):
        return zipfile.ZipFile(io.BytesIO(content[SEAL_BYTES:]))
    return _unsealed(network_id, content)


def _unsealed(network_id: str, content: bytes) -> zipfile.ZipFile:
    """The files of a version that was kept before there was a seal. Raises Refused `network_damaged`."""
    if not content.startswith(ZIP):
        raise _damaged(network_id)
    try:
        pack = zipfile.ZipFile(io.BytesIO(content))
        broken = pack.testzip()
    except BROKEN as error:
        raise _damaged(network_id) from error
    if broken is not None:
        raise _damaged(network_id)
    return pack


def _damaged(network_id: str) -> Refused:
    sentence = t("The network {id} is damaged where it is kept; publish its dataset again.", id=network_id)
    return Refused("network_damaged", sentence, network_id=network_id)
