"""A linking result as one HTML file that opens offline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import koridor
from koridor.report import blocks
from koridor.report.blocks import Section
from koridor.report.context import Context, context_of
from koridor.report.frames import DatasetLike, ResultLike
from koridor.report.sections import (
    answer,
    binding,
    cases,
    countries,
    curve,
    disruption,
    distance,
    evidence,
    excluded,
    flow_map,
    gains,
    linked_flows,
    repeat,
    screenlines,
    sensitivity,
    stochastic,
    years,
)
from koridor.text import language, t


def build_report(result: ResultLike, dataset: DatasetLike, path: str | Path) -> Path:
    """The path of the file written: the result of the linking study on this dataset as a self-contained page."""
    return save(render(result, dataset), path)


def save(text: str, path: str | Path) -> Path:
    """The path of the file written, whose folder is made where there is none."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")
    return target


def render(result: ResultLike, dataset: DatasetLike) -> str:
    """The page as text."""
    context = context_of(result, dataset)
    return page(t("What linking the corridors is worth"), _subtitle(context), sections(context))


def page(title: str, subtitle: str, found: Sequence[Section]) -> str:
    """Sections as a self-contained page."""
    environment = Environment(
        loader=PackageLoader("koridor.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["kind"] = lambda block, name: isinstance(block, getattr(blocks, name))
    style = environment.loader.get_source(environment, "style.css")[0] if environment.loader else ""
    template = environment.get_template("report.html.j2")
    text = template.render(
        t=t,
        language=language(),
        title=title,
        subtitle=subtitle,
        sections=found,
        style=Markup(style),
    )
    return text.lstrip()


def sections(context: Context) -> list[Section]:
    """All sections in their order; each is there, or says why not."""
    order: tuple[Callable[[Context], Section], ...] = (
        answer.section,
        countries.section,
        screenlines.section,
        cases.section,
        disruption.section,
        flow_map.section,
        linked_flows.section,
        gains.section,
        binding.section,
        curve.section,
        sensitivity.section,
        stochastic.section,
        distance.section,
        years.section,
        evidence.section,
        excluded.section,
    )
    return [*(make(context) for make in order), repeat.section(context, koridor.__version__)]


def _subtitle(context: Context) -> str:
    return t(
        "{a} (A) and {b} (B), dataset “{dataset}”",
        a=context.set_name("a"),
        b=context.set_name("b"),
        dataset=context.dataset.name,
    )
