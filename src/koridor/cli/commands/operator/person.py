"""``koridor operator person``: a person may log in from now on."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from koridor.cli.commands.operator import desk as shared
from koridor.cli.output import sentence
from koridor.cli.password import password
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.operator.common.desk import Tx


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    shared.arguments(parser)
    kinds = ("partner", "carrier", "terminal", "shipper")
    parser.add_argument("login", metavar=t("LOGIN"), help=t("the name to log in with"))
    parser.add_argument("--name", metavar=t("NAME"), help=t("the name of the person; without it, the login"))
    parser.add_argument("--party", metavar=t("PARTY"), required=True, help=t("id of the party"))
    parser.add_argument("--kind", choices=kinds, help=t("what the party is, where it is new"))
    parser.add_argument("--role", metavar=t("ROLE"), action="append", required=True, help=t("a role; may be repeated"))


def run(args: Namespace) -> int:
    """Adds the person, and the party where its kind is given. Exit code 0."""
    word = password()
    with shared.opened(args) as desk:
        from koridor.operator.common.actor import SYSTEM
        from koridor.operator.people import accounts

        def work(tx: Tx) -> str:
            if args.kind is not None:
                accounts.add_party(tx, args.party, args.kind, args.party)
            return accounts.add_person(tx, args.party, args.login, args.name or args.login, word, args.role)

        person_id = desk.do(SYSTEM, work)
    sentence(t("{login} of {party} may log in; id {id}", login=args.login, party=args.party, id=person_id))
    return 0
