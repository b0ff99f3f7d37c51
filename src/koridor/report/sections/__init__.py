"""The sections of the report, one a file, each a function from the context to a `Section`."""
