"""Whether what the service answers is what its OpenAPI document says: status, type, headers and body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

import jsonschema_rs
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from koridor.operator.api.app import Door
from koridor.operator.api.document import Service

DOCUMENT = "urn:openapi"
JSON, PROBLEM = "application/json", "application/problem+json"


class Contract:
    """The document of a service, against which answers are held."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.checkers: dict[str, jsonschema_rs.Validator] = {}

    @cached_property
    def registry(self) -> jsonschema_rs.Registry:
        """The document, once for all checkers: each that held it for itself would take 1.5 MB."""
        return jsonschema_rs.Registry([(DOCUMENT, self.document)])

    def checker(self, *place: str) -> jsonschema_rs.Validator:
        """What holds an answer against the schema at a place of the document."""
        pointer = quote("/".join(part.replace("~", "~0").replace("/", "~1") for part in place))
        if pointer not in self.checkers:
            schema = {"$ref": f"{DOCUMENT}#/{pointer}"}
            self.checkers[pointer] = jsonschema_rs.validator_for(schema, registry=self.registry)
        return self.checkers[pointer]

    @cached_property
    def paths(self) -> list[tuple[re.Pattern[str], str]]:
        """Patterns of the paths, and the paths."""
        listed = sorted(self.document["paths"], key=lambda path: path.count("{"))
        return [(re.compile(re.sub(r"\{[a-z_]+\}", "[^/]+", path) + "$"), path) for path in listed]

    def breaks(self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
        """What of an answer the document does not say."""
        template = next((one for pattern, one in self.paths if pattern.match(path)), None)
        operation = self.document["paths"].get(template, {}).get(method.lower())
        responses = self.document["components"]["responses"] if operation is None else operation["responses"]
        told = responses.get(str(status))
        if told is None:
            return [f"status {status} is not declared"]
        shared = operation is None or "$ref" in told
        told = self.document["components"]["responses"][str(status)] if shared else told
        kind = headers.get("content-type", "").partition(";")[0]
        if kind not in told["content"]:
            return [f"type {kind!r} is not declared"]
        lost = [
            f"header {name} is missing"
            for name, header in told.get("headers", {}).items()
            if header.get("required") and name.lower() not in headers
        ]
        if kind not in (JSON, PROBLEM):
            return lost  # a page
        at = ("components",) if shared else ("paths", str(template), method.lower())
        checker = self.checker(*at, "responses", str(status), "content", kind, "schema")
        return lost + [f"{error.instance_path}: {error.message}" for error in checker.iter_errors(json.loads(body))]


class Witness:
    """Stands before every service of the tests and notes what it answered off its document."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.contract: Contract | None = None

    async def __call__(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, and its answer held against the document of the service behind the door."""
        parts: list[Message] = []

        async def heard(message: Message) -> None:
            parts.append(message)
            await send(message)

        await ENTER(door, scope, receive, heard)
        if scope["type"] == "http" and scope["path"] != "/openapi.json":
            self.note(door.app, scope, parts)

    def note(self, app: ASGIApp, scope: Scope, parts: list[Message]) -> None:
        """Notes what of an answer is not declared."""
        assert isinstance(app, Service)
        self.contract = self.contract or Contract(app.openapi())  # the same of every service of a run
        headers = {name.decode().lower(): value.decode() for name, value in parts[0]["headers"]}
        body = b"".join(part.get("body", b"") for part in parts[1:])
        status = parts[0]["status"]
        for what in self.contract.breaks(scope["method"], scope["path"], status, headers, body):
            self.found.append(f"{scope['method']} {scope['path']} {status}: {what}: {body[:500]!r}")


ENTER = Door.__call__
