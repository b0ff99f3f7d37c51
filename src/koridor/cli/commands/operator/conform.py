"""``koridor operator conform``: scenarios of conformance, played against a desk or a partner's receiver."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.cli.output import document, sentence
from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.operator.partner.conform import Play, Verdict
    from koridor.operator.partner.scenario import Scenario

ALL = "all"
TIMEOUT_S = 10.0


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("--url", metavar=t("URL"), help=t("the desk to be tried, such as https://desk.example"))
    parser.add_argument("--people", metavar=t("FILE"), type=Path, help=t("who the robot is at the desk, as TOML"))
    parser.add_argument(
        "--receiver", metavar=t("URL"), help=t("the receiver of webhooks to be tried, instead of a desk")
    )
    parser.add_argument("--secret", metavar=t("FILE"), type=Path, help=t("file with the secret of the receiver"))
    parser.add_argument(
        "--scenario", metavar=t("NAME"), action="append", help=t("which; by default all that are for the side")
    )
    parser.add_argument("--trial", action="store_true", help=t("let the receiver be on this machine and without TLS"))
    parser.add_argument("--list", action="store_true", help=t("say which scenarios there are"))


def run(args: Namespace) -> int:
    """Plays the scenarios. Exit code 0 when every answer was as expected, else 1."""
    from koridor.operator.partner.scenario import scenarios

    if args.list:
        for path, one in sorted(((_path(one), one) for one in scenarios().values()), key=lambda pair: pair[0]):
            sentence(f"{'  ' * (len(path) - 1)}{one.name} ({one.side}): {one.title}")
        return 0
    if (args.url is None) == (args.receiver is None):
        raise UsageError(t("koridor operator conform: give --url of a desk, or --receiver"))
    verdicts = list(_told(args, _of_desk(args) if args.url else _of_receiver(args)))
    wrong = sum(bool(one.wrong) for one in verdicts)
    if args.json:
        rows = [
            {"scenario": one.scenario, "step": one.title, "heard": one.heard, "wrong": one.wrong} for one in verdicts
        ]
        document({"study": "operator conform", "status": "failed" if wrong else "ok", "steps": rows})
    else:
        sentence(t("{count} steps, {wrong} not as expected", count=len(verdicts), wrong=wrong))
    return 1 if wrong else 0


def _told(args: Namespace, verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
    before = ""
    for one in verdicts:
        if not args.json:
            if one.scenario != before:
                sentence(one.scenario)
            mark = t("NOT AS EXPECTED") if one.wrong else t("as expected")
            sentence(f"  {mark}: {one.title} ({one.heard})" + "".join(f"\n      {why}" for why in one.wrong))
        before = one.scenario
        yield one


def _of_desk(args: Namespace) -> Iterator[Verdict]:
    from koridor.operator.client import Client
    from koridor.operator.partner import cast, conform
    from koridor.operator.partner.scenario import DESK

    if args.people is None:
        raise UsageError(t("koridor operator conform: a desk needs --people"))
    client, chosen = Client(args.url), _chosen(args.scenario, DESK)
    people = cast.read(args.people, client)
    missing = conform.missing_parts(chosen, people)
    if missing:
        raise UsageError(t("--people {file}: nobody plays {parts}", file=args.people, parts=", ".join(missing)))
    return _played(chosen, conform.OfDesk(client, people), conform.world_of(people))


def _of_receiver(args: Namespace) -> Iterator[Verdict]:
    from koridor.operator.common.refused import Refused
    from koridor.operator.outbox import address
    from koridor.operator.outbox.send import Sender
    from koridor.operator.partner import conform
    from koridor.operator.partner.scenario import RECEIVER

    if args.secret is None:
        raise UsageError(t("koridor operator conform: a receiver needs --secret"))
    try:
        secret = args.secret.read_text(encoding="utf-8").strip()
        address.parse(args.receiver, trial=args.trial)
    except OSError as error:
        raise UsageError(t("--secret {file}: {why}", file=args.secret, why=error.strerror or str(error))) from error
    except Refused as refused:
        raise UsageError(refused.sentence) from refused
    receiver = conform.OfReceiver(args.receiver, secret, Sender(TIMEOUT_S, trial=args.trial))
    return _played(_chosen(args.scenario, RECEIVER), receiver, conform.world_of(None))


def _played(chosen: list[Scenario], ask: Play, known: dict[str, object]) -> Iterator[Verdict]:
    from koridor.operator.partner import conform

    for one in chosen:
        yield from conform.play(one, ask, known)


def _chosen(names: list[str] | None, side: str) -> list[Scenario]:
    from koridor.operator.partner.scenario import scenarios

    known = {name: one for name, one in scenarios().items() if one.side == side}
    wanted = [name for name in names or [ALL] if name != ALL]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise UsageError(t("--scenario {name}: there are {known}", name=unknown[0], known=", ".join(known)))
    return [known[name] for name in wanted or known]


def _path(one: Scenario) -> tuple[str, ...]:
    """Names from the root of the tree to a scenario."""
    from koridor.operator.partner.scenario import scenarios

    return (*(_path(scenarios()[one.after]) if one.after else ()), one.name)
