"""P15: the OpenAPI document is whole, and whatever is generated from it meets no fault and no answer off it.

Requests come from the document alone, so that a new route is tried as soon as it is there; `WORLD` only says what names
of fields mean in the world of the tests, so that some of what is asked for can be had.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from dataclasses import replace
from itertools import count, cycle
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from starlette.testclient import TestClient
from test_api import QUOTE, Api, booked, confirmed

from contract import Contract
from desks import DAY_MS, MONDAY_MS, PEOPLE, rounds, staffed, train, who
from koridor.operator import check
from koridor.operator.api.app import Door, create_app
from koridor.operator.api.call import OPEN
from koridor.operator.api.document import Service
from koridor.operator.booking import quote
from koridor.operator.common.desk import Desk
from koridor.operator.common.refused import STATUS
from koridor.operator.people import access, tokens

FREELY = 10**9
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.missing_required_header,
    checks.negative_data_rejection,
]
SETTINGS = hypothesis.settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=(hypothesis.Phase.generate,),
)


class Callers:
    """People who ask in turn: mostly one who may, now and then anybody."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.turns = count()
        self.everybody = cycle(PEOPLE)
        self.words: dict[str, str] = {}

    def headers(self, case: Any) -> dict[str, str]:
        """The header of whose turn it is."""
        action = case.operation.definition.raw["x-action"]
        able = [name for name in PEOPLE if access.may(who(name), action)]
        turn = next(self.turns)
        name = able[turn % len(able)] if able and turn % 4 else next(self.everybody)
        if name not in self.words:
            self.words[name] = self.desk.do(who(name), lambda tx: tokens.issue(tx, name, "session")).word
        return {"Authorization": f"Bearer {self.words[name]}"}

    def heard(self, case: Any) -> None:
        """Gives new tokens after what may have ended one."""
        if case.method == "DELETE":
            self.words.clear()


@pytest.fixture
def free_desk(desk: Desk) -> Desk:
    """A desk with people, terms and trains, which holds nobody to limits of rate and hoarding."""
    limits = {"requests_per_min": FREELY, "logins_per_min": FREELY, "holds_max": 10**6, "hold_teu_max": 10**6}
    free = replace(desk, policy=replace(desk.policy, **limits))
    free.do(who("ann"), lambda tx: (staffed(tx), train(tx), train(tx, "T2", starts_ms=MONDAY_MS + 4 * DAY_MS)))
    return free


WORLD: dict[str, Any] = {
    "customer_id": {"enum": ["S1", "S2"]},
    "departure_id": {"enum": ["T1", "T2"]},
    "from_place": {"enum": ["A", "B"]},
    "to_place": {"enum": ["C", "D"]},
    "place_id": {"enum": ["A", "D"]},
    "party_id": {"enum": ["P1", "P2", "S1", "C1"]},
    "other_id": {"enum": ["P1", "P2"]},
    "currency": {"enum": ["USD", "EUR"]},
    "base": {"enum": ["USD"]},
    "quoted": {"enum": ["EUR"]},
    "resource": {"enum": ["teu"]},
    "railway": {"enum": ["BCh"]},
    "legs": {"enum": [QUOTE["legs"]]},
    "lines": {"enum": [QUOTE["lines"]]},
    "facts": {"enum": [QUOTE["facts"]]},
    "quantities": {"enum": [{"teu": "0.25"}]},
    "amount_minor": {"type": "integer", "minimum": 0, "maximum": 1000},
    "valid_from_ms": {"enum": [MONDAY_MS]},
    "valid_to_ms": {"enum": [MONDAY_MS + 9 * DAY_MS]},
    "from_ms": {"enum": [MONDAY_MS]},
    "to_ms": {"enum": [MONDAY_MS + 9 * DAY_MS]},
}


