"""Puts this folder on the path of imports, so that every test finds `worlds`."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from koridor.text import set_language


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leaves what was imported to itself: looking through it for garbage again and again took 7 % of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def _plain_locale() -> Iterator[None]:
    """Whatever language this machine speaks, and a command that a test ran, the tests are spoken to in English."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("LC_ALL", "LC_MESSAGES", "KORIDOR_LANG", "KORIDOR_DEBUG"):
            patched.delenv(name, raising=False)
        patched.setenv("LANG", "C")
        yield
    set_language("en")
