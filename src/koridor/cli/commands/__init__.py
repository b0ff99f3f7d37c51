"""One module a command: `configure` adds its arguments to a parser, `run` carries it out and returns the exit code.

To add a command, add its module here and its line in `summaries`; a command whose name is a keyword of Python has an
underscore behind it in the name of its module. A module must load nothing heavy before `run`.
"""

from __future__ import annotations

from koridor.studies import studies
from koridor.text import t


def summaries() -> dict[str, str]:
    """What each command does, in one line, by its name."""
    return {
        "atlas": t("what the built-in atlas holds and how well it is sourced; copy it"),
        "check": t("check a dataset and list every problem"),
        "import": t("make a dataset of files in another format"),
        **{name: study.question for name, study in studies().items()},
        "operator": t("the desk of a joint logistics operator: quote, book, carry, settle"),
        "desk": t("work at a desk that is served somewhere: enquire, quote, book, follow, settle"),
        "link": t("what it is worth to link two sets of corridors, and for whom"),
    }
