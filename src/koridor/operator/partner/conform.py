"""Scenarios played: against a desk, the robot being its partner, or against a receiver, the robot being the desk."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from koridor.operator.client import Client, Heard
from koridor.operator.common.policy import DAY_MS, HOUR_MS
from koridor.operator.outbox import signing
from koridor.operator.outbox.send import Sender
from koridor.operator.partner.cast import Cast
from koridor.operator.partner.events import WRITTEN_IN
from koridor.operator.partner.scenario import DESK, Scenario, Step, at, filled, fits
from koridor.text import t

RUN_BYTES = 5
Play = Callable[[Step, Mapping[str, Any], str], Heard]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a step: the answer was as expected where `wrong` is empty."""

    scenario: str
    title: str
    heard: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfDesk:
    """Steps that ask a desk."""

    client: Client
    cast: Cast

    def __call__(self, step: Step, known: Mapping[str, Any], key: str) -> Heard:
        """What the desk answers."""
        method, path = filled(step.ask, known).split(" ", 1)
        token = self.cast.token(step.by) if step.by else ""
        body = None if step.body is None else filled(step.body, known)
        return self.client.ask(method, path, token=token, key="" if step.keyless else key, body=body)


@dataclass(frozen=True, slots=True)
class OfReceiver:
    """Steps that send to a receiver, as a desk does; the secret is what the receiver was told."""

    url: str
    secret: str
    sender: Sender

    def __call__(self, step: Step, known: Mapping[str, Any], key: str) -> Heard:
        """What the receiver answers: a status, or 0 and why there is none."""
        message = filled(step.send or {}, known)
        body = json.dumps(message, sort_keys=True).encode()
        age_s = 2 * signing.AGE_S_MAX if step.signed == "old" else 0
        words = [secrets.token_urlsafe()] if step.signed == "other" else [self.secret]
        signed = {signing.HEADER: signing.sign(words, body, int(time.time()) - age_s)}
        sent = body + b" " if step.signed == "changed" else body
        headers = {"Content-Type": "application/json", "Koridor-Delivery": str(message.get("delivery_id", ""))}
        outcome = self.sender(self.url, sent, headers | (signed if step.signed != "none" else {}))
        status = outcome.error.removeprefix("status ") if outcome.error else "200"
        return Heard(int(status), b"") if status.isdecimal() else Heard(0, outcome.error.encode())


def missing_parts(chosen: Iterable[Scenario], cast: Cast) -> list[str]:
    """Parts that some steps of the scenarios need and that nobody plays."""
    needed = {step.by for one in chosen for step in (*one.steps, *one.last) if step.by}
    return sorted(needed - set(cast.tokens))


def world_of(cast: Cast | None) -> dict[str, Any]:
    """What is known at the start: the world of the cast, moments, and a word that no other run has.

    Moments are known as milliseconds (`_ms`), in ISO 8601 (`_iso`) and as EDIFACT writes them (`_edifact`).
    """
    now_ms = time.time_ns() // 1_000_000
    moments = {"hour_ago": now_ms - HOUR_MS, "now": now_ms}
    moments |= {f"in_{count}_days": now_ms + count * DAY_MS for count in (1, 30, 60)}
    known = {name: word for moment in moments.items() for name, word in _written(*moment).items()}
    return {**(cast.world if cast else {}), **known, "run": secrets.token_hex(RUN_BYTES)}


def _written(name: str, at_ms: int) -> dict[str, Any]:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    iso, edifact = moment.isoformat(timespec="seconds"), moment.strftime(WRITTEN_IN)
    return {f"{name}_ms": at_ms, f"{name}_iso": iso, f"{name}_edifact": edifact}


def play(scenario: Scenario, ask: Play, known: dict[str, Any]) -> Iterator[Verdict]:
    """A verdict for each step; at a desk, after the first that is wrong only what tidies up is done."""
    known = {**known, "run": f"{known['run']}.{scenario.name}"}
    before: Heard | None = None
    for number, step in enumerate(scenario.steps):
        verdict, before = _played(scenario, step, number, ask, known, before)
        yield verdict
        if verdict.wrong and scenario.side == DESK:  # the later ones build on it; a receiver's are each of its own
            break
    for number, step in enumerate(scenario.last, start=len(scenario.steps)):
        try:
            ask(step, known, f"{known['run']}.{number}")
        except KeyError:  # what it would tidy up was never made
            continue


def _played(
    scenario: Scenario, step: Step, number: int, ask: Play, known: dict[str, Any], before: Heard | None
) -> tuple[Verdict, Heard | None]:
    try:
        key = filled(step.key, known) or f"{known['run']}.{number}"
        heard = ask(step, known, key)
        wrong = [*_wrong(step, heard, known), *_other(step, heard, before)]
    except KeyError as missing:
        return Verdict(
            scenario.name, step.title, "-", (t("nothing says what {name} is", name=missing.args[0]),)
        ), before
    for name, path in step.keep.items():
        value = at(heard.json, path)
        if value is None and not wrong:
            wrong.append(t("{path} is missing in the answer", path=path))
        known[name] = value
    return Verdict(scenario.name, step.title, _shown(heard, scenario.side), tuple(wrong)), heard


def _wrong(step: Step, heard: Heard, known: Mapping[str, Any]) -> Iterator[str]:
    if not fits(str(heard.status), step.expect):
        yield t("expected status {expected}", expected=step.expect)
        return
    for path, expected in step.has.items():
        wanted, found = filled(expected, known), at(heard.json, path)
        if found != wanted:
            yield t("{path} is {found}, expected {wanted}", path=path, found=found, wanted=wanted)


def _other(step: Step, heard: Heard, before: Heard | None) -> Iterator[str]:
    if step.same and heard != before:
        yield t("the answer is not that of the step before, byte for byte")


def _shown(heard: Heard, side: str) -> str:
    code = at(heard.json, "code") if side == DESK else heard.content.decode()
    return f"{heard.status} {code}" if code else str(heard.status)
