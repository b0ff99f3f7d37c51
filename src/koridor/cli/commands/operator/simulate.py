"""``koridor operator simulate``: robots play partner, railway, ferry line and terminal against a desk that runs."""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.cli.output import document, sentence
from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser

ROUNDS, PAUSE_S = 20, 1.0


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("--url", metavar=t("URL"), required=True, help=t("the desk, such as https://desk.example"))
    parser.add_argument("--people", metavar=t("FILE"), type=Path, required=True, help=t("who the robots are, as TOML"))
    parser.add_argument("--seed", metavar=t("NUMBER"), type=int, default=1, help=t("what chance begins with"))
    parser.add_argument("--rounds", metavar=t("NUMBER"), type=int, default=ROUNDS, help=t("how often they look"))
    parser.add_argument("--pause", metavar=t("SECONDS"), type=float, default=PAUSE_S, help=t("between two rounds"))


def run(args: Namespace) -> int:
    """Plays, then lets all that is under way arrive. Exit code 0 when the desk knows what the robots know, else 1."""
    from random import Random

    from koridor.cli.progress import progress
    from koridor.operator.client import Client
    from koridor.operator.common.desk import random_id
    from koridor.operator.partner import cast
    from koridor.operator.partner.robots import PARTS, Robots

    if args.rounds < 1 or args.pause < 0:
        raise UsageError(t("koridor operator simulate: --rounds must be at least 1 and --pause not below 0"))
    client = Client(args.url)
    people = cast.read(args.people, client)
    missing = [part for part in PARTS if part not in people.tokens]
    if missing:
        raise UsageError(t("--people {file}: nobody plays {parts}", file=args.people, parts=", ".join(missing)))
    robots = Robots(client, people, Random(args.seed), random_id("sim"))
    with progress(silent=args.json) as show:
        for number in range(args.rounds):
            robots.go_on()
            show(number + 1, args.rounds, t("shipments: {count}", count=len(robots.carried)))
            time.sleep(args.pause)
    known = robots.settle()
    same = sum(known.values())
    if args.json:
        document({"study": "operator simulate", "seed": args.seed, "counts": robots.wire.counts, "shipments": known})
    else:
        for what, count in sorted(robots.wire.counts.items()):
            sentence(f"  {what}: {count}")
        sentence(t("{same} of {count} shipments are at the desk what the robots told.", same=same, count=len(known)))
    return 0 if same == len(known) else 1
