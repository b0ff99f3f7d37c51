"""Names of places: ids, UN/LOCODEs and names in any language; what is near is asked back, never taken."""

from __future__ import annotations

import pytest

from koridor import atlas
from koridor.errors import UsageError
from koridor.model.gazetteer import find_country, find_place, resolve
from koridor.model.scenario import Scenario
from koridor.testing import dataset_of, five_place_rows


@pytest.fixture(scope="module")
def world() -> Scenario:
    return Scenario(atlas.load())


@pytest.mark.parametrize(
    "name", ["BYMSQ", "bymsq", "BY MSQ", "by-msq", "Minsk", "MINSK", "Мінск", "минск", " Minsk ", "BYMSQ "]
)
def test_one_place_by_all_its_names(world: Scenario, name: str) -> None:
    """Id, UN/LOCODE with a space or a hyphen, English, Belarusian and Russian names, in any letters."""
    assert find_place(world, name) == "BYMSQ"


@pytest.mark.parametrize(
    ("name", "place"),
    [("Xian", "CNSIA"), ("Xi'an", "CNSIA"), ("Bakı", "AZBAK"), ("istanbul", "TRIST"), ("İSTANBUL", "TRIST"),
     ("Нава-Шева", "INNSA"), ("IN NSA", "INNSA"), ("Санкт Петербург", "RULED"), ("თბილისი", "GETBS"),
     ("تهران", "IRTHR")],
)  # fmt: skip
def test_scripts_accents_and_signs_do_not_matter(world: Scenario, name: str, place: str) -> None:
    """As people type them."""
    assert find_place(world, name) == place


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Astara", "several are meant: AZAST (Astara (AZ)), IRASR (Astara (IR))"),
        ("Минс", "near it: BYMSQ"),
        ("BY KOL", "near it: BY-KOL (Kolyadichi"),  # looks like a UN/LOCODE, and is none
        ("BY KOLL", "near it: BY-KOL (Kolyadichi"),
        ("ZZ ZZZ", "there is none of that id or name"),
        ("Qwertyuiop", "nor one near"),
        ("", "give the id or name"),
        ("  ", "give the id or name"),
        ("!!", "there is none of that id or name"),
    ],
)
def test_what_is_not_clear_is_asked_back(world: Scenario, name: str, said: str) -> None:
    """The sentence names what is near, or all places that are meant."""
    with pytest.raises(UsageError, match="lace") as caught:
        resolve(world, name)
    assert said in str(caught.value)


def test_a_choice_among_several_is_said(world: Scenario) -> None:
    """Khorgos is a town in China by its full name; a dry port's name begins so too, which is told."""
    found = resolve(world, "Khorgos")
    assert found.place_id == "CNHRS"
    assert "KZHOR" in found.others
    assert "KZHOR (Khorgos Gateway dry port) begin so too" in found.note
    assert resolve(world, "CNHRS").note == resolve(world, "Minsk").note == ""


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("RULED", ("Saint Petersburg", "Sankt-Peterburg", "petersburg", "Санкт-Петербург", "Leningrad")),
        ("IRTHR", ("Teheran", "Тегеран")),
        ("BYGME", ("Homel", "Гомель")),
        ("KZALA", ("Алма-Ата", "Alma Ata")),
    ],
)
def test_other_spellings_and_former_names_find_the_place(world: Scenario, place: str, names: tuple[str, ...]) -> None:
    """Papers and people write a town in more ways than one; all mean the same place."""
    assert {find_place(world, name) for name in names} == {place}


@pytest.mark.parametrize("name", ["RU", "ru", "Russia", "Россия", "Rusiya", "Расія", "Rusya"])
def test_countries_are_found_in_five_languages(world: Scenario, name: str) -> None:
    """By id and by the name in English, Russian, Azerbaijani, Belarusian and Turkish (Unicode CLDR)."""
    assert find_country(world, name) == "RU"


def test_a_country_that_is_not_there_is_asked_back(world: Scenario) -> None:
    """A near miss names what is near, anything else all that there are."""
    with pytest.raises(UsageError, match=r"near it: .*RU \(Russia\)"):
        find_country(world, "Rusia")
    with pytest.raises(UsageError, match="there are AE, AF"):
        find_country(world, "Xqzzv")


def test_names_follow_the_dataset() -> None:
    """The names kept at hand are those of the tables, not of the dataset asked before."""
    rows = five_place_rows()
    for name in ("Alpha", "Omega"):
        rows["place"][0]["name"] = name
        scenario = Scenario(dataset_of(rows))
        assert find_place(scenario, name) == "P"
    with pytest.raises(UsageError, match="Alpha"):
        find_place(scenario, "Alpha")
