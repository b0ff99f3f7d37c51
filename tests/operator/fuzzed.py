"""The whole API asked with what its document says may be asked, and with what it says may not, by schemathesis.

Whoever asks may: each request comes with the token of one of the people who have the right. Half of the ids and words
are exchanged for some that mean something to the desk, as those that are made up lead to 404 and 422 alone. All follows
from the seed, the document and the desk, whose clock stands: the same run finds the same.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from typing import Any

import schemathesis
import sqlalchemy as sa
from schemathesis import engine
from schemathesis.engine import events
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from test_api import QUOTE, TARIFF, Api, booked, confirmed
from test_clocks import PATTERN
from test_equipment import box
from test_equipment_api import built
from test_quoting import OFFERED, world
from test_shipment_papers import GIVEN

from desks import DAY_MS, HOUR_MS, MONDAY_MS, PEOPLE, staffed, train, who
from koridor.operator.api.app import create_app
from koridor.operator.api.call import OPEN, SELF
from koridor.operator.booking import terms
from koridor.operator.common.desk import Desk, Tx
from koridor.operator.db.tables import METADATA, event, party, stop
from koridor.operator.network.publish import publish
from koridor.operator.people import access, accounts, tokens

PHASES = ("coverage", "fuzzing", "stateful")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
SEED = 1
FAULT = 500
MANY = 10**9
FRAMES = 6  # of a traceback: where it happened, without the way there
EXCHANGED = 0.5  # share of ids and words for which others are taken that the desk knows
ENDING = ("people_log_out", "people_end_key")  # operations that may end the token that they come with

COLUMNS = {
    **dict.fromkeys(("customer_id", "seller_id", "earner_id", "payee_id", "owner_id"), party.c.party_id),
    **dict.fromkeys(("carrier_id", "depot_id", "other_id", "to_id"), party.c.party_id),
    **dict.fromkeys(("place_id", "from_place", "to_place", "rolled_to"), stop.c.place_id),
    "event_id": event.c.event_id,
}
WORDS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("currency", "base", "quoted"), ("USD", "EUR")),
    **dict.fromkeys(("mode", "modes"), ("rail", "sea")),
    **dict.fromkeys(("accepted", "arrived", "noticed"), ("2026-11-01", "2026-11-24", "2026-12-07")),
    "action": ("cancel", "confirm", "file", "agree", "assign"),
    "cargo": ("20DC", "2x20DC"),
    "closures": ([{"of": "link", "row": "PQ"}], [{"of": "service", "row": "SH", "longer_h": 9}]),
    "content": (TARIFF["content"], {"to": "partner", "party_id": "P2", "currency": "USD", "amount_minor": 1}),
    "contract": (PATTERN,),
    "data": (GIVEN,),
    "edits": ([{"table": "link", "key": "PQ", "field": "speed_kmh", "op": "scale", "value": "0.5"}],),
    "kinds": (["booking"], ["shipment", "plan"]),
    "legs": (QUOTE["legs"],),
    "lines": (QUOTE["lines"], [{"ref": "B0", "note": "", "amount_minor": 5}]),
    "month": ("2026-11", "2026-12"),
    "number": (box(1).number, box(2).number),
    "numbers": ([box(1).number],),
    "paper": ("smgs-1", "checklist"),
    "quantities": ({"teu": "1"}, {"42G1": 1}),
    "quantity": ("1", "2"),
    "railway": ("BCh",),
    "reference": ("R 1",),
    "resource": ("teu",),
    "role": ("sales", "shipper"),
    "row": ("PQ", "RS", "TR", "SH"),
    "scope": ("booking.read",),
    "terms": (OFFERED,),
    "type_code": ("42G1", "22G1"),
    "url": ("https://partner.example/",),
    "way": ("W1", "W2"),
}
ODD = (None, True, -1, 0, 1.5, 10**30, "", "x", "\x00", "\ud800", [], [1], [[]], {}, {"x": 1}, [{}])
SPOILED = 0.5  # share of known lists and objects in which an odd value stands somewhere
MOMENTS = tuple(MONDAY_MS + hours * HOUR_MS for hours in (-1, 0, 1, 30, 24 * 9))


@dataclass(slots=True)
class Found:
    """What came of a run: how many operations there are, requests by status, and each failure once, in words."""

    operations: int
    statuses: Counter[int] = field(default_factory=Counter)
    granted: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """Requests in all."""
        return self.statuses.total()

    @property
    def server_errors(self) -> int:
        """Answers that say that the fault is ours."""
        return sum(number for status, number in self.statuses.items() if status >= FAULT)


def prepare(desk: Desk) -> None:
    """A little of everything: people, trains, a network, an enquiry, bookings, a pool and its boxes, and money."""

    def work(tx: Tx) -> None:
        staffed(tx)
        accounts.add_party(tx, "D1", "terminal", "D1")
        train(tx)
        train(tx, "T2", starts_ms=MONDAY_MS + 4 * DAY_MS)
        publish(tx, world(), MONDAY_MS, MONDAY_MS + 14 * DAY_MS)
        terms.publish(tx, "P1", OFFERED, MONDAY_MS - HOUR_MS, MONDAY_MS + 60 * DAY_MS)

    desk.do(who("ann"), work)
    with TestClient(create_app(desk, tend_every_s=3600, deliver_every_s=3600)) as client:
        api = Api(desk, client)
        sold = confirmed(api)
        booked(api)
        api.made("ann", "/v1/quotes", {**QUOTE, "valid_h": 5})
        told = {"event_id": "e1", "kind": "LOAD", "happened_ms": MONDAY_MS, "place_id": "A", "body": {}}
        api.made("cid", f"/v1/shipments/{sold['shipment_id']}/events", told)
        api.made("bob", f"/v1/bookings/{sold['booking_id']}/bills")
        api.made("bob", "/v1/proposals", TARIFF)
        asked = {"customer_id": "S1", "from_place": "P", "to_place": "S", "cargo": "20DC", "ready_ms": MONDAY_MS}
        api.made("ann", "/v1/enquiries", asked)
        built(api)


def run(desk: Desk, examples: int, *, phases: Collection[str] = PHASES, seed: int = SEED, one_in: int = 1) -> Found:
    """What a prepared desk answers.

    Parameters
    ----------
    examples : int
        Of `fuzzing` for each operation, and walks of `stateful`.
    phases : collection of str
        `coverage`: each bound and each wrong type of every field, and methods that a path does not have; `fuzzing`:
        anything; `stateful`: walks along the links, each from what was answered to the request before.
    one_in : int
        Of what is `coverage` but methods, one in so many is asked.
    """
    generous = replace(desk.policy, requests_per_min=MANY, logins_per_min=MANY)
    stage = Stage(create_app(replace(desk, policy=generous)))
    schema = schemathesis.openapi.from_asgi("/openapi.json", stage, config=_config(examples, phases, seed))
    stage.found.statuses.clear()
    stage.found.operations = len(schema)
    _cast(schema, desk)
    schema.hook(_sieve(one_in))
    for one in engine.from_schema(schema).execute():
        if isinstance(one, events.ScenarioFinished):
            _note(stage.found, one)
        elif isinstance(one, events.NonFatalError):
            stage.found.failures.setdefault(f"{one.label}: {one.info.title}", str(one.value))
    return stage.found


def _config(examples: int, phases: Collection[str], seed: int) -> schemathesis.Config:
    generation = {"max-examples": examples, "deterministic": True, "database": "none", "no-shrink": True}
    return schemathesis.Config.from_dict(
        {
            "seed": seed,
            "workers": 1,
            "warnings": False,
            "continue-on-failure": True,
            "generation": {**generation, "with-security-parameters": False},
            "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
            "phases": {name: {"enabled": name in phases} for name in ("examples", *PHASES)},
        }
    )


class Stage:
    """Stands before the service: counts its answers, and keeps why it failed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.found = Found(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Nothing begins or ends with the service: its hands would work at moments of their own."""
        assert scope["type"] == "http"

        async def heard(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.found.statuses[message["status"]] += 1
            await send(message)

        try:
            await self.app(scope, receive, heard)
        except Exception as error:  # answered already: the framework raises it once more for whoever stands before it
            where = traceback.format_exception(error, limit=-FRAMES)
            self.found.failures.setdefault(f"{type(error).__name__}\n{where[-2]}", "".join(where))


def _cast(schema: schemathesis.BaseSchema, desk: Desk) -> None:
    """Lets people who may ask, under keys of their own, of what the desk knows."""
    words: dict[str, str] = {}
    keys = count()

    def word(name: str) -> str:
        if name not in words:
            words[name] = desk.do(who("ann"), lambda tx: tokens.issue(tx, name, "session")).word
        return words[name]

    class Cast:
        def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
            action = context.operation.definition.raw["x-action"]
            able = [name for name in PEOPLE if action in (OPEN, SELF) or access.may(who(name), action)]
            return word(chance(case).choice(able))

        def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    def map_case(context: schemathesis.HookContext, case: schemathesis.Case) -> schemathesis.Case:
        if "idempotency-key" in case.headers:
            case.headers["Idempotency-Key"] = f"k{next(keys)}"
        known, random = Known(desk), chance(case)
        case.path_parameters = known.exchanged(case.path_parameters, random)
        case.query = known.exchanged(case.query, random)
        case.body = known.exchanged(case.body, random)
        return case

    def after_call(context: schemathesis.HookContext, case: schemathesis.Case, response: object) -> None:
        if context.operation.definition.raw["operationId"] in ENDING:
            words.clear()

    schema.auth(refresh_interval=None)(Cast)
    schema.hook(map_case)
    schema.hook(after_call)


def _sieve(one_in: int) -> Callable[[schemathesis.HookContext, schemathesis.Case], bool]:
    def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
        data = case.meta.phase.data if case.meta else None
        if not isinstance(data, CoveragePhaseData) or data.scenario is CoverageScenario.UNSPECIFIED_HTTP_METHOD:
            return True
        return chance(case).randrange(one_in) == 0

    return filter_case


def chance(case: schemathesis.Case) -> Random:
    """A source of chance that depends on what is asked alone."""
    return Random(f"{case.operation.label} {case.path_parameters} {case.query} {case.body}")


@dataclass(slots=True)
class Known:
    """Values that mean something to the desk, by the name of a field."""

    desk: Desk
    read: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def exchanged(self, value: Any, random: Random, name: str = "") -> Any:
        """A value in which some parts are exchanged for known ones of the same type."""
        others = [one for one in self.of(name) if type(one) is type(value)]
        if others and random.random() < EXCHANGED:
            other = random.choice(others)
            plain = isinstance(other, str | int) or random.random() >= SPOILED
            return other if plain else spoiled(other, random)
        if isinstance(value, dict):
            return {key: self.exchanged(inner, random, str(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.exchanged(inner, random, name.removesuffix("s")) for inner in value]
        return value

    def of(self, name: str) -> tuple[Any, ...]:
        """Known values of a name, maybe none."""
        if name not in self.read:
            self.read[name] = tuple(self._of(name))
        return self.read[name]

    def _of(self, name: str) -> Iterator[Any]:
        if name.endswith("_ms"):
            yield from MOMENTS
        yield from WORDS.get(name, ())
        column = COLUMNS.get(name, KEYS.get(name))
        if column is not None:
            asked = sa.select(column).distinct().order_by(column)
            yield from self.desk.store.read(lambda connection: connection.execute(asked).scalars().all())


def spoiled(whole: Any, random: Random) -> Any:
    """A copy of plain data with something odd in the place of one part."""
    if not isinstance(whole, dict | list) or not whole:
        return random.choice(ODD)
    at = random.choice(list(whole) if isinstance(whole, dict) else range(len(whole)))
    copied = whole.copy()
    copied[at] = random.choice(ODD) if random.random() < SPOILED else spoiled(whole[at], random)
    return copied


KEYS = {
    table.primary_key.columns[0].name: table.primary_key.columns[0]
    for table in METADATA.sorted_tables
    if len(table.primary_key.columns) == 1
}


def _note(found: Found, scenario: events.ScenarioFinished) -> None:
    for key, exchange in scenario.recorder.interactions.items():
        if exchange.response is not None and exchange.response.status_code < 300:
            found.granted.add(scenario.recorder.cases[key].value.operation.label)
    for key, checks in scenario.recorder.checks.items():
        label = scenario.recorder.cases[key].value.operation.label
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                what = f"{label}: {failure.title}: {failure.message}"
                found.failures.setdefault(what, check.failure_info.code_sample)
