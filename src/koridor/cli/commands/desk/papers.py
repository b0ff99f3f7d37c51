"""Papers and instructions of a shipment as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from koridor.cli.commands.desk import ask
from koridor.cli.commands.desk.session import Session
from koridor.cli.output import write_json

DATA = "consignment"
NOT_OFFERED = "not_offered"


def write(folder: Path, session: Session, path: str, answer: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Writes the data, and each paper as JSON, as a page that prints and as PDF, as the desk draws them.

    Where the desk makes no PDF, `say` is told so, once. Raises RefusalError, before anything is written.
    """
    places = {one["name"]: f"{path}/{quote(one['name'], safe='')}" for one in answer["papers"]}
    pages = {f"{name}.html": ask.read(session, place).content for name, place in places.items()}
    files = {**pages, **_printed(session, places, say)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {DATA: answer["data"], **{one["name"]: one for one in answer["papers"]}}.items():
        write_json(folder / f"{name}.json", content)
    for name, drawn in files.items():
        (folder / name).write_bytes(drawn)


def write_instructions(folder: Path, answer: Mapping[str, Any]) -> None:
    """Writes the instruction of each leg as it is to be sent."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in answer["messages"]:
        (folder / f"iftmin-{one['leg_id']}.edi").write_bytes(one["text"].encode())


def _printed(session: Session, places: Mapping[str, str], say: Callable[[str], None]) -> dict[str, bytes]:
    try:
        return {f"{name}.pdf": ask.read(session, f"{place}/pdf").content for name, place in places.items()}
    except ask.RefusalError as refusal:
        if refusal.told.get("code") != NOT_OFFERED:
            raise
        say(str(refusal))
        return {}
