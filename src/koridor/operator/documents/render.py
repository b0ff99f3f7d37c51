"""Drafts as HTML that opens and prints offline, and as PDF where the extra `pdf` is installed."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from koridor.errors import UsageError
from koridor.operator.documents.draft import Box, Draft
from koridor.operator.documents.form import forms
from koridor.text import language, t

_TEMPLATES = Path(__file__).parent / "templates"


def html(draft: Draft) -> str:
    """The draft as a self-contained page: print CSS for A4, what is wrong shown on the screen alone."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = Markup((_TEMPLATES / "paper.css").read_text(encoding="utf-8"))
    return environment.get_template("paper.html.j2").render(
        draft=draft, t=t, banner=_banner(draft), language=language(), style=style
    )


def pdf(draft: Draft) -> bytes:
    """The draft as PDF with fonts embedded. Raises UsageError where the extra is not installed."""
    try:
        import typst
    except ImportError as error:
        message = t("PDF needs the extra: pip install koridor[pdf]; without it print the HTML from a browser")
        raise UsageError(message) from error
    made: bytes = typst.compile(
        str(_TEMPLATES / "paper.typ"),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"paper": json.dumps(_data(draft))},
    )
    return made


def has_pdf() -> bool:
    """Whether the extra for PDF is installed."""
    from importlib.util import find_spec

    return find_spec("typst") is not None


def _data(draft: Draft) -> dict[str, Any]:
    leg = ", " + t("leg {leg}", leg=draft.leg_id) if draft.leg_id else ""
    return {
        "language": language(),
        "title": draft.title,
        "subtitle": t("Consignment {id}", id=draft.consignment_id) + leg,
        "banner": _banner(draft),
        "boxes": [
            {"number": box.number, "head": _head(box), "span": box.span, "lines": box.lines} for box in draft.boxes
        ],
        "lists": [asdict(listing) for listing in draft.listings],
        "remark": draft.remark,
    }


def _banner(draft: Draft) -> str:
    """What a paper must not be taken for."""
    if not draft.leg_id:
        return ""
    is_note = draft.kind in forms()
    return t("DRAFT: not a contract of carriage until the carrier accepts it") if is_note else t("DRAFT")


def _head(box: Box) -> str:
    return f"{box.title_ru} / {box.title}" if box.title_ru else box.title
