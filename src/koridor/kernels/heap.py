"""A binary heap of nodes by key, in two arrays; the caller counts how many it holds."""

from __future__ import annotations

from koridor.kernels.compiled import inner


@inner
def push(keys, nodes, held, key, node):  # type: ignore[no-untyped-def]
    """Lays a node into a heap that holds `held` without it."""
    i = held
    while i > 0:
        up = (i - 1) >> 1
        if keys[up] <= key:
            break
        keys[i], nodes[i] = keys[up], nodes[up]
        i = up
    keys[i], nodes[i] = key, node


@inner
def pop(keys, nodes, held):  # type: ignore[no-untyped-def]
    """Takes the top off a heap that has `held` left without it: what was last fills the hole and sinks."""
    key, node, i = keys[held], nodes[held], 0
    while True:
        child = 2 * i + 1
        if child >= held:
            break
        if child + 1 < held and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[i], nodes[i] = keys[child], nodes[child]
        i = child
    keys[i], nodes[i] = key, node
