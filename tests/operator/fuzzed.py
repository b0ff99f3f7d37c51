"""The whole API asked with what its document says may be asked, and with what it says may not, by schemathesis.

Whoever asks may: each request comes with the token of one of the people who have the right. Half of the ids and words
are exchanged for some that mean something to the desk, as those that are made up lead to 404 and 422 alone. All follows
from the seed, the document and the desk, whose clock stands: the same run finds the same.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random

import schemathesis
from known import Known
from schemathesis import engine
from schemathesis.core import NotSet
from schemathesis.engine import events
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desks import PEOPLE, who
from koridor.operator.api.app import create_app
from koridor.operator.api.call import OPEN, SELF
from koridor.operator.common.desk import Desk
from koridor.operator.people import access, tokens

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
ENDING = ("people_log_out", "people_end_key")  # operations that may end the token that they come with


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
    own = {"extra-data-sources": {"responses": False}}  # what is known comes from us
    return schemathesis.Config.from_dict(
        {
            "seed": seed,
            "workers": 1,
            "warnings": False,
            "continue-on-failure": True,
            "generation": {**generation, "with-security-parameters": False},
            "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
            "phases": {
                "examples": {"enabled": False},
                "coverage": {"enabled": "coverage" in phases, **own},
                "fuzzing": {"enabled": "fuzzing" in phases, **own, "error-feedback": {"enabled": False}},
                "stateful": {"enabled": "stateful" in phases},
            },
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
    body = "" if isinstance(case.body, NotSet) else case.body  # which would tell where in memory it is
    return Random(f"{case.operation.label} {case.path_parameters} {case.query} {body}")


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
