"""Shapes of sea and ferry ways, rivers and long land ways, for `data-raw/koridor/geometry.csv`.

Used once when the shapes were made; needs searoute and shapely. The Caspian, the Volga and the Don are no part of
searoute's network: there the ways run over the points given here. `python shapes.py FACTS OUTPUT`.
"""

import csv
import sys
from heapq import heappop, heappush
from itertools import pairwise
from math import hypot
from pathlib import Path

import searoute
from shapely.geometry import LineString

TOLERANCE_DEG = 0.03
HERE = Path(__file__).parent


def rows(file):
    with Path(file).open(encoding="utf-8") as text:
        return list(csv.DictReader(text))


def graph(nodes, edges):
    """Neighbours with lengths in degrees."""
    found = {}
    for one, other in edges:
        length = hypot((nodes[one][0] - nodes[other][0]) * 0.75, nodes[one][1] - nodes[other][1])
        found.setdefault(one, []).append((other, length))
        found.setdefault(other, []).append((one, length))
    return found


def shortest(near, start, end):
    heap, done = [(0.0, [start])], set()
    while heap:
        cost, way = heappop(heap)
        if way[-1] == end:
            return way
        if way[-1] in done:
            continue
        done.add(way[-1])
        for other, length in near[way[-1]]:
            heappush(heap, (cost + length, [*way, other]))
    raise ValueError(f"no way from {start} to {end}")


def by_points(points, links, places):
    """Ways over the given points, between places that are points themselves."""
    nodes = {row["node"]: (float(row["lon"]), float(row["lat"])) for row in points}
    nodes |= {name: place for name, place in places.items() if any(name in row["next"].split() for row in points)}
    near = graph(nodes, [(row["node"], other) for row in points for other in row["next"].split()])
    return {key: [nodes[name] for name in shortest(near, a, b)] for key, (a, b) in links.items()}


def by_searoute(links, places, via):
    """Ways on the marine network, through points where these are given."""
    result = {}
    for key, (a, b) in links.items():
        stops = [places[a], *via.get(key, []), places[b]]
        line = []
        for one, other in pairwise(stops):
            found = searoute.searoute(one, other)["geometry"]["coordinates"]
            line.extend(found)
        result[key] = [places[a], *map(tuple, line), places[b]]
    return result


def text(line, fixed):
    """Points between the ends, thinned where that does no harm, as `lon lat` pairs."""
    thin = list(line) if fixed else list(LineString(line).simplify(TOLERANCE_DEG).coords)
    inner = [f"{lon:.3f} {lat:.3f}" for lon, lat in thin[1:-1]]
    return ", ".join(dict.fromkeys(inner))


def main(facts, output):
    places = {row["id"]: (float(row["lon"]), float(row["lat"])) for row in rows(facts / "places.csv")}
    links = {row["link_id"]: row for row in rows(facts / "links.csv") if row["mode"] in ("sea", "ferry", "waterway")}
    own = {row["link_id"]: row["geometry"] for row in rows(HERE / "own_shapes.csv")}
    inland = {row["node"] for row in rows(HERE / "caspian_volga.csv")}
    points = rows(HERE / "caspian_volga.csv")
    touched = {name for row in points for name in row["next"].split()} - inland
    ends = {key: (row["from_id"], row["to_id"]) for key, row in links.items() if key not in own}
    hand = {key: pair for key, pair in ends.items() if set(pair) <= touched}
    via = {}
    for row in rows(HERE / "via.csv"):
        via.setdefault(row["link_id"], []).append((float(row["lon"]), float(row["lat"])))
    marine = {key: pair for key, pair in ends.items() if key not in hand}
    found = {key: (text(line, True), "hand") for key, line in by_points(points, hand, places).items()}
    found |= {key: (text(line, False), "searoute") for key, line in by_searoute(marine, places, via).items()}
    found |= {key: (line, "hand") for key, line in own.items()}
    sources = {
        "hand": "points by hand, general knowledge",
        "searoute": "searoute 1.6.0 marine network (Apache-2.0; network derived from Eurostat SeaRoute, public data)",
    }
    with Path(output).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["link_id", "geometry", "source"])
        for key in sorted(found):
            if found[key][0]:
                writer.writerow([key, found[key][0], sources[found[key][1]]])


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
