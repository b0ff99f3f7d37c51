"""The patch behind the words of a dispatcher, and what a patch shuts or slows. Pure, on the tables of a dataset."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import pandas as pd

from koridor.data.dataset import Dataset
from koridor.errors import DataError
from koridor.model.patch import Edit, Op, Patch, apply, cell_text, rows_named
from koridor.model.scenario import Scenario
from koridor.operator.common.policy import HOUR_MS
from koridor.operator.common.refused import Refused
from koridor.schema.fields import Kind
from koridor.schema.tables import TABLES
from koridor.text import t

KINDS = ("place", "link", "border", "service")
OPEN = "open"
EDITS_MAX = 10_000  # of one incident, by row
Words = tuple[str, str, str, Op, str]


@dataclass(frozen=True, slots=True)
class Closure:
    """Something that is shut or, with `longer_h`, takes so many hours longer.

    Attributes
    ----------
    of, row : str
        A table of `KINDS` and the id of its row.
    """

    of: str
    row: str
    longer_h: int = 0


@dataclass(frozen=True, slots=True)
class Effects:
    """What a patch does to what runs.

    Attributes
    ----------
    links, services : tuple of str
        What was open and is not any more.
    slower : mapping
        Milliseconds more by link, those of the borders on it included, and by service.
    """

    links: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    slower: Mapping[str, int] = field(default_factory=dict)

    def as_row(self) -> dict[str, Any]:
        """The effects as JSON can hold them."""
        return {"links": list(self.links), "services": list(self.services), "slower": dict(self.slower)}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Effects:
        """Effects of what `as_row` gave."""
        return cls(tuple(row["links"]), tuple(row["services"]), row["slower"])


def patch_of(dataset: Dataset, closures: Iterable[Closure], edits: Iterable[Edit] = ()) -> Patch:
    """The patch that closures and edits make together. Raises Refused `invalid` with all that is wrong.

    A place is shut by its links and transfers, a border by the links of its mode between its two places: a border that
    merely has no hours would be passed for nothing.
    """
    found: list[Edit] = list(edits)
    wrong: list[str] = []
    for one in closures:
        made = _WAYS[one.of](dataset, one)
        if not made:
            wrong.append(t("There is no open {of} {row} in the network in force.", of=one.of, row=one.row))
        found += [Edit(*words) for words in made]
    if not found and not wrong:
        wrong.append(t("An incident shuts something, or makes it slower."))
    if wrong:
        raise Refused("invalid", " ".join(wrong))
    return Patch("", tuple(sorted(set(found))))


def by_row(dataset: Dataset, patch: Patch) -> Patch:
    """A patch that fits the dataset, its edits by whole keys: one for each row that a key with `*` or a part of a key
    names, and an added row under its own key. So it shows which edits of two incidents are of the same row.

    A row that is dropped and added again is one whose cells are set, those that change: what others do to the row meets
    it then, and what they say of its other cells holds.

    Raises Refused `invalid` where they are too many to be kept.
    """
    found = list(islice((one for edit in patch.edits for one in _of_rows(dataset, edit)), EDITS_MAX + 1))
    whole = found if len(found) > EDITS_MAX else _replaced(dataset, found)
    if len(whole) > EDITS_MAX:
        raise Refused("invalid", t("The edits are of more than {most} rows; name fewer.", most=EDITS_MAX))
    return Patch(patch.patch_id, tuple(sorted(whole)))


def _replaced(dataset: Dataset, edits: Sequence[Edit]) -> list[Edit]:
    """Edits by whole keys, of which those that drop a row and add it again set its cells."""
    dropped, added = ({(one.table, one.key) for one in edits if one.op is op} for op in (Op.DROP, Op.ADD))
    again = dropped & added
    if not again:
        return list(edits)
    names = {table for table, _ in again}
    after = apply(dataset.tables, [Patch("", tuple(edits))], only=names)
    rows = {name: (_by_key(name, dataset.table(name)), _by_key(name, after[name])) for name in names}
    found = [one for one in edits if (one.table, one.key) not in again]
    for table, key in again:
        was, now = (by_key[key] for by_key in rows[table])
        changed = (name for name in TABLES[table].columns if was[name] != now[name])
        found += [Edit(table, key, name, Op.SET, now[name]) for name in changed]
    return found


def _by_key(name: str, frame: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Rows of a table as edits write their cells, by whole key."""
    columns = [[cell_text(cell) for cell in frame[column]] for column in TABLES[name].columns]
    rows = (dict(zip(TABLES[name].columns, cells, strict=True)) for cells in zip(*columns, strict=True))
    return {"/".join(row[part] for part in TABLES[name].key): row for row in rows}


def _of_rows(dataset: Dataset, edit: Edit) -> Iterator[Edit]:
    names = TABLES[edit.table].key
    if edit.op is Op.ADD:
        row = json.loads(edit.value)
        whole = {name: TABLES[edit.table].field(name).kind is Kind.INTEGER for name in names}
        told = {name: row.get(name, "") for name in names}
        yield replace(edit, key="/".join(str(int(float(told[name])) if whole[name] else told[name]) for name in names))
        return
    parts = edit.key.split("/")
    if len(parts) == len(names) and "*" not in parts:
        yield edit
        return
    columns = [dataset.table(edit.table)[name].astype(str).to_numpy(dtype=object) for name in names]
    for at in rows_named(columns, edit.key):
        yield replace(edit, key="/".join(column[at] for column in columns))


