"""Spans of time: sorted, apart, each from its first minute to the one after its last; (n, 2) arrays."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from koridor.model.network import Flags, Ints


def tidy(spans: Ints, low: int, high: int) -> Ints:
    """The spans within [low, high), sorted, those that touch or overlap made one."""
    spans = np.clip(spans, low, high)
    spans = spans[spans[:, 1] > spans[:, 0]]
    if not len(spans):
        return spans
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    until = np.maximum.accumulate(spans[:, 1])
    first = np.concatenate([[True], spans[1:, 0] > until[:-1]])
    begin = np.flatnonzero(first)
    return np.stack([spans[begin, 0], np.maximum.reduceat(spans[:, 1], begin)], axis=1)


def both(one: Ints, other: Ints) -> Ints:
    """What lies in a span of each."""
    if not len(one) or not len(other):
        return np.empty((0, 2), dtype=np.int64)
    start = np.searchsorted(other[:, 1], one[:, 0], side="right")
    stop = np.searchsorted(other[:, 0], one[:, 1], side="left")
    count = np.maximum(stop - start, 0)
    mine = np.repeat(np.arange(len(one)), count)
    theirs = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(start, count)
    return np.stack([np.maximum(one[mine, 0], other[theirs, 0]), np.minimum(one[mine, 1], other[theirs, 1])], axis=1)


def all_of(parts: Iterable[Ints]) -> Ints | None:
    """What lies in a span of every part; None where there is no part."""
    found: Ints | None = None
    for part in parts:
        found = part if found is None else both(found, part)
    return found


def inside(minutes: Ints, spans: Ints) -> Flags:
    """Which minutes lie in a span."""
    if not len(spans):
        return np.zeros(len(minutes), dtype=bool)
    at = np.searchsorted(spans[:, 0], minutes, side="right") - 1
    return (at >= 0) & (minutes < spans[np.maximum(at, 0), 1])
