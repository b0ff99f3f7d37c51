"""``koridor desk``: a client of a desk that is served somewhere, for sales, dispatchers, clerks and finance.

`verbs` says what each verb asks and shows; what it may do, the desk decides. `session` keeps who is logged in,
`ask` sends what changes something so that a lost answer does no harm.
"""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.commands.desk.request import Verb
    from koridor.cli.parser import Parser

LOG_IN, LOG_OUT = "log-in", "log-out"
PAPERS, INSTRUCTIONS = WRITING = ("papers", "iftmin")  # verbs that write files


def configure(parser: Parser) -> None:
    """Adds a command for each verb."""
    from koridor.cli.commands.desk import values, words
    from koridor.cli.commands.desk.verbs import verbs
    from koridor.cli.parser import Command, common

    known, table, arguments = summaries(), verbs(), words.words()
    commands = parser.add_subparsers(title=t("Commands"), metavar=t("COMMAND"), dest="task", parser_class=Command)
    for name, summary in known.items():
        command = commands.add_parser(name, help=summary)
        command.description = summary
        if name == LOG_IN:
            command.add_argument("url", metavar=t("URL"), help=t("the desk, such as https://desk.example"))
            command.add_argument("login", metavar=t("LOGIN"), help=t("the name to log in with"))
        if name in table:
            words.add(command, arguments, name, table[name].words)
            if table[name].changes and table[name].once:
                own = t("your own key: under one key the desk acts once")
                command.add_argument("--key", metavar=t("KEY"), type=values.key, help=own)
        common(command)


def summaries() -> dict[str, str]:
    """What each command does, in one line, by its name."""
    from koridor.cli.commands.desk.verbs import verbs

    return {
        LOG_IN: t("begin a session; the password is asked for, or taken from KORIDOR_PASSWORD"),
        LOG_OUT: t("end the session"),
        **{name: verb.summary for name, verb in verbs().items()},
    }


def run(args: Namespace) -> int:
    """Exit code 0 when done, 1 when the desk refuses what it may grant later, 2 when it refuses it as it is."""
    from koridor.cli.commands.desk.ask import RefusalError
    from koridor.cli.commands.desk.verbs import verbs
    from koridor.cli.main import DATA, USAGE, say

    if args.task is None:
        raise UsageError(t("koridor desk: name a command: {known}", known=", ".join(summaries())))
    try:
        if args.task == LOG_IN:
            _log_in(args)
        elif args.task == LOG_OUT:
            _log_out()
        else:
            _carry_out(args, verbs()[args.task])
    except RefusalError as refusal:
        for line in refusal.lines():
            say(line)
        return DATA if refusal.may_pass else USAGE
    return 0


def _log_in(args: Namespace) -> None:
    from koridor.cli.commands.desk import session
    from koridor.cli.commands.desk.ask import RefusalError, client
    from koridor.cli.output import sentence
    from koridor.cli.password import password
    from koridor.operator.client import ShutOutError

    try:
        token = client(args.url).log_in(args.login, password())
    except ShutOutError as error:
        refusal = RefusalError(error.heard)
        raise refusal if refusal.may_pass else error from None
    session.keep(session.Session(args.url, args.login, token))
    sentence(t("{login} is logged in at {url}", login=args.login, url=args.url))


def _log_out() -> None:
    from koridor.cli.commands.desk import ask, session
    from koridor.cli.output import sentence

    current = session.current()
    ask.end(current)
    session.drop()
    sentence(t("{login} is logged out of {url}", login=current.login, url=current.url))


def _carry_out(args: Namespace, verb: Verb) -> None:
    from koridor.cli.commands.desk import ask, papers, session
    from koridor.cli.commands.desk.show import show
    from koridor.cli.main import say
    from koridor.cli.output import as_it_is, document, sentence

    if args.out is not None and args.task not in WRITING:
        raise UsageError(t("koridor desk {verb} writes no tables; --json prints all of the answer.", verb=args.task))
    request = verb.request(vars(args))
    current = session.current()
    if not verb.changes:
        heard = ask.read(current, request.path)
    else:
        heard = ask.change(current, request, args.key, say) if verb.once else ask.anew(current, request)
    answer: Any = heard.json
    if args.out is not None and args.task == PAPERS:
        papers.write(args.out, current, request.path, answer, say)
    elif args.out is not None:
        papers.write_instructions(args.out, answer)
    if answer is None:
        as_it_is(heard.content)
    elif not answer and not args.json:
        sentence(t("Done."))
    elif args.json or not verb.shown:
        document(answer)
    else:
        show(answer, verb.shown)
