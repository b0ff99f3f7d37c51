"""The network in force: a frozen version of a dataset, its departures, and the capacity that is sold on them."""
