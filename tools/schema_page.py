"""Renews docs/reference/tables.md from the schema; run by `make docs`."""

from pathlib import Path

from koridor.schema import reference_page

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "tables.md"


def main() -> None:
    """Writes the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(reference_page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