def schema_of(desk: Desk, world: dict[str, Any]) -> Any:
    """What schemathesis makes of the document, with what the world knows in the place of fields of requests."""
    door = create_app(desk, tend_every_s=3600)
    assert isinstance(door, Door)
    assert isinstance(door.app, Service)
    raw = copy.deepcopy(door.app.openapi())
    operations = [one for methods in raw["paths"].values() for one in methods.values()]
    schemas = raw["components"]["schemas"]
    told = reached([one["responses"] for one in operations], schemas)
    for name in reached([one.get("requestBody") for one in operations], schemas) - told:
        narrow(schemas[name].get("properties", {}), world)
    for operation in operations:
        for one in operation.get("parameters", ()):
            one["schema"] = world.get(one["name"], one["schema"])
    schema = schemathesis.openapi.from_dict(raw)
    schema.app = door
    return schema


def reached(node: Any, schemas: dict[str, Any]) -> set[str]:
    """Names of the schemas that a part of the document refers to."""
    found: set[str] = set()
    open_nodes = [node]
    while open_nodes:
        one = open_nodes.pop()
        if isinstance(one, list):
            open_nodes += one
        elif isinstance(one, dict):
            name = str(one.get("$ref", "")).rpartition("/")[2]
            if name in schemas and name not in found:
                found.add(name)
                open_nodes.append(schemas[name])
            open_nodes += one.values()
    return found


def narrow(fields: dict[str, Any], world: dict[str, Any]) -> None:
    """Puts what the world knows in the place of the fields that it names."""
    fields.update({name: world[name] for name in fields if name in world})


def test_whatever_is_asked_is_answered_as_documented(free_desk: Desk) -> None:
    """Requests that fit the document and requests that break it, of every operation, by every role: no 500, no answer
    off the document, and what the document does not allow is refused.
    """
    callers = Callers(free_desk)
    schema = schema_of(free_desk, {})
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode, examples in ((GenerationMode.POSITIVE, rounds(4)), (GenerationMode.NEGATIVE, rounds(4))):

            @hypothesis.settings(SETTINGS, max_examples=examples)
            @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Any) -> None:
                response = case.call(headers=callers.headers(case))
                callers.heard(case)
                case.validate_response(response, checks=CHECKS)

            try:
                ask()
            except hypothesis.errors.Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE, operation.label  # nothing can be wrong in what asks for nothing
    assert free_desk.store.read(check.problems) == []


