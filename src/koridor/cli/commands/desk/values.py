"""How arguments are read: the value of a text, or ArgumentTypeError with what it should be like."""

from __future__ import annotations

import json
import re
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from koridor.errors import DataError
from koridor.text import t

MS = 1000
KEY = re.compile(r"[\x21-\x7e]{1,255}")


def moment(text: str) -> int:
    """Milliseconds since 1970 of a date or a time, in UTC where it has no offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(t("{text} is no moment such as 2026-03-02 or 2026-03-02T08:00", text=text)) from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * MS)


def content(text: str) -> Any:
    """What a file of JSON holds."""
    try:
        return json.loads(Path(text).read_text(encoding="utf-8"))
    except OSError as error:
        raise ArgumentTypeError(f"{text}: {error.strerror}") from None
    except ValueError as error:
        raise ArgumentTypeError(t("{file} must be JSON: {error}", file=text, error=error)) from None


def key(text: str) -> str:
    """An idempotency key, as the desk takes it."""
    if not KEY.fullmatch(text):
        raise ArgumentTypeError(t("A key has 1 to 255 signs of ASCII and no space"))
    return text


def closure(text: str) -> dict[str, Any]:
    """What is shut, or with hours takes longer: `border:B001`, `link:L0023:12`."""
    kind, _, rest = text.partition(":")
    row, _, hours = rest.partition(":")
    if not row or (hours and not hours.isdecimal()):
        raise ArgumentTypeError(t("{text} is no closure such as border:B001 or link:L0023:12", text=text))
    return {"of": kind, "row": row, **({"longer_h": int(hours)} if hours else {})}


def text_of(file: str) -> str:
    """What a file of text holds, as it stands there."""
    try:
        return Path(file).read_bytes().decode()
    except OSError as error:
        raise ArgumentTypeError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ArgumentTypeError(t("{file} must be text in UTF-8", file=file)) from None


def call(text: str) -> dict[str, int]:
    """A call of a departure and its moment: `2=2026-12-08T09:00`."""
    seq, _, at = text.partition("=")
    if not seq.isdecimal() or not at:
        raise ArgumentTypeError(t("{text} is no call such as 2=2026-12-08T09:00", text=text))
    return {"seq": int(seq), "at_ms": moment(at)}


def quantity(text: str) -> tuple[str, str]:
    """How much of what: `teu=2`."""
    name, _, much = text.partition("=")
    if not name or not much:
        raise ArgumentTypeError(t("{text} is no quantity such as teu=2 or 42G1=3", text=text))
    return name, much


def pieces(text: str) -> tuple[str, int]:
    """How many of what: `42G1=3`."""
    name, much = quantity(text)
    if not much.isdecimal():
        raise ArgumentTypeError(t("{text} is no quantity such as teu=2 or 42G1=3", text=text))
    return name, int(much)


def capacity(file: str) -> list[dict[str, str]]:
    """Capacities that a dataset does not hold, as rows of a file of CSV."""
    from koridor.operator.network.plan import COLUMNS, read_plan

    try:
        plan = read_plan(Path(file))
    except OSError as error:
        raise ArgumentTypeError(f"{file}: {error.strerror}") from None
    except DataError as error:
        raise ArgumentTypeError(str(error)) from None
    return [dict(zip(COLUMNS, (*key, much), strict=True)) for key, much in plan.items()]
