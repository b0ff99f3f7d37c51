"""Enquiries answered with ways on the network in force, each a complete offer under live departures and capacity."""
