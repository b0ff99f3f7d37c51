"""Koridor plans, stress-tests and runs linked freight corridors.

Names resolve when they are first used, so that ``import koridor`` stays quick::

    import koridor

    scenario = koridor.Scenario(koridor.load_atlas())
    result = koridor.assign.run(scenario)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from koridor.atlas import load as load_atlas
    from koridor.data.dataset import Dataset
    from koridor.experiments import linking
    from koridor.experiments.run import evaluate
    from koridor.model.patch import Patch
    from koridor.model.scenario import Scenario
    from koridor.result import Result
    from koridor.studies import assign, route, validate

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "Patch",
    "Result",
    "Scenario",
    "__version__",
    "assign",
    "evaluate",
    "linking",
    "load_atlas",
    "route",
    "validate",
]


def __getattr__(name: str) -> object:
    """The public object of that name, imported now. Studies are modules with `Params` and `run`."""
    homes = {
        "Dataset": ("koridor.data.dataset", "Dataset"),
        "Patch": ("koridor.model.patch", "Patch"),
        "Result": ("koridor.result", "Result"),
        "Scenario": ("koridor.model.scenario", "Scenario"),
        "assign": ("koridor.studies.assign", ""),
        "evaluate": ("koridor.experiments.run", "evaluate"),
        "linking": ("koridor.experiments.linking", ""),
        "load_atlas": ("koridor.atlas", "load"),
        "route": ("koridor.studies.route", ""),
        "validate": ("koridor.studies.validate", ""),
    }
    if name not in homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = homes[name]
    found: object = import_module(module)
    return getattr(found, attribute) if attribute else found


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
