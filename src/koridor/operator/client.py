"""A client of a desk: one request, its answer, whatever its status."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from koridor.errors import UsageError
from koridor.text import language, t

TIMEOUT_S = 30.0
DONE = range(200, 300)
AS_IT_IS = "/?&=%+:;,@!$'()*~"  # signs of a path and its query that are not quoted; % as they may be quoted already
SCHEMES = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


class UnansweredError(UsageError):
    """A desk did not answer: whether it did what was asked is not known."""


class ShutOutError(UsageError):
    """A desk did not let somebody in, by the answer `heard`."""

    def __init__(self, sentence: str, heard: Heard) -> None:
        self.heard = heard
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Heard:
    """Status and body of an answer."""

    status: int
    content: bytes

    @property
    def json(self) -> Any:
        """The body; None where it is no JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None

    @property
    def told(self) -> Mapping[str, Any]:
        """The fields of the body; none where it is no object."""
        return self.json if isinstance(self.json, Mapping) else {}

    @property
    def refused(self) -> bool:
        """Whether it is a refusal, a fault of the desk, or a redirect, which the desk never gives."""
        return self.status not in DONE


@dataclass(frozen=True, slots=True)
class Client:
    """A desk by URL, such as ``https://desk.example``. Raises UsageError for what is no such URL."""

    url: str
    timeout_s: float = TIMEOUT_S

    def __post_init__(self) -> None:
        """Refuses what cannot be asked."""
        try:
            parts = urlsplit(self.url)
            host = (parts.hostname or "").encode("idna").decode()
            whole = parts.scheme in SCHEMES and bool(host) and (parts.port is None or parts.port > 0)
            http.client.HTTPConnection(host)
        except (ValueError, http.client.InvalidURL):
            whole = False
        if not whole:
            raise UsageError(t("{url}: the address of a desk must be like https://desk.example", url=self.url))

    def ask(self, method: str, path: str, *, token: str = "", key: str = "", body: Any = None) -> Heard:
        """The answer to a request, in the language in force. Raises UnansweredError where none comes."""
        parts = urlsplit(self.url)
        headers = {"Content-Type": "application/json", "Accept-Language": language()}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        line = SCHEMES[parts.scheme](parts.hostname or "", parts.port, timeout=self.timeout_s)
        target = quote(parts.path.rstrip("/") + path, AS_IT_IS, errors="surrogateescape")
        try:
            line.request(method, target, None if body is None else json.dumps(body), headers)
            answer = line.getresponse()
            return Heard(answer.status, answer.read())
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise UnansweredError(t("{url} does not answer: {why}", url=self.url, why=str(error) or "-")) from error
        finally:
            line.close()

    def log_in(self, login: str, password: str) -> str:
        """The token of a session. Raises ShutOutError where the desk does not let it in."""
        heard = self.ask("POST", "/v1/sessions", body={"login": login, "password": password})
        if "token" not in heard.told:
            why = heard.told.get("detail") or heard.status
            sentence = t("{login} may not log in at {url}: {why}", login=login, url=self.url, why=why)
            raise ShutOutError(sentence, heard)
        return str(heard.told["token"])
