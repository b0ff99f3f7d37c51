"""The report shows what the tables hold, says why a part is absent, opens offline and runs nothing that data bring."""

from __future__ import annotations

import math
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from koridor.data.dataset import Dataset
from koridor.report.html import build_report, render
from koridor.report.maps.land import land
from koridor.report.terminal import headline_rows, headline_text
from koridor.result import Result
from koridor.testing import dataset_of, five_place_rows, five_places
from koridor.text import LANGUAGES, language, set_language

SECTIONS = (
    "answer",
    "countries",
    "screenlines",
    "cases",
    "disruption",
    "map",
    "linked-flows",
    "gains",
    "binding",
    "curve",
    "tornado",
    "stochastic",
    "distance",
    "years",
    "evidence",
    "excluded",
    "sources",
)
ATTACK = '<script>alert("x")</script>'
VALUE = 3_214_567.0


def tables() -> dict[str, pd.DataFrame]:
    """Small tables of the linking study, each with its declared columns."""
    headline = [
        ("value_of_linking_usd", VALUE, -4e5, 11.8e6, "usd"),
        ("linked_teu", 7861.0, 1200.0, 31000.0, "teu"),
        ("linked_share_of_a", 0.163, 0.03, 0.41, "share"),
        ("gap_usd", 812.4, 812.4, 812.4, "usd"),
        ("gap_share_of_smallest_gain", 0.0042, 0.0042, 0.0042, "share"),
        ("complementarity_usd", -1.25e6, -2e6, 3e6, "usd"),
        ("published_share_low", 0.37, 0.37, 0.37, "share"),
        ("published_share_high", 0.39, 0.39, 0.39, "share"),
    ]
    cases = [
        {
            "case": case,
            "capped": capped,
            "value_usd": value,
            "users_usd": -2 * value,
            "rents_usd": 1e5,
            "linked_teu": 10.0,
            "gap_usd": 3.0,
        }
        for capped in (True, False)
        for case, value in (("none", 0.0), ("a", 1.5e6), ("linked", 4.25e6))
    ]
    countries = [
        {
            "country_id": key,
            "name": name,
            "party": party,
            "users_usd": 2e6,
            "carriers_usd": -5e5,
            "terminals_usd": 0.0,
            "rents_usd": 1e4,
            "public_usd": -1e4,
            "total_usd": 1.5e6,
        }
        for key, name, party in (("XX", "Middle", True), ("PP", "North", False))
    ]
    lines = [
        {
            "screenline_id": "s",
            "name": "Line",
            "direction": way,
            "case": case,
            "t": 2.5e6,
            "teu": 900.0,
            "count_t": count,
            "count_teu": math.nan,
            "count_source": "made" if count == count else "",
        }
        for way, count in (("southbound", 2.0e6), ("northbound", math.nan))
        for case in ("none", "linked")
    ]
    ways = [
        {
            "way": way,
            "name": f"way {way}",
            "seq": seq,
            "place_id": "P",
            "place_name": place,
            "activity": "move",
            "carriage": "rail1520",
            "distance_km": km,
            "time_h": km / 20 + wait,
            "cost_usd_per_teu": km * 0.8,
            "co2e_kg_per_teu": km * 0.2,
            "corridor": "A",
        }
        for way in "uv"
        for seq, place, km, wait in (
            (1, "P", 0.0, 12.0),
            (2, "X", 400.0, 12.0),
            (3, "X", 400.0, 60.0),
            (4, "Z", 800.0, 60.0),
        )
    ]
    flows = [
        {"link_id": link, "case": case, "forward_t": tonnes, "backward_t": 2e4, "forward_teu": 1.0, "backward_teu": 1.0}
        for case, tonnes in (("unlinked", 1e5), ("linked", 1.4e5))
        for link in ("P-X", "X-Z")
    ]
    rows: dict[str, list[dict[str, object]]] = {
        "headline": [dict(zip(("metric", "value", "low", "high", "unit"), row, strict=True)) for row in headline],
        "cases": cases,
        "countries": countries,
        "split": [
            {"dimension": "country", "key": "XX", "value_usd": 4e6, "linked_teu": 5.0},
            {"dimension": "country", "key": "PP", "value_usd": -785_433.0, "linked_teu": 2.0},
        ],
        "groups": [
            {
                "interchange_group": "X",
                "places": "X",
                "alone_usd": 1e6,
                "left_out_usd": 9e5,
                "linked_teu": 7.0,
                "hour_usd": 4e4,
                "dollar_usd": 7.0,
                "dollar_check": 7.0,
            }
        ],
        "curve": [
            {"joined_h": h, "joined_usd_per_teu": u, "value_usd": 1e6 - h * 2e4 - u * 1e3, "linked_teu": 50.0 - h}
            for h in (0.0, 12.0, 48.0)
            for u in (0.0, 50.0)
        ],
        "disruptions": [
            {"case_id": "d", "name": "Sea way shut", "value_usd": 21.8e6, "ratio": 6.79, "linked_teu": 9e3},
            {"case_id": "e", "name": "Rail shut", "value_usd": -2e5, "ratio": -0.06, "linked_teu": 0.0},
        ],
        "tornado": [
            {
                "factor": "f",
                "name": "Tariff",
                "low_usd": 9e6,
                "high_usd": -3e5,
                "central_usd": VALUE,
                "low_name": "0.7",
                "high_name": "1.0",
            }
        ],
        "stochastic": [
            {"level": level, "scale_share": scale, "value_usd": 3e6, "logsum_usd": 4e6, "linked_teu": 8e3}
            for level, scale in (("deterministic", 0.0), ("central", 0.03))
        ],
        "years": [
            {
                "year": 2030,
                "world": "open",
                "demand": level,
                "value_usd": value,
                "value_a_usd": 1.0,
                "value_b_usd": 2.0,
                "linked_teu": 5.0,
                "linked_share_of_a": 0.2,
            }
            for level, value in (("low", 2e6), ("central", 5e6), ("high", 9e6))
        ],
        "linked_flows": [
            {
                "rank": 1,
                "origin": "P",
                "destination": "Z",
                "origin_name": "P",
                "destination_name": "Z",
                "commodity_id": "goods",
                "teu": 400.0,
                "t": 4e3,
                "way_linked": "P – X – Z",
                "way_unlinked": "P – Q",
                "saving_usd_per_teu": 120.0,
            }
        ],
        "screenlines": lines,
        "binding": [
            {
                "element_id": "e",
                "name": "Yard",
                "country_id": "XX",
                "unit": "teu",
                "capacity_per_yr": 1e5,
                "background_per_yr": 4e4,
                "load_none_per_yr": 8e4,
                "load_linked_per_yr": 1e5,
                "queue_h": 3.5,
                "rent_usd": 2e5,
                "preload_share": 0.4,
                "confidence": "low",
            }
        ],
        "link_flows": flows,
        "ways": ways,
        "evidence": [
            {"what": "Value", "share_estimate": 0.7, "share_published": 0.1, "share_derived": 0.1, "share_mixed": 0.1}
        ],
        "balance": [{"set": "a", "corridor_id": "A", "name": "A", "teu": 9.0, "t": 90.0, "share": 1.0}],
        "excluded": [{"origin": "P", "destination": "Q", "commodity_id": "goods", "t": 2e6, "reason": "captive"}],
    }
    return {name: pd.DataFrame(given) for name, given in rows.items()}


