"""Results as one HTML file that opens offline, and as rows for the terminal.

Computes nothing but format and geometry.
"""
