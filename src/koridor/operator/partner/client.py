"""A client of a desk: one request, its answer, whatever its status."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from koridor.errors import UsageError
from koridor.text import t

TIMEOUT_S = 30.0
SCHEMES = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


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


@dataclass(frozen=True, slots=True)
class Client:
    """A desk by URL, such as ``https://desk.example``. Raises UsageError for what is no such URL."""

    url: str

    def __post_init__(self) -> None:
        """Refuses what cannot be asked."""
        try:
            parts = urlsplit(self.url)
            whole = parts.scheme in SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            whole = False
        if not whole:
            raise UsageError(t("--url {url}: must be like https://desk.example", url=self.url))

    def ask(self, method: str, path: str, *, token: str = "", key: str = "", body: Any = None) -> Heard:
        """The answer to a request. Raises UsageError where the desk cannot be reached."""
        parts = urlsplit(self.url)
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        line = SCHEMES[parts.scheme](parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        try:
            line.request(method, parts.path.rstrip("/") + path, None if body is None else json.dumps(body), headers)
            answer = line.getresponse()
            return Heard(answer.status, answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise UsageError(t("{url} does not answer: {why}", url=self.url, why=str(error) or "-")) from error
        finally:
            line.close()

    def log_in(self, login: str, password: str) -> str:
        """The token of a session. Raises UsageError where the desk does not let it in."""
        heard = self.ask("POST", "/v1/sessions", body={"login": login, "password": password})
        if not isinstance(heard.json, Mapping) or "token" not in heard.json:
            raise UsageError(
                t("{login} may not log in at {url}: {status}", login=login, url=self.url, status=heard.status)
            )
        return str(heard.json["token"])
