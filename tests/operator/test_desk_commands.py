"""`koridor desk`: an afternoon from enquiry to statement over HTTP, and what is done when an answer does not come."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError
from test_disruption import world
from test_messages_in import BOX, WAGON
from test_shipment_papers import GIVEN

from desks import DAY_MS, MONDAY_MS, PEOPLE, TERMS, Clock, staffed, who
from koridor.cli.commands.desk import session
from koridor.cli.main import main
from koridor.data.dataset import Dataset
from koridor.operator import check
from koridor.operator.api.app import create_app
from koridor.operator.booking import terms
from koridor.operator.common import policy
from koridor.operator.common.desk import Desk
from koridor.operator.common.refused import Refused
from koridor.operator.network.publish import publish
from koridor.operator.people import accounts, tokens
from koridor.operator.quoting import answers
from koridor.operator.quoting.networks import Networks

WORD = "a long enough password"
STANDS = [
    {"country": "*", "mode": "*", "earner_id": "P1", "payee_id": "C1"},
    {"country": "*", "mode": "sea", "earner_id": "P2", "payee_id": "C1"},
]
MONTH = "2026-12"
NEXT_MONTH_MS = MONDAY_MS + 30 * DAY_MS  # 2027-01-06
ENDS = ("A", "D", "20DC", "--customer", "S1", "--ready", "2026-12-08")
ONE_DATABASE = pytest.mark.parametrize("where", ["sqlite"], indirect=True)  # the service itself is tried on both


def slow_world() -> Dataset:
    """The world of disruptions, in which trains off the timetable are so slow that nobody takes them."""
    made = world()
    link = made.table("link")
    slow = link.assign(speed_kmh=link["speed_kmh"].where(link["mode"] == "sea", 2.0))
    return Dataset.of({**made.tables, "link": slow}, made.meta)


class Typist:
    """Whoever types commands; each person has a session of their own."""

    def __init__(self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.folder, self.url, self.monkeypatch, self.capsys = folder, url, monkeypatch, capsys

    def sits_down(self, name: str, token: str = "") -> Path:
        """The file of the session of a person, who types from now on; with a token, one that is logged in."""
        file = self.folder / "koridor" / f"{name}.json"
        self.monkeypatch.setenv("KORIDOR_DESK", str(file))
        if token:
            session.keep(session.Session(self.url, name, token))
        return file

    def types(self, *words: str, code: int = 0) -> tuple[str, str]:
        """What a command says on standard output and on standard error."""
        found = main(["desk", *words])
        out, told = self.capsys.readouterr()
        assert found == code, told
        return out, told

    def asks(self, name: str, *words: str) -> Any:
        """The answer that a person gets."""
        self.sits_down(name)
        return json.loads(self.types(*words, "--json")[0])


@pytest.fixture
def typist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Typist:
    """Somebody without a desk."""
    return Typist(tmp_path, "", monkeypatch, capsys)


@pytest.fixture
def served(desk: Desk, typist: Typist) -> Iterator[Typist]:
    """A desk with people, terms and two weeks of departures, served by this process; everybody is logged in."""
    content, data = {**TERMS, "stands": STANDS}, slow_world()

    def work(tx: Any) -> dict[str, str]:
        staffed(tx)
        publish(tx, data, MONDAY_MS, MONDAY_MS + 14 * DAY_MS)
        terms.publish(tx, "P1", content, MONDAY_MS - 1, MONDAY_MS + 60 * DAY_MS)
        return {name: tokens.issue(tx, name, "session").word for name in PEOPLE}

    words = desk.do(who("ann"), work)
    app = create_app(desk, tend_every_s=3600, deliver_every_s=3600)

    async def face(scope: Any, receive: Any, send: Any) -> None:  # what watches the app looks like a factory of apps
        await app(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(face, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    typist.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    for name, word in words.items():
        typist.sits_down(name, word)
    yield typist
    server.should_exit = True
    thread.join()
    assert desk.store.read(check.problems) == []


@ONE_DATABASE
def test_an_afternoon(served: Typist, desk: Desk, clock: Clock, tmp_path: Path) -> None:
    """From A to D by train; its border shuts, so by train to B and by P2's ship from there; told, paid, netted.

    What P1 owes P2 is what the quote's lines give P2 to earn (key `leg`), and both compute one hash from their books.
    """
    asks = served.asks
    enquiry = asks("ann", "enquire", *ENDS)
    assert enquiry["ways"], enquiry["reasons"]
    made = asks("ann", "quote", enquiry["enquiry_id"], "W1", "--margin-per-mille", "100")
    assert [(leg["mode"], leg["railways"]) for leg in made["legs"]] == [("rail", ["XX"])]
    assert all(line["amount_minor"] > line["cost_minor"] for line in made["lines"])
    booked = asks("gus", "book", made["quote_id"])
    booking_id = booked["booking_id"]
    assert (booked["status"], booked["plans_missing"]) == ("HELD", {"XX": "none"})
    served.sits_down("ann")
    _, told = served.types("decide", booking_id, "confirm", code=1)
    assert told.startswith("Railways have not approved the plan: XX (none).")
    asks("ann", "decide", booking_id, "ask_plan")
    span = ("--valid-from", "2026-12-01", "--valid-to", "2026-12-31")
    asks("dan", "plan", booking_id, "XX", "agreed", "--ref", "GU-12/1", "--payer-code", "7", *span)
    assert asks("dan", "plans", booking_id)["plans"][0]["ref"] == "GU-12/1"
    shipment_id = asks("ann", "decide", booking_id, "confirm")["shipment_id"]
    _papers(served, shipment_id, tmp_path)

    incident = ("No trains", "border:BX", "--kind", "border", "--source", "railway", "--from", "2026-12-08")
    shut = asks("cid", "incident", *incident)["incident_id"]
    assert [one["booking_id"] for one in asks("cid", "affected", shut)["affected"]] == [booking_id]
    options = asks("cid", "alternatives", booking_id, "--cargo", "20DC")["alternatives"]
    other = next(one for one in options if [leg["mode"] for leg in one["legs"]] == ["rail", "sea"])
    way = (booking_id, other["alternative_id"], "--cargo", "20DC")
    rebooked = asks("cid", "rebook", *way, "--bears", "customer", "--reason", "border shut")
    assert asks("cid", "affected")["affected"] == []

    asks("cid", "tell", shipment_id, "DEPA", "--place", "A", "--happened", "2026-12-08T00:00")
    asks("cid", "tell", shipment_id, "DROP", "--place", "D", "--happened", "2026-12-12T09:30+03:00")
    assert "since: 2026-12-12 06:30" in served.types("shipment", shipment_id)[0]
    assert asks("cid", "eta", shipment_id)["place_id"] == "D"
    assert asks("ann", "decide", booking_id, "complete")["status"] == "COMPLETED"

    (price,) = asks("bob", "bill", booking_id)["billed"].values()
    assert rebooked["totals"] == {"USD": price}
    assert asks("bob", "pay", booking_id, "USD", f"{price / 100:.2f}")["open"] == {}
    share = sum(one["amount_minor"] for one in asks("ann", "quoted", rebooked["quote_id"])["lines"]
                if one["earner_id"] == "P2")  # fmt: skip
    mine, theirs = asks("bob", "statement", "P2", MONTH), asks("fay", "statement", "P1", MONTH)
    assert mine == theirs
    assert mine["closing"] == {"USD": -share}
    clock.now_ms = NEXT_MONTH_MS
    served.sits_down("bob")
    _, told = served.types("sign", "P2", MONTH, code=2)
    assert "log-in" in told
    words = {
        name: desk.do(who(name), lambda tx, n=name: tokens.issue(tx, n, "session")).word for name in ("bob", "fay")
    }
    for name, word in words.items():
        served.sits_down(name, word)
    assert asks("bob", "sign", "P2", MONTH) == {"hash": mine["hash"], "other_hash": None, "agreed": False}
    assert asks("fay", "sign", "P1", MONTH)["agreed"]


def _papers(served: Typist, shipment_id: str, tmp_path: Path) -> None:
    """What lacks is told; once given, each paper is written as data, as a page, and as PDF where the desk makes it."""
    served.sits_down("ann")
    assert "goods: is missing" in served.types("papers", shipment_id)[0]
    file = tmp_path / "data.json"
    file.write_text(json.dumps(GIVEN), encoding="utf-8")
    served.asks("ann", "equip", shipment_id, "--container", BOX, "--wagon", WAGON)
    assert served.asks("ann", "consign", shipment_id, str(file))["version"] == 1
    folder = tmp_path / "papers"
    out, _ = served.types("papers", shipment_id, "--out", str(folder))
    assert all(one in out for one in ("smgs-1", "consignor", "loading"))  # a paper, and who brings which before what
    assert (folder / "smgs-1.pdf").read_bytes().startswith(b"%PDF-")
    assert BOX in (folder / "smgs-1.html").read_text(encoding="utf-8")
    assert json.loads((folder / "smgs-1.json").read_text(encoding="utf-8"))["kind"] == "SMGS"
    with served.monkeypatch.context() as without:
        without.setattr("koridor.operator.api.routes.papers.has_pdf", lambda: False)
        assert "makes no PDF" in served.types("papers", shipment_id, "--out", str(tmp_path / "pages"))[1]
    assert {path.suffix for path in (tmp_path / "pages").iterdir()} == {".html", ".json"}


@ONE_DATABASE
@pytest.mark.parametrize("broken", ["network", "database"])
def test_what_has_to_wait_succeeds_later(served: Typist, broken: str) -> None:
    """A desk that says "ask again" keeps nothing under the key, so the same command, under the same key, is done: where
    the network was not ready, before anything was written; and where the database gave way in the midst of it.
    """
    served.sits_down("ann")
    failing = {
        "network": (Networks, "of", Refused("unavailable", "Not ready; ask again.", retry_after_s=1)),
        "database": (answers, "keep", OperationalError("INSERT", {}, Exception("locked"))),
    }
    owner, name, error = failing[broken]
    with served.monkeypatch.context() as patch:
        patch.setattr(owner, name, lambda *args, **more: raised(error))
        for _ in range(2):
            assert "ask again" in served.types("enquire", *ENDS, code=1)[1]
    out, told = served.types("enquire", *ENDS)
    assert "W1" in out
    assert "not answered before" in told
    assert list(served.folder.rglob("*.unanswered/*")) == []


def raised(error: Exception) -> None:
    """Raises it."""
    raise error


@ONE_DATABASE
def test_a_session(served: Typist, desk: Desk) -> None:
    """Its file is its owner's alone, in a folder that is; after log-out the token is worth nothing."""
    with_password = desk.do(who("ann"), lambda tx: accounts.add_person(tx, "P1", "pat", "Pat", WORD, ["sales"]))
    served.monkeypatch.setenv("KORIDOR_PASSWORD", "another password")
    file = served.sits_down("pat")
    _, told = served.types("log-in", served.url, "pat", code=2)
    assert told.startswith("pat may not log in")
    assert not file.exists()
    served.monkeypatch.setenv("KORIDOR_PASSWORD", WORD)
    served.types("log-in", served.url, "pat")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert with_password in served.types("who")[0]
    kept = file.read_text(encoding="utf-8")
    served.types("log-out")
    assert "log-in" in served.types("who", code=2)[1]
    file.write_text(kept, encoding="utf-8")
    assert "The session is over" in served.types("who", code=2)[1]


