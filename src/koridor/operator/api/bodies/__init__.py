"""What requests may hold, one module an area as `api/routes` has them; `words` has the types that they share."""