class Links:
    """The links of the document, and the ids that answers have told so far."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.told: dict[str, set[tuple[str, str]]] = {}  # by operation, names of ids and where the answer has them
        self.taken: dict[str, set[str]] = {}  # by operation, names of ids that links put into its request
        self.known: dict[str, list[str]] = {}
        for methods in raw["paths"].values():
            for operation in methods.values():
                for answer in operation["responses"].values():
                    for link in answer.get("links", {}).values():
                        self._add(operation["operationId"], link)

    def _add(self, source: str, link: dict[str, Any]) -> None:
        put = {**link.get("parameters", {}), **link.get("requestBody", {})}
        for name, where in put.items():
            plain = name.removeprefix("path.")
            self.told.setdefault(source, set()).add((plain, where.removeprefix("$response.body#/")))
            self.taken.setdefault(link["operationId"], set()).add(plain)

    def follow(self, operation_id: str, case: Any, pick: int) -> None:
        """Puts ids that were told where the links say, each time others."""
        for name in sorted(self.taken.get(operation_id, ())):
            known = self.known.get(name)
            if known and name in case.path_parameters:
                case.path_parameters[name] = known[pick % len(known)]
            elif known and isinstance(case.body, dict):
                case.body[name] = known[pick % len(known)]

    def hear(self, operation_id: str, answer: Any) -> None:
        """Notes the ids that an answer tells."""
        for name, where in self.told.get(operation_id, ()):
            found = answer
            for step in where.split("/"):
                try:
                    found = found[int(step) if isinstance(found, list) else step]
                except (LookupError, TypeError):
                    found = None
            if isinstance(found, str) and found not in self.known.setdefault(name, []):
                self.known[name].append(found)


def test_the_links_lead_through_the_work(free_desk: Desk) -> None:
    """Request after request, ids put where the document's links say: quote, book, amend, decide, cancel, tell, bill.
    No 500, no answer off the document; at the end counters, ledger and audit hold.
    """
    with TestClient(create_app(free_desk, tend_every_s=3600)) as client:
        api = Api(free_desk, client)
        booked(api)
        confirmed(api)
    callers = Callers(free_desk)
    schema = schema_of(free_desk, WORLD)
    links = Links(schema.raw_schema)
    heard: Counter[tuple[str, int]] = Counter()
    cases = st.one_of([found.ok().as_strategy() for found in schema.get_all_operations()])

    @hypothesis.settings(SETTINGS, max_examples=rounds(300))
    @hypothesis.given(case=cases, pick=st.integers(0, 2**16))
    def ask(case: Any, pick: int) -> None:
        name = case.operation.definition.raw["operationId"]
        links.follow(name, case, pick)
        response = case.call(headers=callers.headers(case))
        callers.heard(case)
        heard[name, response.status_code] += 1
        if response.status_code < 300:
            links.hear(name, response.json())

    ask()
    assert not {pair for pair in heard if pair[1] >= 500}
    done = {name for name, status in heard if status < 300}
    assert {"make_quote", "make_booking", "read_booking", "change_booking", "decide_booking", "tell"} <= done, heard
    assert free_desk.store.read(check.problems) == []


# ---- the document itself


def document(desk: Desk) -> dict[str, Any]:
    """The document of a service on a desk."""
    return Service.openapi(create_app(desk).app)  # type: ignore[attr-defined]


def test_every_route_says_what_it_answers(free_desk: Desk) -> None:
    """A model of each success, a problem for each refusal, a name of its own, and a token where one is needed."""
    made = document(free_desk)
    operations = [one for methods in made["paths"].values() for one in methods.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    for one in operations:
        (success,) = (told for status, told in one["responses"].items() if status.startswith("2"))
        assert "$ref" in success["content"]["application/json"]["schema"], one["operationId"]
        assert {str(status) for status in STATUS.values()} <= set(one["responses"])
        assert ("security" in one) == (one["x-action"] != OPEN)


def test_links_join_booking_amendment_and_cancellation(free_desk: Desk) -> None:
    """What books tells the id by which the booking is changed, read, planned, billed."""
    links = document(free_desk)["paths"]["/v1/bookings"]["post"]["responses"]["201"]["links"]
    known = {one["operationId"] for one in links.values()}
    assert {"read_booking", "change_booking", "decide_booking", "record_plan", "bill"} <= known
    assert links["change_booking.by_booking_id"]["parameters"] == {"path.booking_id": "$response.body#/booking_id"}


def test_the_customers_models_have_no_costs(free_desk: Desk) -> None:
    """P10 by model: nothing of what a customer is told of a price has a place for costs, payees or earners."""
    schemas = document(free_desk)["components"]["schemas"]
    fields = set(schemas["CustomerLine"]["properties"])
    assert fields == set(quote.PUBLIC)
    assert set(schemas["JointLine"]["properties"]) == set(quote.JOINT)
    assert schemas["CustomerLine"]["additionalProperties"] is False
    assert schemas["CustomerQuote"]["properties"]["lines"]["items"]["$ref"].endswith("/CustomerLine")


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (200, {}, {"status": "ok"}, ""),
        (200, {}, {"status": "ok", "more": 1}, "more"),
        (200, {}, {}, "status"),
        (418, {}, {}, "418"),
        (200, {"content-type": "text/html"}, {}, "text/html"),
        (429, {"content-type": "application/problem+json"}, {"type": "x", "title": "x", "status": 429, "code": "x"},
         "Retry-After"),
    ],
    ids=["right", "more", "less", "status", "type", "header"],
)  # fmt: skip
def test_the_witness_sees_what_is_off(
    free_desk: Desk, status: int, headers: dict[str, str], body: dict[str, Any], said: str
) -> None:
    """What holds every answer of these tests to the document finds a field too many, one too few, and the rest."""
    kept = {"content-type": "application/json", **headers}
    found = Contract(document(free_desk)).breaks("GET", "/v1/health", status, kept, json.dumps(body).encode())
    assert any(said in one for one in found) if said else found == []
