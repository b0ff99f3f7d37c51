"""Who the robots are: by part in the play, a token or a login, and what of the world they need to know.

::

    [sales]
    login = "sales-a"
    password = "..."

    [shipper]
    token = "kor_..."

    [world]
    from_place = "..."
    to_place = "..."
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from koridor.errors import DataError, Problem, UsageError
from koridor.operator.client import Client
from koridor.operator.common.toml import read_toml
from koridor.text import t

WORLD = "world"
WAYS = ({"token"}, {"login", "password"})


@dataclass(frozen=True, slots=True)
class Cast:
    """Tokens by part, and the facts of the world by name."""

    tokens: Mapping[str, str]
    world: Mapping[str, Any]

    def token(self, part: str) -> str:
        """The token of a part. Raises UsageError where nobody plays it."""
        if part not in self.tokens:
            raise UsageError(
                t("--people: nobody plays {part}; there are {known}", part=part, known=", ".join(self.tokens))
            )
        return self.tokens[part]


def read(file: Path, client: Client) -> Cast:
    """The cast of a file; whoever has a login is logged in. Raises DataError with all problems, UsageError."""
    try:
        found = read_toml(file, str(file))
    except OSError as error:
        raise UsageError(t("--people {file}: {why}", file=file, why=error.strerror or str(error))) from error
    world = found.pop(WORLD, {})
    limit = t("must be a token, or a login and a password")
    bad = [Problem("", str(file), None, part, limit=limit) for part, way in found.items() if not _is_way(way)]
    if bad:
        raise DataError(bad)
    return Cast(
        {part: way.get("token") or client.log_in(way["login"], way["password"]) for part, way in found.items()}, world
    )


def _is_way(way: Any) -> bool:
    return isinstance(way, dict) and set(way) in WAYS and all(isinstance(word, str) and word for word in way.values())
