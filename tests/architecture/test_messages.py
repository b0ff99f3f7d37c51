"""Every sentence that a user sees is in every catalogue, and the compiled catalogues are those of the sources."""

from __future__ import annotations

import ast
import gettext
import importlib.util
import string
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from koridor.text import LANGUAGES, LOCALE, language, set_language, t, tn

ROOT = Path(__file__).parents[2]


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", ROOT / "tools" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = load_tool()
found = cache(TOOL.messages)  # reading all sources takes seconds


@pytest.fixture(autouse=True)
def _english_after():
    yield
    set_language("en")


def test_languages_are_those_of_the_tool() -> None:
    """English is the key and needs no catalogue."""
    assert set(LANGUAGES) == {"en", *TOOL.LANGUAGES}


@pytest.mark.parametrize("code", TOOL.LANGUAGES)
def test_catalogues_are_in_step(code: str) -> None:
    """`make docs` would change nothing. Missing translations are counted, not refused."""
    catalogue = TOOL.renewed(code, found())
    path = TOOL.path_of(code)
    assert path.read_bytes() == TOOL.po_bytes(catalogue), "messages changed: make docs"
    assert path.with_suffix(".mo").read_bytes() == TOOL.mo_bytes(catalogue), "not compiled: make docs"
    sys.stdout.write(f"{code}: {len(TOOL.missing(catalogue))} messages not translated\n")


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", TOOL.LANGUAGES)
def test_translations_fill_the_same_fields(code: str) -> None:
    """A translation has the fields of its sentence, no more and no less: else it would fail as it is shown."""
    for message in TOOL.load(code):
        if not message.id:
            continue
        many = isinstance(message.id, tuple)
        wanted = fields_of(message.id[-1] if many else message.id)
        for form in message.string if many else (message.string,):
            if form:
                assert fields_of(form) == wanted, f"{code}: {form!r}"


def test_messages_are_literals() -> None:
    """A message put together at run time would be in no catalogue."""
    for path in sorted((ROOT / "src" / "koridor").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("t", "tn"):
                first = node.args[0]
                ok = isinstance(first, ast.Constant) and isinstance(first.value, str)
                assert ok, f"{path.name}:{node.lineno}: the message is not a literal"


def test_plurals_follow_the_language() -> None:
    """Russian has three forms: 1 problem, 2 problems, 5 problems (CLDR plural rules)."""
    catalogue = gettext.translation("koridor", LOCALE, ["ru"])
    forms = {
        catalogue.ngettext("{count} problem in the data:", "{count} problems in the data:", n) for n in (1, 2, 5, 21)
    }
    assert len(forms) == 3


def test_language_changes_and_falls_back() -> None:
    """A sentence that no catalogue holds stays English; fields are filled in any language."""
    assert language() == "en"
    assert t("Report: {file}", file="x") == "Report: x"
    set_language("ru")
    assert t("Report: {file}", file="x") == "Отчёт: x"
    assert t("no such sentence {a}", a=1) == "no such sentence 1"
    assert tn("{count} thing", "{count} things", 2) == "2 things"
