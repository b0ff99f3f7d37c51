"""A version of a dataset in force, and its departures."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

import koridor
from desks import DAY_MS, DESK, HOUR_MS, MONDAY_MS, NO_FILES
from koridor.data.dataset import Dataset
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import capacity, departure, network, stop
from koridor.operator.network.publish import SEAL_BYTES, in_force, packed, publish, rows_of
from koridor.operator.network.timetable import Call, Service, departures
from koridor.testing import dataset_of
from timetables import world_rows

WEEK_MS = 7 * DAY_MS
LINE = (Call("A", 0.0, 0.0, True), Call("B", 1.0, 0.0, False), Call("C", 4.0, 0.0, True))


def test_departures_by_hand() -> None:
    """Two a week: every 84 hours from Monday 5 January 1970. On the equator 4 degrees are passed in 40 hours; B is
    passed without a call, so the only hop is A-C, and back it begins at C.
    """
    service = Service("S", 2.0, 40.0, LINE, ())
    found = list(departures(service, MONDAY_MS, MONDAY_MS + WEEK_MS))
    assert [one.departure_id for one in found] == [
        "S.F.20261207T0000", "S.B.20261207T0000", "S.F.20261210T1200", "S.B.20261210T1200",
    ]  # fmt: skip
    assert [(call.seq, call.place_id, call.at_ms - MONDAY_MS) for call in found[0].stops] == [
        (1, "A", 0), (2, "C", 40 * HOUR_MS),
    ]  # fmt: skip
    assert [call.place_id for call in found[1].stops] == ["C", "A"]


@given(st.floats(0.05, 100), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_horizons_join(frequency: float, start: int, one: int, two: int) -> None:
    """A horizon cut in two gives the same departures as the whole: none twice, none lost."""
    service = Service("S", frequency, 40.0, LINE, ())
    first, middle, last = start, start + one, start + one + two
    parts = [*departures(service, first, middle), *departures(service, middle, last)]
    assert parts == list(departures(service, first, last))


def test_the_atlas_is_put_in_force(desk: Desk) -> None:
    """The frozen version is the dataset to the last cell; services run as often as the atlas says, each way; a longer
    horizon adds the rest and changes nothing.
    """
    atlas = koridor.load_atlas()
    first = desk.do(DESK, lambda tx: publish(tx, atlas, MONDAY_MS, MONDAY_MS + WEEK_MS))
    rest = desk.do(DESK, lambda tx: publish(tx, atlas, MONDAY_MS, MONDAY_MS + 2 * WEEK_MS))
    again = desk.do(DESK, lambda tx: publish(tx, atlas, MONDAY_MS, MONDAY_MS + 2 * WEEK_MS))
    service = atlas.table("service")
    expected = 2 * 2 * service.loc[service["status"] == "open", "frequency_per_week"].sum()
    assert again == 0
    assert abs(first + rest - expected) <= 2 * len(service)  # services of less than one a week may or may not fall in

    def seen(tx: object) -> tuple[int, int, int]:
        count = sa.select(sa.func.count())
        return tuple(tx.run(count.select_from(table)).scalar_one() for table in (departure, stop, capacity))

    heads, stops, hops = desk.look(DESK, seen)
    assert heads == first + rest
    unknown = service["capacity_teu"] == 0.0  # of trucks or wagons, whose places the atlas does not know
    most = 4.0 * service.loc[unknown, "frequency_per_week"].sum() + 2 * unknown.sum()
    assert 0 <= stops - heads - hops <= most  # each hop of the others has one counter: TEU alone is known
    assert desk.look(DESK, lambda tx: in_force(tx, atlas.hash)) == atlas


def test_a_capacity_plan_adds_what_the_atlas_does_not_know(desk: Desk) -> None:
    """The atlas knows TEU; the operator adds sockets by service, which then can be sold."""
    atlas = koridor.load_atlas()
    name = atlas.table("service")["service_id"].iloc[0]
    plan = {(name, "reefer_plug"): "12"}
    desk.do(DESK, lambda tx: publish(tx, atlas, MONDAY_MS, MONDAY_MS + 3 * WEEK_MS, plan))
    here = sa.select(capacity.c.cap).where(capacity.c.resource == "reefer_plug")
    here = here.where(capacity.c.departure_id.like(f"{name}.%"))
    assert set(desk.look(DESK, lambda tx: tx.run(here).scalars().all())) == {12}


# ---- damage


def kept(desk: Desk, dataset: Dataset, content: bytes) -> None:
    """Puts a dataset in force, and other content in the place of what is kept of it."""

    def work(tx: Tx) -> None:
        publish(tx, dataset, MONDAY_MS, MONDAY_MS + DAY_MS)
        tx.run(network.update().values(content=content))

    desk.do(DESK, work)


def turned(content: bytes, at: int) -> bytes:
    """Content with the lowest bit of one byte turned."""
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


WORLD = packed(dataset_of(world_rows()))
PLAIN = WORLD[SEAL_BYTES:]
OTHER = packed(dataset_of(world_rows(country=[{"country_id": "BB"}])))
DAMAGED = {
    "empty": b"",
    "text": b"not a zip",
    "cut": WORLD[:-9],
    "one bit": turned(WORLD, 200),
    "unsealed and cut": PLAIN[:-9],
    "unsealed and one bit": turned(PLAIN, 200),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_network_is_named_and_mended(desk: Desk, content: bytes) -> None:
    """Nothing, no zip, one without its last nine bytes and one with a bit turned, sealed or not, are not what was
    published: 409 names the version and says what to do, also where one table is read alone; publishing the dataset
    again does it.
    """
    dataset = dataset_of(world_rows())
    kept(desk, dataset, content)
    for read in (in_force, lambda tx, network_id: rows_of(tx, network_id, "link")):
        with pytest.raises(Refused) as refused:
            desk.look(DESK, lambda tx, read=read: read(tx, dataset.hash))
        assert (refused.value.status, refused.value.code) == (409, "network_damaged")
        assert refused.value.facts == {"network_id": dataset.hash}
        assert f"The network {dataset.hash} is damaged" in refused.value.sentence
    assert desk.do(DESK, lambda tx: publish(tx, dataset, MONDAY_MS, MONDAY_MS + DAY_MS)) == 0
    assert desk.look(DESK, lambda tx: in_force(tx, dataset.hash)) == dataset


def test_what_was_kept_before_there_was_a_seal_is_read(desk: Desk) -> None:
    """The zip alone is the dataset to the last cell, and its links are those behind a seal; publishing seals it."""
    dataset = dataset_of(world_rows())
    kept(desk, dataset, PLAIN)
    assert desk.look(DESK, lambda tx: in_force(tx, dataset.hash)) == dataset
    links = desk.look(DESK, lambda tx: rows_of(tx, dataset.hash, "link"))
    desk.do(DESK, lambda tx: publish(tx, dataset, MONDAY_MS, MONDAY_MS + DAY_MS))
    assert desk.look(DESK, lambda tx: tx.run(sa.select(network.c.content)).scalar()) == WORLD
    assert desk.look(DESK, lambda tx: rows_of(tx, dataset.hash, "link")) == links
    assert links["link"]


@pytest.mark.parametrize("content", [OTHER, OTHER[SEAL_BYTES:], NO_FILES], ids=["another", "unsealed", "no files"])
def test_another_dataset_under_an_id_is_damage(desk: Desk, content: bytes) -> None:
    """A whole dataset that is not the one of the id, and a file that holds none, are not what was published either."""
    dataset = dataset_of(world_rows())
    kept(desk, dataset, content)
    with pytest.raises(Refused, match="publish its dataset again"):
        desk.look(DESK, lambda tx: in_force(tx, dataset.hash))
