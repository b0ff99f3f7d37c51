"""Importers: one module or folder a format. Each reads files and gives a checked Dataset, or all their problems.

To add a format: a module here, and its line in `cli/commands/import_.py`.
"""
