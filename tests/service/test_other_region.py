"""Another part of the world, in tables alone: two made corridors to the Great Lakes of Africa, answered unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from koridor.data.dataset import Dataset
from koridor.experiments import linking
from koridor.model.scenario import Scenario
from koridor.result import Result

FOLDER = Path(__file__).resolve().parents[1] / "data" / "other_region"


@pytest.fixture(scope="module")
def answer() -> Result:
    """The whole answer, with ranges, disruption and year, as the dataset's own tables ask for them."""
    return linking.run(Scenario(Dataset.load(FOLDER)), linking.Params(vot_bands=2), processes=1)


def test_another_region_is_answered_without_a_word_of_code(answer: Result) -> None:
    """Linking cannot cost the users of a joined way that they may decline, and free handing over saves no less than
    joined; both axes are those of the dataset's own `dataset.toml`.
    """
    line = answer.tables["headline"].set_index("metric")
    assert answer.status == "solved"
    assert line.loc["linked_teu", "value"] > 0.0
    cases = answer.tables["cases"].set_index(["capped", "case"])["users_usd"]
    assert cases[False, "bound"] <= cases[False, "linked"] <= cases[False, "unlinked"] <= cases[False, "none"]
    assert line.loc["value_of_linking_usd", "low"] <= line.loc["value_of_linking_usd", "value"]
    assert line.loc["value_of_linking_usd", "value"] <= line.loc["value_of_linking_usd", "high"]


def test_its_accounts_close(answer: Result) -> None:
    """Splits and countries are other sums of the same paths: each is the value of linking."""
    value = answer.tables["headline"].set_index("metric").loc["value_of_linking_usd", "value"]
    for _, part in answer.tables["split"].groupby("dimension"):
        assert part["value_usd"].sum() == pytest.approx(value, rel=1e-6, abs=1.0)
    assert answer.tables["countries"]["total_usd"].sum() == pytest.approx(value, rel=1e-6, abs=1.0)
    assert set(answer.tables["countries"]["country_id"]) <= {"KE", "UG", "TZ", "RW"}


def test_its_own_questions_are_asked(answer: Result) -> None:
    """One disruption, one uncertain factor with two ends, one year in one world: a row each."""
    assert answer.tables["disruptions"]["case_id"].tolist() == ["no-road"]
    assert answer.tables["tornado"]["factor"].tolist() == ["handover"]
    assert answer.tables["years"]["year"].tolist() == ["2030"]
    assert answer.tables["disruptions"]["linked_teu"].iloc[0] >= 0.0
