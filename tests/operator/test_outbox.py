"""P12 and P17: what leaves the desk is kept with the work, arrives in order at least once, and stops nobody."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from test_api import OTHERS, Api, booked, confirmed, others
from test_served import limits

from desks import DAY_MS, HOUR_MS, MONDAY_MS, Clock, offered, staffed, train, who
from killed import prepared, press
from koridor.operator import check
from koridor.operator.api.app import create_app
from koridor.operator.booking import book, change, quote
from koridor.operator.common import policy
from koridor.operator.common.actor import SYSTEM
from koridor.operator.common.desk import Desk, wall_ms
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import audit, delivery, event, subscription
from koridor.operator.outbox import delivery as queue
from koridor.operator.outbox import signing
from koridor.operator.outbox import subscription as subscriptions
from koridor.operator.outbox.hand import Hand
from koridor.operator.outbox.send import Outcome, Sender
from koridor.operator.people import access
from koridor.operator.setup import open_desk
from receivers import Receiver, receiving
from served import Server

__all__ = ["limits"]  # a fixture of the tests with a server
URL = "https://partner.example/hook"
LIMITS: dict[str, int] = {"webhook_trial": 1, "delivery_tries_max": 4, "delivery_wait_s": 10, "delivery_wait_s_max": 60}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A desk with people and a train, whose messages may go to this machine."""
    desk.do(who("ann"), lambda tx: (staffed(tx), train(tx)))
    return replace(desk, policy=replace(desk.policy, **LIMITS))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A partner's receiver."""
    with receiving() as opened:
        yield opened


@pytest.fixture
def api(desk: Desk) -> Iterator[Api]:
    """The service, whose hand is moved by the tests alone."""
    with TestClient(create_app(desk, tend_every_s=3600, deliver_every_s=3600), raise_server_exceptions=False) as client:
        yield Api(desk, client)


def listen(desk: Desk, name: str, url: str = URL, *kinds: str) -> dict[str, Any]:
    """A subscription of one of the people, to all that they may read."""
    wanted = kinds or tuple(subscriptions.readable(who(name)))
    return desk.do(who(name), lambda tx: subscriptions.subscribe(tx, url, wanted))


def booking(desk: Desk, **more: Any) -> str:
    """A booking by the shipper: two messages, of its receipt and its hold."""
    made = desk.do(who("ann"), lambda tx: quote.make(tx, offered(**more)))
    return desk.do(who("gus"), lambda tx: book.receive(tx, made.quote_id))


def hand(desk: Desk, send: Any = None) -> Hand:
    """A hand with jitter from a seed."""
    return Hand(desk, send or Sender(2.0, trial=True), Random(1))


def rows(desk: Desk) -> list[Any]:
    """All letters in their order."""
    order = sa.select(delivery).order_by(delivery.c.subscription_id, delivery.c.stream, delivery.c.seq)
    return desk.store.read(lambda connection: connection.execute(order).all())


# ---- with the work


def test_a_message_is_kept_with_the_work_or_not_at_all(desk: Desk) -> None:
    """P2 of the outbox: a booking that is refused at its end, or whose transaction breaks off, tells nothing."""
    listen(desk, "gus")
    made = desk.do(who("ann"), lambda tx: quote.make(tx, offered(teu=40)))
    first = desk.do(who("gus"), lambda tx: book.receive(tx, made.quote_id))
    with pytest.raises(Refused, match="Sold out"):
        desk.do(who("gus"), lambda tx: book.receive(tx, made.quote_id))

    def breaks(tx: Any) -> None:
        change.cancel(tx, first, "x")
        raise KeyError

    with pytest.raises(KeyError):
        desk.do(who("gus"), breaks)
    told = [(row.stream, row.seq, json.loads(row.body)["action"]) for row in rows(desk)]
    assert told == [(f"booking/{first}", 1, "receive"), (f"booking/{first}", 2, "hold")]
    assert desk.store.read(check.problems) == []


def test_where_nobody_listens_a_transaction_asks_once(desk: Desk) -> None:
    """A booking takes two steps, and one statement asks for subscriptions; nothing is queued."""
    made = desk.do(who("ann"), lambda tx: quote.make(tx, offered()))
    said: list[str] = []

    def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    sa.event.listen(desk.store.engine, "before_cursor_execute", note)
    desk.do(who("gus"), lambda tx: book.receive(tx, made.quote_id))
    sa.event.remove(desk.store.engine, "before_cursor_execute", note)
    assert sum("subscription" in one for one in said) <= 1
    assert rows(desk) == []


