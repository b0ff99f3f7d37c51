"""The papers of a shipment as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from koridor.cli.commands.desk import ask
from koridor.cli.commands.desk.session import Session


def write(folder: Path, session: Session, path: str, answer: Mapping[str, Any]) -> None:
    """Writes each paper as JSON and, as the desk draws it, as a page of HTML that prints. Raises RefusalError."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in answer["papers"]:
        page = ask.read(session, f"{path}/{quote(one['name'], safe='')}").content
        text = json.dumps(one, ensure_ascii=False, indent=2) + "\n"
        (folder / f"{one['name']}.json").write_text(text, encoding="utf-8", newline="\n")
        (folder / f"{one['name']}.html").write_bytes(page)
