"""The OpenAPI document: what FastAPI knows of the routes, and what only we know: problems, tokens, and links.

An answer that names an object links to every request that takes its id, in the path or in the body: so a program, or a
test, finds the way from a quote over its booking to the amendment and the cancellation.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from koridor.operator.api.bodies.words import Problem
from koridor.operator.api.call import ACTION, OPEN
from koridor.operator.api.problem import JSON, PROBLEM
from koridor.operator.common.refused import STATUS

Node = dict[str, Any]
FRAMEWORK = (400, 405, 500)  # what is refused before a route, and what is our fault
SCHEMAS = "#/components/schemas/"
ID = "_id"
HEADERS: dict[int, Node] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}}},
    429: {"Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}}},
    503: {"Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}}},
}


class Service(FastAPI):
    """An application that tells all of its answers."""

    def openapi(self) -> Node:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = document(self)
        return self.openapi_schema


def document(app: FastAPI) -> Node:
    """The document of an application."""
    made: Node = get_openapi(title=app.title, version=app.version, routes=app.routes)
    components = made["components"]
    for of_framework in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(of_framework, None)
    problem = Problem.model_json_schema(ref_template=f"{SCHEMAS}{{model}}")
    components["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
    components["responses"] = {str(status): _problem(status) for status in sorted({*STATUS.values(), *FRAMEWORK})}
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    operations = [one for methods in made["paths"].values() for one in methods.values()]
    for operation in operations:
        refused = {name: {"$ref": f"#/components/responses/{name}"} for name in components["responses"]}
        operation["responses"] = {**operation["responses"], **refused}
        if operation[ACTION] != OPEN:
            operation["security"] = [{"token": []}]
    for operation in operations:
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                answer["links"] = dict(_links(answer, operations, components["schemas"]))
    return made


def _problem(status: int) -> Node:
    schema = {"$ref": f"{SCHEMAS}Problem"}
    told = {"description": HTTPStatus(status).phrase, "content": {PROBLEM: {"schema": schema}}}
    return {**told, "headers": HEADERS[status]} if status in HEADERS else told


def _links(answer: Node, operations: list[Node], schemas: Node) -> Iterator[tuple[str, Node]]:
    told = answer.get("content", {}).get(JSON, {}).get("schema", {})  # a page tells no ids
    named = dict(_ids(told, schemas))
    for other in operations:
        path = {one["name"] for one in other.get("parameters", ()) if one["in"] == "path"}
        body = other.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
        taken = {name for one in _variants(body, schemas) for name in one.get("properties", {})}
        target = other["operationId"]
        for name, where in named.items():
            if name in path:
                yield f"{target}.by_{name}", {"operationId": target, "parameters": {f"path.{name}": where}}
            if name in taken:
                yield f"{target}.of_{name}", {"operationId": target, "requestBody": {name: where}}


def _ids(schema: Node, schemas: Node, where: str = "$response.body#", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Names of ids that an answer holds and where they stand; of a list, those of its first."""
    for variant in _variants(schema, schemas):
        for name, field in variant.get("properties", {}).items():
            if name.endswith(ID):
                yield name, f"{where}/{name}"
            for inner in _variants(field, schemas) if depth == 0 else ():
                if "items" in inner:
                    yield from _ids(inner["items"], schemas, f"{where}/{name}/0", depth + 1)


def _variants(schema: Node, schemas: Node) -> Iterator[Node]:
    """A schema with its references followed and its alternatives apart."""
    if "$ref" in schema:
        yield from _variants(schemas[schema["$ref"].removeprefix(SCHEMAS)], schemas)
        return
    yield schema
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _variants(one, schemas)
