"""From arguments to a dataset and a scenario."""

from __future__ import annotations

import os
import shlex
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from koridor.errors import UsageError
from koridor.text import t

if TYPE_CHECKING:
    from koridor.data.dataset import Dataset
    from koridor.model.patch import Patch
    from koridor.model.scenario import Scenario

_MMAP_THRESHOLD, _LARGE_BYTES = -3, 1 << 20  # M_MMAP_THRESHOLD of malloc.h, and the arrays that get their own pages


def case_cache() -> Path:
    """Folder in the user's cache that keeps results of cases, so that a run that was stopped goes on."""
    home = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "koridor" / "cases"


def command_line(args: Namespace) -> str:
    """The command as it was typed."""
    return shlex.join(["koridor", *args.given])


def peak_memory_mb() -> float:
    """Most memory that the process has held so far, in megabytes; nan where the system does not say."""
    try:
        import resource  # not on Windows
    except ImportError:
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def hand_back_memory() -> None:
    """Lets large arrays go back to the system as soon as they are freed, where its C library is glibc.

    As it is, glibc puts arrays of up to 32 MB on a heap that seldom shrinks once some were freed: a network of 2.4
    million pairs then holds half a gigabyte that nothing uses.
    """
    if sys.platform != "linux":
        return
    import ctypes

    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(_MMAP_THRESHOLD, _LARGE_BYTES)


def load_dataset(where: str | None) -> Dataset:
    """The dataset of a folder or workbook, the atlas where none is named. Raises DataError, or UsageError if absent."""
    if where is None:
        from koridor import atlas

        return atlas.load()
    from koridor.data.dataset import Dataset

    path = Path(where)
    if not path.exists():
        raise UsageError(t("Dataset {path}: there is no such folder or file.", path=where))
    if path.is_dir():
        return Dataset.load(path)
    if path.suffix.lower() == ".xlsx":
        return Dataset.load_xlsx(path)
    raise UsageError(t("Dataset {path}: give a folder of tables or an .xlsx file.", path=where))


def load_scenario(args: Namespace) -> Scenario:
    """The scenario of `--data`, `--year`, `--patch` and `--set`."""
    from koridor.model.patch import read_assignment
    from koridor.model.scenario import Scenario, find_patches

    dataset = load_dataset(args.data)
    patches = [*find_patches(dataset, args.patch), *(read_assignment(text) for text in args.set)]
    if args.year is not None:
        patches += year_patches(dataset, args.year)
    return Scenario(dataset, tuple({patch.patch_id: patch for patch in patches}.values()))


def year_patches(dataset: Dataset, year: str) -> list[Patch]:
    """Patches of the dataset's year case of that name. Raises UsageError with the cases that there are."""
    from koridor.model.scenario import find_patches

    cases = dataset.table("case")
    years = cases[cases["kind"] == "year"]
    hit = years[years["case_id"] == year]
    if hit.empty:
        known = ", ".join(sorted(years["case_id"])) or t("none")
        raise UsageError(t("--year {year}: the dataset has no such year case; it has {known}.", year=year, known=known))
    names = hit["patches"].fillna("").iloc[0]
    return find_patches(dataset, [name.strip() for name in names.split(";") if name.strip()])


def listed(text: str | None) -> tuple[str, ...]:
    """Names parted by commas."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())
