"""Tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def rows(heads: Sequence[str], cells: Iterable[Sequence[object]]) -> str:
    """A table of Markdown; None is an empty cell, and a bar inside a cell does not end it."""
    return "\n".join([head(heads), *map(row, cells)])


def head(heads: Sequence[str]) -> str:
    """The two lines above the rows of a table."""
    return f"{row(heads)}\n{row(['---'] * len(heads))}"


def row(cells: Sequence[object]) -> str:
    """One line of a table."""
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def seconds(value: float, *, exact: bool = True) -> str:
    """Seconds with three significant digits; what is only an upper bound says so."""
    text = f"{value:.0f}" if value >= 1000.0 else f"{value:#.3g}".rstrip(".")
    return text if exact else f"≤ {text}"


def share(value: float | None) -> str:
    """A gap or a relative difference with two digits."""
    return "" if value is None else f"{value:.1e}"


def holds(yes: bool) -> str:
    """Whether a limit was kept."""
    return "yes" if yes else "no"
