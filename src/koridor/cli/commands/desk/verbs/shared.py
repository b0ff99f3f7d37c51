"""What several verbs show, and what they make where it is not said."""

from __future__ import annotations

import time

LEGS = "mode from_place to_place departure_id railways"
PROPOSAL = (": proposal_id kind state proposed_by decided_by created_ms content",)


def now_ms(key: str) -> int:
    """The moment at which a command is first given."""
    return time.time_ns() // 1_000_000