def result_of(frames: dict[str, pd.DataFrame]) -> Result:
    metrics = pd.DataFrame(columns=["metric", "key", "value", "unit"])
    return Result("linking", "abc123", "five", {"a": ["NS"], "b": ["EW"], "year": 2024}, "optimal", frames, metrics)


class Page(HTMLParser):
    """What a browser would see: addresses, ids, numbers behind cells, texts by element, elements by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[tuple[str, str, str]] = []
        self.ids: list[str] = []
        self.numbers: list[float] = []
        self.names: list[str] = []
        self.handlers: list[str] = []
        self.absent: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        for key, value in attrs:
            if key in ("src", "href", "action", "data", "poster", "xlink:href"):
                self.addresses.append((tag, key, value or ""))
            if key.startswith("on"):
                self.handlers.append(key)
            if key == "id":
                self.ids.append(value or "")
            if tag == "data" and key == "value":
                self.numbers.append(float(value or "nan"))
        if tag == "section" and ("class", "absent") in attrs:
            self.absent.append(dict(attrs)["id"] or "")


@cache
def whole_page() -> Page:
    """The page with all tables."""
    return Page(render(result_of(tables()), five_places()))


def test_every_section_is_there_in_its_order() -> None:
    page = whole_page()
    assert [key for key in page.ids if key in SECTIONS] == list(SECTIONS)
    assert page.absent == []
    assert len(page.ids) == len(set(page.ids)), "an id must be unique, else `use` and tabs pick the wrong one"


def test_without_tables_every_section_says_why_it_is_absent_and_no_number_is_shown() -> None:
    text = render(result_of({}), five_places())
    page = Page(text)
    assert set(SECTIONS) - set(page.absent) == {"map", "sources"}  # both rest on the dataset
    assert text.count("Absent: ") == len(SECTIONS) - 2 + 1  # and the map says that it has no flows
    assert page.numbers == []


@pytest.mark.parametrize("name", sorted(tables()))
def test_one_empty_or_broken_table_spoils_nothing_else(name: str) -> None:
    whole = whole_page()
    for broken in (tables()[name].iloc[:0], pd.DataFrame({"other": [1.0]})):
        page = Page(render(result_of({**tables(), name: broken}), five_places()))
        assert len(page.absent) <= 1
        assert [key for key in page.ids if key in SECTIONS] == list(SECTIONS)
        assert len(page.numbers) < len(whole.numbers) or name in ("link_flows", "ways", "countries", "evidence")


def test_a_value_without_its_range_is_never_shown() -> None:
    """A single number is never shown alone: without low and high the answer is absent."""
    frames = tables()
    frames["headline"].loc[0, "high"] = math.nan
    text = render(result_of(frames), five_places())
    assert "answer" in Page(text).absent
    assert 'class="lead"' not in text
    assert 'class="tile"' not in text
    assert all(row[0] != "Value of linking" for row in headline_rows(result_of(frames))[0].rows)


def test_numbers_of_the_page_are_those_of_the_tables() -> None:
    """Behind every number of a table cell stands the number of the result, unrounded."""
    frames = tables()
    shown = set(Page(render(result_of(frames), five_places())).numbers)
    for name, columns in {
        "headline": ("value", "low", "high"),
        "cases": ("value_usd", "users_usd", "rents_usd", "gap_usd"),
        "countries": ("users_usd", "carriers_usd", "total_usd"),
        "split": ("value_usd", "linked_teu"),
        "groups": ("alone_usd", "left_out_usd", "hour_usd", "dollar_usd", "dollar_check"),
        "curve": ("value_usd",),
        "disruptions": ("value_usd", "ratio"),
        "tornado": ("low_usd", "high_usd", "central_usd"),
        "years": ("value_usd",),
        "linked_flows": ("teu", "t", "saving_usd_per_teu"),
        "screenlines": ("t", "teu"),
        "binding": ("capacity_per_yr", "preload_share", "rent_usd"),
        "evidence": ("share_estimate",),
        "excluded": ("t",),
        "ways": ("distance_km", "time_h", "cost_usd_per_teu"),
    }.items():
        for column in columns:
            assert set(frames[name][column].dropna()) <= shown, (name, column)


def test_the_answer_reads_as_two_sentences_with_range_gap_and_trust() -> None:
    text = render(result_of(tables()), five_places())
    lead = re.search(r'<p class="lead">(.*?)</p>', text, re.S)
    assert lead is not None
    words = lead.group(1).replace("\u202f", " ").replace("\u00a0", " ")
    expected = (
        "3.21 MUSD a year",
        "\u22120.40 to 11.8",
        "7 861 TEU a year",
        "812 USD a year",
        "0.4 %",
        "70.0 %",
        "Middle",
    )
    assert [part for part in expected if part not in words] == []
    assert len(re.findall(r"\.(?:\s|$)", words)) == 2


def test_losses_carry_a_minus_and_a_mark() -> None:
    text = render(result_of(tables()), five_places())
    assert '<td class="n neg"><data value="-785433.0">\u22120.79</data></td>' in text


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    """The file opens offline: only links that a reader follows may lead out."""
    path = build_report(result_of(tables()), five_places(), tmp_path / "sub" / "report.html")
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    for tag, key, address in page.addresses:
        assert address.startswith("#") or (tag == "a" and key == "href" and re.match(r"https?://", address)), address
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(page.names)
    assert "url(" not in text
    assert "@import" not in text
    assert page.handlers == []
    assert path.stat().st_size < 3_000_000


def hostile() -> Dataset:
    """The five places with scripts for names and a script for a source's address."""
    rows = five_place_rows()
    for name in ("place", "corridor", "link", "country", "commodity", "region"):
        for row in rows[name]:
            row["name"] = ATTACK
    rows["source"] = [{"source_id": "s", "citation": f"javascript:alert(1) {ATTACK}", "kind": "published"}]
    for row in rows["place"]:
        row["source"] = "s"
    return dataset_of(rows)


