"""Who acts: a person of a party with roles, by a token that may allow less than the roles."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at work.

    Attributes
    ----------
    person_id, party_id : str
        Who, and for whom.
    roles : frozenset of str
        What the person is at that party.
    scopes : frozenset of str or None
        What the token allows of what the roles allow; None: all of it.
    """

    person_id: str
    party_id: str
    roles: frozenset[str]
    scopes: frozenset[str] | None = None


SYSTEM = Actor("system", "system", frozenset({"system"}))