def effects(dataset: Dataset, patch: Patch) -> Effects:
    """What a patch shuts and slows in a dataset. Raises Refused `invalid` for edits that do not fit it."""
    try:
        after = Scenario(dataset, (patch,))
    except DataError as error:
        raise Refused("invalid", " ".join(str(problem) for problem in error.problems)) from error
    slower: dict[str, int] = {}
    for link_id, more_h in _longer(dataset.table("link"), after.table("link"), "link_id", _link_h).items():
        slower[link_id] = slower.get(link_id, 0) + _ms(more_h)
    borders = dataset.table("border").set_index("border_id")
    for border_id, more_h in _longer(dataset.table("border"), after.table("border"), "border_id", _border_h).items():
        for link_id in _between(dataset, borders.loc[border_id]):
            slower[link_id] = slower.get(link_id, 0) + _ms(more_h)
    for service_id, more_h in _longer(
        dataset.table("service"), after.table("service"), "service_id", _transit_h
    ).items():
        slower[service_id] = _ms(more_h)
    links, services = (_gone(dataset.table(name), after.table(name), f"{name}_id") for name in ("link", "service"))
    return Effects(links, services, {name: ms for name, ms in sorted(slower.items()) if ms > 0})


def _place(dataset: Dataset, one: Closure) -> list[Words]:
    links, transfers = dataset.table("link"), dataset.table("transfer")
    here = transfers[(transfers["place_id"] == one.row) & (transfers["status"] == OPEN)]["transfer_id"]
    if one.longer_h:
        return [("transfer", str(name), "time_h", Op.SHIFT, str(one.longer_h)) for name in here]
    touching = links[((links["from_place"] == one.row) | (links["to_place"] == one.row)) & (links["status"] == OPEN)]
    shut: list[Words] = [_shut("link", name) for name in touching["link_id"]]
    return [*shut, *(_shut("transfer", name) for name in here)] if shut else []


def _link(dataset: Dataset, one: Closure) -> list[Words]:
    links = dataset.table("link")
    mine = links[(links["link_id"] == one.row) & (links["status"] == OPEN)]
    if one.longer_h:
        return [("link", one.row, "time_h", Op.SET, repr(float(h) + one.longer_h)) for h in _link_h(mine)]
    return [_shut("link", name) for name in mine["link_id"]]


def _border(dataset: Dataset, one: Closure) -> list[Words]:
    borders = dataset.table("border")
    mine = borders[(borders["border_id"] == one.row) & (borders["status"] == OPEN)]
    if one.longer_h:
        return [("border", str(name), "time_h", Op.SHIFT, str(one.longer_h)) for name in mine["border_id"]]
    return [_shut("link", name) for _, row in mine.iterrows() for name in _between(dataset, row)]


def _service(dataset: Dataset, one: Closure) -> list[Words]:
    services = dataset.table("service")
    mine = services[(services["service_id"] == one.row) & (services["status"] == OPEN)]["service_id"]
    if one.longer_h:
        return [("service", str(name), "transit_h", Op.SHIFT, str(one.longer_h)) for name in mine]
    return [("service", str(name), "status", Op.SET, "suspended") for name in mine]


_WAYS: dict[str, Callable[[Dataset, Closure], list[Words]]] = {
    "place": _place,
    "link": _link,
    "border": _border,
    "service": _service,
}


def _shut(table: str, name: object) -> Words:
    return (table, str(name), "status", Op.SET, "closed")


def _between(dataset: Dataset, border: Mapping[str, Any] | pd.Series) -> list[str]:
    """Open links of a border's mode between its two places."""
    links = dataset.table("link")
    ends = {border["from_place"], border["to_place"]}
    mine = links[(links["mode"] == border["mode"]) & (links["status"] == OPEN)]
    rows = mine[["link_id", "from_place", "to_place"]].itertuples(index=False, name=None)
    return [str(name) for name, one, two in rows if {one, two} == ends]


def _gone(before: pd.DataFrame, after: pd.DataFrame, key: str) -> tuple[str, ...]:
    stays = set(after[after["status"] == OPEN][key])
    return tuple(sorted(str(name) for name in before[before["status"] == OPEN][key] if name not in stays))


def _longer(
    before: pd.DataFrame, after: pd.DataFrame, key: str, hours: Callable[[pd.DataFrame], pd.Series]
) -> dict[str, float]:
    was = pd.Series(hours(before).to_numpy(), before[key])
    now = pd.Series(hours(after).to_numpy(), after[key]).reindex(was.index)
    more = (now - was).dropna()
    return {str(name): float(value) for name, value in more[more > 0].items()}


def _link_h(links: pd.DataFrame) -> pd.Series:
    return links["time_h"].fillna(links["length_km"] / links["speed_kmh"])


def _border_h(borders: pd.DataFrame) -> pd.Series:
    return borders["time_h"].where(borders["status"] == OPEN, 0.0)


def _transit_h(services: pd.DataFrame) -> pd.Series:
    return services["transit_h"]


def _ms(hours: float) -> int:
    return round(hours * HOUR_MS)
