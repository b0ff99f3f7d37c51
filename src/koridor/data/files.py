"""Reading text that people made, and writing folders whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from koridor.errors import Problem, UsageError
from koridor.text import t

MOST_BYTES = 64 * 2**20
MOST_LARGE_BYTES = 16 * MOST_BYTES
FIRST_BLOCK = 64 * 2**10
_NOT_UTF8 = (b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff")  # an archive, as workbooks are; UTF-16


def read_text(
    path: Path, table: str, *, large: Callable[[bytes], bool] | None = None, strict: bool = True
) -> tuple[str | None, list[Problem]]:
    """The text of a UTF-8 file, a byte order mark taken off, or None and what is wrong with the file.

    The first block decides whether it is text at all, so that a large file of anything else ends at once; `large`
    says of that block whether a file above MOST_BYTES should be read, up to MOST_LARGE_BYTES. Unless `strict`, bytes
    that are not UTF-8 become replacement signs.
    """

    def fail(limit: str, hint: str, found: str = "", row: int | None = None) -> tuple[None, list[Problem]]:
        return None, [Problem(table, path.name, row, "", (), found, limit, hint)]

    try:
        if not path.is_file():
            return fail(t("must be a file"), t("put a file of that name in the place of what is there"))
        size = path.stat().st_size
        with path.open("rb") as stream:
            block = stream.read(FIRST_BLOCK)
            if block.startswith(_NOT_UTF8):
                return fail(t("must be text in UTF-8"), t('open it in the spreadsheet and save it as "CSV UTF-8"'))
            if b"\x00" in block:
                return fail(t("must be text in UTF-8"), t("this is no text: restore the file"))
            most_bytes = MOST_LARGE_BYTES if size > MOST_BYTES and large and large(block) else MOST_BYTES
            if size > most_bytes:
                most = most_bytes // 2**20
                limit = t("must be at most {most} MB, so that it can be read and checked in memory", most=most)
                return fail(limit, t("leave out rows that the question does not need"), f"{size // 2**20} MB")
            data = block + stream.read()
    except OSError as error:
        return fail(t("must be readable"), f"{error.strerror or error}")
    try:
        return data.decode("utf-8-sig", errors="strict" if strict else "replace"), []
    except UnicodeDecodeError as error:
        start = data.rfind(b"\n", 0, error.start) + 1
        said = data[max(start, error.start - 10) : error.start + 20].split(b"\n")[0].decode("cp1251", errors="replace")
        row = data.count(b"\n", 0, error.start) + 1
        hint = t('open it in the spreadsheet and save it as "CSV UTF-8"; it seems to be in a code page such as cp1251')
        return fail(t("must be text in UTF-8"), hint, said.strip(), row)


def write_folder(folder: Path, fill: Callable[[Path], None], *, replace: bool, own: Callable[[str], bool]) -> None:
    """Write a folder whole or not at all: `fill` writes beside it, then the two change names.

    Parameters
    ----------
    folder
        Where to write. What is there must be empty, unless `replace`.
    fill
        Writes all files into the folder that it is given.
    replace
        Take the place of what is there; entries that are not `own` are kept.
    own
        Whether an entry of that name belongs to the writer.

    Raises
    ------
    UsageError
        The folder holds something and `replace` is not given, or it is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(t("{path} is a file; name a folder that is empty or does not exist", path=folder))
    kept = sorted(folder.iterdir()) if folder.is_dir() else []
    if kept and not replace:
        raise UsageError(t("{path} is not empty; name a folder that is empty or does not exist", path=folder))
    target = folder.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as room:
        fresh, old = Path(room, "fresh"), Path(room, "old")
        fresh.mkdir()
        fill(fresh)
        for entry in kept:
            if not own(entry.name):
                _copy(entry, fresh / entry.name)
        _swap(fresh, target, old)
        if replace and fresh.exists():  # another process wrote the same folder meanwhile
            _swap(fresh, target, Path(room, "older"))
        if fresh.exists():
            raise UsageError(t("{path} was written by another process meanwhile; name another folder", path=folder))


def _swap(fresh: Path, target: Path, old: Path) -> None:
    """Put `fresh` in the place of `target`, which becomes `old`. When that fails, `target` is as it was."""
    if target.exists():
        target.replace(old)
    try:
        fresh.replace(target)
    except OSError:
        if target.exists():
            return
        if old.exists():
            old.replace(target)
        raise


def _copy(entry: Path, to: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.copytree(entry, to, symlinks=True)
    else:
        shutil.copy2(entry, to, follow_symlinks=False)


def write_file(path: Path, fill: Callable[[Path], None]) -> None:
    """Write a file whole or not at all, in the place of what was there."""
    target = path.resolve()
    if target.is_dir():
        raise UsageError(t("{path} is a folder; name a file", path=path))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as room:
        fresh = Path(room, target.name)
        fill(fresh)
        fresh.replace(target)
