"""Contracts of clocks: from which event to which a unit may stay, how long free, and what each day costs then.

Demurrage runs in the terminal, detention outside it, storage where goods lie, a standing charge on a wagon that waits.
A contract is never edited: another supersedes it, and what began under the first stays under it where its span says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from koridor.operator.common.canonical import whole
from koridor.operator.common.refused import Refused
from koridor.operator.equipment.fold import FACTS
from koridor.operator.money.currency import exponents
from koridor.text import t

FROM_DAY_MAX = 1000


@dataclass(frozen=True, slots=True)
class Mark:
    """An event that starts or stops a clock: its kind, and where it matters whether the unit was empty and where."""

    kind: str
    empty: bool | None = None
    place_id: str = ""


@dataclass(frozen=True, slots=True)
class Tier:
    """From a counted day on, the first being 1, a day costs so many minor units."""

    from_day: int
    day_minor: int


@dataclass(frozen=True, slots=True)
class Scale:
    """What the days of units of some types cost.

    Attributes
    ----------
    types : str
        Beginning of the type, such as 2 for containers of 20 feet; "" for all that no longer beginning fits.
    tiers : tuple of Tier
        By rising days; days before the first are free.
    lost_day : int or None
        The counted day on which a unit that is not back counts as lost: then `value_minor` is due and nothing more.
    value_minor : int
        The value of a lost unit.
    """

    types: str
    tiers: tuple[Tier, ...]
    lost_day: int | None = None
    value_minor: int = 0


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract of a clock.

    Attributes
    ----------
    start, stop : Mark
        What starts and what stops the clock. The day of the start is the first day, that of the stop the last.
    zone : str
        Where days begin and end, as in the tz database.
    weekends_free : bool
        Whether Saturdays and Sundays among the free days are not counted, so that the free time is longer.
    weekends_charged : bool
        Whether Saturdays and Sundays after the free time are counted and cost.
    currency : str
        Of all amounts.
    scales : tuple of Scale
        By type; the longest beginning that fits holds.
    """

    start: Mark
    stop: Mark
    zone: str
    weekends_free: bool
    weekends_charged: bool
    currency: str
    scales: tuple[Scale, ...]

    def scale_of(self, type_code: str) -> Scale | None:
        """The scale of a type, None where the contract has none for it."""
        fitting = [scale for scale in self.scales if type_code.startswith(scale.types)]
        return max(fitting, key=lambda scale: len(scale.types)) if fitting else None


def parse(content: Mapping[str, Any]) -> Contract:
    """The contract of a content as the API takes it. Raises Refused `invalid` with all problems."""
    scales = tuple(_scale(row) for row in content["scales"])
    start, stop = Mark(**content["start"]), Mark(**content["stop"])
    weekends = (bool(content["weekends_free"]), bool(content["weekends_charged"]))
    made = Contract(start, stop, content["zone"], *weekends, content["currency"], scales)
    wrong = [*_wrong_marks(made), *(one for scale in scales for one in _wrong_scale(scale))]
    if len({scale.types for scale in scales}) < len(scales):
        wrong.append(t("A beginning of types has one scale."))
    if wrong:
        raise Refused("invalid", t("The contract cannot be meant; see problems."), problems=wrong)
    return made


def _scale(row: Mapping[str, Any]) -> Scale:
    tiers = tuple(Tier(whole(one["from_day"]), whole(one["day_minor"])) for one in row["tiers"])
    lost = row.get("lost_day")
    return Scale(row["types"], tiers, None if lost is None else whole(lost), whole(row.get("value_minor", 0)))


def _wrong_marks(made: Contract) -> list[str]:
    wrong = [
        t("An event of a unit is one of {kinds}.", kinds=", ".join(FACTS))
        for mark in (made.start, made.stop)
        if mark.kind not in FACTS
    ]
    if made.start == made.stop:
        wrong.append(t("A clock stops by another event than it starts by."))
    if made.currency not in exponents():
        wrong.append(t("Currency {code} is not known.", code=made.currency))
    try:
        ZoneInfo(made.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong.append(t("Zone {zone} is not in the tz database.", zone=made.zone))
    return wrong


def _wrong_scale(scale: Scale) -> list[str]:
    days = [tier.from_day for tier in scale.tiers]
    wrong = []
    if not days or days != sorted(set(days)) or days[0] < 1 or days[-1] > FROM_DAY_MAX:
        wrong.append(t("Tiers begin on rising days, from 1 to {most}.", most=FROM_DAY_MAX))
    if min([tier.day_minor for tier in scale.tiers] + [scale.value_minor]) < 0:
        wrong.append(t("A day costs nothing or more."))
    if scale.lost_day is not None and days and scale.lost_day < days[0]:
        wrong.append(t("A unit is lost after its free time."))
    return wrong
