"""The built-in atlas: a dataset of Eurasian corridors, each row with its source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from koridor.data.dataset import Dataset


def folder() -> Path:
    """The folder of the atlas' tables."""
    return Path(__file__).parent / "tables"


def maps() -> Path:
    """The folder of land and borders to draw behind the network."""
    return Path(__file__).parent / "map"


def load() -> Dataset:
    """The atlas as a checked dataset. Raises DataError when its tables are broken."""
    from koridor.data.dataset import Dataset

    return Dataset.load(folder())
