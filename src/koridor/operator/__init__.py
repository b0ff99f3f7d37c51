"""The joint operator: what the daily desk of two partners needs."""
