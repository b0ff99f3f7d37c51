"""Tariffs: exact prices of ways by dated price lists, and a bound on them for the search.

`tariffs(scenario)` reads the price lists; `price` prices a way line by line; `lower_bound` gives each arc a price
that is proven never to sum to more than the exact one. Yearly runs do not use tariffs: they keep the additive prices
of the network.
"""

from __future__ import annotations

from koridor.model.tariff.bound import lower_bound
from koridor.model.tariff.consignment import Consignment, consignment_of
from koridor.model.tariff.lines import Line, Prices
from koridor.model.tariff.price import price
from koridor.model.tariff.read import Tariffs, tariffs
from koridor.model.tariff.rules import Rule, Tariff

__all__ = [
    "Consignment",
    "Line",
    "Prices",
    "Rule",
    "Tariff",
    "Tariffs",
    "consignment_of",
    "lower_bound",
    "price",
    "tariffs",
]
