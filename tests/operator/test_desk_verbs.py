"""The table of verbs against the OpenAPI document: each asks what the API takes, and what it shows has a head."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from test_desk_commands import Script, Typist, application, script, typist

from desks import DAY_MS
from koridor.cli.commands.desk.heads import heads
from koridor.cli.commands.desk.request import NAME, OPTIONAL, Verb
from koridor.cli.commands.desk.show import cell
from koridor.cli.commands.desk.verbs import verbs
from koridor.cli.commands.desk.words import words

__all__ = ["application", "script", "typist"]


@pytest.fixture(scope="module")
def document(application: Any) -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = application.app.openapi()
    return found


@pytest.mark.parametrize("name", [name for name in verbs() if name not in ("get", "post")])
def test_a_verb_is_what_the_api_takes(name: str, document: dict[str, Any]) -> None:
    """Its path is there; its arguments are those of path, query and body; what the body must have, it gives."""
    verb = verbs()[name]
    method, _, template = verb.ask.partition(" ")
    words = {token.strip("[]").removeprefix("--"): token for token in verb.words.split()}
    for path in {OPTIONAL.sub("", template), OPTIONAL.sub(lambda hit: hit[1], template)}:
        assert path in document["paths"], path
        route = document["paths"][path][method.lower()]
        query = {one["name"] for one in route.get("parameters", ()) if one["in"] == "query"}
        fields, needed = _fields(document, route, verb)
        given = {word.partition(".")[0] for word in words if word not in NAME.findall(template)} | {*verb.fixed}
        assert given | {*verb.fill} <= query | fields
        sure = {word.partition(".")[0] for word, token in words.items() if not token.startswith("[")}
        assert needed <= sure | {*verb.fixed} | {*verb.fill}


SIGNS = re.compile(r"[\w-]+")


def test_what_may_be_said_is_what_the_api_takes(document: dict[str, Any]) -> None:
    """Where the API takes one of some values, the help of an argument names them, all but where it ends in dots; and
    it names none that the field has elsewhere, as a word that several verbs share would.
    """
    taken = {
        (name, token.strip("[]").removeprefix("--")): values
        for name, verb in verbs().items()
        for token in verb.words.split()
        if (values := _values(document, verb, token.strip("[]").removeprefix("--")))
    }
    known = words()
    assert len(taken) >= 20
    for (verb, name), values in taken.items():
        word = known.get(f"{verb}.{name}") or known[name.rpartition(".")[2]]
        elsewhere = set().union(*(others for (_, other), others in taken.items() if other == name))
        named = set(SIGNS.findall(word.help)) & elsewhere
        assert named <= values, (verb, name, named - values)
        assert named if word.help.endswith("...") else named == values, (verb, name, values - named)


def _values(document: dict[str, Any], verb: Verb, name: str) -> set[str]:
    """The values that the API takes of an argument of a verb; none where it takes others too."""
    method, _, template = verb.ask.partition(" ")
    if name in NAME.findall(template) or verb.ask.endswith("{path}"):
        return set()
    route = document["paths"][OPTIONAL.sub("", template)][method.lower()]
    query = [one["schema"] for one in route.get("parameters", ()) if (one["in"], one["name"]) == ("query", name)]
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    given = {token.strip("[]").removeprefix("--") for token in verb.words.split()} | {*verb.fixed}
    mine = {one.partition(".")[0] for one in given - set(NAME.findall(template))}
    bodies = [one for one in _each(document, body) if mine <= set(one.get("properties", ())) and _is(one, verb.fixed)]
    found = query or bodies
    for part in () if query else name.split("."):
        found = [inner for one in found for inner in _each(document, one.get("properties", {}).get(part, {}))]
    ends = [inner for one in found for inner in _each(document, one) if inner.get("type") != "null"]
    closed = [set(one["enum"]) if "enum" in one else {one["const"]} for one in ends if {"enum", "const"} & set(one)]
    return set().union(*closed) if len(closed) == len(ends) else set()


def _is(schema: dict[str, Any], fixed: Mapping[str, Any]) -> bool:
    """Whether a schema takes what a verb always says."""
    return all(schema["properties"][name].get("const", value) == value for name, value in fixed.items())


def _each(document: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas that a schema stands for."""
    if "$ref" in schema:
        return _each(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    several = schema.get("oneOf", schema.get("anyOf"))
    return [inner for one in several for inner in _each(document, one)] if several else [schema]


def _fields(document: dict[str, Any], route: dict[str, Any], verb: Verb) -> tuple[set[str], set[str]]:
    """Fields of a body, and those that it must have; of alternatives, those of any and of all."""
    schema = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    each = schema.get("oneOf", [schema])
    found = [document["components"]["schemas"][one["$ref"].rpartition("/")[2]] for one in each if "$ref" in one]
    needed = [set(one.get("required", ())) for one in found]
    return {field for one in found for field in one["properties"]}, set.intersection(*needed) if needed else set()


@pytest.mark.parametrize(
    ("currency", "minor", "shown"),
    [
        ("USD", 738471, "7,384.71"),
        ("USD", -5, "-0.05"),
        ("USD", 10**13 + 1, "100,000,000,000.01"),
    ],
)
def test_an_amount_is_shown_whole(currency: str, minor: int, shown: str) -> None:
    """With the two places of its currency (ISO 4217), to the last of them."""
    assert cell("amount_minor", {"currency": currency, "amount_minor": minor}) == shown
    assert cell("totals", {"totals": {currency: minor}}) == f"{shown} {currency}"


def test_whatever_is_shown_has_a_head() -> None:
    """Of every verb: columns and tables."""
    shown = [spec.partition(":") for verb in verbs().values() for spec in verb.shown]
    columns = {name.rpartition("=")[2].rpartition(".")[2] for _, _, names in shown for name in names.split()}
    tables = {where.rpartition(".")[2] for where, _, _ in shown if where}
    assert columns | tables == set(heads())


NOT_TYPED = {
    ("POST", "/v1/sessions"),  # log-in
    ("DELETE", "/v1/sessions/current"),  # log-out
    ("POST", "/v1/parties"),  # the operator's own: koridor operator person
    ("POST", "/v1/people"),
    ("GET", "/v1/people"),
    ("POST", "/v1/quotes"),  # an offer of one's own legs and lines, which is a program's: post
    ("GET", "/v1/shipments/{shipment_id}/papers/{paper}"),  # papers --out
    ("GET", "/v1/shipments/{shipment_id}/papers/{paper}/pdf"),
}


def test_every_operation_has_its_verb(document: dict[str, Any]) -> None:
    """Whatever the API does, people can do by a verb, but for what is named."""
    there = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    asked = {
        (verb.ask.partition(" ")[0], path)
        for verb in verbs().values()
        for template in [verb.ask.partition(" ")[2]]
        for path in (OPTIONAL.sub("", template), OPTIONAL.sub(lambda hit: hit[1], template))
    }
    assert there - asked == NOT_TYPED


@pytest.mark.parametrize("name", ["webhook", "new-secret", "new-key", "end-key", "end-webhook"])
def test_what_holds_a_secret_is_asked_without_a_key(name: str, typist: Typist, script: Script) -> None:
    """Such answers are kept under no key, so none is sent or can be given, and a command without an answer leaves
    nothing behind that would be told again.
    """
    said = {"webhook": ("https://x.example/", "booking"), "new-key": ("crane", "event.tell")}.get(name, ("X1",))
    script.answers = [None]
    assert "does not answer" in typist.types(name, *said, code=2)[1]
    assert [key for _, key, _ in script.asked] == [""]
    assert not list(typist.folder.rglob("*.unanswered"))
    assert "--key" in typist.types(name, *said, "--key", "mine", code=2)[1]


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (("load", "B1", "teu=1.5", "tonnes=20"), {"quantities": {"teu": "1.5", "tonnes": "20"}}),
        (
            ("release", "O1", "P", "R 1", "42G1=3", "--valid-to", "1970-01-02"),
            {"kind": "release", "place_id": "P", "reference": "R 1", "quantities": {"42G1": 3}, "valid_to_ms": DAY_MS},
        ),
        (
            ("move", "T1", "2=1970-01-01T00:01", "3=1970-01-01T00:02", "--note", "ice"),
            {"calls": [{"seq": 2, "at_ms": 60_000}, {"seq": 3, "at_ms": 120_000}], "note": "ice"},
        ),
        (("claim-step", "L1", "agree", "--amount", "1.50", "--currency", "USD"),
         {"action": "agree", "amount_minor": 150, "currency": "USD"}),
        (("exchange", "EUR", "USD", "2.50"), {"base": "EUR", "quoted": "USD", "amount_minor": 250}),
        (("agree", "O1", "P2", "units"), {"party_id": "P2", "sees": "units"}),
        (("end-agreement", "O1", "P2"), {"party_id": "P2", "sees": None}),
        (("dismiss", "e1"), {"shipment_id": None}),
        (("propose-split", "P2", "fixed", "P1=3", "P2=2", "--valid-from", "1970-01-02"),
         {"kind": "split", "content": {"other_id": "P2", "valid_from_ms": DAY_MS,
                                       "key": {"kind": "fixed", "weights": {"P1": 3, "P2": 2}}}}),
        (("propose-split", "P2", "leg", "--valid-from", "1970-01-02"),
         {"kind": "split", "content": {"other_id": "P2", "valid_from_ms": DAY_MS,
                                       "key": {"kind": "leg", "weights": {}}}}),
        (("end-rate", "tariff", "T1", "1970-01-02"),
         {"kind": "end", "content": {"of": "tariff", "id": "T1", "at_ms": DAY_MS}}),
        (("cut", "T1", "teu", "8"),
         {"kind": "capacity_cut", "content": {"departure_id": "T1", "resource": "teu", "quantity": "8"}}),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)  # fmt: skip
