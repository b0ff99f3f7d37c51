"""Containers and wagons: pools, units by their events, release and return orders, clocks by contract, imbalance."""
