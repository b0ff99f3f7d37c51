"""One question a module: each has `Params` and `run(scenario, params) -> Result`. Here they are by name."""

from __future__ import annotations

from dataclasses import dataclass

from koridor.text import t


@dataclass(frozen=True, slots=True)
class Study:
    """The module of a study, and the question that it answers in one line."""

    module: str
    question: str


def studies() -> dict[str, Study]:
    """The studies that a user can ask by name. `linkage` and `stochastic` are asked through the experiment
    of linking, `months` through `assign`.
    """
    return {
        "route": Study("koridor.studies.route", t("all good ways by date, or the one best of a year")),
        "indicators": Study("koridor.studies.indicators", t("time, cost and reliability of corridors from end to end")),
        "assign": Study("koridor.studies.assign", t("which flows take which ways")),
        "validate": Study("koridor.studies.validate", t("published values beside those of the model")),
    }
