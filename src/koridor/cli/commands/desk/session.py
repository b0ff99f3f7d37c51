"""The session of a person at a desk, kept in a file that its owner alone may read."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from koridor.errors import UsageError
from koridor.text import t

FOLDER_MODE = 0o700


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in where, by which token."""

    url: str
    login: str
    token: str


def path() -> Path:
    """The file of the session: that of KORIDOR_DESK, else one in the user's folder of configuration."""
    if os.environ.get("KORIDOR_DESK"):
        return Path(os.environ["KORIDOR_DESK"])
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "koridor" / "desk.json"


def keep(session: Session) -> None:
    """Keeps a session in place of the one before."""
    write(path(), asdict(session))


def drop() -> None:
    """Forgets the session."""
    path().unlink(missing_ok=True)


def current() -> Session:
    """The session that is kept. Raises UsageError where there is none."""
    found = read(path())
    if found is None:
        raise UsageError(t("Nobody is logged in; koridor desk log-in URL LOGIN comes first."))
    try:
        return Session(**found)
    except TypeError:
        raise UsageError(t("{file} holds no session; koridor desk log-in makes a new one.", file=path())) from None


def write(file: Path, content: Mapping[str, Any]) -> None:
    """Writes a file whole or not at all, for its owner alone."""
    file.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # made readable by its owner alone
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(content, stream)
    Path(part).replace(file)


def read(file: Path) -> dict[str, Any] | None:
    """What such a file holds; None where there is none. Raises UsageError for what cannot be read."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise UsageError(t("{file} cannot be read: {error}; remove it.", file=file, error=error)) from error
    return found if isinstance(found, dict) else {}
