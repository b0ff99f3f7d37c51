"""What the desk must refuse with a sentence, never with a fault: found by trying to break it (P9, P15, P18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from desks import DAY_MS, MONDAY_MS, TERMS, staffed, train, who
from koridor.operator.api.app import create_app
from koridor.operator.common.desk import Desk
from test_api import QUOTE, Api, booked, confirmed


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
