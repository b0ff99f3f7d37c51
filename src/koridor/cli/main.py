"""The entry point `koridor`: parses, runs one command, turns errors into sentences and exit codes.

Exit codes: 0 done, 1 problems in data, 2 a call that cannot be meant, 130 interrupted, 70 a fault of koridor itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from koridor.cli import output, parser
from koridor.errors import DataError, KoridorError
from koridor.text import LANGUAGES, set_language, t, tn

DATA, USAGE, FAULT, INTERRUPTED = 1, 2, 70, 130
SHOWN_A_KIND = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code of the command in `argv` (by default that of the process)."""
    given = list(sys.argv[1:] if argv is None else argv)
    use_utf8()
    try:
        set_language(wished_language(given))
        args = parser.parse(given)
        args.given = given
        output.refuse_full(args.out)
        code = args.run(args)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        say(t("Interrupted; nothing more was written."))
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("KORIDOR_DEBUG") == "1":
            raise
        return explain(error)
    return int(code)


def explain(error: Exception) -> int:
    """Exit code of an error, after telling the user on standard error."""
    if isinstance(error, DataError):
        for line in lines_of(error):
            say(line)
        return DATA
    if isinstance(error, KoridorError):
        say(str(error))
        return USAGE
    if isinstance(error, OSError) and error.filename is not None:
        say(f"{error.filename}: {error.strerror}")
        return USAGE
    kind = type(error).__name__
    say(t("koridor failed: {kind}: {error}. Set KORIDOR_DEBUG=1 to see where.", kind=kind, error=error))
    return FAULT


def lines_of(error: DataError) -> list[str]:
    """The problems as lines: all kinds, of each kind (table, field, what must hold) the first few and how many more."""
    count = len(error.problems)
    lines = [tn("{count} problem in the data:", "{count} problems in the data:", count)]
    kinds: dict[tuple[str, str, str], list[str]] = {}
    for problem in error.problems:
        kinds.setdefault((problem.table, problem.field, problem.limit), []).append(str(problem))
    for found in kinds.values():
        lines += [f"  {line}" for line in found[:SHOWN_A_KIND]]
        more = len(found) - SHOWN_A_KIND
        if more > 0:
            lines.append("  " + tn("... and {count} more of this kind", "... and {count} more of this kind", more))
    return lines


def say(line: str) -> None:
    """One line on standard error."""
    print(line, file=sys.stderr)


def use_utf8() -> None:
    """Names of places need UTF-8 whatever the locale says; signs that cannot be shown must not end the run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def wished_language(argv: Sequence[str]) -> str:
    """Language of `--lang`, else of KORIDOR_LANG, else of the locale where it has a catalogue, else English."""
    for at, word in enumerate(argv):
        if word == "--lang" and at + 1 < len(argv):
            return argv[at + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    if os.environ.get("KORIDOR_LANG"):
        return os.environ["KORIDOR_LANG"]
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "en")
    code = locale[:2].lower()
    return code if code in LANGUAGES else "en"
