"""Parties, persons and tokens; what a role may do, and what a party may see."""
