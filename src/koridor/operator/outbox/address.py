"""Where a message may go: over https, to a public address alone, so that nobody makes the desk ask its own network.

A name is resolved once, all that it gives must be public, and the connection goes to an address that was looked at:
what the name gives a moment later is no matter.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from koridor.operator.common.refused import Refused
from koridor.operator.identifiers.tables import rows
from koridor.text import t

HERE = Path(__file__).parent

PORTS = {"https": 443, "http": 80}
PORTS_ALLOWED = frozenset({443, 8443})
NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?")
NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)\.?")  # a last label that some resolvers read as a part of an address
Lookup = Callable[..., list[Any]]


class UnreachableError(Exception):
    """A target that is not to be asked, or a name that gives nothing; the text is a code."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in parts; `path` holds the query too."""

    secure: bool
    host: str
    port: int
    path: str


def parse(url: str, *, trial: bool) -> Target:
    """The parts of a URL to which messages may go. Raises Refused `invalid`; `trial` lets http and any port pass."""
    if not re.fullmatch(r"[\x21-\x7e]{1,2000}", url) or set(url) & set("\\#@"):
        raise _refused(t("it must be plain, without user, fragment and blanks"))
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "")
    except ValueError:
        raise _refused(t("it cannot be read")) from None
    if parts.scheme != "https" and not (trial and parts.scheme == "http"):
        raise _refused(t("it must begin with https://"))
    port = PORTS[parts.scheme] if port is None else port
    if not (trial or port in PORTS_ALLOWED):
        raise _refused(t("its port must be one of {ports}", ports=", ".join(map(str, sorted(PORTS_ALLOWED)))))
    _check_host(host, trial)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, path)


def _check_host(host: str, trial: bool) -> None:
    if "%" in host:  # the zone of a link
        raise _refused(t("its host is no name"))
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not NAME.fullmatch(host) or NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            raise _refused(t("its host is no name")) from None
        return
    if not (trial or is_public(address)):
        raise _refused(t("its address is not public"))


def resolve(target: Target, *, trial: bool, lookup: Lookup = socket.getaddrinfo) -> str:
    """An address of the target, as a number. Raises UnreachableError where the name gives none, or any not public."""
    try:
        found = lookup(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnreachableError("no_such_name") from None
    addresses = [str(one[4][0]) for one in found]
    if not addresses:
        raise UnreachableError("no_such_name")
    if not trial and not all(is_public(ipaddress.ip_address(one.partition("%")[0])) for one in addresses):
        raise UnreachableError("address_not_public")
    return addresses[0]


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one of the public internet, by IANA's registries of special addresses."""
    return not any(address in network for network in _special() if network.version == address.version)


@cache
def _special() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(row["network"]) for row in rows("not_public", HERE))


def _refused(why: str) -> Refused:
    return Refused("invalid", t("Messages cannot go to this URL: {why}.", why=why))
