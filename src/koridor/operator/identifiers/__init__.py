"""Identifiers of the corridor checked offline: what they say, what is wrong, how to mend it.

`check(kind, text)` for a known kind, `identify(text)` for a text of unknown kind; both give a `Finding`.
"""

from __future__ import annotations

from koridor.operator.identifiers.finding import Finding, Trouble
from koridor.operator.identifiers.identify import check, identify, kinds

__all__ = ["Finding", "Trouble", "check", "identify", "kinds"]
