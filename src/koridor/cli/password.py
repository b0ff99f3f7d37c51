"""The password of whoever sits before the command line."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from koridor.errors import UsageError
from koridor.text import t


def password() -> str:
    """The password, from KORIDOR_PASSWORD or asked for; never from the command line, which others can read."""
    given = os.environ.get("KORIDOR_PASSWORD")
    if given is not None:
        return given
    if sys.stdin.isatty():
        from getpass import getpass

        with suppress(EOFError):
            return getpass(t("Password: "))
    raise UsageError(t("Give the password in KORIDOR_PASSWORD, or run this in a terminal."))