def test_everyone_hears_of_what_is_theirs_alone(desk: Desk, api: Api) -> None:
    """P9, P10: the other shipper nothing; a carrier the shipment; the customer no plan; nobody a price or a cost."""
    for name in ("cid", "eve", "gus", "hal", "ian"):
        listen(desk, name, f"https://{name}.example/")
    made = confirmed(api)
    event = {"event_id": "e1", "kind": "LOAD", "happened_ms": MONDAY_MS, "place_id": "A", "body": {"secret": "70000"}}
    api.made("cid", f"/v1/shipments/{made['shipment_id']}/events", event)
    heard: dict[str, list[str]] = {}
    for row in desk.store.read(lambda c: c.execute(sa.select(delivery, subscription.c.url).join(subscription)).all()):
        assert not any(word in row.body for word in ("cost", "amount", "70000", "150001", "C1", "quote"))
        heard.setdefault(row.url[8:11], []).append(f"{row.kind}.{json.loads(row.body)['action']}")
    steps = ["booking.receive", "booking.hold", "booking.ask_plan", "booking.confirm"]
    plans = ["plan.agreed", "plan.requested"]
    assert {name: sorted(told) for name, told in heard.items()} == {
        "cid": sorted([*steps, *plans, "shipment.tell"]),
        "eve": sorted([*steps, "shipment.tell"]),
        "gus": sorted([*steps, "shipment.tell"]),
        "ian": ["shipment.tell"],
    }


def test_both_partners_hear_of_a_signature(desk: Desk, clock: Clock, api: Api) -> None:
    """A statement that one side signs is told to both, with the hash that the other must come to."""
    for name in ("bob", "fay", "gus"):
        listen(desk, name, f"https://{name}.example/")
    clock.now_ms = MONDAY_MS + 40 * DAY_MS
    api.log_in(["fay"])
    made = api.made("fay", "/v1/statements/P1/2026-12/signatures")
    told = [json.loads(row.body) for row in rows(desk)]
    assert [one["content"]["hash"] for one in told] == [made["hash"]] * 2
    assert {one["stream"] for one in told} == {"statement/P1/P2/2026-12"}


# ---- delivering


