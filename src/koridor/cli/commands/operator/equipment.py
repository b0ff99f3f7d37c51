"""``koridor operator equipment``: where empties will be short, and which moves would mend it at least cost."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.commands.operator import desk as shared
from koridor.cli.inputs import load_dataset
from koridor.cli.output import Column, document, sentence, table
from koridor.cli.parser import dataset
from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser

WEEKS = 4
WEEKS_MAX = 26


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    shared.arguments(parser)
    dataset(parser)
    parser.add_argument("party", metavar=t("PARTY"), help=t("the partner whose pools are meant"))
    parser.add_argument("--weeks", type=int, default=WEEKS, metavar=t("NUMBER"), help=t("how many weeks ahead"))


def run(args: Namespace) -> int:
    """Shows the account by place and week and a proposal of moves; nothing is moved. Exit code 0."""
    if not 1 <= args.weeks <= WEEKS_MAX:
        raise UsageError(t("--weeks: found {found}: must be from 1 to {most}.", found=args.weeks, most=WEEKS_MAX))
    with shared.opened(args, make=False) as desk:
        from koridor.operator.common.actor import Actor
        from koridor.operator.disruption import incidents
        from koridor.operator.equipment import imbalance, reposition
        from koridor.operator.equipment.repositioning import seen
        from koridor.operator.quoting.networks import World

        actor = Actor("system", args.party, frozenset({"system"}))
        if args.party not in desk.look(actor, imbalance.keepers):
            raise UsageError(t("{party} keeps no pool.", party=args.party))
        weeks = desk.look(actor, lambda tx: imbalance.imbalance(tx, args.weeks))
        (surplus, lack), held = desk.look(actor, lambda tx: seen(tx, args.weeks))
    ready = World.of("", load_dataset(args.data), incidents.patches(held)).prepared
    found = reposition.propose(surplus, lack, reposition.costs(ready, surplus, lack))
    rows = [(one.place_id, one.monday.isoformat(), float(one.comes), float(one.goes), float(one.left)) for one in weeks]
    moves = [(one.from_place, one.to_place, one.teu, round(one.cost, 2), one.surplus, one.lack) for one in found.moves]
    names = ("place_id", "monday", "comes_teu", "goes_teu", "left_teu")
    heads = ("from_place", "to_place", "teu", "cost_usd_per_t", "surplus_teu", "lack_teu")
    if args.json:
        told = {"weeks": [dict(zip(names, row, strict=True)) for row in rows]}
        told |= {"moves": [dict(zip(heads, row, strict=True)) for row in moves]}
        document({"study": "operator equipment", **told, "unserved_teu": found.unserved})
        return 0
    columns = [t("place"), t("week"), t("comes, TEU"), t("goes, TEU"), t("left, TEU")]
    table(t("Empties of {party}", party=args.party), [Column(one) for one in columns], rows)
    columns = [t("from"), t("to"), t("TEU"), t("USD a tonne"), t("surplus, TEU"), t("lack, TEU")]
    table(t("Moves at least cost: a proposal, to be decided"), [Column(one) for one in columns], moves)
    for place, teu in found.unserved.items():
        sentence(t("{place} lacks {teu} TEU that no surplus reaches.", place=place, teu=teu))
    return 0
