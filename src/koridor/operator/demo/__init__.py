"""A month of invented trade on the real services of a dataset, by a clock that is set, so that it takes seconds."""