def test_where_a_session_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """KORIDOR_DESK, else the user's folder of configuration as XDG has it, else ~/.config."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KORIDOR_DESK", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert session.path() == tmp_path / ".config" / "koridor" / "desk.json"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/x")
    assert session.path() == Path("/x/koridor/desk.json")
    monkeypatch.setenv("KORIDOR_DESK", "/y/z.json")
    assert session.path() == Path("/y/z.json")


@pytest.fixture(scope="module")
def application() -> Any:
    """The application without a database."""
    return create_app(SimpleNamespace(policy=policy.load()))  # type: ignore[arg-type]


# ---- answers that do not come


class Script(ThreadingHTTPServer):
    """A desk that answers what it is told to: status, type and body in their order; with None it hangs up."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, str, str | bytes] | None] = []
        self.asked: list[tuple[str, str, str]] = []


class Handler(BaseHTTPRequestHandler):
    """One request to the script; it notes path, key and body."""

    server: Script

    def do_POST(self) -> None:
        """Notes and answers, or hangs up."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.asked.append((self.path, self.headers.get("Idempotency-Key", ""), body))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        status, kind, content = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(content if isinstance(content, bytes) else content.encode())

    do_GET = do_DELETE = do_POST  # noqa: N815 - named by the library

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def script(typist: Typist) -> Iterator[Script]:
    """A scripted desk, at which somebody is logged in."""
    with Script() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        typist.url = f"http://127.0.0.1:{server.server_address[1]}"
        typist.sits_down("ann", "token")
        yield server
        server.shutdown()


def problem(status: int, code: str, detail: str, **facts: Any) -> tuple[int, str, str]:
    """A refusal as the desk tells it."""
    told = {"type": f"urn:koridor:{code}", "title": "x", "status": status, "code": code, "detail": detail, **facts}
    return status, "application/problem+json", json.dumps(told)


DONE = (201, "application/json", '{"new": true}')
TELL = ("tell", "S1", "DEPA", "--place", "A")


@pytest.mark.parametrize(
    ("lost", "code"),
    [(None, 2), (problem(503, "unavailable", "Ask again."), 1), ((502, "text/html", "<html>"), 1)],
    ids=["hung up", "unavailable", "a proxy"],
)
def test_a_lost_answer_is_asked_for_again(
    typist: Typist, script: Script, lost: tuple[int, str, str] | None, code: int
) -> None:
    """The same command asks the same under the same key, moment and event to the byte, also where a session ended
    between; another command has another key, and so has the same one once it was answered.
    """
    script.answers = [lost, problem(401, "unauthenticated", "Log in."), DONE, DONE, DONE]
    typist.types(*TELL, code=code)
    typist.types(*TELL, code=2)
    out, told = typist.types(*TELL)
    assert (out.strip(), "not answered before" in told) == ("new: yes", True)
    first, second, third = script.asked
    assert first == second == third
    body = json.loads(first[2])
    assert body["event_id"] == first[1]
    assert abs(body["happened_ms"] - time.time() * 1000) < 60_000
    typist.types(*TELL[:-1], "B")
    typist.types(*TELL)
    assert len({key for _, key, _ in script.asked}) == 3


def test_a_key_that_may_be_forgotten_is_not_used(typist: Typist, script: Script) -> None:
    """Desks keep keys for a week at least: six days after it was first asked, somebody must look before it is again."""
    script.answers = [None, None, DONE]
    typist.types("book", "Q1", code=2)
    (kept,) = (typist.folder / "koridor" / "ann.json.unanswered").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    week_ago = time.time() - 7 * 86_400
    os.utime(kept, (week_ago + 3 * 86_400, week_ago + 3 * 86_400))
    typist.types("book", "Q1", code=2)
    assert kept.stat().st_mtime < week_ago + 4 * 86_400
    os.utime(kept, (week_ago, week_ago))
    assert str(kept) in typist.types("book", "Q1", code=2)[1]
    kept.unlink()
    typist.types("book", "Q1")


def test_a_refusal_is_an_answer(typist: Typist, script: Script) -> None:
    """A command that was refused is a new one when it is given again; with a key of one's own it keeps that."""
    script.answers = [problem(409, "sold_out", "Nothing is free."), DONE, DONE, DONE]
    typist.types("book", "Q1", code=1)
    typist.types("book", "Q1")
    assert script.asked[0][1] != script.asked[1][1]
    for _ in range(2):
        typist.types("book", "Q1", "--key", "mine")
    assert [key for _, key, _ in script.asked[2:]] == ["mine", "mine"]


