"""Bodies: people and their keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from koridor.operator.api.bodies.words import Body, Id, Text


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
