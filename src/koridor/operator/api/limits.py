"""Rate limits: a bucket of requests a caller, filled by the minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from koridor.operator.common.refused import Refused
from koridor.text import t

CALLERS_MAX = 10_000
MINUTE_S = 60.0


@dataclass(slots=True)
class Buckets:
    """As many requests at once as may be made a minute, then as many as come free.

    Attributes
    ----------
    per_min : int
        Requests a minute of one caller.
    clock : callable
        Seconds that only go on.
    """

    per_min: int
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, caller: str) -> None:
        """Takes one request. Raises Refused `too_many`, with the seconds after which there is one again."""
        now = self.clock()
        with self._lock:
            left, since = self._left.pop(caller, (float(self.per_min), now))
            left = min(float(self.per_min), left + (now - since) * self.per_min / MINUTE_S)
            granted = left >= 1.0
            self._left[caller] = (left - granted, now)
            while len(self._left) > CALLERS_MAX:
                self._left.pop(next(iter(self._left)))  # who has not called for longest
        if not granted:
            wait_s = int((1.0 - left) * MINUTE_S / self.per_min) + 1
            sentence = t("Too many requests; at most {count} a minute.", count=self.per_min)
            raise Refused("too_many", sentence, retry_after_s=wait_s)
