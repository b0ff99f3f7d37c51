"""``koridor operator identify``: what numbers and codes are, and what is wrong with them."""

from __future__ import annotations

import csv
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.cli.output import Column, document, sentence, table
from koridor.errors import UsageError
from koridor.operator.identifiers import Finding, check, identify, kinds
from koridor.text import t

if TYPE_CHECKING:
    from koridor.cli.parser import Parser


def configure(parser: Parser) -> None:
    """Adds the arguments of the command."""
    parser.add_argument("text", metavar=t("TEXT"), nargs="*", help=t("numbers and codes; quote those with spaces"))
    parser.add_argument(
        "--kind", metavar=t("KIND"), help=t("check as this kind alone: {known}", known=", ".join(kinds()))
    )
    parser.add_argument("--file", metavar=t("CSV"), type=Path, help=t("take the texts from a column of this file"))
    parser.add_argument("--column", metavar=t("COLUMN"), help=t("the column of --file; without it, the first"))


def run(args: Namespace) -> int:
    """Exit code 0 when each text is valid as something, 1 when one is not."""
    texts = [*((None, text) for text in args.text), *(_column(args.file, args.column) if args.file else [])]
    if not texts:
        raise UsageError(t("koridor operator identify: give numbers or codes, or --file"))
    found = [(row, text, _findings(args.kind, text)) for row, text in texts]
    bad = sum(not any(finding.valid for finding in findings) for _, _, findings in found)
    if args.out is not None:
        raise UsageError(t("koridor operator identify writes no tables; leave --out away and use --json"))
    if args.json:
        document({"items": [_item(row, text, findings) for row, text, findings in found], "not_valid": bad})
        return 1 if bad else 0
    for row, text, findings in found:
        _show(text if row is None else t("row {row}: {text}", row=row, text=text), findings)
    sentence(t("{count} texts, {bad} not valid", count=len(found), bad=bad))
    return 1 if bad else 0


def _findings(kind: str | None, text: str) -> tuple[Finding, ...]:
    return identify(text) if kind is None else (check(kind, text),)


def _item(row: int | None, text: str, findings: tuple[Finding, ...]) -> dict[str, object]:
    return {"row": row, "text": text, "findings": [finding.document() for finding in findings]}


def _show(title: str, findings: tuple[Finding, ...]) -> None:
    if not findings:
        sentence(f"{title}: {t('looks like no number or code that is known')}")
        sentence()
        return
    known = kinds()
    columns = [Column(t("kind")), Column(t("value")), Column(t("valid")), Column(t("says"))]
    rows = [(known[one.kind].title, one.value, t("yes") if one.valid else t("no"), _says(one)) for one in findings]
    table(title, columns, rows)
    for one in findings:
        for trouble in (*one.problems, *one.warnings):
            word = t("wrong") if trouble in one.problems else t("look")
            sentence(f"  {word}, {known[one.kind].title}: {trouble}")
    if any(one.problems or one.warnings for one in findings):
        sentence()


def _says(finding: Finding) -> str:
    named = labels()
    return ", ".join(f"{named[name]} {value}" for name, value in finding.derived.items() if not isinstance(value, bool))


def labels() -> dict[str, str]:
    """Names for people of what identifiers say."""
    return {
        "axles": t("axles"),
        "category": t("category"),
        "chapter": t("chapter"),
        "class": t("class"),
        "confidence": t("confidence"),
        "country": t("country"),
        "country_code": t("country code"),
        "district": t("district"),
        "functions": t("functions"),
        "group": t("group"),
        "hazard_id": t("hazard number"),
        "heading": t("heading"),
        "height": t("height"),
        "hs6": "HS 6",
        "interoperability": t("interoperability"),
        "labels": t("labels"),
        "length_ft": t("feet"),
        "name": t("name"),
        "network_mark": t("network mark"),
        "owner": t("owner"),
        "packing_groups": t("packing groups"),
        "place": t("place"),
        "position": t("position"),
        "railway": t("railway"),
        "railway_ru": t("railway"),
        "serial": t("serial"),
        "subsidiary": t("subsidiary hazard"),
        "tariff_group": t("tariff group"),
        "teu": "TEU",
        "tunnel": t("tunnel code"),
        "type": t("type"),
        "width": t("width"),
    }


def _column(path: Path, column: str | None) -> list[tuple[int, str]]:
    """Row (the header is row 1) and text of every filled cell of a column. Raises UsageError with the columns there."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except UnicodeDecodeError as error:
        raise UsageError(t("{path}: not UTF-8; save it as CSV UTF-8", path=path)) from error
    heads = list(rows[0]) if rows else []
    if not heads or (column is not None and column not in heads):
        known = ", ".join(map(str, heads)) or t("none")
        raise UsageError(
            t("{path}: no column {column}; there are {known}", path=path, column=column or "", known=known)
        )
    name = column or heads[0]
    return [(at, row[name]) for at, row in enumerate(rows, start=2) if (row[name] or "").strip()]