def test_what_a_verb_asks(typist: Typist, script: Script, words: tuple[str, ...], body: dict[str, Any]) -> None:
    """Names with values, calls with moments, amounts by their currency, and what is never said, as the API takes it."""
    script.answers = [(201, "application/json", "{}")]
    typist.types(*words)
    assert json.loads(script.asked[0][2]) == body


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("load", "B1", "teu"), "teu=2"),
        (("load", "B1", "teu=1", "teu=2"), "there twice"),
        (("release", "O1", "P", "R", "42G1=a", "--valid-to", "2026-12-08"), "42G1=3"),
        (("move", "T1", "2026-12-08", "--note", "x"), "2=2026-12-08T09:00"),
        (("claim-step", "L1", "agree", "--amount", "1.50"), "--currency"),
        (("message", "P1", "nothing.edi"), "nothing.edi"),
        (("generate", "7", "--capacity", "nothing.csv"), "nothing.csv"),
        (("iftmin", "S1", "--out"), "--out"),
        (("agree", "O1", "P2"), "SEES"),
    ],
)
def test_a_value_that_cannot_be_meant(typist: Typist, script: Script, words: tuple[str, ...], said: str) -> None:
    """A sentence that says what it should be like, and nothing is asked."""
    assert said in typist.types(*words, code=2)[1]
    assert script.asked == []


