"""A question for all good ways at a time, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from koridor.errors import UsageError
from koridor.schema.days import MINUTES_A_DAY
from koridor.text import t


class Criterion(StrEnum):
    """What ways are compared by."""

    TIME = "time"  # from the moment of leaving to the arrival by plan; for a latest arrival, back from it
    MONEY = "money"  # of the whole consignment, USD
    CO2E = "co2e"  # of the whole consignment, well to wheel
    VARIANCE = "variance"  # of the hours that legs spread independently of each other


EVERY = tuple(Criterion)
HORIZON_MAX_D = 3660  # ten years; timetables are laid out day by day, so that more takes minutes and much memory


@dataclass(frozen=True, slots=True)
class Query:
    """A question.

    origin, destination, via: ids of places, via in their order. leave: minute since 1970-01-01 UTC from which the
    consignment is ready. arrive_by: minute by which it must be there; without `leave` the latest departures are asked
    for, with it the chance of keeping it. cargo: as `read_cargo` reads it; None for a plain unit of `form` of
    `commodity` (None: that of which most goes). form: None for that of the cargo, or a box.
    criteria: what ways are compared by. modes: only these, empty for all.
    corridors: only these regimes, None for all in force. forbid: countries not to be entered. epsilon: see
    `kernels.pareto.pareto_front`. horizon_d: days after leaving (before arriving) that are looked at. near: how much
    dearer in generalised cost than the best, as a share, ways beside the front may be. alike: of their kilometres the
    most that ways told may share. shown: most ways told in full.
    draws, seed: of the simulation. labels_max: most labels of the search, beyond which the front is incomplete.
    """

    origin: str
    destination: str
    leave: int | None = None
    arrive_by: int | None = None
    cargo: str | None = None
    form: str | None = None
    commodity: str | None = None
    criteria: tuple[Criterion, ...] = EVERY
    via: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    corridors: tuple[str, ...] | None = None
    forbid: tuple[str, ...] = ()
    epsilon: float = 0.0
    horizon_d: int = 200
    near: float = 0.5
    alike: float = 0.8
    shown: int = 12
    draws: int = 2000
    seed: int = 1
    labels_max: int = 4_000_000

    def __post_init__(self) -> None:
        if self.leave is None and self.arrive_by is None:
            raise UsageError(t("Give a time of leaving or a latest arrival."))
        if self.leave is not None and self.arrive_by is not None and self.arrive_by <= self.leave:
            raise UsageError(t("The latest arrival is not after the time of leaving."))
        if not self.criteria:
            raise UsageError(t("Name at least one criterion: {known}.", known=", ".join(EVERY)))
        for name, value in (("epsilon", self.epsilon), ("near", self.near), ("alike", self.alike)):
            if not isfinite(value):
                raise UsageError(t("{name} {value}: must be a finite number.", name=name, value=value))
            if value < 0.0:
                raise UsageError(t("{name} {value}: must be at least 0.", name=name, value=value))
        for name, count in (("horizon_d", self.horizon_d), ("shown", self.shown), ("draws", self.draws),
                            ("labels_max", self.labels_max)):  # fmt: skip
            if count < 1:
                raise UsageError(t("{name} {value}: must be at least 1.", name=name, value=count))
        if self.horizon_d > HORIZON_MAX_D:
            raise UsageError(t("horizon_d {value}: must be at most {most}.", value=self.horizon_d, most=HORIZON_MAX_D))

    @property
    def backwards(self) -> bool:
        """Whether the latest departures are asked for."""
        return self.leave is None

    @property
    def anchor(self) -> int:
        """The minute from which time is counted: of leaving, or of the latest arrival."""
        anchor = self.arrive_by if self.leave is None else self.leave
        assert anchor is not None
        return anchor

    @property
    def span(self) -> tuple[int, int]:
        """First and last minute that can matter."""
        width = self.horizon_d * MINUTES_A_DAY
        return (self.anchor - width, self.anchor) if self.backwards else (self.anchor, self.anchor + width)
