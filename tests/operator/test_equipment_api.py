"""Equipment and settlement as a client meets them: what comes is what the document says, and others' is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from test_api import OTHERS, Api, operations, others
from test_clocks import PATTERN
from test_equipment import box
from test_settlement import theirs

from desks import DAY_MS, HOUR_MS, MONDAY_MS, PEOPLE, Clock, staffed, train, who
from koridor.operator import check
from koridor.operator.api.app import create_app
from koridor.operator.common.desk import Desk
from koridor.operator.db.tables import departure
from koridor.operator.people import access, accounts


@pytest.fixture
def api(desk: Desk) -> Iterator[Api]:
    """The service on a desk with people, terms, a train and a terminal."""
    desk.do(who("ann"), lambda tx: (staffed(tx), train(tx), accounts.add_party(tx, "D1", "terminal", "D1")))
    with TestClient(create_app(desk, tend_every_s=3600), raise_server_exceptions=False) as client:
        yield Api(desk, client)


TERMS = {"place_id": "A", "valid_to_ms": MONDAY_MS + 10 * DAY_MS, "quantities": {"42G1": 1}}


def built(api: Api) -> dict[str, str]:
    """Ids of one of each: pool, unit, order, statement and claim."""
    pool_id = api.made("cid", "/v1/pools", {"name": "boxes"})["pool_id"]
    new = {"kind": "container", "number": box(1).number, "type_code": "42G1", "owner_id": "P1", "place_id": "A"}
    unit_id = api.made("cid", f"/v1/pools/{pool_id}/units", {**new, "shipper_owned": False})["unit_id"]
    order = {**TERMS, "kind": "release", "reference": "R 1", "depot_id": "D1"}
    order_id = api.made("cid", f"/v1/pools/{pool_id}/orders", order)["order_id"]
    lines = [{"ref": "B0", "note": "", "amount_minor": 5}]
    body = {"carrier_id": "C1", "number": "7", "currency": "USD", "lines": lines}
    statement_id = api.made("bob", "/v1/carrier-statements", body)["statement_id"]
    late = {"kind": "delay", "leg": 1, "currency": "USD", "distance_km": 3000, "containers": True, "gauge_changes": 0}
    late |= {"ferries": 0, "accepted": "2026-11-01", "arrived": "2026-11-24"}
    claim_id = api.made("fay", f"/v1/bookings/{theirs(api.desk)}/claims", late)["claim_id"]
    ids = {"pool_id": pool_id, "unit_id": unit_id, "order_id": order_id, "statement_id": statement_id}
    return {**ids, "claim_id": claim_id}


def test_legs_are_counted_from_one(api: Api) -> None:
    """As in papers: T1 to B is leg 1, the lorry on to D leg 2. So say the lines of the quote, a claim and what a
    cancelled T1 does. There is no leg 0 and no leg 3.
    """
    legs = [{"mode": "sea", "from_place": "A", "to_place": "B", "departure_id": "T1"},
            {"mode": "road", "from_place": "B", "to_place": "D"}]  # fmt: skip
    line = {"text": "x", "currency": "USD", "amount_minor": 50_000, "cost_minor": 40_000, "source": "estimate"}
    lines = [{**line, "leg": leg, "earner_id": "P1", "payee_id": "C1"} for leg in (1, 2)]
    body = {"customer_id": "S1", "legs": legs, "quantities": {"teu": "1"}, "lines": lines}
    for wrong in (0, 3):
        lost = {**body, "lines": [{**lines[0], "leg": wrong}]}
        assert api.ask("ann", "POST", "/v1/quotes", lost).status_code == 422
    made = api.made("ann", "/v1/quotes", body)
    assert [one["leg"] for one in made["lines"]] == [1, 2]
    booking = f"/v1/bookings/{api.made('gus', '/v1/bookings', {'quote_id': made['quote_id']})['booking_id']}"
    api.made("ann", f"{booking}/decisions", {"action": "confirm"})
    loss = {"kind": "damage", "currency": "USD", "amount_minor": 900, "noticed": "2026-12-07", "why": "wet"}
    claim = api.made("bob", f"{booking}/claims", {**loss, "leg": 2})
    assert (claim["content"]["leg"], claim["carrier_id"]) == (2, "C1")
    assert [one["content"]["leg"] for one in api.got("bob", "/v1/claims")["claims"]] == [2]
    assert api.ask("bob", "POST", f"{booking}/claims", {**loss, "leg": 0}).status_code == 422
    assert "Leg 3" in api.ask("bob", "POST", f"{booking}/claims", {**loss, "leg": 3}).json()["detail"]
    api.desk.do(who("cid"), lambda tx: tx.run(departure.update().values(status="cancelled")))
    (met,) = api.got("cid", "/v1/affected")["affected"]
    assert [(why["kind"], why["leg"]) for why in met["why"]] == [("departure_cancelled", 1)]


def test_a_box_and_its_money(api: Api, clock: Clock) -> None:
    """From the pool out by the depot's gate and discharged; the contract by two, eight days, the charge, the statement
    that asks for it as CSV, and the claim that the other partner bears.
    """
    ids = built(api)
    order, unit_ = f"/v1/equipment-orders/{ids['order_id']}", f"/v1/units/{ids['unit_id']}"
    api.made("cid", f"{order}/units", {"unit_id": ids["unit_id"], "action": "assign"})
    assert api.got("cid", unit_)["state"] == "released"
    full = api.ask("cid", "POST", f"{order}/units", {"unit_id": ids["unit_id"], "action": "assign"})
    assert (full.status_code, len(full.json()["problems"])) == (409, 2)
    gate = {"event_id": "g", "unit_id": ids["unit_id"], "happened_ms": MONDAY_MS}
    assert api.made("cid", f"{order}/gates", gate)["new"]
    content = {"pool_id": ids["pool_id"], "party_id": "C1", "kind": "demurrage", "side": "owed", "contract": PATTERN}
    content |= {"valid_from_ms": MONDAY_MS, "valid_to_ms": MONDAY_MS + 90 * DAY_MS}
    made = api.made("ann", "/v1/proposals", {"kind": "clock_contract", "content": content})
    api.made("bob", f"/v1/proposals/{made['proposal_id']}/decisions", {"granted": True})
    clock.now_ms = MONDAY_MS + HOUR_MS
    fact = {"event_id": "d", "kind": "DISC", "happened_ms": MONDAY_MS + HOUR_MS, "place_id": "D"}
    assert api.made("cid", f"{unit_}/events", fact)["place_id"] == "D"
    clock.now_ms = MONDAY_MS + 7 * DAY_MS + HOUR_MS
    api.log_in(PEOPLE)
    assert [one["amount_minor"] for one in api.got("cid", f"{unit_}/clocks")["clocks"]] == [2000]
    assert [one["change_minor"] for one in api.made("bob", f"{unit_}/charges")["charges"]] == [2000]
    text = f"ref,note,amount\n{box(1).number},demurrage,20.00\n"
    asked = {"carrier_id": "C1", "number": "8", "currency": "USD", "csv": text}
    assert api.made("bob", "/v1/carrier-statements", asked)["lines"][0]["state"] == "matched"
    claim = f"/v1/claims/{ids['claim_id']}/steps"
    api.made("fay", claim, {"action": "file"})
    assert api.made("bob", claim, {"action": "agree", "amount_minor": 4200})["state"] == "agreed"
    hashes = {
        api.got(name, f"/v1/statements/{other}/2026-12")["hash"] for name, other in (("bob", "P2"), ("fay", "P1"))
    }
    assert len(hashes) == 1
    assert api.desk.store.read(check.problems) == []


def test_answers_are_those_of_the_document(api: Api) -> None:
    """P15: every GET of equipment and settlement gives exactly the fields that OpenAPI promises, nested ones too."""
    ids = built(api)
    document = api.client.get("/openapi.json").json()
    tried = 0
    for method, path, action in operations(api):
        answer = document["paths"][path][method.lower()]["responses"].get("200", {}).get("content", {})
        model = answer.get("application/json", {}).get("schema", {})
        where = path
        for name, one in ids.items():
            where = where.replace(f"{{{name}}}", one)
        if method != "GET" or "$ref" not in model or "{" in where or not mine(path):
            continue
        name = next(name for name in ("cid", "bob") if access.may(who(name), action))
        fits(document["components"]["schemas"], model, api.got(name, where), path)
        tried += 1
    assert tried >= 12


def mine(path: str) -> bool:
    """Whether a path is one of equipment or settlement."""
    heads = (
        "/v1/pools",
        "/v1/units",
        "/v1/equipment-orders",
        "/v1/carrier-statements",
        "/v1/claims",
        "/v1/rates",
        "/v1/receivables",
        "/v1/imbalance",
    )
    return path.startswith(heads)


def fits(models: dict[str, Any], schema: dict[str, Any], content: Any, where: str) -> None:
    """Asserts that content has the fields of its model, all and no others."""
    if "$ref" in schema:
        model = models[schema["$ref"].rpartition("/")[2]]
        assert set(content) == set(model["properties"]), where
        for name, inner in model["properties"].items():
            fits(models, inner, content[name], f"{where}/{name}")
    elif schema.get("type") == "array":
        for item in content:
            fits(models, schema["items"], item, where)


BODIES: dict[str, dict[str, Any]] = {
    "/v1/pools/{pool_id}/agreements": {"party_id": "P2", "sees": None},
    "/v1/pools/{pool_id}/units": {"kind": "container", "number": "x", "type_code": "42G1", "owner_id": "P1",
                                  "shipper_owned": False, "place_id": "A"},
    "/v1/pools/{pool_id}/orders": {**TERMS, "kind": "return", "reference": "x"},
    "/v1/units/{unit_id}/events": {"event_id": "x", "kind": "DAMAGE", "happened_ms": 1},
    "/v1/equipment-orders/{order_id}/units": {"unit_id": "x", "action": "assign"},
    "/v1/equipment-orders/{order_id}/gates": {"event_id": "x", "unit_id": "x", "happened_ms": 1},
    "/v1/carrier-statements/{statement_id}/decisions": {"ref": "B0", "action": "accept"},
    "/v1/claims/{claim_id}/steps": {"action": "file"},
}  # fmt: skip


def test_anothers_equipment_and_claims_are_not_there(api: Api) -> None:
    """P9: a third partner with every role gets, of each object, the bytes that nothing at all would get."""
    ids = built(api)
    others(api.desk)
    api.log_in(OTHERS)
    tried = 0
    for method, path, action in operations(api):
        named = [name for name in ids if f"{{{name}}}" in path]
        for name, role in OTHERS.items():
            if named and action in access.permissions()[role]:
                there, nothing = (
                    api.ask(name, method, path.replace(f"{{{named[0]}}}", one), BODIES.get(path))
                    for one in (ids[named[0]], "nothing")
                )
                assert (there.status_code, there.content) == (404, nothing.content), (method, path, name, there.text)
                tried += 1
    assert tried >= 25
