"""Scripts of SQL, one a version of the schema."""
