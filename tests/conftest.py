"""Puts this folder on the path of imports, so that every test finds `worlds`."""

from __future__ import annotations

import gc

import pytest


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leaves what was imported to itself: looking through it for garbage again and again took 7 % of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
