"""One request: who asks, under which key, and the ways to read and to write that every route uses.

What the framework hands to a route is `Asked`. What writes is carried out by the store's writer, who looks its token up
in the transaction itself; what reads, or takes its time before it writes, is looked into and carried out in one thread.
Each thread more costs a request as much as its statements do.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from inspect import iscoroutinefunction
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
Function = Callable[..., Any]  # of a route: gives its response, or awaits it
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
    """A request with an idempotency key, for what takes its time before it writes."""

    key: str

    def once(self, body: BaseModel | None, work: Work, *, strict: bool = False) -> Response:
        """What the work gives, once kept; the same answer however often the request is told."""
        whole = _keyed(self.route, self.key, _json(body), work)
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


def _keyed(route: str, key: str, asked: Any, work: Work) -> Callable[[Tx], Answer]:
    """A work that gives its answer, or the one kept for its key."""
    return lambda tx: once(tx, route, key, asked, lambda: Answer(MADE, kept(work(tx))), told)


def _json(body: BaseModel | None) -> Any:
    return None if body is None else body.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request before it is known who asks, for an action that not everybody may take."""

    request: Request
    key: str = ""
    action: str = SELF

    async def once(self, body: BaseModel | None, work: Work, *, strict: bool = False) -> Response:
        """What the work gives, once kept; the same answer however often the request is told."""
        word, asked, counted = self._word(), _json(body), False
        if not tokens.is_formed(word):  # a stranger does not stand in the writer's queue
            raise tokens.refused()

        def who(tx: Tx) -> Actor:
            nonlocal counted
            token_id, actor = tokens.actor_of(tx, word)
            self._admit(token_id, actor, counted=counted)
            counted = True  # a transaction that is run again is one request all the same
            return actor

        whole = _keyed(self._route, self.key, asked, work)
        return respond(await self._desk.do_soon(who, whole, strict=strict))

    def proven(self) -> Call:
        """The request with its actor. Raises Refused `unauthenticated`, `too_many` or `forbidden`."""
        word = self._word()
        token_id, actor = self._desk.look(SYSTEM, lambda tx: tokens.actor_of(tx, word))
        self._admit(token_id, actor)
        who = (self._desk, actor, token_id, self._route)
        return KeyedCall(*who, self.key) if self.key else Call(*who)

    @property
    def _desk(self) -> Desk:
        return self.request.app.state.desk

    @property
    def _route(self) -> str:
        return f"{self.request.method} {self.request.url.path}"

    def _word(self) -> str:
        scheme, _, word = self.request.headers.get("authorization", "").partition(" ")
        return word.strip() if scheme.lower() == "bearer" else ""

    def _admit(self, token_id: str, actor: Actor, *, counted: bool = False) -> None:
        """Raises Refused `too_many` or `forbidden`."""
        if not counted:
            self.request.app.state.requests.take(token_id)
        if self.action != SELF:
            access.need(actor, self.action)


async def get_call(request: Request) -> Asked:
    """The request. Asynchronous, as it waits for nothing: no thread."""
    return Asked(request)


async def get_keyed(
    request: Request,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")],
) -> Asked:
    """The request with its idempotency key, which it must have."""
    return Asked(request, idempotency_key)


Writes = Annotated[Asked, Depends(get_keyed)]
Reads = Annotated[Call, Depends(get_call)]  # as `_proving` makes them of what was asked
Prepares = Annotated[KeyedCall, Depends(get_keyed)]


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
                    await run_in_threadpool(Asked(request, action=action).proven)
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
    ) -> Callable[[Function], Function]:
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


def _proving(function: Function, action: str) -> Function:
    """A function of a route that is carried out for whoever may, with the call that it asks for."""

    @wraps(function)
    async def soon(*, call: Asked, **given: Any) -> Response:
        return await function(call=Asked(call.request, call.key, action), **given)

    @wraps(function)
    def carried_out(*, call: Asked, **given: Any) -> Response:
        return function(call=Asked(call.request, call.key, action).proven(), **given)

    return soon if iscoroutinefunction(function) else carried_out


def operation_id(route: APIRoute) -> str:
    """Name of an operation: its file of routes and its function, as `selling_make_quote`."""
    return f"{route.endpoint.__module__.rpartition('.')[2]}_{route.name}"
