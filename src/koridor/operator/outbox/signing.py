"""Signatures of messages: HMAC-SHA256 over the moment and the raw body, one for each secret that holds.

The header is `t=SECONDS,v1=HEX[,v1=HEX]`. Who checks it takes the body as it came, before any parsing, and refuses
what was signed too long ago, so that a message that was caught on its way cannot be told again later.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "Koridor-Signature"
AGE_S_MAX = 300


def sign(secrets: Sequence[str], body: bytes, at_s: int) -> str:
    """The header for a body that is sent at a moment."""
    return ",".join([f"t={at_s}", *(f"v1={_digest(secret, body, at_s)}" for secret in secrets)])


def verify(secrets: Sequence[str], body: bytes, header: str, now_s: int, age_s_max: int = AGE_S_MAX) -> bool:
    """Whether one of the secrets has signed the body, not longer ago or further ahead than so many seconds."""
    pairs = [part.partition("=")[::2] for part in header.split(",")]
    moments = [value for name, value in pairs if name == "t"]
    if len(moments) != 1 or not (moments[0].isascii() and moments[0].isdecimal()) or len(moments[0]) > 12:
        return False
    at_s = int(moments[0])
    if abs(now_s - at_s) > age_s_max:
        return False
    given = [value.encode() for name, value in pairs if name == "v1"]
    known = [_digest(secret, body, at_s).encode() for secret in secrets]
    return any(hmac.compare_digest(one, other) for one in given for other in known)


def _digest(secret: str, body: bytes, at_s: int) -> str:
    return hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