@pytest.mark.parametrize(
    ("answer", "code", "keys"),
    [
        (problem(401, "unauthenticated", "Log in."), 2, 1),
        (problem(429, "too_many", "Too many requests.", retry_after_s=7), 1, 1),
        (problem(429, "too_many", "Too many holds."), 1, 2),
        (problem(403, "forbidden", "You may not."), 2, 2),
        ((403, "text/html", "<html>"), 2, 1),
    ],
    ids=["no session", "too many requests", "too many holds", "not allowed", "a proxy"],
)
def test_what_ends_a_command_without_an_answer(
    typist: Typist, script: Script, answer: tuple[int, str, str], code: int, keys: int
) -> None:
    """Who is not let in, or has to wait, learns nothing of the request before, which is asked again under its key;
    what the desk keeps under a key it would say for ever, so the next try has another.
    """
    script.answers = [None, answer, DONE]
    typist.types("book", "Q1", code=2)
    typist.types("book", "Q1", code=code)
    typist.types("book", "Q1")
    assert len({key for _, key, _ in script.asked}) == keys


def test_an_own_key_asks_the_same(typist: Typist, script: Script) -> None:
    """Under a key of one's own nothing comes from the clock: the same command asks the same, answered or not."""
    script.answers = [DONE, DONE]
    assert "--happened" in typist.types(*TELL, "--key", "mine", code=2)[1]
    assert script.asked == []
    for _ in range(2):
        typist.types(*TELL, "--key", "mine", "--happened", "2026-12-08")
    assert script.asked[0] == script.asked[1]


