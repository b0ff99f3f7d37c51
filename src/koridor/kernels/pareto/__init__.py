"""Exact label setting by several criteria over networks with timetables: every way that none is better than.

A graph is compressed rows both ways (`Graph`); times are whole minutes and other criteria whole numbers in units of the
caller's choice, so that sums are exact and nothing depends on the order in which they are taken.
"""

from koridor.kernels.pareto.front import Clock, Front, Graph, bounds, pareto_front
from koridor.kernels.pareto.timed import NEVER, Timed

__all__ = ["NEVER", "Clock", "Front", "Graph", "Timed", "bounds", "pareto_front"]
