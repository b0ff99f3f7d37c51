"""One assignment by AequilibraE, run by the Python of its own environment: arrays in, flows and figures out.

`python -P peer_process.py PROBLEM.npz FLOWS.npz GAP ITERATIONS CORES` prints one JSON object. Only the call that
solves is measured. Written against AequilibraE 1.7.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib.metadata import version

import numpy as np
import pandas as pd

SMALLEST = 1e-6  # in time units, for links whose free-flow time is 0: AequilibraE refuses these


def assignment(problem, gap, iterations, cores):
    """An assignment that is ready to run."""
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass

    zones, through = int(problem["zones"]), int(problem["first_through"])
    if 1 < through <= zones:
        raise SystemExit("AequilibraE closes all zones to through traffic or none")
    # a power of 0 is a constant time, and one below 1 is refused
    still = problem["power"] == 0.0
    if np.any(~still & (problem["power"] < 1.0)):
        raise SystemExit("AequilibraE refuses powers below 1")
    free = np.where(still, problem["free"] * (1.0 + problem["b"]), problem["free"])
    network = pd.DataFrame(
        {
            "link_id": np.arange(1, len(free) + 1),
            "a_node": problem["tail"],
            "b_node": problem["head"],
            "direction": 1,
            "capacity": np.where(problem["capacity"] > 0.0, problem["capacity"], 1.0),
            "free_flow_time": np.maximum(free, SMALLEST),
            "b": np.where(still | (problem["capacity"] == 0.0), 0.0, problem["b"]),
            "power": np.where(still, 1.0, problem["power"]),
            "fixed": problem["fixed"],
        }
    )
    graph = Graph()
    graph.network = network
    graph.prepare_graph(np.arange(1, zones + 1))
    graph.set_graph("free_flow_time")
    graph.set_blocked_centroid_flows(through > zones)

    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=zones, matrix_names=["trips"], memory_only=True)
    matrix.index = np.arange(1, zones + 1)
    matrix.matrices[:] = 0.0
    matrix.matrices[problem["origin"] - 1, problem["destination"] - 1, 0] = problem["trips"]
    matrix.computational_view(["trips"])

    users = TrafficClass("car", graph, matrix)
    if problem["fixed"].any():
        users.set_fixed_cost("fixed")
    ready = TrafficAssignment()
    ready.set_classes([users])
    ready.set_cores(cores)
    ready.set_vdf("BPR")
    ready.set_vdf_parameters({"alpha": "b", "beta": "power"})
    ready.set_capacity_field("capacity")
    ready.set_time_field("free_flow_time")
    ready.max_iter = iterations
    ready.rgap_target = gap
    ready.set_algorithm("bfw")
    return ready


def main(problem_file, flows_file, gap, iterations, cores):
    """Solves, writes flows (m,) in the order of the links, and prints figures."""
    problem = np.load(problem_file)
    ready = assignment(problem, float(gap), int(iterations), int(cores))
    wall, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    ready.execute(log_specification=False)
    wall, cpu = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF).ru_utime - cpu
    flow = ready.results()["PCE_AB"].reindex(np.arange(1, len(problem["tail"]) + 1), fill_value=0.0).to_numpy()
    np.savez(flows_file, flow=flow)
    report = ready.report()
    figures = {
        "version": version("aequilibrae"),
        "wall_s": wall,
        "cpu_s": cpu,
        "rounds": len(report),
        "gap_said": float(report["rgap"].iloc[-1]),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "raised": int(np.sum(problem["free"] < SMALLEST)),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