def test_a_redirect_is_no_answer_of_the_desk(typist: Typist, script: Script) -> None:
    """What moved it may not have asked the desk: nothing counts as paid, and a lost answer is still asked for after."""
    moved = (301, "text/html", "<html>")
    script.answers = [moved, None, moved, DONE]
    pay = ("pay", "B1", "USD", "12.50")
    out, told = typist.types(*pay, code=2)
    assert (out, told) == ("", "The desk answers 301.\n")
    for _ in range(2):
        typist.types(*pay, code=2)
    typist.types(*pay)
    first, *rest = [key for _, key, _ in script.asked]
    assert (len(set(rest)), first in rest) == (1, False)


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (problem(401, "unauthenticated", "Log in."), 2, ["Log in.", "koridor desk log-in"]),
        (problem(403, "forbidden", "You may not."), 2, ["You may not."]),
        (problem(404, "not_found", "There is nothing of that id."), 2, ["There is nothing of that id."]),
        (problem(409, "sold_out", "Sold out.", others=["T2"]), 1, ["Sold out.", 'others: ["T2"]']),
        (problem(422, "invalid", "See errors.", errors=[{"where": "body/way", "what": "no"}]), 2, ["body/way: no"]),
        (problem(429, "too_many", "Too many.", retry_after_s=7), 1, ["Too many.", "in 7 s"]),
        ((500, "text/html", "<html>"), 1, ["The desk answers 500."]),
        (None, 2, ["does not answer"]),
    ],
)  # fmt: skip
def test_a_refusal_is_a_sentence(
    typist: Typist, script: Script, answer: tuple[int, str, str] | None, code: int, said: list[str]
) -> None:
    """Each kind on standard error, nothing else, and the exit code that it has everywhere."""
    script.answers = [answer]
    out, told = typist.types("booking", "B1", code=code)
    assert out == ""
    assert all(one in told for one in said)
    assert "failed" not in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name a command"),
        (("incident", "x", "BX", "--kind", "border", "--source", "y", "--from", "2026-12-08"), "border:B001"),
        (("enquire", "A", "D", "20DC", "--ready", "soon"), "2026-03-02"),
        (("consign", "S1", "nothing.json"), "nothing.json"),
        (("pay", "B1", "USD", "1.234"), "decimal places"),
        (("get", "v1/me"), "begins with /"),
        (("who", "--out", "folder"), "--json"),
        (("log-in", "desk.example", "ann"), "https://desk.example"),
        (("log-in", "http://desk..example", "ann"), "https://desk.example"),
        (("log-in", "http://a desk", "ann"), "https://desk.example"),
        (("book", "Q1", "--key", "ключ"), "255"),
        (("book", "Q1", "--key", ""), "255"),
        (("book", "Q1", "--key", "k" * 256), "255"),
    ],
)
def test_a_call_that_cannot_be_meant(typist: Typist, script: Script, words: tuple[str, ...], said: str) -> None:
    """A sentence, and nothing is asked."""
    typist.monkeypatch.setenv("KORIDOR_PASSWORD", WORD)
    assert said in typist.types(*words, code=2)[1]
    assert (script.asked, list(typist.folder.rglob("*.unanswered"))) == ([], [])


