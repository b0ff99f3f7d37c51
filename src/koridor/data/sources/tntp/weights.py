"""What tolls and lengths cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

from koridor.errors import UsageError
from koridor.text import t


@dataclass(frozen=True, slots=True)
class Weights:
    """Time units of the file that a unit of toll and a unit of length cost. Raises UsageError when negative."""

    toll: float = 0.0
    distance: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("toll", self.toll), ("distance", self.distance)):
            if not (math.isfinite(value) and value >= 0.0):
                raise UsageError(t("{name} weight {value}: give a number of at least 0", name=name, value=value))
