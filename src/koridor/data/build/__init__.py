"""Builds the atlas from the fact base: pure functions from raw tables to rows, one module for a group of tables.

``python -m koridor.data.build data-raw src/koridor/atlas`` writes the whole dataset. Figures come from two folders of
raw tables: ``facts`` (collected figures with their sources) and ``koridor`` (what this project had to assume). No
figure and no name of a place stands in the code.
"""
