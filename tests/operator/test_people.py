"""P9, P10, P18 and the security base: who may do what, tokens, passwords, four eyes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from desks import DAY_MS, MONDAY_MS, TERMS, Clock, at_once, counters, offered, staffed, train, who
from koridor.operator import check, four_eyes
from koridor.operator.api.routes.control import shown
from koridor.operator.booking import book, change, quote, terms
from koridor.operator.common.actor import SYSTEM, Actor
from koridor.operator.common.desk import Desk
from koridor.operator.common.refused import Refused
from koridor.operator.db.tables import PARTY_KINDS, person, proposal, tariff, token
from koridor.operator.money import ledger
from koridor.operator.network import allotment
from koridor.operator.people import access, accounts, tokens

ANN, BOB, FAY, GUS, CID, EVE = (who(name) for name in ("ann", "bob", "fay", "gus", "cid", "eve"))
WORD = "a long enough password"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Two partners with their people and terms, and a train of 10 TEU."""
    desk.do(ANN, lambda tx: (staffed(tx), train(tx)))
    return desk


# ---- default deny


def test_who_has_no_role_may_nothing() -> None:
    """Default deny: no action is open to nobody, nor to a role that the table does not have."""
    actions = {action for granted in access.permissions().values() for action in granted}
    for actor in (Actor("x", "P1", frozenset()), Actor("x", "P1", frozenset({"god"}))):
        assert not any(access.may(actor, action) for action in actions)


def test_outsiders_have_no_inside_actions() -> None:
    """Shippers and carriers neither see costs, money, audit or people, nor decide."""
    for role in ("shipper", "carrier"):
        granted = access.permissions()[role]
        inside = ("money.", "statement.", "audit.", "people.", "proposal.", "capacity.", "quote.cost", "quote.make")
        assert not [action for action in granted if action.startswith((*inside, "booking.decide"))]


def test_costs_of_quotes_are_for_sales_alone() -> None:
    """A price and its cost are its margin, shown to sales only by the specification; finance keeps its books."""
    granted = access.permissions()
    assert [role for role, actions in granted.items() if "quote.cost" in actions] == ["sales"]
    assert {"money.read", "money.post", "quote.read", "booking.read"} <= granted["finance"]


def test_scopes_take_away_and_never_give() -> None:
    """A token for reading bookings cannot make one, and a scope that the role has not gives nothing."""
    reader = replace(GUS, scopes=frozenset({"booking.read", "money.read"}))
    assert access.may(reader, "booking.read")
    assert not access.may(reader, "booking.make")
    assert not access.may(reader, "money.read")
    with pytest.raises(Refused, match=r"no scope for it: booking\.make"):  # the role has it
        access.need(reader, "booking.make")
    with pytest.raises(Refused, match=r"role does not allow this: money\.read"):
        access.need(reader, "money.read")


# ---- passwords and tokens


def joined(desk: Desk, login: str = "mia") -> str:
    """Id of a new person with a password."""
    return desk.do(ANN, lambda tx: accounts.add_person(tx, "P1", login, "Mia", WORD, ["sales"]))


