"""Pieces from which the network is put together: an index of ids, and blocks of arcs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from koridor.model.network import LOCAL, Flags, Floats, Ints
from koridor.schema.tables import CARRIAGES

DOOR = -1
CARRIAGE_CODE = {name: i for i, name in enumerate(CARRIAGES)}
_KINDS = len(CARRIAGES) + 1
BEFORE, AFTER = 0, 1  # stages: before and after a corridor's gate
ARRIVED = 2  # added to the stage of what has come to a place without passage: from there nothing moves on
_STAGES = 4


@dataclass(frozen=True, slots=True)
class Index:
    """Sorted ids and what hangs on them: the only place where ids become integers.

    Every table used here is sorted by its key, so that the order of rows in files never matters.
    """

    place: pd.DataFrame
    places: pd.Index
    countries: pd.Index
    place_country: Ints
    closed: Flags  # places that may not be passed through
    link: pd.DataFrame
    links: pd.Index
    link_from: Ints
    link_to: Ints
    two_way: Flags  # links that can be passed both ways
    corridor: pd.DataFrame
    corridors: pd.Index

    @classmethod
    def of(cls, place: pd.DataFrame, link: pd.DataFrame, corridor: pd.DataFrame, country: pd.DataFrame) -> Index:
        place, link, corridor = by_key(place, "place_id"), by_key(link, "link_id"), by_key(corridor, "corridor_id")
        places = pd.Index(place["place_id"])
        countries = pd.Index(sorted(country["country_id"]))
        return cls(
            place=place,
            places=places,
            countries=countries,
            place_country=countries.get_indexer(place["country_id"]).astype(np.int64),
            closed=(place["through"] == "no").to_numpy(dtype=bool),
            link=link,
            links=pd.Index(link["link_id"]),
            link_from=places.get_indexer(link["from_place"]).astype(np.int64),
            link_to=places.get_indexer(link["to_place"]).astype(np.int64),
            two_way=(link["direction"] != "forward").to_numpy(dtype=bool),
            corridor=corridor,
            corridors=pd.Index(corridor["corridor_id"]),
        )

    def state(
        self, place: Ints | int, carriage: Ints | int, corridor: Ints | int = LOCAL, stage: Ints | int = 0
    ) -> Ints:
        """Code of the state (place, carriage, corridor, stage); `parts` turns it back."""
        return (((np.asarray(corridor) + 1) * _STAGES + stage) * _KINDS + np.asarray(carriage) + 1) * len(
            self.places
        ) + place

    def parts(self, code: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Place, carriage, corridor and stage of state codes."""
        rest, place = np.divmod(code, len(self.places))
        rest, carriage = np.divmod(rest, _KINDS)
        corridor, stage = np.divmod(rest, _STAGES)
        return place, carriage - 1, corridor - 1, stage

    def arrival(self, place: Ints) -> Ints:
        """What to add to the stage of a state that is arrived in: `ARRIVED` at places without passage."""
        return np.where(self.closed[place], ARRIVED, 0)


@dataclass(frozen=True, slots=True)
class Block:
    """Arcs between state codes; arrays as in `network.Arcs`."""

    tail: Ints
    head: Ints
    act: Ints
    row: Ints
    link: Ints
    reverse: Flags
    corridor: Ints
    mode: Ints
    open: Flags
    km: Floats
    hours: Floats
    wait_h: Floats
    sd_h: Floats
    run_h: Floats
    dispersion_h: Floats
    price: Floats
    resource: Floats
    kg: Floats

    def __len__(self) -> int:
        return len(self.tail)

    def take(self, rows: Ints) -> Block:
        """The arcs at these positions."""
        return Block(*(getattr(self, name)[..., rows] for name in Block.__slots__))

    def with_(self, **changes: object) -> Block:
        """The same arcs with some arrays replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]


def block(
    tail: Ints,
    head: Ints,
    act: int,
    *,
    row: Ints | None = None,
    link: Ints | None = None,
    reverse: Flags | None = None,
    corridor: Ints | int = LOCAL,
    mode: Ints | int = 0,
    open: Flags | None = None,
    km: Floats | float = 0.0,
    hours: Floats | float = 0.0,
    wait_h: Floats | float = 0.0,
    sd_h: Floats | float = 0.0,
    run_h: Floats | float = 0.0,
    dispersion_h: Floats | float = 0.0,
    price: Floats | None = None,
    resource: Floats | None = None,
    kg: Floats | float = 0.0,
) -> Block:
    """A block of arcs; what is not given is nothing, and open."""
    n = len(tail)
    return Block(
        tail=np.asarray(tail, dtype=np.int64),
        head=np.asarray(head, dtype=np.int64),
        act=np.full(n, int(act)),
        row=np.full(n, -1) if row is None else np.asarray(row, dtype=np.int64),
        link=np.full(n, -1) if link is None else np.asarray(link, dtype=np.int64),
        reverse=np.zeros(n, dtype=bool) if reverse is None else reverse,
        corridor=_spread(corridor, n, np.int64),
        mode=_spread(mode, n, np.int64),
        open=np.ones((2, n), dtype=bool) if open is None else open,
        km=_spread(km, n, np.float64),
        hours=_forms(hours, n),
        wait_h=_forms(wait_h, n),
        sd_h=_forms(sd_h, n),
        run_h=_forms(run_h, n),
        dispersion_h=_forms(dispersion_h, n),
        price=np.zeros((2, 3, n)) if price is None else price,
        resource=np.zeros((2, 3, n)) if resource is None else resource,
        kg=_forms(kg, n),
    )


def join(blocks: Sequence[Block]) -> Block:
    """One block of several."""
    return Block(*(np.concatenate([getattr(b, name) for b in blocks], axis=-1) for name in Block.__slots__))


def by_key(frame: pd.DataFrame, *key: str) -> pd.DataFrame:
    """The table sorted by its key."""
    if len(frame) < 2:
        return frame.reset_index(drop=True)
    return frame.sort_values(list(key), kind="stable", ignore_index=True)


def members(cell: pd.Series) -> list[tuple[str, ...]]:
    """The texts of a LIST column, row by row."""
    return [tuple(part for part in text.split(";") if part) for text in cell.fillna("")]


def _spread(value: object, n: int, dtype: type) -> np.ndarray:
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=dtype), (n,)))


def _forms(value: Floats | float, n: int) -> Floats:
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=np.float64), (2, n)))
