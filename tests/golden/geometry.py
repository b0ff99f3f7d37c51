"""Point in polygon and lengths on the sphere, for the tests of the atlas."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np

EARTH_KM = 6371.0


def rings(file: Path) -> list[np.ndarray]:
    """All rings of a GeoJSON multipolygon, holes among them, as arrays of lon, lat."""
    polygons = json.loads(file.read_text(encoding="utf-8"))["coordinates"]
    return [np.asarray(ring, dtype=float) for polygon in polygons for ring in polygon]


def inside(points: np.ndarray, shapes: list[np.ndarray]) -> np.ndarray:
    """Which points lie on land: a ray to the east crosses the rings an odd number of times (holes count too)."""
    odd = np.zeros(len(points), dtype=bool)
    x, y = points[:, 0], points[:, 1]
    for ring in shapes:
        near = (y >= ring[:, 1].min()) & (y <= ring[:, 1].max()) & (x <= ring[:, 0].max())
        if not near.any():
            continue
        px, py = x[near][:, None], y[near][:, None]
        x1, y1, x2, y2 = ring[:-1, 0], ring[:-1, 1], ring[1:, 0], ring[1:, 1]
        spans = (y1 > py) != (y2 > py)
        with np.errstate(divide="ignore", invalid="ignore"):
            crosses = spans & (px < (x2 - x1) * (py - y1) / (y2 - y1) + x1)
        odd[near] ^= crosses.sum(axis=1) % 2 == 1
    return odd


def length_km(line: np.ndarray) -> float:
    """Length of a line of lon, lat on the sphere (haversine), in km."""
    return float(distances_km(line[:-1], line[1:]).sum())


def distances_km(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Distances in km between points of two arrays of lon, lat, row by row."""
    lon, lat, lon_to, lat_to = (np.radians(value) for value in (one[..., 0], one[..., 1], other[..., 0], other[..., 1]))
    half = np.sin((lat_to - lat) / 2) ** 2 + np.cos(lat) * np.cos(lat_to) * np.sin((lon_to - lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(half)))


def depth_km(points: np.ndarray, shapes: list[np.ndarray]) -> np.ndarray:
    """Distance in km of each point to the nearest shore (flat earth around the point)."""
    starts, ends = np.concatenate([s[:-1] for s in shapes]), np.concatenate([s[1:] for s in shapes])
    result = np.empty(len(points))
    for row, point in enumerate(points):
        scale = np.array([np.cos(np.radians(point[1])), 1.0]) * np.pi / 180 * EARTH_KM
        a, b = (starts - point) * scale, (ends - point) * scale
        step = b - a
        along = np.clip(-(a * step).sum(1) / np.maximum((step**2).sum(1), 1e-12), 0, 1)
        result[row] = np.hypot(*(a + step * along[:, None]).T).min()
    return result


def dense(line: np.ndarray, step_km: float) -> np.ndarray:
    """Points along a line, not farther from each other than the step."""
    parts = []
    for one, other in pairwise(line):
        count = max(int(np.ceil(distances_km(one, other) / step_km)), 1)
        parts.append(one + (other - one) * (np.arange(count) / count)[:, None])
    return np.vstack([*parts, line[-1:]])
