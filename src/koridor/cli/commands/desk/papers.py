"""The papers of a shipment as files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from koridor.cli.commands.desk import ask
from koridor.cli.commands.desk.session import Session
from koridor.cli.output import write_json

DATA = "consignment"


def write(folder: Path, session: Session, path: str, answer: Mapping[str, Any]) -> None:
    """Writes the data, and each paper as JSON and, as the desk draws it, as a page that prints. Raises RefusalError.

    `koridor operator papers` makes PDFs of the data, where the extra for them is installed.
    """
    pages = {one["name"]: ask.read(session, f"{path}/{quote(one['name'], safe='')}") for one in answer["papers"]}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {DATA: answer["data"], **{one["name"]: one for one in answer["papers"]}}.items():
        write_json(folder / f"{name}.json", content)
    for name, page in pages.items():
        (folder / f"{name}.html").write_bytes(page.content)
