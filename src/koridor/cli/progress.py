"""How far a long run has come: a bar with an estimate in a terminal, else a line now and then, nothing with JSON."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from koridor.text import t

Progress = Callable[[int, int, str], None]
PAUSE_S = 5.0
FEWEST_SHARE = 0.1  # of a run, before which its first and heaviest parts would make the estimate far too long


@contextmanager
def progress(*, silent: bool) -> Iterator[Progress]:
    """A callable `(done, total, what)` that shows how far the run has come, on standard error."""
    if silent:
        yield _nothing
    elif sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield _lines()


def _nothing(done: int, total: int, what: str) -> None:
    """Shows nothing."""


def _lines() -> Progress:
    start = time.monotonic()
    last, first = [start], list[int]()

    def show(done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if not first:  # what a run that goes on had done before, if it is told at once
            first.append(done if now - start < PAUSE_S else 0)
        if now - last[0] < PAUSE_S:
            return
        last[0] = now
        here, all_here = done - first[0], total - first[0]
        left = (now - start) / here * (total - done) if here and here >= FEWEST_SHARE * all_here else None
        estimate = "" if left is None else t(", about {seconds} s left", seconds=round(left))
        print(f"{done}/{total} {what}{estimate}", file=sys.stderr, flush=True)

    return show


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield show
