"""One request: who asks, under which key, and the ways to read and to write that every route uses.

A request is looked into and carried out in one thread: what the framework hands to a route is `Asked`, whose token is
looked up there. Each thread more costs a request as much as its statements do.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from koridor.operator.api.bodies.words import Id as IdText
from koridor.operator.api.problem import respond, told
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.canonical import kept
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.common.idempotency import Answer, known, once
from koridor.operator.common.refused import Refused
from koridor.operator.people import access, tokens

R = TypeVar("R")
Work = Callable[[Tx], Any]
Id = Annotated[IdText, Path()]
OPEN, SELF = "open", "self"  # marks of routes that need no token, and of those for whoever has one
ACTION = "x-action"
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
        return respond(Answer(200, kept(self.desk.look(self.actor, work))))

    def write(self, work: Work, *, strict: bool = False) -> Response:
        """What the work gives, once kept. For routes whose answer holds a secret, which no key may keep."""
        return respond(Answer(MADE, kept(self.desk.do(self.actor, work, strict=strict))))


@dataclass(frozen=True, slots=True)
class KeyedCall(Call):
    """A request with an idempotency key."""

    key: str

    def once(self, body: BaseModel | None, work: Work, *, strict: bool = False) -> Response:
        """What the work gives, once kept; the same answer however often the request is told."""
        asked = _json(body)

        def whole(tx: Tx) -> Answer:
            return once(tx, self.route, self.key, asked, lambda: Answer(MADE, kept(work(tx))), told)

        return respond(self.desk.do(self.actor, whole, strict=strict))

    def once_ready(self, body: BaseModel, ready: Callable[[], R], work: Callable[[Tx, R], Any]) -> Response:
        """The same for a work that needs what takes its time: `ready` makes that before the transaction, so that no
        writer waits for it, and not at all for a request that is answered already. Its refusal is kept as the work's.
        """
        found = self.desk.look(self.actor, lambda tx: known(tx, self.route, self.key, _json(body)))
        if found is not None:
            return respond(found)
        try:
            made: R | Refused = ready()
        except Refused as refused:
            made = refused

        def whole(tx: Tx) -> Any:
            if isinstance(made, Refused):
                raise made
            return work(tx, made)

        return self.once(body, whole)


def _json(body: BaseModel | None) -> Any:
    return None if body is None else body.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request before it is known who asks."""

    request: Request
    key: str = ""

    def proven(self, action: str) -> Call:
        """The request with its actor. Raises Refused `unauthenticated`, `too_many` or `forbidden`."""
        request = self.request
        desk: Desk = request.app.state.desk
        scheme, _, word = request.headers.get("authorization", "").partition(" ")
        given = word.strip() if scheme.lower() == "bearer" else ""
        token_id, actor = desk.look(SYSTEM, lambda tx: tokens.actor_of(tx, given))
        request.app.state.requests.take(token_id)
        if action != SELF:
            access.need(actor, action)
        who = (desk, actor, token_id, f"{request.method} {request.url.path}")
        return KeyedCall(*who, self.key) if self.key else Call(*who)


async def get_call(request: Request) -> Asked:
    """The request. Asynchronous, as it waits for nothing: no thread."""
    return Asked(request)


async def get_keyed(
    request: Request,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")],
) -> Asked:
    """The request with its idempotency key, which it must have."""
    return Asked(request, idempotency_key)


Reads = Annotated[Call, Depends(get_call)]  # as `_proving` makes them of what was asked
Writes = Annotated[KeyedCall, Depends(get_keyed)]


class Route(APIRoute):
    """A route that says what is wrong with a request to those alone who may ask it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's own, and the refusal of who may not ask before that of what was asked."""
        handle, action = super().get_route_handler(), (self.openapi_extra or {})[ACTION]

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError:
                if action != OPEN:
                    await run_in_threadpool(Asked(request).proven, action)
                raise

        return handler


class Routes(APIRouter):
    """Routes that each name the action of `people/permissions.csv` that they take, or a mark.

    What is not OPEN has the argument `call`.
    """

    def __init__(self) -> None:
        super().__init__(route_class=Route, generate_unique_id_function=operation_id)

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
        put = self.api_route(
            path,
            methods=[method],
            status_code=status,
            response_class=gives,
            responses={} if answer is None else {status: {"model": answer}},
            openapi_extra={ACTION: action},
        )
        return put if action == OPEN else lambda function: put(_proving(function, action))


def _proving(function: Callable[..., Response], action: str) -> Callable[..., Response]:
    """A function of a route that is carried out for whoever may, with the call that it asks for."""

    @wraps(function)
    def carried_out(*, call: Asked, **given: Any) -> Response:
        return function(call=call.proven(action), **given)

    return carried_out


def operation_id(route: APIRoute) -> str:
    """Name of an operation: its file of routes and its function, as `selling_make_quote`."""
    return f"{route.endpoint.__module__.rpartition('.')[2]}_{route.name}"
