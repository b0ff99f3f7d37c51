"""What a query shuts: modes, corridors and countries that a way must keep to, or off, as flags on arcs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from koridor.errors import UsageError
from koridor.model.compile import Compiled
from koridor.model.compile.blocks import CARRIAGE_CODE, members
from koridor.model.cost import MODE_BIT
from koridor.model.network import LOCAL, Act, Flags, Network
from koridor.model.scenario import Scenario
from koridor.text import t


def known(what: str, name: str, there: Sequence[str]) -> str:
    """The name, if there is such a thing. Raises UsageError with those that there are."""
    if name not in there:
        listed = ", ".join(map(str, there))
        raise UsageError(
            t("{what} {name}: there is none of that name; there are {known}.", what=what, name=name, known=listed)
        )
    return name


def place_of(scenario: Scenario, network: Network, name: str) -> int:
    """Position of a place. Raises UsageError where there is none of that id."""
    at = int(network.places.get_indexer([name])[0])
    if at < 0:
        raise UsageError(t("{place} is no place of {dataset}.", place=name, dataset=scenario.dataset.name))
    return at


def ends(scenario: Scenario, network: Network, origin: str, destination: str) -> tuple[int, int]:
    """Positions of both ends. Raises UsageError where one is not known, or both are the same."""
    found = place_of(scenario, network, origin), place_of(scenario, network, destination)
    if origin == destination:
        raise UsageError(t("{place}: origin and destination are the same place.", place=origin))
    return found


def other_modes(network: Network, modes: Sequence[str]) -> Flags:
    """Arcs (m,) that need a mode beside these."""
    bits = sum(MODE_BIT[known(t("mode"), mode, tuple(MODE_BIT))] for mode in modes)
    return np.asarray((network.arcs.mode & ~bits) != 0)


def strange_doors(compiled: Compiled, modes: Sequence[str]) -> Flags:
    """Arcs (m,) that load or unload a carriage in which none of these modes moves."""
    network, links = compiled.network, compiled.index.link
    doors = np.isin(network.arcs.act, (Act.LOAD, Act.UNLOAD))
    used = {one for part in members(links.loc[links["mode"].isin(modes), "carriages"]) for one in part}
    moving = [code for name, code in CARRIAGE_CODE.items() if name in used]
    both = network.carriage[network.arcs.tail], network.carriage[network.arcs.head]
    return doors & ~np.isin(np.maximum(*both), moving)


def other_regimes(network: Network, corridors: Sequence[str]) -> Flags:
    """Arcs (m,) that lead into the regime of a corridor beside these."""
    allowed = [network.corridors.get_loc(known(t("corridor"), name, list(network.corridors))) for name in corridors]
    inside = network.corridor[network.arcs.head]
    return (inside != LOCAL) & ~np.isin(inside, allowed)


def off_corridors(scenario: Scenario, compiled: Compiled, corridors: Sequence[str]) -> Flags:
    """Arcs (m,) that pass a link outside these corridors."""
    network, tagged = compiled.network, scenario.table("corridor_link")
    mine = tagged.loc[tagged["corridor_id"].isin(corridors), "link_id"]
    link = network.arcs.link[network.legs]
    strange = (link >= 0) & ~np.isin(link, compiled.index.links.get_indexer(mine))
    return _any_leg(network, strange)


def in_countries(network: Network, countries: Sequence[str]) -> Flags:
    """Arcs (m,) that begin, end or pass in one of these countries; ships that call there do."""
    at = [network.countries.get_loc(known(t("country"), name, list(network.countries))) for name in countries]
    here = np.isin(network.place_country[network.place], at)
    arcs = network.arcs
    return _any_leg(network, (here[arcs.tail] | here[arcs.head])[network.legs]) | here[arcs.tail] | here[arcs.head]


def _any_leg(network: Network, flags: Flags) -> Flags:
    return np.asarray(np.maximum.reduceat(flags.astype(np.int64), network.leg_start[:-1]) > 0)
