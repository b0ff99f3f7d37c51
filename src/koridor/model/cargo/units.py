"""Cargo as somebody writes it: ``2x20TK,24t,UN1203/3`` is two tank containers of petrol, 24 tonnes each."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from koridor.errors import UsageError
from koridor.model.network import BOX, BULK
from koridor.model.scenario import Scenario
from koridor.schema.tables import FORMS
from koridor.schema.words import DG_CLASSES
from koridor.text import t

BULK_KIND = "bulk"
_COUNT = re.compile(r"(?:(\d+)\s*[xх×])?\s*(\S.*)", re.IGNORECASE)
_WEIGHT = re.compile(r"(\d+(?:\.\d+)?)\s*t", re.IGNORECASE)
_UN = re.compile(r"UN\s?(\d{4})", re.IGNORECASE)
_EXAMPLE = "2x40HC,24t,UN1203/3"
_PLATFORM_ROOM_M = 0.05  # boxes are measured outside, platforms between their fittings
_NOBODY = "*"
_COUNT_MAX, _BULK_MAX_T = 100_000, 1_000_000.0  # so that sums of grams and cents stay whole numbers of 64 bits


@dataclass(frozen=True, slots=True)
class Cargo:
    """Units of one kind.

    kind: box, wagon or bulk. size: a type of the table `cargo_type`, "" for a plain box and for bulk. count: units.
    gross_t: tonnes of one unit as it is moved, tare included. weighed: somebody gave that weight; else it is a usual
    one, and no rule of weights refuses it. tare_t: of one unit. teu: of one unit, exact. length_m: of one unit. reefer:
    needs power. dangerous: class of dangerous goods, None for others. un: UN number, if given. commodity: id.
    carriages: those on which the unit can travel, empty for all.
    """

    kind: str
    size: str = ""
    count: int = 1
    gross_t: float = 0.0
    tare_t: float = 0.0
    teu: Fraction = Fraction(0)
    length_m: float = 0.0
    reefer: bool = False
    dangerous: str | None = None
    un: str | None = None
    commodity: str = ""
    carriages: tuple[str, ...] = ()
    weighed: bool = False

    @classmethod
    def plain(cls, form: int, commodity: str = "", gross_t: float = 0.0) -> Cargo:
        """One TEU in a box of which nothing is known, or a tonne outside a box: no rule refuses it."""
        if form == BOX:
            return cls(FORMS[BOX], gross_t=gross_t, teu=Fraction(1), commodity=commodity)
        return cls(BULK_KIND, gross_t=gross_t or 1.0, commodity=commodity)

    @property
    def form(self) -> int:
        """BOX or BULK: wagons are moved as goods outside boxes."""
        return BOX if self.kind == FORMS[BOX] else BULK

    @property
    def net_t(self) -> float:
        """Tonnes of goods in one unit."""
        return max(self.gross_t - self.tare_t, 0.0)


def read_cargo(scenario: Scenario, text: str, *, commodity: str | None = None) -> Cargo:
    """The cargo that a text means: a count, a type of `cargo_type` or `bulk`, and where wanted weight and UN number.

    Parts after the type are parted by commas: ``24t`` gross tonnes a unit, ``UN1203/3`` number and class of dangerous
    goods. Without a weight a unit holds what a TEU of the commodity does (`size_t_per_teu`), as far as it may, and is
    never refused for its weight. Without a commodity it is the one of which most is carried.

    Raises UsageError, a sentence, for a type that is not known, too many units, a weight above the most or below the
    tare, a UN number or class of another form.
    """
    head, *rest = [part.strip() for part in text.split(",")]
    found = _COUNT.fullmatch(head)
    if found is None:
        raise UsageError(t("Cargo {text}: write a type, such as {example}.", text=text, example=_EXAMPLE))
    units, name = float(found[1] or 1), found[2].strip()  # of very many digits int() makes an error of its own
    if units > _COUNT_MAX:
        raise UsageError(t("Cargo {text}: there may be at most {most} units.", text=text, most=_COUNT_MAX))
    count = int(units)
    if count < 1:
        raise UsageError(t("Cargo {text}: there must be at least one unit.", text=text))
    weight, un, dangerous = _parts(text, rest)
    if name.casefold() == BULK_KIND:
        if (weight or 1.0) > _BULK_MAX_T:
            raise UsageError(t("Cargo {text}: a unit may weigh at most {most:.0f} t.", text=text, most=_BULK_MAX_T))
        goods = _goods(scenario, commodity, BULK)
        return Cargo(
            BULK_KIND, "", count, weight or 1.0, 0.0, dangerous=dangerous, un=un, commodity=goods, weighed=True
        )
    row = _type(scenario, text, head, name)
    goods = _goods(scenario, commodity, BOX if row["kind"] == FORMS[BOX] else BULK)
    gross = _usual_gross(scenario, row, goods) if weight is None else _weighed(text, row, weight)
    carriages = row["carriages"]
    return Cargo(
        kind=str(row["kind"]),
        size=str(row["cargo_type"]),
        count=count,
        gross_t=gross,
        tare_t=float(str(row["tare_t"])),
        teu=_exact(row["size_teu"]),
        length_m=float(str(row["length_m"])),
        reefer=bool(row["reefer"]),
        dangerous=dangerous,
        un=un,
        commodity=goods,
        carriages=tuple(carriages.split(";")) if isinstance(carriages, str) else (),
        weighed=weight is not None,
    )


def per_platform(scenario: Scenario, cargo: Cargo, carriage: str) -> int:
    """Most boxes of this kind on one platform of a carriage, by length and weight; 0 where none takes one.

    1 where the table `platform` has no row of the carriage, as nothing is known that would forbid it, and for wagons.
    """
    rows = scenario.table("platform")
    rows = rows[rows["carriage"] == carriage]
    if rows.empty or cargo.form != BOX or not cargo.length_m:
        return 1
    by_length = np.floor((rows["length_m"].to_numpy() + _PLATFORM_ROOM_M) / cargo.length_m)
    by_weight = np.floor(rows["load_max_t"].to_numpy() / cargo.gross_t) if cargo.gross_t else by_length
    return int(np.minimum(by_length, by_weight).max())


def usual_goods(scenario: Scenario, form: int) -> str:
    """The commodity of which most goes in a box, or outside; the first by name where nothing flows."""
    flow = scenario.table("flow")
    share = flow["box_share"] if form == BOX else 1.0 - flow["box_share"]
    carried = (flow["volume_t"] * share).groupby(flow["commodity_id"]).sum().sort_index()
    return str(carried.idxmax() if len(carried) else scenario.table("commodity")["commodity_id"].min())


def _goods(scenario: Scenario, commodity: str | None, form: int) -> str:
    if commodity is None:
        return usual_goods(scenario, form)
    known = sorted(scenario.table("commodity")["commodity_id"])
    if commodity not in known:
        listed = ", ".join(known)
        raise UsageError(t("commodity {name}: there is none of that name; there are {known}.",
                           name=commodity, known=listed))  # fmt: skip
    return commodity


def _parts(text: str, rest: list[str]) -> tuple[float | None, str | None, str | None]:
    """Weight, UN number and class of the parts after the type."""
    weight, un, dangerous = None, None, None
    for part in rest:
        if found := _WEIGHT.fullmatch(part):
            if weight is not None:
                raise UsageError(t("Cargo {text}: there are two weights; give one, gross tonnes a unit.", text=text))
            weight = float(found[1])
        elif part.casefold().startswith("un") or "/" in part:
            if un is not None:
                raise UsageError(t("Cargo {text}: there are two UN numbers; ask for one at a time.", text=text))
            un, dangerous = _dangerous(text, part)
        else:
            raise UsageError(
                t("Cargo {text}: {part} is neither tonnes such as 24t nor dangerous goods such as UN1203/3.",
                  text=text, part=part or '""')
            )  # fmt: skip
    if weight is not None and not weight > 0.0:
        raise UsageError(t("Cargo {text}: the weight must be above 0 t.", text=text))
    return weight, un, dangerous


def _dangerous(text: str, part: str) -> tuple[str, str]:
    number, _, name = part.partition("/")
    found = _UN.fullmatch(number.strip())
    if found is None:
        raise UsageError(
            t("Cargo {text}: {part} is no UN number; it is UN and four digits, such as UN1203.", text=text, part=number)
        )
    known = ", ".join(DG_CLASSES)
    if not name.strip():
        raise UsageError(
            t("Cargo {text}: give the class of {un} too, such as {un}/3; classes are {known}.",
              text=text, un=f"UN{found[1]}", known=known)
        )  # fmt: skip
    dangerous = class_of(name.strip())
    if dangerous is None:
        raise UsageError(t("Cargo {text}: class {name} is none of {known}.", text=text, name=name, known=known))
    return f"UN{found[1]}", dangerous


def class_of(text: str) -> str | None:
    """The class of dangerous goods that a text such as 3, 2.1 or 1.4S means; divisions of 1 and 2 are of one class."""
    if text in DG_CLASSES:
        return text
    found = re.fullmatch(r"(1)\.[1-6][A-S]?|(2)\.[1-3]", text)
    return next(part for part in found.groups() if part) if found else None


def _type(scenario: Scenario, text: str, head: str, name: str) -> dict[str, object]:
    """The row of a type. A count without a blank may be part of a name that was meant: `41XX` is no 41 of X."""
    table = scenario.table("cargo_type")
    plain = name.replace("'", "").replace(" ", "").casefold()
    keys = table["cargo_type"].str.casefold()
    mine = table[(keys == plain) | (table["iso_code"].fillna(_NOBODY).str.casefold() == plain)]
    if len(mine) == 1:
        return {str(key): value for key, value in mine.iloc[0].items()}
    if table.empty:
        raise UsageError(
            t("Cargo {name}: the dataset has no types of cargo; add the table cargo_type, or write bulk.", name=text)
        )
    known = list(table["cargo_type"]) if mine.empty else list(mine["cargo_type"])
    whole = head.replace("'", "").replace(" ", "").upper()
    near = difflib.get_close_matches(plain.upper(), known, n=3) or difflib.get_close_matches(whole, known, n=3)
    said = t(" Near it: {near}.", near=", ".join(near)) if near else ""
    listed = ", ".join([*sorted(known), BULK_KIND])
    raise UsageError(t("Cargo {name}: there is no such type; there are {known}.", name=text, known=listed) + said)


def _weighed(text: str, row: dict[str, object], weight: float) -> float:
    low, high = (float(str(row[name])) for name in ("tare_t", "gross_max_t"))
    if weight > high:
        raise UsageError(
            t("Cargo {text}: {weight:g} t are above the most that a {size} may weigh, {high:g} t; take more units.",
              text=text, weight=weight, size=row["cargo_type"], high=high)
        )  # fmt: skip
    if weight < low:
        raise UsageError(
            t("Cargo {text}: {weight:g} t are less than a {size} weighs empty, {low:g} t; give gross tonnes.",
              text=text, weight=weight, size=row["cargo_type"], low=low)
        )  # fmt: skip
    return weight


def _usual_gross(scenario: Scenario, row: dict[str, object], goods: str) -> float:
    """Tare and what a TEU of the goods weighs, at most what is allowed; of a wagon the most."""
    tare, high, size = (float(str(row[name])) for name in ("tare_t", "gross_max_t", "size_teu"))
    if not size > 0.0:
        return high
    table = scenario.table("commodity").set_index("commodity_id")
    return min(tare + size * float(table.at[goods, "size_t_per_teu"]), high)


def _exact(size: object) -> Fraction:
    """The TEU of a unit as a fraction, from the decimal number that the table shows."""
    return Fraction(0) if pd.isna(size) else Fraction(repr(float(str(size))))
