"""One module a command: `configure` adds its arguments to a parser, `run` carries it out and returns the exit code.

To add a command, add its module here and its line in `summaries`. A module must load nothing heavy before `run`.
"""

from __future__ import annotations

from koridor.text import t


def summaries() -> dict[str, str]:
    """What each command does, in one line, by its name."""
    return {
        "atlas": t("what the built-in atlas holds and how well it is sourced; copy it"),
        "check": t("check a dataset and list every problem"),
        "route": t("the best way from one place to another"),
        "assign": t("which flows take which ways"),
        "link": t("what it is worth to link two sets of corridors, and for whom"),
        "validate": t("published values beside those of the model"),
    }
