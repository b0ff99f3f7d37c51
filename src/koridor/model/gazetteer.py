"""Finding a place by its id, its UN/LOCODE or a name in any language, and a country by its id or name."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from koridor.errors import UsageError
from koridor.model.scenario import Scenario
from koridor.text import t

_MOST = 6
_DOTLESS = str.maketrans("ıəʻʼ’‘`", "ie'''''")
_TOWNS = ("city", "port")
_LOCODE = re.compile(r"([A-Za-z]{2})[\s_-]?([A-Za-z2-9]{3})", re.ASCII)
_OF_NAMES = ("place", "place_name", "place_alias")


@dataclass(frozen=True, slots=True)
class Found:
    """A place that a text means, and others of which it might be a name too; `note` says so, if there are any."""

    place_id: str
    others: tuple[str, ...] = ()
    note: str = ""


def find_place(scenario: Scenario, wanted: str) -> str:
    """Id of the place that a text means; see `resolve`."""
    return resolve(scenario, wanted).place_id


def resolve(scenario: Scenario, wanted: str) -> Found:
    """The place that a text means: an id, a UN/LOCODE with or without a space, a name in any language, or the first
    words of a longer name.

    Letters are compared without case and accents. Of several places whose longer names begin with the text, the one
    town among them wins, and the others are told. Raises UsageError that names what is near, or all that are meant.
    """
    index = _index(_Once(tuple(scenario.digest(name) for name in _OF_NAMES), scenario))
    if wanted in index.names:
        return Found(wanted)
    key = _plain(wanted)
    if not key and not wanted.strip():
        raise UsageError(t("A place has no name; give the id or name of a place."))
    begun = index.beginning(key)
    for found in (index.ids(wanted), index.whole.get(key, set()), index.head.get(key, set()), begun):
        chosen = found if len(found) == 1 else found & index.towns
        if len(chosen) == 1:
            return _found(index, wanted, next(iter(chosen)), found | begun)
        if found:
            listed = index.listed(sorted(found))
            raise UsageError(t("Place {name}: several are meant: {known}; give the id.", name=wanted, known=listed))
    raise UsageError(_nothing(index, wanted, key))


def find_country(scenario: Scenario, wanted: str) -> str:
    """Id of the country that a text means: an id, or a name in any language, without case and accents.

    Raises UsageError that names what is near, or all ids.
    """
    table = scenario.table("country")
    by_name = {_plain(str(one)): str(one) for one in table["country_id"]}
    for names in (table, scenario.table("country_alias")):
        for one, name in names[["country_id", "name"]].itertuples(index=False):
            by_name.setdefault(_plain(str(name)), str(one))
    found = by_name.get(_plain(wanted))
    if found is not None:
        return found
    said = t("Country {name}: there is none of that id or name;", name=wanted)
    near = [by_name[name] for name in difflib.get_close_matches(_plain(wanted), sorted(by_name), n=_MOST)]
    if near:
        english = dict(table[["country_id", "name"]].itertuples(index=False))
        close = ", ".join(f"{one} ({english[one]})" for one in dict.fromkeys(near))
        raise UsageError(f"{said} " + t("near it: {known}.", known=close))
    raise UsageError(f"{said} " + t("there are {known}.", known=", ".join(sorted(table["country_id"]))))


def _found(index: _Index, wanted: str, place: str, like: set[str]) -> Found:
    others = tuple(sorted(like - {place}))
    if not others or wanted.casefold() == place.casefold():
        return Found(place)
    said = {"name": wanted, "place": index.listed([place]), "others": index.listed(list(others))}
    return Found(place, others, t("Place {name}: {place} is meant; names of {others} begin so too.", **said))


def _nothing(index: _Index, wanted: str, key: str) -> str:
    """A sentence that there is no such place, with those that are near."""
    near = difflib.get_close_matches(key, sorted(index.head), n=_MOST)
    close = [place for name in near for place in sorted(index.head[name])]
    code = _LOCODE.fullmatch(wanted.strip())
    if code:
        alike = f"{code[1]}-{code[2]}".upper()
        mine = [alike] if alike in index.names else []
        close = [*mine, *close]
    close = close or difflib.get_close_matches(re.sub(r"\W", "", wanted).upper(), sorted(index.names), _MOST, 0.7)
    listed = index.listed(list(dict.fromkeys(close)))
    if not close:
        return t("Place {name}: there is none of that id or name, nor one near; see the table place.", name=wanted)
    return t("Place {name}: there is none of that id or name; near it: {known}.", name=wanted, known=listed)


@dataclass(frozen=True)
class _Index:
    """Names of places as they are compared: whole, and the part before a bracket, comma or slash."""

    names: dict[str, str]
    towns: set[str]
    whole: dict[str, set[str]]
    head: dict[str, set[str]]

    def ids(self, wanted: str) -> set[str]:
        """Places whose id it is in other letters, or whose UN/LOCODE it is."""
        code = _LOCODE.fullmatch(wanted.strip())
        same = {wanted.strip().casefold(), *({"".join(code.groups()).casefold()} if code else ())}
        return {place for place in self.names if place.casefold() in same}

    def beginning(self, key: str) -> set[str]:
        """Places of which a name begins with these words."""
        if not key:
            return set()
        return {place for name, places in self.whole.items() if f"{name} ".startswith(f"{key} ") for place in places}

    def listed(self, places: Iterable[str]) -> str:
        """Ids and names, cut after the first few."""
        every = list(places)
        shown = ", ".join(f"{place} ({self.names[place]})" for place in every[:_MOST])
        return shown if len(every) <= _MOST else f"{shown}, …"


@dataclass(frozen=True)
class _Once:
    """What the index is made from, equal where the tables are."""

    digests: tuple[bytes, ...]
    scenario: Scenario = field(compare=False)


@lru_cache(maxsize=4)
def _index(of: _Once) -> _Index:
    place = of.scenario.table("place")
    names = {str(one): str(name) for one, name in place[["place_id", "name"]].itertuples(index=False)}
    whole: dict[str, set[str]] = defaultdict(set)
    head: dict[str, set[str]] = defaultdict(set)
    for table in _OF_NAMES:
        for one, name in of.scenario.table(table)[["place_id", "name"]].itertuples(index=False):
            whole[_plain(str(name))].add(str(one))
            head[_plain(re.split(r"[(,/]| - ", str(name), maxsplit=1)[0])].add(str(one))
    for known in (whole, head):
        known.pop("", None)
    towns = set(place.loc[place["kind"].isin(_TOWNS), "place_id"].astype(str))
    return _Index(names, towns, dict(whole), dict(head))


def _plain(text: str) -> str:
    """The text in small letters without accents and signs, its words parted by one space."""
    bare = unicodedata.normalize("NFKD", text.casefold().translate(_DOTLESS))
    letters = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w\s]", "", letters.replace("-", " ").replace("/", " ")).split())
