"""Datasets: reading, writing, checking, hashing."""

from koridor.data.dataset import Dataset
from koridor.data.meta import Meta

__all__ = ["Dataset", "Meta"]
