"""Bodies: people and their keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from koridor.operator.api.bodies.words import Body, Id, Shown, Text


class Login(Body):
    """Login and password."""

    login: Text
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class NewKey(Body):
    """A key for a machine."""

    label: Text
    scopes: Annotated[list[Text], Field(min_length=1, max_length=50)]


class NewParty(Body):
    """A party."""

    party_id: Id
    kind: Literal["partner", "carrier", "terminal", "shipper"]
    name: Text


class NewPerson(Body):
    """A person of a party."""

    party_id: Id
    login: Text
    name: Text
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    roles: Annotated[list[Text], Field(min_length=1, max_length=12)]


class TokenAnswer(Shown):
    """A token, told this once."""

    token_id: str
    token: str
    expires_ms: int


class MeAnswer(Shown):
    """Who asks, and what the token allows."""

    person_id: str
    party_id: str
    roles: list[str]
    actions: list[str]


class PartyAnswer(Shown):
    """The party that was added."""

    party_id: str


class PersonAnswer(Shown):
    """The person who was added."""

    person_id: str


class PersonRow(PersonAnswer):
    """A person of one's own party."""

    login: str
    name: str


class PeopleAnswer(Shown):
    """Persons of one's own party."""

    people: list[PersonRow]
