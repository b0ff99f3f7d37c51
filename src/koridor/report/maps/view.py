"""What part of the world a map shows, and where a place lies on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koridor.report.labels import Box
from koridor.report.maps.projection import Coordinates, Projection, projection_for

WIDTH = 960.0
LOW_SHAPE, HIGH_SHAPE = 0.5, 0.85
MARGIN = 0.04
EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class View:
    """A projection with the frame of a drawing.

    `scale` pixels to an Earth radius, the corner (west, north) at the origin.
    """

    projection: Projection
    west: float
    north: float
    scale: float
    width: float
    height: float

    @property
    def frame(self) -> Box:
        return Box(0.0, 0.0, self.width, self.height)

    @property
    def pixels_per_km(self) -> float:
        return self.scale / EARTH_KM

    def pixels(self, lonlat: Coordinates) -> Coordinates:
        """Pixels (n, 2), y downwards, of degrees (n, 2)."""
        plane = self.projection(lonlat)
        return np.column_stack([(plane[:, 0] - self.west) * self.scale, (self.north - plane[:, 1]) * self.scale])


def view_of(lonlat: Coordinates, *, share: tuple[float, float] = (1.0, 1.0), width: float = WIDTH) -> View:
    """A view of the middle `share` of the points from west to east and from south to north, with a margin."""
    cut = [(1.0 - part) / 2 for part in share]
    west, east = (float(np.quantile(lonlat[:, 0], at)) for at in (cut[0], 1.0 - cut[0]))
    south, north = (float(np.quantile(lonlat[:, 1], at)) for at in (cut[1], 1.0 - cut[1]))
    projection = projection_for(west, south, east, north + 1e-3)
    inside = (lonlat[:, 0] >= west) & (lonlat[:, 0] <= east) & (lonlat[:, 1] >= south) & (lonlat[:, 1] <= north)
    chosen = lonlat[inside] if inside.any() else lonlat
    plane = projection(chosen)
    low, high = plane.min(axis=0), plane.max(axis=0)
    size = np.maximum((high - low) * (1 + 2 * MARGIN), 1e-3)
    middle = (low + high) / 2
    shape = float(np.clip(size[1] / size[0], LOW_SHAPE, HIGH_SHAPE))
    across = max(float(size[0]), float(size[1]) / shape)
    scale = width / across
    return View(
        projection, float(middle[0]) - across / 2, float(middle[1]) + across * shape / 2, scale, width, width * shape
    )
