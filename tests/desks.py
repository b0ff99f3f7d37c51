"""What tests of the operator share: a clock that stands, and small desks."""

from __future__ import annotations

MONDAY_MS = 1_796_601_600_000  # 2026-12-07 00:00 UTC


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_ms = MONDAY_MS

    def __call__(self) -> int:
        return self.now_ms
