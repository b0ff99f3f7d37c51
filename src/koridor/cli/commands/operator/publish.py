"""``koridor operator publish``: a dataset is put in force, and its services get departures."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.cli.commands.operator import desk as shared
from koridor.cli.inputs import load_dataset
from koridor.cli.output import document, sentence
from koridor.cli.parser import at_least_one, dataset
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser

DAY_MS = 86_400_000


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    shared.arguments(parser)
    dataset(parser)
    parser.add_argument(
        "--days", metavar=t("NUMBER"), type=at_least_one, default=35, help=t("days ahead to make departures for")
    )
    parser.add_argument(
        "--capacity",
        metavar=t("FILE"),
        type=Path,
        help=t("capacities beside the dataset from now on, CSV: service_id, resource, quantity"),
    )


def run(args: Namespace) -> int:
    """Publishes and says what was added. Exit code 0."""
    with shared.opened(args) as desk:
        from koridor.operator.common.actor import SYSTEM
        from koridor.operator.network.plan import read_plan
        from koridor.operator.network.publish import Horizon, add_kept, packed

        chosen = load_dataset(args.data)
        told = {} if args.capacity is None else read_plan(args.capacity)
        now_ms = desk.clock()
        content, horizon = packed(chosen), Horizon.of(chosen, now_ms, now_ms + args.days * DAY_MS, told)
        added = desk.do(SYSTEM, lambda tx: add_kept(tx, chosen, content, horizon))
    if args.json:
        document({"study": "operator publish", "network_id": chosen.hash, "departures_added": added})
        return 0
    sentence(
        t(
            "{name} is in force, hash {hash}; departures added: {count}",
            name=chosen.name,
            hash=chosen.hash[:12],
            count=added,
        )
    )
    return 0
