"""Refusals as problems by RFC 9457, with the codes of the desk."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from koridor.errors import DataError
from koridor.operator.common.idempotency import Answer
from koridor.operator.common.refused import Refused
from koridor.text import t

JSON, PROBLEM = "application/json", "application/problem+json"
FAULT = 500
RETRY_S = 5
BAD = 400
UNIQUE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505")  # 23505: PostgreSQL's unique_violation


def told(refused: Refused) -> Answer:
    """A refusal as the answer that goes out."""
    status = refused.status
    head = {"type": f"urn:koridor:{refused.code}", "title": HTTPStatus(status).phrase, "status": status}
    whole = {**head, "detail": refused.sentence, "code": refused.code, **refused.facts}
    return Answer(status, json.dumps(whole, ensure_ascii=False, sort_keys=True))


def respond(answer: Answer) -> Response:
    """The response of an answer, with the headers that its status asks for."""
    failed = answer.status >= BAD
    headers: dict[str, str] = {"Cache-Control": "no-store"}
    if failed:
        wait_s = json.loads(answer.body).get("retry_after_s")
        headers |= {"Retry-After": str(wait_s)} if wait_s else {}
        headers |= {"WWW-Authenticate": "Bearer"} if answer.status == HTTPStatus.UNAUTHORIZED else {}
    return Response(answer.body, answer.status, headers, PROBLEM if failed else JSON)


def install(app: FastAPI) -> None:
    """Lets the app answer everything that goes wrong with a problem."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(IntegrityError, _conflict)
    app.add_exception_handler(OperationalError, _unavailable)
    app.add_exception_handler(DataError, _data)
    app.add_exception_handler(Exception, _fault)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return respond(told(error))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [{"where": "/".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors()]
    return respond(told(Refused("invalid", t("The request cannot be meant; see errors."), errors=errors)))


def _data(request: Request, error: Exception) -> Response:
    return respond(told(Refused("invalid", str(error))))


def is_race(error: IntegrityError) -> bool:
    """Whether the database refused what is there already; anything else that it refuses, it refuses again."""
    told = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    return told in UNIQUE


def _conflict(request: Request, error: Exception) -> Response:
    """Two requests that both wanted the same name at the same moment: the one that lost may ask again."""
    assert isinstance(error, IntegrityError)
    if not is_race(error):
        logging.getLogger(__name__).error("the database refused a row", exc_info=error)
        return _plain(FAULT, {})
    return respond(told(Refused("conflict", t("Another request was quicker; ask again."))))


def _unavailable(request: Request, error: Exception) -> Response:
    """The database does not answer, or has answered too often that it is busy: nothing was kept that was not told."""
    sentence = t("The database cannot be reached; ask again with the same key.")
    return respond(told(Refused("unavailable", sentence, retry_after_s=RETRY_S)))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    allowed = {"Allow": _allowed(request)} if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else {}
    return _plain(error.status_code, {**(error.headers or {}), **allowed})


def _allowed(request: Request) -> str:
    """All methods of a path (RFC 9110, 15.5.6); the framework names those of the first route that has the path."""
    methods = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
    return ", ".join(sorted(methods))


def _fault(request: Request, error: Exception) -> Response:
    return _plain(FAULT, {})


def _plain(status: int, headers: Mapping[str, str]) -> Response:
    phrase = HTTPStatus(status).phrase
    code = phrase.lower().replace(" ", "_")
    body: dict[str, Any] = {"type": f"urn:koridor:{code}", "title": phrase, "status": status, "code": code}
    return Response(json.dumps(body), status, dict(headers), PROBLEM)
