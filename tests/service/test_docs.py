"""The documentation is true: its Python runs, its calls parse, it leaves out no command, option or study."""

from __future__ import annotations

import argparse
import re
import shlex
from itertools import chain
from pathlib import Path

import pytest

from koridor.cli import parser
from koridor.cli.commands import summaries

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """Fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)


def calls() -> list[tuple[str, str]]:
    """Page and line of every call of koridor in a block of shell."""
    return [
        (page.name, line)
        for page in PAGES
        for block in blocks(page, "sh")
        for line in block.splitlines()
        if line.startswith("koridor")
    ]


def options(command: str) -> set[str]:
    """Long options that a command has, read from its parser."""
    made = parser.Parser(prog=command)
    parser.module_of(command).configure(made)
    parser.common(made)
    below = [action.choices.values() for action in made._actions if isinstance(action, argparse._SubParsersAction)]
    all_actions = [action for one in (made, *chain(*below)) for action in one._actions]
    return {word for action in all_actions for word in action.option_strings if word.startswith("--")}


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_python_runs(page: Path) -> None:
    """Blocks of a page run in order, as a reader would type them into one session."""
    names: dict[str, object] = {"__name__": "docs"}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), names)


@pytest.mark.parametrize(("page", "line"), calls())
def test_calls_parse(page: str, line: str) -> None:
    """Every call in the documentation is one that the command line takes."""
    argv = shlex.split(line, comments=True)[1:]
    assert isinstance(parser.parse(argv), argparse.Namespace), page


@pytest.mark.parametrize("command", sorted(summaries()))
def test_every_command_and_option_is_named(command: str) -> None:
    """A command or option that no page names cannot be found."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert f"koridor {command}" in text
    missing = {option for option in options(command) if not re.search(rf"{option}(?![\w-])", text)}
    assert not missing


def test_every_study_has_a_card() -> None:
    """A card says question, model, assumptions, data, limits and evidence."""
    files = (ROOT / "src/koridor/studies").glob("*.py")
    studies = {path.stem for path in files if "class Params" in path.read_text(encoding="utf-8")}
    for study in sorted(studies | {"linking", "route"}):
        card = (ROOT / f"docs/studies/{study}.md").read_text(encoding="utf-8")
        for head in ("Question", "Model", "Assumptions", "Data", "Limits", "Evidence"):
            assert f"**{head}.**" in card, f"{study}: {head}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Links between pages name files that are there."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"
