"""What the desk says no to, each with one code: outcomes, not errors of data; in the API, problems by RFC 9457."""

from __future__ import annotations

from typing import Any

from koridor.errors import KoridorError
from koridor.text import t

STATUS = {
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "sold_out": 409,
    "not_offered": 409,
    "hold_expired": 409,
    "quote_expired": 409,
    "not_allowed_now": 409,
    "plan_missing": 409,
    "split_missing": 409,
    "four_eyes": 409,
    "below_sold": 409,
    "ledger": 409,
    "network_damaged": 409,
    "too_large": 413,
    "invalid": 422,
    "key_reused": 422,
    "too_many": 429,
    "unavailable": 503,
}


class Refused(KoridorError):  # noqa: N818 - an outcome, not an error
    """A request that cannot be granted: `code` for machines, the sentence for people, `facts` that explain it."""

    def __init__(self, code: str, sentence: str, **facts: Any) -> None:
        assert code in STATUS, code
        self.code = code
        self.sentence = sentence
        self.facts = facts
        super().__init__(sentence)

    @property
    def status(self) -> int:
        """Status of HTTP."""
        return STATUS[self.code]


def unknown_id() -> Refused:
    """The refusal of an id that is not there or not theirs who ask: the same for both, so that nobody learns which."""
    return Refused("not_found", t("There is nothing of that id."))