def test_passwords_are_argon2id_and_only_the_right_one_opens(
    desk: Desk, dear_hasher: Callable[[], PasswordHasher], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash names Argon2id at the costs that RFC 9106 recommends for little memory, 64 MiB, 3 passes and 4 lanes,
    where other tests take less; neither it nor the password is in the audit; no login and no password sound alike.
    """
    monkeypatch.setattr(accounts, "hasher", dear_hasher)
    monkeypatch.setattr(accounts, "nobody", accounts.nobody.__wrapped__)  # what is kept of it is cheap
    person_id = joined(desk)
    here = sa.select(person.c.password_hash).filter_by(person_id=person_id)
    kept = desk.look(ANN, lambda tx: tx.run(here).scalar_one())
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    audit = desk.store.read(lambda c: c.execute(sa.text("SELECT change FROM audit")).scalars().all())
    assert not any(WORD in row or "argon2" in row for row in audit)
    assert desk.look(SYSTEM, lambda tx: accounts.person_with(tx, "mia", WORD)) == person_id
    heard = set()
    for login, word in (("mia", "wrong"), ("nobody", WORD), ("nobody", "\x00"), ("ann", "")):
        with pytest.raises(Refused) as refused:
            desk.look(SYSTEM, lambda tx, a=login, b=word: accounts.person_with(tx, a, b))
        heard.add((refused.value.code, refused.value.sentence))
    assert len(heard) == 1


def test_a_short_password_and_an_unknown_role_are_refused(desk: Desk) -> None:
    """And a login is of one person."""
    for change_ in ({"password": "short"}, {"roles": ["god"]}, {"roles": []}, {"login": "ann"}, {"login": ""}):
        given = {"login": "new", "password": WORD, "roles": ["sales"], **change_}
        with pytest.raises(Refused):
            desk.do(ANN, lambda tx, g=given: accounts.add_person(tx, "P1", g["login"], "N", g["password"], g["roles"]))


def test_a_party_is_of_a_known_kind_and_once(desk: Desk) -> None:
    """All kinds can be added; another kind and a second time cannot."""
    for kind in PARTY_KINDS:
        desk.do(ANN, lambda tx, kind=kind: accounts.add_party(tx, f"new-{kind}", kind, kind))
    for party_id, kind in (("x", "king"), ("P1", "partner")):
        with pytest.raises(Refused):
            desk.do(ANN, lambda tx, a=party_id, b=kind: accounts.add_party(tx, a, b, "x"))


def test_a_token_opens_until_it_ends(desk: Desk, clock: Clock) -> None:
    """The word is shown once and kept only as a hash; it ends by time, by revoking, and with its person."""
    made = desk.do(GUS, lambda tx: tokens.issue(tx, "gus", "session"))
    kept = desk.look(SYSTEM, lambda tx: tx.run(sa.select(token)).one())
    assert made.word.split("_", 2)[2] not in str(kept)

    def opens(word: str) -> bool:
        try:
            return desk.look(SYSTEM, lambda tx: tokens.actor_of(tx, word))[1] == GUS
        except Refused as refused:
            return refused.code != "unauthenticated"

    assert opens(made.word)
    for wrong in ("", "kor", f"{made.word}x", made.word.replace("kor_", "rok_"), f"kor_{made.token_id}_", "kor_a_b_c"):
        assert not opens(wrong)
    clock.now_ms = made.expires_ms
    assert not opens(made.word)
    clock.now_ms -= 1
    assert opens(made.word)
    with pytest.raises(Refused):
        desk.do(ANN, lambda tx: tokens.revoke(tx, made.token_id))  # another person's is not there
    desk.do(GUS, lambda tx: tokens.revoke(tx, made.token_id))
    assert not opens(made.word)
    other = desk.do(GUS, lambda tx: tokens.issue(tx, "gus", "session"))
    desk.do(ANN, lambda tx: tx.run(person.update().where(person.c.person_id == "gus").values(active=0)))
    assert not opens(other.word)


def test_a_key_cannot_do_more_than_who_made_it(desk: Desk) -> None:
    """A machine's key has scopes of its maker's actions; without scopes or beyond them there is none."""
    made = desk.do(GUS, lambda tx: tokens.issue(tx, "gus", "key", scopes=["booking.read"]))
    actor = desk.look(SYSTEM, lambda tx: tokens.actor_of(tx, made.word))[1]
    assert access.may(actor, "booking.read")
    assert not access.may(actor, "booking.make")
    for scopes in (None, [], ["booking.read", "money.post"]):
        with pytest.raises(Refused) as refused:
            desk.do(GUS, lambda tx, s=scopes: tokens.issue(tx, "gus", "key", scopes=s))
        assert refused.value.code == "forbidden"
    with pytest.raises(Refused) as refused:
        desk.do(GUS, lambda tx: tokens.issue(tx, "gus", "key", scopes=["booking.read", "money.post", "gold.dig"]))
    no_such, not_own, own = refused.value.sentence.split(". ")
    assert (no_such.endswith(": gold.dig"), not_own.endswith(": money.post")) == (True, True)
    assert "booking.read" in own


# ---- four eyes


def propose(desk: Desk, actor: Actor, kind: str, **content: Any) -> str:
    """Id of a proposal."""
    return desk.do(actor, lambda tx: four_eyes.propose(tx, kind, content))


def decide(desk: Desk, actor: Actor, one: str, *, granted: bool = True) -> None:
    """A decision."""
    desk.do(actor, lambda tx: four_eyes.decide(tx, one, granted=granted), strict=True)


def test_who_proposes_does_not_decide(desk: Desk) -> None:
    """P18: a tariff by one person does not come into force; by two it does, once. The database holds the rule too."""
    later = MONDAY_MS + DAY_MS
    one = propose(desk, ANN, "tariff", terms={**TERMS, "cutoff_h": 1}, from_ms=MONDAY_MS, to_ms=later)
    with pytest.raises(Refused) as refused:
        decide(desk, ANN, one)
    assert refused.value.code == "four_eyes"
    with pytest.raises(Refused) as refused:
        decide(desk, FAY, one)  # the other partner's people are no part of it
    assert refused.value.code == "not_found"
    assert desk.look(ANN, lambda tx: terms.in_force(tx, "P1"))[1].cutoff_h == 6
    decide(desk, BOB, one)
    assert desk.look(ANN, lambda tx: terms.in_force(tx, "P1"))[1].cutoff_h == 1
    with pytest.raises(Refused, match="already"):
        decide(desk, CID, one)
    with pytest.raises(sa.exc.IntegrityError):
        desk.do(ANN, lambda tx: tx.run(proposal.update().values(decided_by="ann")))


def test_a_refused_proposal_does_nothing(desk: Desk) -> None:
    """And one that cannot be read is none."""
    one = propose(desk, ANN, "tariff", terms=TERMS, from_ms=MONDAY_MS, to_ms=MONDAY_MS + 1)
    before = desk.look(ANN, lambda tx: tx.run(sa.select(sa.func.count()).select_from(tariff)).scalar_one())
    decide(desk, BOB, one, granted=False)
    assert desk.look(ANN, lambda tx: tx.run(sa.select(sa.func.count()).select_from(tariff)).scalar_one()) == before
    wrong = {"king": {}, "payout": {"to": "me"}, "tariff": {}, "capacity_cut": {"departure_id": "T1"}}
    for kind, content in wrong.items():
        with pytest.raises(Refused) as refused:
            propose(desk, ANN, kind, **content)
        assert refused.value.code == "invalid"


def sold(desk: Desk, teu: int) -> str:
    """Id of a confirmed booking of so many quarters of a TEU."""
    quote_id = desk.do(ANN, lambda tx: quote.make(tx, offered(teu=teu))).quote_id
    booking_id = desk.do(GUS, lambda tx: book.receive(tx, quote_id))
    desk.do(ANN, lambda tx: book.confirm(tx, booking_id))
    return booking_id


def test_a_payout_is_never_more_than_is_owed(desk: Desk) -> None:
    """P18: 700.00 are owed to the carrier. Two payouts of 400.00, decided at the same moment: one is paid."""
    sold(desk, 4)
    pay = {"to": "carrier", "party_id": "C1", "currency": "USD", "amount_minor": 40_000}
    ones = [propose(desk, ANN, "payout", **pay) for _ in range(2)]
    heard = at_once([lambda one=one: decide(desk, BOB, one) for one in ones])
    assert [word.code for word in heard if word is not None] == ["ledger"]
    assert desk.look(BOB, lambda tx: ledger.balance(tx, "P1", "accrued", about="C1")) == {"USD": -30_000}
    to_partner = propose(desk, ANN, "payout", to="partner", party_id="P2", currency="USD", amount_minor=50_001)
    decide(desk, BOB, to_partner)
    assert desk.look(SYSTEM, lambda tx: ledger.balance(tx, "P2", "due", about="P1")) == {}


def test_a_cut_below_sold_names_who_is_hit(desk: Desk) -> None:
    """P18: 6 and 3 TEU are sold of 10. A cut to 8 names both; a booking that came meanwhile stops it; then nothing more
    is sold until there is room, and what goes makes none for others before.
    """
    one, two = sold(desk, 24), sold(desk, 12)
    first = propose(desk, ANN, "capacity_cut", departure_id="T1", resource="teu", quantity="8")
    three = sold(desk, 4)
    with pytest.raises(Refused) as refused:
        decide(desk, CID, first)
    assert refused.value.facts["bookings"] == sorted([one, two, three])
    again = propose(desk, ANN, "capacity_cut", departure_id="T1", resource="teu", quantity="8")
    decide(desk, CID, again)
    assert desk.look(SYSTEM, counters)[1, "teu", ""] == (32, 40, 0)
    with pytest.raises(Refused, match="Sold out"):
        sold(desk, 1)
    desk.do(ANN, lambda tx: change.decline(tx, three, "cut"))
    with pytest.raises(Refused, match="Sold out"):
        sold(desk, 1)
    desk.do(ANN, lambda tx: change.decline(tx, two, "cut"))
    sold(desk, 8)
    with pytest.raises(Refused, match="Sold out"):
        sold(desk, 1)
    assert desk.store.read(check.problems) == []


def test_a_cut_counts_what_is_allotted(desk: Desk) -> None:
    """Of 10 TEU the other partner has 6, 2 of them sold, and 3 of the free 4 are sold. A cut to 7 takes the free one
    and two that are allotted and hits nobody; one to 4 has the free
    pool's booking named, as a TEU of it is sold too much; one to 1 both.
    """
    desk.do(ANN, lambda tx: allotment.allot(tx, "T1", "teu", "P2", 24, MONDAY_MS + 1))
    theirs = desk.do(EVE, lambda tx: quote.make(tx, offered(teu=8))).quote_id
    two = desk.do(GUS, lambda tx: book.receive(tx, theirs))
    desk.do(EVE, lambda tx: book.confirm(tx, two))
    one = sold(desk, 12)

    def cut_to(quantity: str) -> list[str]:
        proposal_id = propose(desk, ANN, "capacity_cut", departure_id="T1", resource="teu", quantity=quantity)
        decide(desk, CID, proposal_id)
        with desk.store.engine.connect() as connection:
            content = connection.scalar(sa.select(proposal.c.content).filter_by(proposal_id=proposal_id))
        return json.loads(content)["bookings"]

    assert cut_to("7") == []
    found = desk.look(SYSTEM, counters)
    assert (found[1, "teu", ""], found[1, "teu", "P2"]) == ((12, 12, 0), (16, 8, 0))
    assert cut_to("4") == [one]
    found = desk.look(SYSTEM, counters)
    assert (found[1, "teu", ""], found[1, "teu", "P2"]) == ((8, 12, 0), (8, 8, 0))
    assert cut_to("1") == sorted([one, two])
    assert desk.store.read(check.problems) == []


@pytest.mark.parametrize("quantity", ["8", "8.25", "0"])
def test_a_cut_is_shown_as_it_was_proposed(desk: Desk, quantity: str) -> None:
    """In TEU and not in the quarters in which they are counted: who decides reads the number that was proposed."""
    made = propose(desk, ANN, "capacity_cut", departure_id="T1", resource="teu", quantity=quantity)
    content = desk.look(ANN, lambda tx: shown(tx, made))["content"]
    assert content == {"departure_id": "T1", "resource": "teu", "quantity": quantity, "bookings": [], "others": 0}


@pytest.mark.parametrize("quantity", ["10.25", "999999"])
def test_a_cut_gives_nothing(desk: Desk, quantity: str) -> None:
    """A train of 10 TEU is not made longer by a cut, which two persons would have agreed to."""
    with pytest.raises(Refused, match="has 10 of teu"):
        propose(desk, CID, "capacity_cut", departure_id="T1", resource="teu", quantity=quantity)


def test_the_check_finds_what_is_wrong(desk: Desk) -> None:
    """A counter, a state and a hold that somebody changed by hand are each named; an untouched desk has no problem."""
    booking_id = sold(desk, 4)
    assert desk.store.read(check.problems) == []
    for statement in (
        "UPDATE capacity SET sold = 5 WHERE seq = 1",
        "UPDATE booking SET status = 'HELD'",
        "UPDATE hold SET state = 'freed'",
    ):
        desk.store.write(lambda c, s=statement: c.exec_driver_sql(s))
    found = desk.store.read(check.problems)
    told = f"Booking {booking_id} is not what its events say."
    assert [line.split(":")[0] for line in found] == [*["Capacity"] * 3, told]
