"""One request: who asks, under which key, and the ways to read and to write that every route uses."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from koridor.operator.api.bodies.words import Id as IdText
from koridor.operator.api.problem import respond, told
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.idempotency import Answer, once
from koridor.operator.people import access, tokens

Work = Callable[[Tx], Any]
Id = Annotated[IdText, Path()]
OPEN, SELF = "open", "self"  # marks of routes that need no token, and of those for whoever has one
MADE = 201


@dataclass(frozen=True, slots=True)
class Call:
    """A request of an actor."""

    desk: Desk
    actor: Actor
    token_id: str
    route: str

    def read(self, work: Work) -> Response:
        """What the work gives, from one state of the database."""
        return respond(Answer(200, body_of(self.desk.look(self.actor, work))))

    def write(self, work: Work, *, strict: bool = False) -> Response:
        """What the work gives, once kept. For routes whose answer holds a secret, which no key may keep."""
        return respond(Answer(MADE, body_of(self.desk.do(self.actor, work, strict=strict))))


@dataclass(frozen=True, slots=True)
class KeyedCall(Call):
    """A request with an idempotency key."""

    key: str

    def once(self, body: BaseModel | None, work: Work, *, strict: bool = False) -> Response:
        """What the work gives, once kept; the same answer however often the request is told."""
        asked = None if body is None else body.model_dump(mode="json")

        def whole(tx: Tx) -> Answer:
            return once(tx, self.route, self.key, asked, lambda: Answer(MADE, body_of(work(tx))), told)

        return respond(self.desk.do(self.actor, whole, strict=strict))


def body_of(content: Any) -> str:
    """Content as it goes out."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def get_call(request: Request) -> Call:
    """The request with its actor. Raises Refused `unauthenticated` or `too_many`."""
    desk: Desk = request.app.state.desk
    scheme, _, word = request.headers.get("authorization", "").partition(" ")
    given = word.strip() if scheme.lower() == "bearer" else ""
    token_id, actor = desk.look(SYSTEM, lambda tx: tokens.actor_of(tx, given))
    request.app.state.requests.take(token_id)
    return Call(desk, actor, token_id, f"{request.method} {request.url.path}")


async def get_keyed(
    call: Annotated[Call, Depends(get_call)],
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")],
) -> KeyedCall:
    """The request with its idempotency key, which it must have. Asynchronous, as it waits for nothing: no thread."""
    return KeyedCall(call.desk, call.actor, call.token_id, call.route, idempotency_key)


Reads = Annotated[Call, Depends(get_call)]
Writes = Annotated[KeyedCall, Depends(get_keyed)]


class Routes(APIRouter):
    """Routes that each name the action of `people/permissions.csv` that they take, or a mark."""

    def on(
        self,
        method: str,
        path: str,
        action: str,
        answer: type[BaseModel] | None = None,
        *,
        gives: type[Response] = JSONResponse,
    ) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """Puts a function on a route; `answer` says in the OpenAPI document what a success looks like, `gives` of
        which kind it is.
        """
        status = 200 if method == "GET" else MADE
        guards = [] if action in (OPEN, SELF) else [Depends(_guard(action))]
        return self.api_route(
            path,
            methods=[method],
            status_code=status,
            dependencies=guards,
            response_class=gives,
            responses={} if answer is None else {status: {"model": answer}},
            openapi_extra={"x-action": action},
        )


def _guard(action: str) -> Callable[..., Awaitable[None]]:
    async def guard(call: Annotated[Call, Depends(get_call)]) -> None:
        access.need(call.actor, action)

    return guard
