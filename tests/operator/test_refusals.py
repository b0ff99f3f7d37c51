"""What the desk must refuse with a sentence, never with a fault: found by trying to break it (P9, P15, P18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient
from test_api import QUOTE, Api, booked, confirmed

from desks import DAY_MS, MONDAY_MS, TERMS, staffed, train, who
from koridor.operator.api import problem
from koridor.operator.api.app import create_app
from koridor.operator.common.desk import Desk
from koridor.operator.db.tables import audit, party, person
from koridor.operator.people import accounts


@pytest.fixture
def api(desk: Desk) -> Iterator[Api]:
    """The service on a desk with people, terms and a train."""
    desk.do(who("ann"), lambda tx: (staffed(tx), train(tx)))
    with TestClient(create_app(desk, tend_every_s=3600), raise_server_exceptions=False) as client:
        yield Api(desk, client)


PAYOUT = {"to": "carrier", "party_id": "C1", "currency": "USD", "amount_minor": 100}
CUT = {"departure_id": "T1", "resource": "teu", "quantity": "9"}


def test_who_decides_has_to_do_with_it(api: Api) -> None:
    """P18: money is paid by finance and trains are cut by dispatchers, whoever proposed it: 403 for the others."""
    for kind, content, no, yes in (
        ("payout", PAYOUT, "cid", "bob"),
        ("capacity_cut", CUT, "bob", "cid"),
    ):
        one = api.made("ann", "/v1/proposals", {"kind": kind, "content": content})["proposal_id"]
        path = f"/v1/proposals/{one}/decisions"
        assert api.ask(no, "POST", path, {"granted": True}).status_code == 403
        assert api.ask(yes, "POST", path, {"granted": False}).status_code == 201


TARIFF = {"terms": TERMS, "from_ms": 0, "to_ms": 1}
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("tariff", {**TARIFF, "terms": {**TERMS, "bands": [{"below_h": 12, "per_cent": 12.5}]}}),
    ("tariff", {**TARIFF, "to_ms": 1e300}),
    ("tariff", {**TARIFF, "to_ms": 10**15}),
    ("tariff", {**TARIFF, "terms": {**TERMS, "more": 1}}),
    *(("payout", {**PAYOUT, "amount_minor": wrong}) for wrong in (10.99, True, -5, 0, "1")),
    ("payout", {**PAYOUT, "currency": "ZZZ"}),
    ("payout", {**PAYOUT, "more": 1}),
    ("payout", {**PAYOUT, "party_id": "C9"}),
    ("payout", {**PAYOUT, "to": "partner"}),  # C1 is a carrier
    ("payout", CUT),
    ("capacity_cut", {**CUT, "quantity": 9}),
    ("king", {}),
]


def test_a_proposal_says_exactly_what_will_be_done(api: Api) -> None:
    """10.99 is not 10, true is not 1, and what is not known is not left out in silence: all are 422."""
    for kind, content in WRONG:
        response = api.ask("ann", "POST", "/v1/proposals", {"kind": kind, "content": content})
        assert (response.status_code, response.json()["code"]) == (422, "invalid"), (kind, content, response.text)


def test_an_events_body_cannot_stand_for_its_fields(api: Api) -> None:
    """A list that is retracted, a moment that is a word: each broke the folding of all events of the shipment."""
    path = f"/v1/shipments/{confirmed(api)['shipment_id']}/events"
    event = {"event_id": "e", "kind": "RETRACT", "happened_ms": MONDAY_MS}
    for body in ({"retracts": ["a"]}, {"written_ms": "abc"}, {"written_ms": None}, {"place_id": {"x": 1}}):
        response = api.ask("cid", "POST", path, {**event, "body": body})
        assert (response.status_code, response.json()["code"]) == (422, "invalid"), response.text
    assert api.made("cid", path, {**event, "body": {"seal": "1"}})["new"]


def test_what_a_rate_makes_is_bounded(api: Api) -> None:
    """10 cents at 10^12 are 10^13 minor units, the most there is; a cent more is refused, and balances still add up."""
    rate = {"base": "USD", "quoted": "EUR", "numerator": 10**12, "denominator": 1, "source": "x"}
    api.made("bob", "/v1/rates", {**rate, "valid_from_ms": 0, "valid_to_ms": MONDAY_MS + DAY_MS})
    ask = {"base": "USD", "quoted": "EUR"}
    for amount in (11, 5 * 10**6, 10**13):
        response = api.ask("bob", "POST", "/v1/exchanges", {**ask, "amount_minor": amount})
        assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert api.made("bob", "/v1/exchanges", {**ask, "amount_minor": 10})["amount_minor"] == 10**13
    assert api.got("bob", "/v1/balances")["balances"]["bank"] == {"EUR": 10**13, "USD": -10}


def test_a_page_ends_at_a_number(api: Api) -> None:
    """A superscript two is a digit to Unicode and no number."""
    for after in ("\u00b2.x", "\u0662.x", "x", "9" * 16 + ".x"):
        assert api.ask("gus", "GET", "/v1/bookings", after=after).status_code == 422


def test_the_audit_is_read_beyond_its_first_million(api: Api) -> None:
    """Any row that the database can count to may be the one to go on after."""
    for after in (10**6 + 1, 2**63 - 1):
        assert api.got("kim", "/v1/audit", after=after)["rows"] == []
    assert api.ask("kim", "GET", "/v1/audit", after=2**63).status_code == 422


def test_only_partners_share(api: Api) -> None:
    """A key for nobody would stop every sale, one for a shipper would book revenue to it; free days are no debt."""
    even = {"kind": "fixed", "weights": {"P1": 1, "P2": 1}}
    for key, other_id, status in (
        (even, "P2", 201),
        ({"kind": "fixed", "weights": {"P1": 1, "nobody": 1}}, "P2", 422),
        ({"kind": "fixed", "weights": {"P1": 1, "S2": 1}}, "S2", 422),
        ({"kind": "fixed", "weights": {"P1": 0, "P2": 0}}, "P2", 422),
        ({"kind": "fixed", "weights": {"P1": 1}}, "P2", 422),
        ({"kind": "fixed"}, "P2", 422),
        ({"kind": "leg", "weights": {"P1": 1, "P2": 1}}, "P2", 422),
        ({"kind": "none"}, "P2", 422),
        ({"kind": "leg"}, "P1", 422),
        ({"kind": "leg"}, "nobody", 422),
        ({"kind": "leg"}, "P2", 201),
    ):
        content = {"other_id": other_id, "key": key, "valid_from_ms": 0}
        response = api.ask("ann", "POST", "/v1/proposals", {"kind": "split", "content": content})
        assert response.status_code == status, response.text
    for terms in ({"free_days": -3}, {"key": even}):  # a key that one side publishes is no key
        content = {**TARIFF, "terms": {**TERMS, **terms}}
        assert api.ask("ann", "POST", "/v1/proposals", {"kind": "tariff", "content": content}).status_code == 422


def test_a_price_is_paid_to_somebody_and_not_below_nothing(api: Api) -> None:
    """A cost without a payee would never be accrued; a discount may be below 0, but the sum is not."""
    line = QUOTE["lines"][0]
    discount = {**line, "text": "discount", "cost_minor": 0, "payee_id": None, "amount_minor": -100_000}
    for lines, status in (
        ([{**line, "payee_id": None}], 422),
        ([line, {**discount, "amount_minor": -100_001}], 422),
        ([line, {**discount, "currency": "EUR"}], 422),
        ([line, discount], 201),
    ):
        assert api.ask("ann", "POST", "/v1/quotes", {**QUOTE, "lines": lines}).status_code == status


def test_an_allotment_is_a_partners(api: Api) -> None:
    """Who is not known, and who sells nothing and so could never draw on it, is a wrong request, not a lost race."""
    path, body = "/v1/departures/T1/allotments", {"resource": "teu", "quantity": "1", "release_ms": MONDAY_MS + 1}
    for party_id in ("nobody", "S1", "C1"):
        response = api.ask("cid", "POST", path, {**body, "party_id": party_id})
        assert (response.status_code, response.json()["code"]) == (422, "invalid"), response.text
    api.made("cid", path, {**body, "party_id": "P2"})


def test_only_a_lost_race_may_be_asked_again(api: Api, desk: Desk) -> None:
    """A key that is there already is a race; a reference to what is not there is none, and asking again cannot help."""
    with pytest.raises(IntegrityError) as twice:
        desk.do(who("ann"), lambda tx: tx.add(party, {"party_id": "P1", "kind": "partner", "name": "x"}))
    lost = {"party_id": "nobody", "login": "x", "name": "x", "password_hash": "", "active": 1, "person_id": "x"}
    with pytest.raises(IntegrityError) as nowhere:
        desk.do(who("ann"), lambda tx: tx.add(person, lost))
    assert (problem.is_race(twice.value), problem.is_race(nowhere.value)) == (True, False)


def test_a_cut_shows_anothers_bookings_as_a_number(api: Api) -> None:
    """P9: of two bookings that a cut to nothing hits, P1 has a part in its own; P2's is counted and not named."""
    mine = booked(api)["booking_id"]
    theirs = {**QUOTE, "customer_id": "S2", "lines": [{**QUOTE["lines"][1], "text": "theirs"}]}
    quote = api.made("eve", "/v1/quotes", theirs)["quote_id"]
    api.made("hal", "/v1/bookings", {"quote_id": quote})
    cut = {"kind": "capacity_cut", "content": {**CUT, "quantity": "0"}}
    made = api.made("ann", "/v1/proposals", cut)
    assert (made["content"]["bookings"], made["content"]["others"]) == ([mine], 1)
    three = booked(api, valid_h=5)["booking_id"]
    refused = api.ask("cid", "POST", f"/v1/proposals/{made['proposal_id']}/decisions", {"granted": True}).json()
    assert (refused["code"], refused["bookings"], refused["others"]) == ("below_sold", sorted([mine, three]), 1)