def test_data_never_run() -> None:
    frames = tables()
    for name, frame in frames.items():
        for column in frame.columns:
            if column.endswith("name") or column in ("places", "world", "reason", "what", "way_linked", "activity"):
                frames[name] = frames[name].assign(**{column: ATTACK})
    frames["split"] = frames["split"].assign(key=ATTACK)
    text = render(result_of(frames), hostile())
    assert ATTACK not in text
    assert "&lt;script&gt;" in text
    page = Page(text)
    assert "script" not in page.names
    assert all(not address.startswith("javascript") for _, _, address in page.addresses)


def test_same_result_same_page() -> None:
    once = render(result_of(tables()), five_places())
    land.cache_clear()  # so that it is drawn again
    assert render(result_of(tables()), five_places()) == once


def test_a_result_read_back_from_disk_gives_the_same_page(tmp_path: Path) -> None:
    """Flags and missing values survive the folder of a result."""
    result_of(tables()).write(tmp_path / "out")
    assert render(Result.read(tmp_path / "out"), five_places()) == render(result_of(tables()), five_places())


def test_every_language_renders() -> None:
    """A translation with a wrong field would raise."""
    before = language()
    try:
        for code in LANGUAGES:
            set_language(code)
            assert f'<html lang="{code}">' in render(result_of(tables()), five_places())
    finally:
        set_language(before)


def test_terminal_shows_headline_parties_and_cases() -> None:
    found = headline_rows(result_of(tables()))
    assert [len(table.rows) for table in found] == [8, 3, 6]
    assert found[1].rows[0][0] == "Middle"
    assert found[1].rows[-1][-1].startswith("+3")  # 1.5 + 1.5 MUSD: the sum of all countries
    text = headline_text(result_of(tables()))
    assert "Value of linking" in text
    assert headline_rows(result_of({})) == []


def test_published_share_stands_beside_the_model_with_its_source() -> None:
    """The share of another study is shown with its address and with the sentence that a hit is no validation."""
    frames = tables()
    source = "Bank 2021, corridor study, https://example.org/study"
    frames["headline"] = frames["headline"].assign(
        source=[source if metric.startswith("published") else "" for metric in frames["headline"]["metric"]]
    )
    text = render(result_of(frames), five_places())
    assert "a hit is no validation" in text
    assert '<a href="https://example.org/study" rel="noopener noreferrer">Bank 2021, corridor study</a>' in text
