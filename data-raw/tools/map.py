"""Land and borders to draw behind the network, from the npm package world-atlas (Natural Earth, public domain).

Used once when the map was made; needs shapely. `python map.py PACKAGE FOLDER`, PACKAGE the unpacked world-atlas.
"""

import json
import sys
from pathlib import Path

from shapely.geometry import LineString, MultiPolygon, Polygon, box, mapping
from shapely.ops import linemerge, unary_union

WINDOW = box(-15.0, -5.0, 150.0, 72.0)
TOLERANCE_DEG = 0.025
# Shore of Lake Van by eye: it is no hole in Natural Earth's land, and a ferry crosses it.
LAKE_VAN = [
    (42.26, 38.48),
    (42.32, 38.62),
    (42.55, 38.72),
    (42.78, 38.84),
    (43.05, 38.92),
    (43.35, 39.02),
    (43.58, 38.97),
    (43.5, 38.85),
    (43.3, 38.78),
    (43.32, 38.62),
    (43.38, 38.48),
    (43.15, 38.36),
    (42.85, 38.33),
    (42.5, 38.36),
]


def arcs_of(topology):
    """Arcs of a topology as lists of lon, lat in degrees."""
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    result = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
        result.append(points)
    return result


def ring(arcs, indices):
    """One ring from arcs by index; a negative index runs backward."""
    points = []
    for index in indices:
        part = arcs[index] if index >= 0 else arcs[~index][::-1]
        points.extend(part[1:] if points else part)
    return points


def land(topology):
    """The land in the window, as one multipolygon."""
    arcs = arcs_of(topology)
    shapes = []
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]:
            rings = [ring(arcs, indices) for indices in polygon]
            shapes.append(Polygon(rings[0], rings[1:]).buffer(0))
    whole = unary_union(shapes).intersection(WINDOW).simplify(TOLERANCE_DEG).difference(Polygon(LAKE_VAN))
    parts = whole.geoms if isinstance(whole, MultiPolygon) else [whole]
    return MultiPolygon([part for part in parts if part.geom_type == "Polygon" and part.area > 0.02])


def borders(topology):
    """Lines between two countries in the window."""
    arcs = arcs_of(topology)
    uses = {}
    for number, geometry in enumerate(topology["objects"]["countries"]["geometries"]):
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for polygon in polygons:
            for indices in polygon:
                for index in indices:
                    uses.setdefault(index if index >= 0 else ~index, set()).add(number)
    lines = [LineString(arcs[index]) for index, owners in sorted(uses.items()) if len(owners) > 1]
    return linemerge(lines).intersection(WINDOW).simplify(TOLERANCE_DEG)


def rounded(value):
    """Coordinates with two decimals."""
    return round(value, 2) if isinstance(value, float) else [rounded(item) for item in value]


def write(file, shape):
    geometry = mapping(shape)
    text = json.dumps(
        {"type": geometry["type"], "coordinates": rounded(geometry["coordinates"])}, separators=(",", ":")
    )
    file.write_text(text + "\n", encoding="utf-8")
    print(file, len(text))


if __name__ == "__main__":
    package, folder = map(Path, sys.argv[1:])
    write(folder / "land.json", land(json.loads((package / "land-50m.json").read_text())))
    write(folder / "borders.json", borders(json.loads((package / "countries-50m.json").read_text())))
