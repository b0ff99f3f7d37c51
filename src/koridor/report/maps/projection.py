"""Lambert conformal conic projection of the sphere, Mercator near the equator.

Snyder 1987, equations 15-1 to 15-4, 7-1, 7-2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Coordinates = NDArray[np.float64]

NEAR_EQUATOR_DEG = 12.0
POLE_DEG = 85.0


@dataclass(frozen=True, slots=True)
class Projection:
    """Parameters of the projection; `cone` = 0 is Mercator."""

    lon0_deg: float
    cone: float
    factor: float

    def __call__(self, lonlat: Coordinates) -> Coordinates:
        """Planar coordinates (n, 2) in Earth radii, x to the east and y to the north, of (n, 2) degrees."""
        lat = np.radians(np.clip(lonlat[:, 1], -POLE_DEG, POLE_DEG))
        east = np.radians(lonlat[:, 0] - self.lon0_deg)
        stretch = np.log(np.tan(math.pi / 4 + lat / 2))
        if self.cone == 0.0:
            return np.column_stack([east, stretch])
        radius = self.factor * np.exp(-self.cone * stretch)
        return np.column_stack([radius * np.sin(self.cone * east), -radius * np.cos(self.cone * east)])

    def inverse(self, plane: Coordinates) -> Coordinates:
        """Degrees (n, 2) of planar coordinates (n, 2)."""
        if self.cone == 0.0:
            east, stretch = plane[:, 0], plane[:, 1]
        else:
            side = math.copysign(1.0, self.cone)
            radius = side * np.hypot(plane[:, 0], plane[:, 1])
            east = np.arctan2(side * plane[:, 0], -side * plane[:, 1]) / self.cone
            stretch = -np.log(radius / self.factor) / self.cone
        lat = 2 * np.arctan(np.exp(stretch)) - math.pi / 2
        return np.column_stack([self.lon0_deg + np.degrees(east), np.degrees(lat)])


def projection_for(west: float, south: float, east: float, north: float) -> Projection:
    """A projection that suits the region: standard parallels a sixth inside it, its central meridian in the middle."""
    lon0, middle = (west + east) / 2, (south + north) / 2
    if abs(middle) < NEAR_EQUATOR_DEG:
        return Projection(lon0, 0.0, 1.0)
    inset = (north - south) / 6
    low, high = math.radians(south + inset), math.radians(north - inset)
    return Projection(lon0, *_cone(low, high))


def _cone(low: float, high: float) -> tuple[float, float]:
    """Constant of the cone and its scale for two standard parallels in radians."""
    tangent = [math.tan(math.pi / 4 + parallel / 2) for parallel in (low, high)]
    if abs(high - low) < 1e-6:
        cone = math.sin(low)
    else:
        cone = math.log(math.cos(low) / math.cos(high)) / math.log(tangent[1] / tangent[0])
    return cone, math.cos(low) * tangent[0] ** cone / cone
