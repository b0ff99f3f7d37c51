"""Resolves `requirements.lock` and `tools/boot.lock` anew; run by `make lock`, which gives it a Python with uv.

Both are universal (markers for every Python from 3.11 and every platform), carry hashes, and name no index, so that a
mirror or an offline folder of wheels serves them unchanged.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV_PIN = "uv==0.13.9"
HEADER = "# Written by `make lock`. Do not edit.\n"
EXTRAS = ("operator", "pdf", "postgres")  # all of them, so that the tests try what each brings
OPTIONS = ("--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate")


def resolve(*arguments: str, text: str | None = None) -> str:
    """The resolved set, one requirement with its hashes after another."""
    command = [sys.executable, "-m", "uv", "--no-config", "pip", "compile", *OPTIONS, "--upgrade", *arguments]
    return subprocess.run(command, cwd=ROOT, input=text, stdout=subprocess.PIPE, check=True, text=True).stdout


def main() -> None:
    """Writes both locks."""
    extras = [part for name in EXTRAS for part in ("--extra", name)]
    sets = {
        "requirements.lock": resolve("--group", "dev", *extras, "pyproject.toml"),
        "tools/boot.lock": resolve("-", text=UV_PIN),
    }
    for name, resolved in sets.items():
        (ROOT / name).write_text(HEADER + resolved, encoding="utf-8")
        print(f"{name}: {resolved.count('==')} packages")


if __name__ == "__main__":
    main()