def test_instructions_as_files(typist: Typist, script: Script) -> None:
    """Each leg's message is written as it is to be sent, to the byte."""
    message = {"leg_id": "1", "recipient": "BC", "text": "UNA:+.? 'é\r\n"}
    told = {"shipment_id": "S1", "version": 1, "messages": [message]}
    script.answers = [(200, "application/json", json.dumps(told))]
    folder = typist.folder / "out"
    assert "BC" in typist.types("iftmin", "S1", "--out", str(folder))[0]
    assert (folder / "iftmin-1.edi").read_bytes() == "UNA:+.? 'é\r\n".encode()


def test_moves_are_shown_with_what_was_ordered(typist: Typist, script: Script) -> None:
    """Boxes and TEU ordered beside the TEU proposed, and why it is less; before it is accepted no such columns."""
    move = {"seq": 1, "from_place": "A", "to_place": "B", "teu": 8, "surplus": 9, "lack": 8, "cost_usd_per_t": 3.0}
    open_ = {**move, "orders": [], "ordered_units": None, "ordered_teu": None, "why": None}
    done = {**move, "orders": ["R1", "R2"], "ordered_units": 3, "ordered_teu": "6", "why": "no more free"}
    head = {"repositioning_id": "M1", "state": "accepted", "weeks": 4, "created_ms": 0, "decided_ms": 0, "unserved": {}}
    script.answers = [
        (201, "application/json", json.dumps({**head, "state": "proposed", "moves": [open_]})),
        (201, "application/json", json.dumps({**head, "moves": [done]})),
    ]
    assert "ordered" not in typist.types("reposition")[0]
    shown = typist.types("accept-moves", "M1", "--valid-to", "2026-12-20")[0]
    assert all(one in shown for one in ("boxes ordered", "TEU ordered", "no more free", "R1, R2"))


def test_sums_within_an_object_are_shown_whole() -> None:
    """What a proposal holds: amounts by the currency beside them, moments as times, nothing for what is not there."""
    content = {"currency": "USD", "amount_minor": 632620, "from_ms": 0, "note": None}
    assert cell("content", {"content": content}) == "currency: USD, amount: 6,326.20, from: 1970-01-01 00:00"
