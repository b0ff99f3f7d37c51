"""``python -m koridor.data.build [RAW FOLDER]``: the atlas from the raw tables."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from koridor.data.build.raw import Raw
from koridor.data.build.sources import with_ids
from koridor.data.build.write import merge, write

MODULES = (
    "places",
    "links",
    "transfers",
    "borders",
    "elements",
    "corridors",
    "services",
    "timetables",
    "terms",
    "tariffs",
    "plan",
    "demand",
    "evidence",
)

HERE = ("data-raw", "src/koridor/atlas/tables")


def build(raw: Raw) -> dict[str, pd.DataFrame]:
    """All tables of the atlas."""
    names = [f"koridor.data.build.{name}" for name in MODULES]
    parts = [import_module(name).tables(raw) for name in names if find_spec(name) is not None]
    licences = dict(raw.own["licences"][["part", "terms"]].itertuples(index=False, name=None))
    return with_ids(merge(parts), licences)


def main(arguments: list[str]) -> int:
    """Builds the atlas, without arguments the one of this working copy; returns the exit code."""
    if len(arguments) not in (0, 2):
        sys.stderr.write("usage: python -m koridor.data.build [RAW FOLDER]\n")
        return 2
    source, target = map(Path, arguments or HERE)
    write(target, build(Raw.load(source)), (source / "koridor" / "dataset.toml").read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
