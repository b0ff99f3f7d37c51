"""``koridor operator papers``: the papers of a consignment, drafted and checked."""

from __future__ import annotations

import json
from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from koridor.cli.inputs import listed
from koridor.cli.output import document, sentence, write_json
from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser
    from koridor.operator.documents import Draft


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("consignment", metavar="CONSIGNMENT.json", type=Path, help=t("the data of the consignment"))
    parser.add_argument(
        "--kind", metavar=t("PAPERS"), help=t("papers, parted by commas; without it, all that it needs")
    )
    parser.add_argument(
        "--on", metavar=t("DAY"), help=t("day whose norms apply; without it, the start of the first leg")
    )
    parser.add_argument("--previous", metavar=t("FOLDER"), type=Path, help=t("an earlier issue, to say what changed"))


def run(args: Namespace) -> int:
    """Exit code 0 when every paper can be issued, 1 when something is to be mended first."""
    from koridor.operator.documents import draft, has_pdf, needed, read

    consignment = read(args.consignment)
    if not consignment.legs:
        raise UsageError(t("{path}: the consignment has no legs", path=args.consignment))
    names = listed(args.kind) or needed(consignment)
    found = draft(consignment, names, _day(args.on, consignment.legs[0].start))
    bad = sum(len(one.problems) for one in found)
    changed = _changes(args.previous, found) if args.previous else {}
    if args.out is not None:
        _write(args.out, found)
        if not has_pdf() and not args.json:
            sentence(t("No PDF: it needs the extra (pip install koridor[pdf]); the HTML prints from a browser."))
    if args.json:
        document({"papers": [one.document() for one in found], "changes": changed, "problems": bad})
        return 1 if bad else 0
    for one in found:
        _say(one)
    for name, lines in changed.items():
        sentence(t("{name}: changed since the earlier issue", name=name))
        for change in lines:
            sentence(f"  {_change(change)}")
    if args.out is not None:
        sentence(t("Papers: {folder}", folder=args.out))
    return 1 if bad else 0


def _day(given: str | None, start: date | None) -> date:
    if given is None:
        return start or date.today()
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise UsageError(t("--on {day}: must be a date such as 2026-03-09", day=given)) from error


def _say(one: Draft) -> None:
    if one.problems:
        sentence(t("{name}: {count} problems, cannot be issued", name=one.name, count=len(one.problems)))
    else:
        sentence(t("{name}: can be issued", name=one.name))
    for defect in one.defects:
        sentence(f"  {t('wrong') if defect.grave else t('look')}: {defect}")


def _write(folder: Path, found: tuple[Draft, ...]) -> None:
    from koridor.operator.documents import has_pdf, html, pdf

    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        write_json(folder / f"{one.name}.json", one.document())
        (folder / f"{one.name}.html").write_text(html(one), encoding="utf-8", newline="\n")
        if has_pdf():
            (folder / f"{one.name}.pdf").write_bytes(pdf(one))


def _changes(folder: Path, found: tuple[Draft, ...]) -> dict[str, list[dict[str, Any]]]:
    from dataclasses import asdict

    from koridor.operator.documents import changes

    if not folder.is_dir():
        raise UsageError(t("--previous {folder}: there is no such folder", folder=folder))
    said = {}
    for one in found:
        path = folder / f"{one.name}.json"
        if path.is_file():
            try:
                before = json.loads(path.read_text(encoding="utf-8"))
                said[one.name] = [asdict(change) for change in changes(before, one.document())]
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise UsageError(t("{path}: is no draft of a paper", path=path)) from error
    return said


def _change(change: dict[str, Any]) -> str:
    where = t("box {number}", number=change["where"]) if change["where"] else change["title"]
    before, after = (" / ".join(change[side]) or "–" for side in ("before", "after"))
    return t("{where}: {before} → {after}", where=where, before=before, after=after)
