"""``koridor operator``: the desk of a joint logistics operator.

To add a task, add its line to `tasks`: what it does, what adds its arguments to a parser, what carries it out.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.cli.output import document, sentence
from koridor.cli.parser import Command, at_least_one, common, dataset
from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.operator.common.desk import Desk, Tx

FILE = "desk.db"
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Task:
    """A task: what it is, in one line; what adds its arguments to a parser; what carries it out on a desk."""

    summary: str
    configure: Callable[[Parser], None]
    run: Callable[[Namespace, Desk], int]


def tasks() -> dict[str, Task]:
    """The tasks by name."""
    return {
        "serve": Task(t("answer over HTTP"), _serve_arguments, _serve),
        "demo": Task(t("fill an empty desk with a month of trade on the services of the dataset"), dataset, _demo),
        "publish": Task(t("put a dataset in force and make departures of its services"), _publish_arguments, _publish),
        "add-person": Task(t("add a person, and the party where it is new"), _person_arguments, _add_person),
        "backup": Task(t("write everything into one file, while the desk works"), _file_argument, _backup),
        "restore": Task(t("fill an empty database from a backup"), _file_argument, _restore),
        "check": Task(t("check that counters, bookings, ledger and audit are what they must be"), _nothing, _check),
    }


def configure(parser: Parser) -> None:
    """Adds a command for each task."""
    known = parser.add_subparsers(title=t("Tasks"), metavar=t("TASK"), dest="task", parser_class=Command)
    for name, task in tasks().items():
        command = known.add_parser(name, help=task.summary)
        command.description = task.summary
        command.add_argument(
            "--db",
            metavar=t("DATABASE"),
            default=FILE,
            help=t("a file of SQLite, or postgresql://user@host/name; by default {file}", file=FILE),
        )
        command.add_argument("--policy", metavar=t("FILE"), type=Path, help=t("limits and terms of the desk, as TOML"))
        task.configure(command)
        common(command)


def run(args: Namespace) -> int:
    """Carries out the task. Exit code 0, or 1 where a check finds problems."""
    if args.task is None:
        raise UsageError(t("koridor operator: name a task: {known}", known=", ".join(tasks())))
    try:
        from koridor.operator.common import policy
        from koridor.operator.setup import open_desk, open_store
    except ModuleNotFoundError as error:
        raise UsageError(
            t("The operator needs the package {name}: pip install 'koridor[operator]'", name=error.name)
        ) from error
    terms = policy.load(args.policy)
    if args.task == "restore":  # into a database that has no schema yet
        return _restore(args, open_store(args.db, terms))
    desk = open_desk(args.db, terms)
    try:
        return tasks()[args.task].run(args, desk)
    finally:
        desk.store.close()


def _nothing(parser: Parser) -> None:
    """No arguments."""


def _file_argument(parser: Parser) -> None:
    parser.add_argument("file", metavar=t("FILE"), type=Path, help=t("the backup"))


def _serve_arguments(parser: Parser) -> None:
    parser.add_argument("--host", metavar=t("ADDRESS"), default="127.0.0.1", help=t("where to listen; by default here"))
    parser.add_argument("--port", metavar=t("NUMBER"), type=int, default=8000, help=t("port; 0: any that is free"))


def _publish_arguments(parser: Parser) -> None:
    dataset(parser)
    parser.add_argument(
        "--days", metavar=t("NUMBER"), type=at_least_one, default=35, help=t("days ahead to make departures for")
    )
    parser.add_argument(
        "--capacity",
        metavar=t("FILE"),
        type=Path,
        help=t("capacities that the dataset does not hold, as CSV: service_id, resource, quantity"),
    )


def _person_arguments(parser: Parser) -> None:
    parser.add_argument("login", metavar=t("LOGIN"), help=t("the name to log in with"))
    parser.add_argument("--name", metavar=t("NAME"), help=t("the name of the person; without it, the login"))
    parser.add_argument("--party", metavar=t("PARTY"), required=True, help=t("id of the party"))
    parser.add_argument(
        "--kind",
        choices=("partner", "carrier", "terminal", "shipper"),
        help=t("what the party is, where it is new"),
    )
    parser.add_argument("--role", metavar=t("ROLE"), action="append", required=True, help=t("a role; may be repeated"))


def _serve(args: Namespace, desk: Desk) -> int:
    from koridor.operator.api.serve import serve

    def told(address: str) -> None:
        sentence(t("Listening on {address}; database {database}", address=address, database=shown(args.db)))
        sys.stdout.flush()

    serve(desk, args.host, args.port, told)
    return 0


def _demo(args: Namespace, desk: Desk) -> int:
    from koridor.cli.inputs import load_dataset
    from koridor.operator.demo.month import fill

    found = fill(desk, load_dataset(args.data))
    if args.json:
        document({"study": "operator demo", **found})
        return 0
    sentence(t("The desk {database} holds a month of trade:", database=shown(args.db)))
    for name, count in found["counts"].items():
        sentence(f"  {name}: {count}")
    logins = ", ".join(found["logins"])
    sentence(t("Log in as one of {logins} with the password {password}.", logins=logins, password=found["password"]))
    sentence(t("Next: koridor operator serve --db {database}", database=shown(args.db)))
    return 0


def _publish(args: Namespace, desk: Desk) -> int:
    from koridor.cli.inputs import load_dataset
    from koridor.operator.common.actor import SYSTEM
    from koridor.operator.network.plan import read_plan
    from koridor.operator.network.publish import publish

    chosen = load_dataset(args.data)
    plan = {} if args.capacity is None else read_plan(args.capacity)
    now_ms = desk.clock()
    added = desk.do(SYSTEM, lambda tx: publish(tx, chosen, now_ms, now_ms + args.days * DAY_MS, plan))
    if args.json:
        document({"study": "operator publish", "network_id": chosen.hash, "departures_added": added})
    else:
        told = t("{name} is in force, hash {hash}; departures added: {count}")
        sentence(told.format(name=chosen.name, hash=chosen.hash[:12], count=added))
    return 0


def _add_person(args: Namespace, desk: Desk) -> int:
    from koridor.operator.common.actor import SYSTEM
    from koridor.operator.people import accounts

    word = _password()

    def work(tx: Tx) -> str:
        if args.kind is not None:
            accounts.add_party(tx, args.party, args.kind, args.party)
        return accounts.add_person(tx, args.party, args.login, args.name or args.login, word, args.role)

    person_id = desk.do(SYSTEM, work)
    sentence(t("{login} of {party} may log in; id {id}", login=args.login, party=args.party, id=person_id))
    return 0


def _password() -> str:
    """The password, from KORIDOR_PASSWORD or asked for; never from the command line, which others can read."""
    given = os.environ.get("KORIDOR_PASSWORD")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise UsageError(t("Give the password in KORIDOR_PASSWORD, or run this in a terminal."))
    from getpass import getpass

    return getpass(t("Password: "))


def _backup(args: Namespace, desk: Desk) -> int:
    from koridor.operator.db.backup import backup

    total = backup(desk.store, args.file)
    sentence(t("Backup: {file}; hash {hash}", file=args.file, hash=total[:12]))
    return 0


def _restore(args: Namespace, desk: Desk) -> int:
    from koridor.operator.db.backup import restore

    with desk.store as store:
        total = restore(store, args.file, desk.clock())
    sentence(t("Restored into {database}; hash {hash}", database=shown(args.db), hash=total[:12]))
    return 0


def _check(args: Namespace, desk: Desk) -> int:
    from koridor.operator import check

    found = desk.store.read(check.problems)
    if args.json:
        document({"study": "operator check", "status": "problems" if found else "ok", "problems": found})
    else:
        for line in found or [t("Everything holds.")]:
            sentence(line)
    return 1 if found else 0


def shown(where: str) -> str:
    """A database without the password that its URL may hold."""
    head, at, tail = where.rpartition("@")
    return f"{head.partition('://')[0]}://...@{tail}" if at and "://" in head else where
