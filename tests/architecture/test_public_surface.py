"""What `import koridor` offers; a change here is a change for every user."""

from __future__ import annotations

import re

import pytest

import koridor

PUBLIC = {
    "Dataset",
    "Patch",
    "Result",
    "Scenario",
    "__version__",
    "assign",
    "evaluate",
    "linking",
    "load_atlas",
    "route",
    "validate",
}


def test_names_are_those_promised() -> None:
    """The names of the design, no more and no less."""
    assert set(koridor.__all__) == PUBLIC
    assert dir(koridor) == sorted(PUBLIC)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_name_resolves(name: str) -> None:
    """A name that is promised can be had; a study has `run` and `Params`."""
    found = getattr(koridor, name)
    if name in {"assign", "linking", "route", "validate"}:
        assert callable(found.run)
        assert isinstance(found.Params, type)


def test_unknown_name_is_refused() -> None:
    """A slip of the pen gives the usual error."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        koridor.nothing  # noqa: B018


def test_version_is_a_version() -> None:
    """Three numbers, so that releases can be compared."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", koridor.__version__)
