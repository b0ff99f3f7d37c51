"""Conformance scenarios: a tree of files, each with the steps after those of its parent.

A step asks the desk, or sends a signed message to a receiver. Words in braces are what is known by then: the world,
and what earlier steps kept.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

DESK, RECEIVER = "desk", "receiver"
WORD = re.compile(r"\{([a-z0-9_]+)\}")


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes
    ----------
    title : str
        What it tries, in one line.
    ask : str
        Method and path, of a step that asks a desk.
    by : str
        The part of the cast that asks; "" without a token.
    key : str
        Idempotency key; by default a new one, and none where `keyless`.
    body, send : mapping
        What is asked with, and what is sent to a receiver.
    signed : str
        How a message is signed: `good`, `other` (with another secret), `old`, `none`, `changed` (after signing).
    expect : str
        Status of the answer.
    has, keep : mapping
        Values that the answer has by path, and paths that are kept under a name.
    same : bool
        Whether the answer is that of the step before, byte for byte.
    """

    title: str
    ask: str = ""
    by: str = ""
    key: str = ""
    keyless: bool = False
    body: Mapping[str, Any] | None = None
    send: Mapping[str, Any] | None = None
    signed: str = "good"
    expect: str = "2xx"
    has: Mapping[str, Any] = field(default_factory=dict)
    keep: Mapping[str, str] = field(default_factory=dict)
    same: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario: its parent's steps come first, and `last` tidies up whatever came before."""

    name: str
    title: str
    side: str
    after: str
    steps: tuple[Step, ...]
    last: tuple[Step, ...]


@cache
def scenarios() -> Mapping[str, Scenario]:
    """Every scenario by its name, parents before their children."""
    found: dict[str, Scenario] = {}
    raw = {entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8") for entry in _folder().iterdir()}
    waiting = {name: tomllib.loads(text) for name, text in sorted(raw.items())}
    while waiting:
        ready = [name for name, one in waiting.items() if one.get("after", "") in ("", *found)]
        assert ready, f"no such parent: {sorted(waiting)}"
        for name in ready:
            found[name] = _scenario(name, waiting.pop(name), found)
    return found


def _folder() -> Any:
    return files(__package__).joinpath("scenarios")


def _scenario(name: str, one: Mapping[str, Any], known: Mapping[str, Scenario]) -> Scenario:
    parent = known.get(one.get("after", ""))
    before, side = (parent.steps, parent.side) if parent else ((), one.get("side", DESK))
    last = tuple(_step(raw) for raw in one["last"]) if "last" in one else parent.last if parent else ()
    steps = (*before, *(_step(raw) for raw in one.get("step", ())))
    return Scenario(name, one["title"], side, one.get("after", ""), steps, last)


def _step(raw: Mapping[str, Any]) -> Step:
    unknown = set(raw) - {one.name for one in fields(Step)}
    assert not unknown, f"a step has no {sorted(unknown)}"
    return Step(**raw)


def filled(content: Any, known: Mapping[str, Any]) -> Any:
    """Content with the words in braces put in; a text that is one such word becomes its value. Raises KeyError."""
    if isinstance(content, Mapping):
        return {name: filled(value, known) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [filled(value, known) for value in content]
    if not isinstance(content, str):
        return content
    whole = WORD.fullmatch(content)
    return known[whole[1]] if whole else WORD.sub(lambda hit: str(known[hit[1]]), content)


def at(content: Any, path: str) -> Any:
    """What stands at a path such as ``offers.0.departure_id``; None where nothing does."""
    for name in path.split("."):
        if isinstance(content, Mapping):
            content = content.get(name)
        elif isinstance(content, Sequence) and not isinstance(content, str) and name.isdecimal():
            content = content[int(name)] if int(name) < len(content) else None
        else:
            return None
    return content


def fits(status: str, expected: str) -> bool:
    """Whether a status is what is expected, in which `x` is any digit."""
    return len(status) == len(expected) and all(b in ("x", a) for a, b in zip(status, expected, strict=True))
