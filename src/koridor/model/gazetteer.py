"""Finding a place by its id or by a name in any language."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass

from koridor.errors import UsageError
from koridor.model.scenario import Scenario
from koridor.text import t

_MOST = 6
_DOTLESS = str.maketrans("ıəʻʼ’‘`", "ie'''''")
_TOWNS = ("city", "port")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A name of a place: as it is compared, and its part before a bracket, comma or slash."""

    place: str
    whole: str
    head: str


def find_place(scenario: Scenario, wanted: str) -> str:
    """Id of the place that a text means: an id, a name in any language, or the first words of a longer name.

    Letters are compared without case and accents. Of several places whose longer names begin with the text, the one
    town among them wins. Raises UsageError that names what is near, or all places that are meant.
    """
    place = scenario.table("place")
    ids = place["place_id"].astype(str)
    if (ids == wanted).any():
        return wanted
    key = _plain(wanted)
    names = _entries(scenario)
    if not key:
        raise UsageError(t("A place has no name; give the id or name of a place."))
    towns = set(place.loc[place["kind"].isin(_TOWNS), "place_id"])
    rules = (
        {one for one in ids if one.casefold() == wanted.casefold()},
        {entry.place for entry in names if entry.whole == key},
        {entry.place for entry in names if entry.head == key},
        {entry.place for entry in names if f"{entry.whole} ".startswith(f"{key} ")},
    )
    for found in rules:
        chosen = found if len(found) == 1 else found & towns
        if len(chosen) == 1:
            return next(iter(chosen))
        if found:
            listed = _named(scenario, sorted(found))
            raise UsageError(t("Place {name}: several are meant: {known}; give the id.", name=wanted, known=listed))
    near = difflib.get_close_matches(key, sorted({entry.head for entry in names}), n=_MOST)
    close = sorted({entry.place for entry in names if entry.head in near}, key=lambda one: _rank(one, names, near))
    if not close:
        raise UsageError(
            t("Place {name}: there is none of that id or name, nor one near; see the table place.", name=wanted)
        )
    listed = _named(scenario, close)
    raise UsageError(t("Place {name}: there is none of that id or name; near it: {known}.", name=wanted, known=listed))


def _entries(scenario: Scenario) -> list[_Entry]:
    return [
        _Entry(str(place), _plain(str(name)), _plain(re.split(r"[(,/]| - ", str(name), maxsplit=1)[0]))
        for table in ("place", "place_name")
        for place, name in scenario.table(table)[["place_id", "name"]].itertuples(index=False)
    ]


def _plain(text: str) -> str:
    """The text in small letters without accents and signs, its words parted by one space."""
    bare = unicodedata.normalize("NFKD", text.casefold().translate(_DOTLESS))
    letters = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w\s]", "", letters.replace("-", " ").replace("/", " ")).split())


def _rank(place: str, names: list[_Entry], near: list[str]) -> tuple[int, str]:
    return min(near.index(entry.head) for entry in names if entry.place == place and entry.head in near), place


def _named(scenario: Scenario, places: list[str]) -> str:
    names = scenario.table("place").set_index("place_id")["name"]
    shown = ", ".join(f"{place} ({names[place]})" for place in places[:_MOST])
    return shown if len(places) <= _MOST else f"{shown}, …"
