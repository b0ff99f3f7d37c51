"""Reading a file of TOML."""

from __future__ import annotations

import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from koridor.errors import DataError, Problem
from koridor.text import t


def read_toml(source: Path | Traversable, name: str) -> dict[str, Any]:
    """What a file holds. Raises DataError for what is no TOML, under the name of the file; OSError."""
    try:
        return tomllib.loads(source.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError([Problem("", name, limit=t("must be readable as TOML: {error}", error=error))]) from error
