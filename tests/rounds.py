"""How long tests try: a few times, or as long as one asks."""

from __future__ import annotations

import os


def rounds(few: int) -> int:
    """How often to try what only may go wrong: a few times, or as KORIDOR_TEST_ROUNDS says, but never fewer."""
    return max(few, int(os.environ.get("KORIDOR_TEST_ROUNDS", few)))
