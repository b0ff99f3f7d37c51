"""Keeps the message catalogues in step with the source: extract, update, compile. Run by `make docs`.

The messages are the literal first arguments of `t` (and the first two of `tn`) in src/koridor, Python and templates.
Translations are kept; a message that is gone goes; a new one gets an empty translation and is counted.
"""

import ast
import io
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "koridor"
LOCALE = SOURCE / "text" / "locale"
LANGUAGES = ("ru", "az", "be", "tr")

Message = str | tuple[str, str]


def messages_of_python(text: str) -> Iterator[Message]:
    """Messages of a module."""
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("t", "tn")):
            continue
        count = 1 if node.func.id == "t" else 2
        parts = tuple(
            part.value for part in node.args[:count] if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )
        if len(parts) == count:
            yield parts[0] if count == 1 else (parts[0], parts[1])


def messages_of_template(text: str) -> Iterator[Message]:
    """Messages of a Jinja template."""
    tree = Environment(autoescape=True).parse(text)
    for _, name, message in extract_from_ast(tree, ("t", "tn")):
        parts = (message,) if isinstance(message, str) else message
        found = tuple(part for part in parts if part is not None)
        if found:
            yield (found[0], found[1]) if name == "tn" else found[0]


def messages() -> dict[Message, list[str]]:
    """All messages with the files that say them, in the order of files."""
    found: dict[Message, list[str]] = {}
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix not in (".py", ".j2"):
            continue
        read = messages_of_python if path.suffix == ".py" else messages_of_template
        name = path.relative_to(ROOT).as_posix()
        for message in read(path.read_text(encoding="utf-8")):
            files = found.setdefault(message, [])
            if name not in files:
                files.append(name)
    return found


def path_of(language: str) -> Path:
    """The source catalogue of a language."""
    return LOCALE / language / "LC_MESSAGES" / "koridor.po"


def load(language: str) -> Catalog:
    """The catalogue of a language as it is on disk, empty where there is none."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, domain="koridor", project="koridor", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="koridor")


def renewed(language: str, found: dict[Message, list[str]]) -> Catalog:
    """The catalogue of a language with exactly the messages found, translations kept."""
    old = load(language)
    new = Catalog(locale=language, domain="koridor", project="koridor", charset="utf-8", header_comment="")
    for message, files in found.items():
        before = old.get(message if isinstance(message, str) else message[0])
        kept = (
            before.string if before is not None and isinstance(before.id, tuple) == isinstance(message, tuple) else ""
        )
        flags = {"python-brace-format"} if "{" in str(message) else set()
        new.add(message, kept or None, locations=[(name, None) for name in files], flags=flags)
    return new


def po_bytes(catalogue: Catalog) -> bytes:
    """The text of the catalogue without dates, so that equal catalogues are equal files."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=110, omit_header=True, include_lineno=False)
    lines = "".join(f'"{line}\\n"\n' for line in header_of(catalogue).splitlines())
    return f'msgid ""\nmsgstr ""\n{lines}\n'.encode() + buffer.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """The compiled catalogue: what is translated, sorted, as gettext's format demands."""
    entries = {b"": header_of(catalogue).encode()}
    for message in catalogue:
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and all(forms):
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            entries["\0".join(ids).encode()] = "\0".join(forms).encode()
    keys = sorted(entries)
    start = 28 + 16 * len(keys)
    table, body = b"", b""
    for texts in (keys, [entries[key] for key in keys]):
        for text in texts:
            table += struct.pack("<II", len(text), start + len(body))
            body += text + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, start) + table + body


def header_of(catalogue: Catalog) -> str:
    """What gettext must know of a catalogue."""
    return (
        f"Language: {catalogue.locale}\nPlural-Forms: {catalogue.plural_forms}\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
    )


def missing(catalogue: Catalog) -> list[str]:
    """Messages without a translation."""
    return [str(m.id) for m in catalogue if m.id and not (all(m.string) if isinstance(m.string, tuple) else m.string)]


def main() -> int:
    """Renews and compiles every catalogue; prints what is not translated."""
    found = messages()
    for language in LANGUAGES:
        catalogue = renewed(language, found)
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(po_bytes(catalogue))
        path.with_suffix(".mo").write_bytes(mo_bytes(catalogue))
        print(f"{language}: {len(found)} messages, {len(missing(catalogue))} not translated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