def test_a_session_ends_when_the_desk_says_so(typist: Typist, script: Script) -> None:
    """A desk that is at fault has not ended it, so it is still there; where it is over already, it is dropped too."""
    file = typist.sits_down("ann")
    script.answers = [problem(503, "unavailable", "Not now."), problem(401, "unauthenticated", "Log in.")]
    assert "Not now." in typist.types("log-out", code=1)[1]
    assert file.exists()
    typist.types("log-out")
    assert not file.exists()


def test_too_many_try_to_log_in(typist: Typist, script: Script) -> None:
    """It may be granted later, so the code is 1, and when is told."""
    typist.monkeypatch.setenv("KORIDOR_PASSWORD", WORD)
    script.answers = [problem(429, "too_many", "Too many requests.", retry_after_s=7)]
    told = typist.types("log-in", typist.url, "ann", code=1)[1]
    assert "Too many requests." in told
    assert "in 7 s" in told


def test_no_password(typist: Typist) -> None:
    """Whoever ends the input at the question for it has given none."""
    typist.monkeypatch.delenv("KORIDOR_PASSWORD", raising=False)
    typist.monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))

    def ended(prompt: str) -> str:
        raise EOFError

    typist.monkeypatch.setattr("getpass.getpass", ended)
    assert "KORIDOR_PASSWORD" in typist.types("log-in", "http://desk.example", "ann", code=2)[1]


