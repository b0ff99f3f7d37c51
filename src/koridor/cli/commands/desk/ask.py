"""One request to the desk. What changes something has a key, under which the desk does it once.

A command whose answer is lost, or that a fault of the desk ends, leaves what it asked beside the session. The same
command again asks the same under the same key, to the byte, whether the desk had done it or not; an answer ends that.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from koridor.cli.commands.desk import session as sessions
from koridor.cli.commands.desk.request import Request
from koridor.cli.commands.desk.session import Session
from koridor.errors import KoridorError, UsageError
from koridor.operator.client import Client, Heard, UnansweredError
from koridor.text import t

TIMEOUT_S = 180.0  # the first enquiry on a network takes long
KEY_BYTES = 12
KEPT_DAYS = 6  # every desk remembers keys for a week at least
SECONDS_A_DAY = 86_400
FAULT, UNAUTHENTICATED = 500, 401
LATER = (409, 429)  # what the state of things refuses, and not the request itself
HEAD = ("type", "title", "status", "detail", "code", "errors", "retry_after_s")


class RefusalError(KoridorError):
    """What a desk refused, and what it said."""

    def __init__(self, heard: Heard) -> None:
        self.status = heard.status
        self.told = heard.told
        super().__init__(self.told.get("detail") or t("The desk answers {status}.", status=heard.status))

    @property
    def may_pass(self) -> bool:
        """Whether the same request may be granted at another moment."""
        return self.status in LATER or self.status >= FAULT

    def lines(self) -> list[str]:
        """What was refused, a sentence a problem, and what explains it."""
        wrong = [f"{one['where']}: {one['what']}" for one in self.told.get("errors", ())]
        found = wrong or [str(self)]
        facts = {name: value for name, value in self.told.items() if name not in HEAD}
        found += [f"  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in facts.items() if value]
        if self.told.get("retry_after_s"):
            found.append(t("Ask again in {seconds} s.", seconds=self.told["retry_after_s"]))
        if self.status == UNAUTHENTICATED:
            found.append(t("The session is over: koridor desk log-in URL LOGIN begins a new one."))
        return found


def read(session: Session, path: str) -> Heard:
    """The answer to a question. Raises RefusalError, UnansweredError."""
    return _granted(client(session.url).ask("GET", path, token=session.token))


def change(session: Session, request: Request, key: str | None, say: Callable[[str], None]) -> Heard:
    """The answer to what changes something. Raises RefusalError, UnansweredError; UsageError for what is too old.

    Parameters
    ----------
    key : str or None
        The caller's own key; without it, that of the same command before where it got no answer, else a new one.
    say : callable
        Takes what the user is told before the answer.
    """
    desk = client(session.url)
    if key:
        _refuse_clock(request)
    file = _kept_in(session, request, key)
    before = sessions.read(file)
    if before:
        _refuse_forgotten(file)
        say(t("This command was not carried out or not answered before: the same is asked again, under the same key."))
    asked = before or _kept(file, request, key or secrets.token_hex(KEY_BYTES))
    call = {"token": session.token, "key": asked["key"], "body": asked["body"]}
    try:
        heard = desk.ask(request.method, request.path, **call)
    except UnansweredError:
        say(t("Run the same command again: the desk does it once, however often it is asked."))
        raise
    if heard.status < FAULT and not (before and _says_nothing_of_before(heard)):
        file.unlink(missing_ok=True)
    return _granted(heard)


def anew(session: Session, request: Request) -> Heard:
    """The answer to what is done anew each time it is asked, as it holds a secret. Raises as `read` does."""
    return _granted(client(session.url).ask(request.method, request.path, token=session.token, body=request.body))


def end(session: Session) -> None:
    """Ends a session, or finds that it is over. Raises RefusalError, UnansweredError."""
    heard = client(session.url).ask("DELETE", "/v1/sessions/current", token=session.token)
    if heard.status != UNAUTHENTICATED:
        _granted(heard)


def client(url: str) -> Client:
    """A client that waits as long as the desk may take. Raises UsageError."""
    return Client(url, TIMEOUT_S)


def _granted(heard: Heard) -> Heard:
    if heard.refused:
        raise RefusalError(heard)
    return heard


def _says_nothing_of_before(heard: Heard) -> bool:
    """Whether an answer was given at the door, and leaves open what became of an earlier request.

    So it is where something before the desk answers, where there is no session, and where the request has to wait and
    was not looked at; any other refusal is kept under the key.
    """
    at_the_door = "code" not in heard.told or heard.status == UNAUTHENTICATED
    return heard.refused and (at_the_door or bool(heard.told.get("retry_after_s")))


def _refuse_clock(request: Request) -> None:
    """Raises UsageError for moments that the clock would tell: under a caller's own key it would tell another."""
    unsaid = [f"--{name.removesuffix('_ms')}" for name in request.unsaid if name.endswith("_ms")]
    if unsaid:
        raise UsageError(
            t("With --key, give {options} too: under one key the same is asked.", options=" ".join(unsaid))
        )


def _refuse_forgotten(file: Path) -> None:
    """Raises UsageError for what was first asked so long ago that the desk may have forgotten its key."""
    if time.time() - file.stat().st_mtime > KEPT_DAYS * SECONDS_A_DAY:
        raise UsageError(
            t(
                "This command got no answer more than {days} days ago: look whether it was done, then remove {file}.",
                days=KEPT_DAYS,
                file=file,
            )
        )


def _kept(file: Path, request: Request, key: str) -> dict[str, Any]:
    """Key and body of a request, which are kept from now on."""
    asked = {"key": key, "body": request.filled(key)}
    sessions.write(file, asked)
    return asked


def _kept_in(session: Session, request: Request, key: str | None) -> Path:
    """Where what was asked is kept until it is answered: a file for each command that was said differently."""
    said = [session.url, session.login, request.method, request.path, request.body, key]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    folder = sessions.path()
    return folder.with_name(f"{folder.name}.unanswered") / f"{digest}.json"
