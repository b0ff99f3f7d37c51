"""One text for one content, so that hashes of the same content are the same on both sides."""

from __future__ import annotations

import hashlib
from json import JSONEncoder
from typing import Any

# made once: `json.dumps` would make one for every text
_encode = JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def canonical(content: Any) -> str:
    """JSON without spaces, keys sorted. Numbers that are not whole are refused: hashed content holds none."""
    _refuse_floats((content,))
    return _encode(content)


def hash_of(content: Any) -> str:
    """SHA-256 of the canonical text, 64 hex digits."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def kept(content: Any) -> str:
    """JSON of what others told, to be kept as it is; numbers with fractions are theirs to hold."""
    return _encode(content)


def _refuse_floats(content: Any) -> None:
    for item in content.values() if isinstance(content, dict) else content:
        if isinstance(item, dict | list | tuple):
            _refuse_floats(item)
        assert not isinstance(item, float), "a number that is not whole has more than one text"


def whole(value: Any) -> int:
    """A value that is a whole number already: nothing is rounded, and true is no number. Raises ValueError."""
    if type(value) is not int:
        raise ValueError(f"{value!r} is no whole number")
    return value
