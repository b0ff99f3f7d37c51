"""Best ways one by one by scgraph, rustworkx and scipy, in an environment of their own; prints JSON.

Reads tail, head, cost, nodes and pairs from an .npz. Seconds are of user CPU, of the queries alone unless `prepare_s`.
"""

import json
import resource
import sys
from importlib.metadata import version

import numpy as np


def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def timed(prepare, answer, pairs):
    """Seconds to prepare, seconds for all pairs, and the costs found."""
    start = used()
    ready = prepare()
    middle = used()
    found = [answer(ready, int(a), int(b)) for a, b in pairs]
    return {"prepare_s": middle - start, "query_s": used() - middle, "costs": found}


def main(file):
    data = np.load(file)
    tail, head, cost, nodes, pairs = (data[name] for name in ("tail", "head", "cost", "nodes", "pairs"))
    nodes = int(nodes)
    print(json.dumps(dict(runs(tail, head, cost, nodes, pairs))))


def runs(tail, head, cost, nodes, pairs):
    import rustworkx
    import scgraph
    import scipy
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    def scgraph_graph():
        rows = [{} for _ in range(nodes)]
        for a, b, c in zip(tail.tolist(), head.tolist(), cost.tolist(), strict=True):
            rows[a][b] = min(c, rows[a].get(b, float("inf")))
        return scgraph.Graph(rows)

    def contracted():
        graph = scgraph_graph()
        graph.create_contraction_hierarchy()
        return graph

    def rustworkx_graph():
        graph = rustworkx.PyDiGraph(multigraph=True)
        graph.add_nodes_from(range(nodes))
        graph.add_edges_from(list(zip(tail.tolist(), head.tolist(), cost.astype(float).tolist(), strict=True)))
        return graph

    def by_rustworkx(graph, a, b):
        way = rustworkx.dijkstra_shortest_paths(graph, a, target=b, weight_fn=float)[b]
        return len(way), None

    def scipy_graph():
        order = np.lexsort((-cost, head, tail))  # of equal ends the last written stays: the cheapest
        last = np.r_[(np.diff(tail[order]) != 0) | (np.diff(head[order]) != 0), True]
        keep = order[last]
        return csr_array((cost[keep].astype(float), (tail[keep], head[keep])), shape=(nodes, nodes))

    def by_scipy(graph, a, b):
        dist, before = dijkstra(graph, indices=a, return_predecessors=True)
        way = [b]
        while way[-1] != a:
            way.append(int(before[way[-1]]))
        return len(way), float(dist[b])

    def by(method):
        def answer(graph, a, b):
            found = getattr(graph, method)(a, b)
            return len(found["path"]), float(found["length"])

        return answer

    name = f"scgraph {version('scgraph')}"
    yield f"{name} dijkstra", timed(scgraph_graph, by("dijkstra"), pairs)
    yield f"{name} bidirectional_dijkstra", timed(scgraph_graph, by("bidirectional_dijkstra"), pairs)
    yield f"{name} contraction_hierarchy", timed(contracted, by("contraction_hierarchy"), pairs)
    yield f"rustworkx {version('rustworkx')}", timed(rustworkx_graph, by_rustworkx, pairs)
    yield f"scipy {scipy.__version__}, all targets", timed(scipy_graph, by_scipy, pairs)


if __name__ == "__main__":
    main(sys.argv[1])
