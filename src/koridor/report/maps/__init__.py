"""The map: projection, shapes, land, network, flows, labels."""