def test_a_receiver_gets_signed_letters_in_order(desk: Desk, receiver: Receiver, clock: Clock) -> None:
    """Each with its signature over the raw body; numbers of an object go on by one."""
    made = listen(desk, "gus", receiver.url)
    one = booking(desk)
    desk.do(who("gus"), lambda tx: change.cancel(tx, one, "x"))
    assert hand(desk).round() == 3
    assert [(told["seq"], told["action"]) for told in receiver.messages()] == [
        (1, "receive"),
        (2, "hold"),
        (3, "cancel"),
    ]
    for headers, body in receiver.heard:
        assert signing.verify([made["secret"]], body, headers["Koridor-Signature"], clock() // 1000)
        assert json.loads(body)["delivery_id"] == headers["Koridor-Delivery"]
    assert {row.state for row in rows(desk)} == {"delivered"}
    assert hand(desk).round() == 0


def test_two_secrets_sign_while_one_is_replaced(desk: Desk, receiver: Receiver, clock: Clock) -> None:
    """During the overlap a receiver with either secret can check; after it, the old one is worth nothing."""
    old = listen(desk, "gus", receiver.url)
    new = desk.do(who("gus"), lambda tx: subscriptions.rotate(tx, old["subscription_id"]))
    for later_ms, valid in ((0, [True, True]), (73 * HOUR_MS, [False, True])):
        clock.now_ms += later_ms
        booking(desk, departure_id="T1", teu=1) if not later_ms else desk.do(
            who("gus"), lambda tx: change.cancel(tx, "B" + receiver.messages()[0]["stream"][9:], "x")
        )
        hand(desk).round()
        headers, body = receiver.heard[-1]
        given = [
            signing.verify([one["secret"]], body, headers["Koridor-Signature"], clock() // 1000) for one in (old, new)
        ]
        assert given == valid


@pytest.mark.parametrize("mode", ["500", "503", "507", "429", "cut", "silent", "drip"])
def test_a_receiver_that_is_not_there_stops_nobody(desk: Desk, receiver: Receiver, clock: Clock, mode: str) -> None:
    """P17: down, slow, cut, its disk full: bookings go on, health says since when; then all drains in order, though
    the receiver may have some twice.
    """
    listen(desk, "gus", receiver.url)
    sender = Sender(0.2, trial=True)
    receiver.mode = mode
    began_ms = clock()
    bookings = [booking(desk) for _ in range(3)]
    assert hand(desk, sender).round() == 1
    clock.now_ms += 1
    assert hand(desk, sender).round() == 0
    bookings.append(booking(desk))
    assert desk.look(SYSTEM, queue.behind_since_ms) == began_ms
    receiver.heard.clear()
    receiver.mode = "good"
    clock.now_ms += HOUR_MS
    assert hand(desk).round() == 8
    assert desk.look(SYSTEM, queue.behind_since_ms) is None
    streams: dict[str, list[int]] = {}
    for told in receiver.messages():
        streams.setdefault(told["stream"], []).append(told["seq"])
    assert streams == {f"booking/{one}": [1, 2] for one in bookings}
    assert desk.store.read(check.problems) == []


def test_what_was_not_acknowledged_comes_again(desk: Desk, receiver: Receiver, clock: Clock) -> None:
    """At least once: kept by the receiver, its answer lost; it comes again under the same id, before the next one."""
    listen(desk, "gus", receiver.url)
    booking(desk)
    receiver.mode = "unheard"
    hand(desk).round()
    receiver.mode = "good"
    clock.now_ms += HOUR_MS
    hand(desk).round()
    told = receiver.messages()
    assert [one["seq"] for one in told] == [1, 1, 2]
    assert told[0] == told[1]


def test_a_hand_that_dies_is_followed_by_another_once_its_time_is_over(desk: Desk, clock: Clock) -> None:
    """Sent, not put down: nobody sends beside it while it may live; then the same letters go out again."""
    listen(desk, "gus")
    booking(desk)
    sent: list[str] = []

    def dies(_url: str, body: bytes, _headers: Any) -> Outcome:
        sent.append(json.loads(body)["action"])
        raise KeyboardInterrupt

    def good(_url: str, body: bytes, _headers: Any) -> Outcome:
        sent.append(json.loads(body)["action"])
        return Outcome()

    with pytest.raises(KeyboardInterrupt):
        hand(desk, dies).round()
    assert hand(desk, good).round() == 0
    clock.now_ms += 3 * desk.policy.delivery_timeout_s * 1000
    assert hand(desk, good).round() == 2
    assert sent == ["receive", "receive", "hold"]


def test_a_slow_receiver_has_its_turn_and_no_more(desk: Desk, clock: Clock) -> None:
    """Each answer takes 6 s of the 10 that a turn may: two letters a turn, then others; and none once it shall end.

    A hand that came back after another had taken its place does not let a third in beside that one.
    """
    listen(desk, "gus")
    for _ in range(3):
        booking(desk, teu=1)

    def slow(*_: Any) -> Outcome:
        clock.now_ms += 6000
        return Outcome()

    assert [hand(desk, slow).round() for _ in range(3)] == [2, 2, 2]
    booking(desk, teu=1)
    last = hand(desk, slow)
    last.ended.set()
    assert last.round() == 0
    (one,) = desk.look(SYSTEM, queue.due)
    first = desk.do(who("gus"), lambda tx: queue.take(tx, one))
    clock.now_ms += 30_000
    second = desk.do(who("gus"), lambda tx: queue.take(tx, one))
    assert first is not None
    assert second is not None
    desk.do(who("gus"), lambda tx: queue.settle(tx, first, [], Random(1)))
    assert desk.do(who("gus"), lambda tx: queue.take(tx, one)) is None
    desk.do(who("gus"), lambda tx: queue.settle(tx, second, [], Random(1)))
    assert desk.do(who("gus"), lambda tx: queue.take(tx, one)) is not None


def test_waits_grow_and_end_in_a_dead_letter(desk: Desk, clock: Clock, api: Api) -> None:
    """After n refusals between half of 10 s * 2^(n-1) and all of it, at most 60 s; the fourth ends it.

    Then the next one goes. A dead letter is listed, and is sent again when asked.
    """
    listen(desk, "gus")
    one = booking(desk)
    waits, taken = [], []

    def refuses(_url: str, body: bytes, _headers: Any) -> Outcome:
        if json.loads(body)["action"] == "receive":
            return Outcome("status 400")
        taken.append("hold")
        return Outcome()

    for _ in range(4):
        assert hand(desk, refuses).round() == 1
        waits.append((rows(desk)[0].next_ms - clock()) / 1000)
        clock.now_ms = max(clock(), rows(desk)[0].next_ms)
    assert [5 <= waits[0] <= 10, 10 <= waits[1] <= 20, 20 <= waits[2] <= 40] == [True] * 3
    hand(desk, refuses).round()
    assert taken == ["hold"]
    listed = api.got("gus", "/v1/deliveries", state="dead")["deliveries"]
    assert [(each["seq"], each["tries"], each["last_error"]) for each in listed] == [(1, 4, "status 400")]
    assert listed[0]["body"]["content"]["booking_id"] == one
    path = f"/v1/deliveries/{listed[0]['delivery_id']}/redeliveries"
    assert api.made("gus", path)["state"] == "waiting"
    assert api.ask("gus", "POST", path).status_code == 409
    assert hand(desk, lambda *_: Outcome()).round() == 1
    assert {row.state for row in rows(desk)} == {"delivered"}
    waits_s = [queue.wait_ms(desk.policy, failures, Random(seed)) / 1000 for failures in (9, 99) for seed in range(50)]
    assert 30 <= min(waits_s) <= max(waits_s) <= 60


def test_who_is_away_too_long_is_given_up(desk: Desk, clock: Clock) -> None:
    """A receiver away for less than 168 h loses nothing, however often it was tried; after that one letter a try."""
    listen(desk, "gus")
    booking(desk)
    began_ms = clock()

    def away(*_: Any) -> Outcome:
        return Outcome("no_answer", there=False)

    while clock() < began_ms + 167 * HOUR_MS:
        hand(desk, away).round()
        clock.now_ms += 2 * HOUR_MS
    assert {(row.state, row.tries) for row in rows(desk)} == {("waiting", 0)}
    hand(desk, away).round()
    assert [row.state for row in rows(desk)] == ["dead", "waiting"]


def test_a_message_that_is_refused_holds_up_its_object_alone(desk: Desk, clock: Clock) -> None:
    """A 400 for one booking: its later messages wait, those of another booking go."""
    listen(desk, "gus")
    bad, good = booking(desk, teu=1), booking(desk, teu=1)
    taken: list[str] = []

    def picks(_url: str, body: bytes, _headers: Any) -> Outcome:
        told = json.loads(body)
        if told["stream"].endswith(bad):
            return Outcome("status 400")
        taken.append(told["stream"])
        return Outcome()

    assert hand(desk, picks).round() == 3
    assert taken == [f"booking/{good}"] * 2
    assert hand(desk, picks).round() == 0
    desk.do(who("gus"), lambda tx: change.cancel(tx, bad, "x"))
    assert hand(desk, picks).round() == 0
    clock.now_ms += HOUR_MS
    assert hand(desk, lambda *_: Outcome()).round() == 3


def test_an_ended_subscription_gets_nothing_more(desk: Desk, receiver: Receiver) -> None:
    """What waited is a dead letter that cannot be sent again; what happens now is not even queued."""
    made = listen(desk, "gus", receiver.url)
    one = booking(desk)
    desk.do(who("gus"), lambda tx: subscriptions.end(tx, made["subscription_id"]))
    desk.do(who("gus"), lambda tx: change.cancel(tx, one, "x"))
    assert hand(desk).round() == 0
    assert [(row.state, row.last_error) for row in rows(desk)] == [("dead", "ended")] * 2
    with pytest.raises(Refused) as refused:
        desk.do(who("gus"), lambda tx: queue.redeliver(tx, rows(desk)[0].delivery_id))
    assert refused.value.code == "not_allowed_now"
    assert receiver.heard == []


def test_a_kill_loses_no_message_of_what_was_told(where: str, limits: str, tmp_path: Path) -> None:
    """P2 of the outbox: SIGKILL while bookings are made and letters sent; afterwards another hand brings the rest. Each
    booking that was acknowledged was told at least once, each object's messages in their order.
    """
    words, quote_id = prepared(where, 4_000_000)
    text = Path(limits).read_text(encoding="utf-8").replace("webhook_trial = 0", "webhook_trial = 1")
    rules = tmp_path / "trial.toml"
    rules.write_text(text, encoding="utf-8")
    told: dict[str, bytes] = {}
    with receiving() as receiver:
        with Server(where, str(rules)) as server:
            with server.client(words["gus"]) as ask:
                asked = {"url": receiver.url, "kinds": ["booking"]}
                assert ask("POST", "/v1/webhooks", asked).status == 201
            gone = threading.Event()
            pressing = threading.Thread(target=press, args=(server, words["gus"], quote_id, "a", told, gone))
            pressing.start()
            while len(receiver.heard) < 3:
                time.sleep(0.01)
            server.kill()
            gone.set()
            pressing.join()
        later_ms = wall_ms() + HOUR_MS
        desk = open_desk(where, policy.load(rules), lambda: later_ms)
        while hand(desk).round():
            pass
        assert desk.store.read(check.problems) == []
        assert {row.state for row in rows(desk)} == {"delivered"}
        desk.store.close()
    first: dict[str, list[int]] = {}
    for each in receiver.messages():
        numbers = first.setdefault(each["stream"], [])
        if each["seq"] not in numbers:
            numbers.append(each["seq"])
    assert all(numbers == [1, 2] for numbers in first.values())
    assert {f"booking/{json.loads(body)['booking_id']}" for body in told.values()} <= set(first)


def test_without_a_network_the_desk_does_its_work(desk: Desk, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """P17: no name and no connection: a booking is made and confirmed, its messages wait; the API serves no page that
    would load anything from elsewhere.
    """
    listen(desk, "gus", URL)

    def none(*_: Any, **__: Any) -> Any:
        raise OSError("no network")

    with monkeypatch.context() as patched:
        patched.setattr(socket, "create_connection", none)
        assert hand(desk, Sender(1.0, lookup=none)).round() == 0
        made = confirmed(api)
        assert made["status"] == "CONFIRMED"
        assert hand(desk, Sender(1.0, lookup=none)).round() == 1
    assert api.client.get("/v1/health").json()["status"] == "behind"
    assert [api.client.get(path).status_code for path in ("/docs", "/redoc")] == [404, 404]
    assert api.got("gus", "/v1/webhooks")["webhooks"][0]["failures"] == 1


# ---- over HTTP


def test_the_service_delivers_by_itself(desk: Desk, receiver: Receiver) -> None:
    """With its own hand: subscribed and booked over HTTP, the letters arrive within seconds; a secret is shown once."""
    with TestClient(create_app(desk, tend_every_s=3600, deliver_every_s=0.05)) as client:
        api = Api(desk, client)
        made = api.made("gus", "/v1/webhooks", {"url": receiver.url, "kinds": ["booking"]})
        assert made["secret"] not in json.dumps(api.got("gus", "/v1/webhooks"))
        booked(api)
        # the desk's clock stands, the hand's does not: it only asks whether something is due now
        until = time.monotonic() + 20
        while len(receiver.heard) < 2 and time.monotonic() < until:
            time.sleep(0.05)
    assert [told["action"] for told in receiver.messages()] == ["receive", "hold"]


def test_health_says_since_when_it_is_behind(desk: Desk, api: Api, clock: Clock) -> None:
    """P17: a receiver that is not there; anybody may ask, and hears no more than the moment."""
    assert api.client.get("/v1/health").json() == {"status": "ok", "behind_since_ms": None}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen(desk, "gus", f"http://127.0.0.1:{free.getsockname()[1]}/")
    booked(api)
    assert api.client.get("/v1/health").json()["status"] == "ok"
    hand(desk).round()
    assert api.client.get("/v1/health").json() == {"status": "behind", "behind_since_ms": MONDAY_MS}
    assert api.got("gus", "/v1/webhooks")["webhooks"][0]["failing_since_ms"] == MONDAY_MS


def test_nobody_listens_to_more_than_they_may_read(api: Api) -> None:
    """Kinds by the roles of who subscribes; unknown kinds, inner addresses and too many are refused."""
    for name, kind, status in (
        ("gus", "booking", 201),
        ("gus", "plan", 403),
        ("gus", "statement", 403),
        ("ian", "booking", 403),
        ("ian", "shipment", 201),
        ("bob", "statement", 201),
        ("leo", "booking", 201),
        ("leo", "shipment", 403),
        ("gus", "gossip", 422),
        ("ann", "booking", 403),
    ):
        response = api.ask(name, "POST", "/v1/webhooks", {"url": URL, "kinds": [kind]})
        assert response.status_code == status, (name, kind, response.text)
    most = api.desk.policy.webhooks_max
    codes = [
        api.ask("gus", "POST", "/v1/webhooks", {"url": URL, "kinds": ["booking"]}).status_code for _ in range(most)
    ]
    assert codes == [201] * (most - 1) + [409]


def test_in_force_no_address_of_the_inside_is_taken(desk: Desk) -> None:
    """The policy that comes with koridor has no trial: metadata services and the desk itself are 422."""
    strict = replace(desk, policy=replace(desk.policy, webhook_trial=0))
    with TestClient(create_app(strict, deliver_every_s=3600)) as client:
        for url in ("http://partner.example/", "https://169.254.169.254/", "https://127.0.0.1:8000/"):
            response = Api(strict, client).ask("gus", "POST", "/v1/webhooks", {"url": url, "kinds": ["booking"]})
            assert (response.status_code, response.json()["code"]) == (422, "invalid")


def test_anothers_subscriptions_and_letters_are_not_there(api: Api) -> None:
    """P9: as if there were nothing, byte for byte; one's own party sees them by the kinds that a role reads."""
    mine = api.made("bob", "/v1/webhooks", {"url": URL, "kinds": ["booking", "statement"]})
    booked(api)
    letter = api.got("bob", "/v1/deliveries")["deliveries"][0]
    others(api.desk)
    api.log_in(OTHERS)
    paths = (
        ("DELETE", "/v1/webhooks/{}", mine["subscription_id"]),
        ("POST", "/v1/webhooks/{}/secrets", mine["subscription_id"]),
        ("POST", "/v1/deliveries/{}/redeliveries", letter["delivery_id"]),
    )
    tried = 0
    for name in [*(one for one, role in OTHERS.items() if "webhook.manage" in access.permissions()[role]), "gus"]:
        for method, path, one in paths:
            there, nothing = (api.ask(name, method, path.format(which)) for which in (one, "nothing"))
            assert (there.status_code, there.content) == (404, nothing.content)
            tried += 1
        assert api.got(name, "/v1/deliveries")["deliveries"] == api.got(name, "/v1/webhooks")["webhooks"] == []
    assert tried >= 15
    assert len(api.got("cid", "/v1/deliveries")["deliveries"]) == 2
    assert api.client.get("/v1/deliveries", params={"state": "x"}, headers=bearer(api, "bob")).status_code == 422


def bearer(api: Api, name: str) -> dict[str, str]:
    """The header of one of the people."""
    return {"Authorization": f"Bearer {api.tokens[name]}"}


def test_letters_come_in_pages(desk: Desk) -> None:
    """P11: of six letters, pages of four: four and two, each once."""
    short = replace(desk, policy=replace(desk.policy, page_rows_max=4))
    listen(short, "gus")
    for _ in range(3):
        booking(short, teu=1)
    with TestClient(create_app(short, deliver_every_s=3600)) as client:
        api, seen, after = Api(short, client), [], "-"
        while after:
            page = api.got("gus", "/v1/deliveries", after=after)
            seen.append([one["delivery_id"] for one in page["deliveries"]])
            after = page["next"]
    assert [len(page) for page in seen] == [4, 2]
    assert len({one for page in seen for one in page}) == 6


def test_the_check_finds_a_message_that_is_gone(desk: Desk) -> None:
    """A letter deleted from the middle of an object's is told by `koridor operator check`."""
    listen(desk, "gus")
    booking(desk)
    desk.store.write(lambda c: c.execute(delivery.delete().where(delivery.c.seq == 1)))
    assert any("missing" in line for line in desk.store.read(check.problems))


def test_every_step_of_a_booking_is_a_message(desk: Desk) -> None:
    """As many as its events, in their order."""
    listen(desk, "gus", URL, "booking")
    one = booking(desk)
    desk.do(who("gus"), lambda tx: change.cancel(tx, one, "x"))
    kinds = sa.select(event.c.kind).where(event.c.stream == f"booking/{one}").order_by(event.c.seq)
    kept = desk.store.read(lambda c: list(c.execute(kinds).scalars()))
    assert [json.loads(row.body)["action"] for row in rows(desk)] == kept == ["receive", "hold", "cancel"]


# ---- what was delivered


def lost(url: str, body: bytes, headers: Any) -> Outcome:
    """A receiver that takes nothing."""
    return Outcome(there=True, error="400")


def test_what_was_delivered_is_dropped_after_its_days(desk: Desk, receiver: Receiver, clock: Clock) -> None:
    """Not before, never what waits or is dead; and the next message of the object has the next number."""
    listen(desk, "gus", receiver.url)
    refused = listen(desk, "cid")
    one = booking(desk)
    hand(desk, lambda url, *more: lost(url, *more) if url == URL else Sender(2.0, trial=True)(url, *more)).round()
    desk.do(who("cid"), lambda tx: subscriptions.end(tx, refused["subscription_id"]))
    clock.now_ms += desk.policy.deliveries_kept_ms
    assert desk.do(SYSTEM, queue.forget) == 0
    desk.do(who("gus"), lambda tx: change.cancel(tx, one, "x"))
    clock.now_ms += 1
    assert [desk.do(SYSTEM, queue.forget) for _ in range(2)] == [2, 0]
    assert sorted((row.state, row.seq) for row in rows(desk)) == [("dead", 1), ("dead", 2), ("waiting", 3)]
    hand(desk).round()
    assert [told["seq"] for told in receiver.messages()] == [1, 2, 3]
    assert desk.store.read(check.problems) == []


def test_dropped_messages_leave_no_gap(desk: Desk, receiver: Receiver, clock: Clock) -> None:
    """Where a dead letter stands between two that were dropped, the check knows all of them, and still finds one that
    is gone.
    """
    listen(desk, "gus", receiver.url)
    one = booking(desk)
    hand(desk).round()
    desk.do(who("gus"), lambda tx: change.cancel(tx, one, "x"))
    made = rows(desk)
    dead = delivery.update().where(delivery.c.delivery_id == made[1].delivery_id).values(state="dead")
    desk.store.write(lambda connection: connection.execute(dead))
    hand(desk).round()
    clock.now_ms += desk.policy.deliveries_kept_ms + 1
    assert desk.do(SYSTEM, queue.forget) == 2
    assert [row.seq for row in rows(desk)] == [2]
    assert desk.store.read(check.problems) == []
    desk.store.write(lambda connection: connection.execute(delivery.delete()))
    assert "is missing" in desk.store.read(check.problems)[0]


def test_a_drop_takes_so_many_at_once(desk: Desk, receiver: Receiver, clock: Clock, monkeypatch: Any) -> None:
    """The oldest first, so that no round of tending takes long; the audit has the count of each."""
    monkeypatch.setattr(queue, "FORGOTTEN_MAX", 3)
    listen(desk, "gus", receiver.url)
    for _ in range(2):
        booking(desk)
    hand(desk).round()
    clock.now_ms += desk.policy.deliveries_kept_ms + 1
    assert [desk.do(SYSTEM, queue.forget) for _ in range(3)] == [3, 1, 0]
    noted = sa.select(audit.c.change).where(audit.c.action == "drop_delivered").order_by(audit.c.seq)
    counts = [
        json.loads(change)["messages"][1] for change in desk.store.read(lambda c: list(c.execute(noted).scalars()))
    ]
    assert counts == [3, 1]
    assert desk.store.read(check.problems) == []


def test_whose_messages_were_dropped_reads_how_many(api: Api, receiver: Receiver, clock: Clock) -> None:
    """P1's webhook and the shipper's each took the two messages of a booking: P1's audit has two of its own, dropped by
    the desk, and nothing of the shipper's.
    """
    mine = listen(api.desk, "cid", receiver.url)["subscription_id"]
    listen(api.desk, "gus", receiver.url)
    booking(api.desk)
    hand(api.desk).round()
    clock.now_ms += api.desk.policy.deliveries_kept_ms + 1
    assert api.desk.do(SYSTEM, queue.forget) == 4
    api.log_in(["kim"])  # the session of before has run out
    noted = [row for row in api.got("kim", "/v1/audit")["rows"] if row["action"] == "drop_delivered"]
    assert [(row["actor"], row["object"]) for row in noted] == [("system", f"subscription/{mine}")]
    assert [row["change"]["messages"] for row in noted] == [[None, 2]]
    assert api.desk.store.read(check.problems) == []