def test_anything_else_of_the_api(typist: Typist, script: Script, tmp_path: Path) -> None:
    """`get` and `post` take a path, quoted or not, a page comes as it is, and ids are quoted in a path."""
    script.answers = [(200, "application/json", '{"a": 1}'), (200, "text/html", "<p>"), *[DONE] * 5]
    assert json.loads(typist.types("get", "/v1/x?y=1")[0]) == {"a": 1}
    assert typist.types("get", "/v1/page")[0] == "<p>"
    (tmp_path / "body.json").write_text('{"b": 2}')
    typist.types("post", "/v1/x", str(tmp_path / "body.json"))
    typist.types("acknowledge", "a/b")
    assert [path for path, _, _ in script.asked][2:] == ["/v1/x", "/v1/alerts/a%2Fb/acknowledgements"]
    assert json.loads(script.asked[2][2]) == {"b": 2}
    for path in ("/v1/ü?a=b c&d=%25", "/v1/%C3%BC?a=b%20c&d=%25"):
        typist.types("get", path)
    typist.types("post", "/v1/x y")
    assert [path for path, _, _ in script.asked][4:] == [*["/v1/%C3%BC?a=b%20c&d=%25"] * 2, "/v1/x%20y"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [("application/pdf", b"%PDF-1.7\n\xff\xfe\r\n\x00"), ("text/html", "<p>Ələt\r\n</p>".encode())],
    ids=["a PDF", "a page"],
)
def test_what_is_no_json_comes_byte_for_byte(typist: Typist, script: Script, kind: str, content: bytes) -> None:
    """So that `koridor desk get PATH > paper.pdf` gives the paper, and a page is the one that the desk drew."""
    script.answers = [(200, kind, content)]
    taken = io.TextIOWrapper(io.BytesIO())
    typist.monkeypatch.setattr("sys.stdout", taken)
    assert main(["desk", "get", "/v1/paper"]) == 0
    assert taken.buffer.getvalue() == content


def test_a_path_is_the_desks_or_nothing(application: Any) -> None:
    """With a slash more it is no path of the desk, and no redirect."""
    found = TestClient(application).post("/v1/bookings/", follow_redirects=False)
    assert found.status_code == 404


def test_bills_are_shown_by_their_numbers(typist: Typist, script: Script) -> None:
    """One that was made and those of a year, with the amount in each currency."""
    number, amounts = "2026-000001", {"USD": 738471}
    line = {"number": number, "at_ms": MONDAY_MS, "customer_id": "S1", "ref": "B1", "journal_id": "J1"}
    page = {"bills": [{**line, "amounts": amounts}], "next": 1}
    script.answers = [
        (201, "application/json", json.dumps({"number": number, "billed": amounts})),
        (200, "application/json", json.dumps(page)),
    ]
    assert typist.types("bill", "B1")[0].splitlines() == [f"number: {number}", "billed: 7,384.71 USD"]
    shown = typist.types("bills", "2026", "--after", "0")[0]
    assert all(one in shown for one in (number, "S1", "B1", "7,384.71 USD", "next page after: 1"))
    assert script.asked[1][0] == "/v1/bills?year=2026&after=0"
