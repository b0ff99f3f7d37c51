"""What a verb is, and the request that it makes of arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from koridor.errors import UsageError
from koridor.text import t

NAME = re.compile(r"\{(\w+)\}")
OPTIONAL = re.compile(r"\[([^]]*)\]")
BYTES = "surrogateescape"  # an argument that is no text goes out as the bytes that it was
Fill = Mapping[str, Callable[[str], Any]]


@dataclass(frozen=True, slots=True)
class Request:
    """What a command asks; what it did not say is made by its key, such as the moment or the id of an event."""

    method: str
    path: str
    body: Any = None
    fill: Fill = field(default_factory=dict)

    def filled(self, key: str) -> Any:
        """The body, whole."""
        made = {name: self.fill[name](key) for name in self.unsaid}
        return {**self.body, **made} if made else self.body

    @property
    def unsaid(self) -> list[str]:
        """The fields of the body that are made."""
        return [name for name in self.fill if name not in self.body]


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb.

    Attributes
    ----------
    ask : str
        Method and path; a part of the path in brackets falls away without its argument.
    words : str
        Its arguments as a line of use: `booking_id status [--ref]`.
    shown : tuple of str
        Tables of the answer: where their rows stand, and their columns; one row is shown line by line.
    fixed, fill : mapping
        What the body always has; and what is made for it, by its key, where it is not said.
    once : bool
        Whether the desk does it once under a key; what holds a secret it answers anew each time.
    """

    summary: str
    ask: str
    words: str = ""
    shown: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    fill: Fill = field(default_factory=dict)
    once: bool = True

    @property
    def changes(self) -> bool:
        """Whether it changes something."""
        return not self.ask.startswith("GET ")

    def request(self, said: Mapping[str, Any]) -> Request:
        """What is asked with arguments as they were read. Raises UsageError."""
        method, _, template = self.ask.partition(" ")
        names = [token.strip("[]").removeprefix("--") for token in self.words.split()]
        given = {name: said[name] for name in names if said[name] is not None}
        path = _path(template, given)
        rest = {name: value for name, value in given.items() if f"{{{name}}}" not in template}
        if method == "GET":
            return Request(method, f"{path}?{urlencode(rest, doseq=True, errors=BYTES)}" if rest else path)
        if "path" in given:
            return Request(method, path, rest.get("body"))
        body = _body({**self.fixed, **rest})
        return Request(method, path, body or None, self.fill)


def _path(template: str, given: Mapping[str, Any]) -> str:
    """The path with its ids; `path` is one already."""
    if "path" in given:
        if not given["path"].startswith("/"):
            raise UsageError(t("A path begins with /, such as /v1/networks"))
        return str(given["path"])
    kept = OPTIONAL.sub(lambda hit: hit[1] if all(name in given for name in NAME.findall(hit[1])) else "", template)
    return NAME.sub(lambda hit: quote(str(given[hit[1]]), safe="", errors=BYTES), kept)


def _body(given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by their names, `a.b.c` being `c` in `b` in `a`; amounts in whole minor units of the currency beside them.

    Raises UsageError for an amount without its currency.
    """
    from koridor.operator.money.currency import minor_of

    body: dict[str, Any] = {}
    for name, value in given.items():
        outer, _, inner = name.rpartition(".")
        place = body
        for part in outer.split(".") if outer else ():
            place = place.setdefault(part, {})
        if inner.endswith("_minor"):
            currency = place.get("currency", place.get("base"))
            if currency is None:
                raise UsageError(t("--amount needs --currency."))
            value = minor_of(currency, value)
        place[inner] = value
    return body