def test_a_method_that_is_not_there_names_all_that_are(api: Api) -> None:
    """RFC 9110, 15.5.6: two routes share /v1/bookings, one /v1/me; `Allow` tells of both, whichever comes first."""
    for path, methods in (("/v1/bookings", "GET, POST"), ("/v1/pools/x/units", "GET, POST"), ("/v1/me", "GET")):
        response = api.ask("ann", "DELETE", path)
        assert (response.status_code, response.headers["allow"]) == (405, methods)


def test_logins_are_counted_by_address_and_seen_by_the_party(desk: Desk) -> None:
    """Whoever tries a name too often is stopped, from elsewhere its owner still gets in; one address tries 10 names
    for each that one name may be tried, known or not. The party's audit names who logged in.
    """
    word = "a long enough password"
    desk.do(who("ann"), lambda tx: (staffed(tx), accounts.add_person(tx, "P1", "mia", "Mia", word, ["sales"])))
    strict = replace(desk, policy=replace(desk.policy, logins_per_min=1))
    app = create_app(strict, tend_every_s=3600)
    for buckets in (app.app.state.logins, app.app.state.addresses):
        buckets.clock = lambda: 0.0  # no minute passes, however slow the machine
    with TestClient(app, client=("10.0.0.1", 1)) as thief, TestClient(app, client=("10.0.0.2", 1)) as owner:
        tried = ["mia", "mia", *(f"nobody{number}" for number in range(9))]
        codes = [thief.post("/v1/sessions", json={"login": one, "password": "x"}).status_code for one in tried]
        assert codes == [401, 429, *[401] * 8, 429]
        assert owner.post("/v1/sessions", json={"login": "mia", "password": word}).status_code == 201
    rows = desk.store.read(lambda c: c.execute(sa.select(audit).filter_by(action="issue")).all())
    assert [row.party_id for row in rows] == ["P1"]
