"""The network once for each place to be passed, so that a way goes through them in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from koridor.model.network import Act, Ints, Network


@dataclass(frozen=True, slots=True)
class Layered:
    """Arcs between the nodes of all layers; own: the arc of the network behind each, -1 for going up a layer."""

    tail: Ints
    head: Ints
    own: Ints
    nodes: int


def layered(network: Network, arcs: Ints, via: Sequence[int]) -> Layered:
    """The arcs given in each of len(via) + 1 layers; node v of layer l is v + l * nodes of the network.

    A way goes up a layer where it is at the next of these places, in whatever carriage and regime, or rides through it
    on a service.
    """
    n, layers = network.nodes, len(via) + 1
    tail, head = network.arcs.tail[arcs], network.arcs.head[arcs]
    tails = [tail + n * layer for layer in range(layers)]
    heads = [head + n * layer for layer in range(layers)]
    own = [arcs] * layers
    for layer, place in enumerate(via):
        here = np.flatnonzero((network.place == place) & (network.carriage >= 0))
        through = np.isin(arcs, passing(network, place))
        tails += [here + n * layer, tail[through] + n * layer]
        heads += [here + n * (layer + 1), head[through] + n * (layer + 1)]
        own += [np.full(len(here), -1), arcs[through]]
    return Layered(np.concatenate(tails), np.concatenate(heads), np.concatenate(own), n * layers)


def passing(network: Network, place: int) -> Ints:
    """Services that pass a place between the stops where one gets on and off."""
    at = network.place[network.arcs.tail[network.legs]] == place
    passes = np.maximum.reduceat(at.astype(np.int64), network.leg_start[:-1]) > 0
    return np.flatnonzero(passes & (network.arcs.act == Act.SERVICE))
