"""Geometry in the plane: cutting at a frame, simplifying, moving a line to its side."""

from __future__ import annotations

import numpy as np

from koridor.report.labels import Box
from koridor.report.maps.projection import Coordinates


def cut_ring(ring: Coordinates, frame: Box) -> Coordinates:
    """The part of a closed ring inside the frame, closed along its edges (Sutherland and Hodgman 1974)."""
    for axis, bound, keep_above in (
        (0, frame.x1, True),
        (0, frame.x2, False),
        (1, frame.y1, True),
        (1, frame.y2, False),
    ):
        if len(ring) < 3:
            return np.empty((0, 2))
        ring = _cut_side(ring, axis, bound, keep_above)
    return ring if len(ring) >= 3 else np.empty((0, 2))


def _cut_side(ring: Coordinates, axis: int, bound: float, keep_above: bool) -> Coordinates:
    before = np.roll(ring, 1, axis=0)
    sign = 1.0 if keep_above else -1.0
    inside = sign * (ring[:, axis] - bound) >= 0
    was_inside = np.roll(inside, 1)
    if inside.all():
        return ring
    kept: list[Coordinates] = []
    for index in np.flatnonzero(inside | (inside != was_inside)):
        if inside[index] != was_inside[index]:
            span = ring[index, axis] - before[index, axis]
            kept.append(before[index] + (ring[index] - before[index]) * (bound - before[index, axis]) / span)
        if inside[index]:
            kept.append(ring[index])
    return np.array(kept) if kept else np.empty((0, 2))


def runs_inside(path: Coordinates, frame: Box) -> list[Coordinates]:
    """Pieces of an open line whose points lie inside the frame, each with the point before and after."""
    x, y = path[:, 0], path[:, 1]
    inside = (x >= frame.x1) & (x <= frame.x2) & (y >= frame.y1) & (y <= frame.y2)
    wide = inside.copy()
    wide[:-1] |= inside[1:]
    wide[1:] |= inside[:-1]
    if not wide.any():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wide, [False]]).astype(int)))
    return [path[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True) if stop - start >= 2]


def simplify(path: Coordinates, tolerance: float) -> Coordinates:
    """The line with fewer points, none farther than the tolerance from it (Douglas and Peucker 1973)."""
    if len(path) <= 2:
        return path
    keep = np.zeros(len(path), dtype=bool)
    keep[[0, -1]] = True
    todo = [(0, len(path) - 1)]
    while todo:
        first, last = todo.pop()
        if last - first < 2:
            continue
        distance = _distances(path[first + 1 : last], path[first], path[last])
        worst = int(distance.argmax())
        if distance[worst] > tolerance:
            keep[first + 1 + worst] = True
            todo += [(first, first + 1 + worst), (first + 1 + worst, last)]
    return path[keep]


def _distances(path: Coordinates, start: Coordinates, stop: Coordinates) -> Coordinates:
    along = stop - start
    length = float(np.hypot(*along))
    if length == 0.0:
        return np.asarray(np.hypot(path[:, 0] - start[0], path[:, 1] - start[1]), dtype=np.float64)
    rest = path - start
    return np.asarray(np.abs(along[0] * rest[:, 1] - along[1] * rest[:, 0]) / length, dtype=np.float64)


def beside(path: Coordinates, shift: float) -> Coordinates:
    """The line moved to the right of its direction by `shift` pixels (y grows downwards).

    Joints are mitred, at most twofold.
    """
    step = np.diff(path, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    step, path = step[length > 1e-9], np.concatenate([path[:1], path[1:][length > 1e-9]])
    if len(path) < 2:
        return path
    unit = step / np.hypot(step[:, 0], step[:, 1])[:, None]
    normal = np.column_stack([-unit[:, 1], unit[:, 0]])
    joint = np.vstack([normal[:1], normal[:-1] + normal[1:], normal[-1:]])
    size = np.hypot(joint[:, 0], joint[:, 1])
    size[size < 1e-9] = 1.0
    joint = joint / size[:, None]
    cosine = np.concatenate([[1.0], (joint[1:-1] * normal[1:]).sum(axis=1), [1.0]])
    return np.asarray(path + joint * (shift / np.maximum(cosine, 0.5))[:, None], dtype=np.float64)
