"""What the small table of common dangerous goods says of a UN number in an enquiry."""

from __future__ import annotations

from koridor.model.cargo import Cargo, class_of
from koridor.operator.common.refused import Refused
from koridor.operator.identifiers.dangerous import un_number
from koridor.text import t


def doubts(text: str, cargo: Cargo) -> list[str]:
    """Notes on the cargo's UN number: that it is not in the table, which has few and so refuses none that it lacks.

    Raises Refused `invalid` where the table has it in another class; divisions of classes 1 and 2 are no matter.
    """
    if cargo.un is None:
        return []
    found = un_number(cargo.un)
    troubles = [str(one) for one in (*found.problems, *found.warnings)]
    said = [t("Cargo {text}: {why}.", text=text, why="; ".join(troubles))] if troubles else []
    if not found.valid:
        raise Refused("invalid", *said, field="cargo")
    known = str(found.derived.get("class", ""))
    if known and class_of(known) != cargo.dangerous:
        raise Refused(
            "invalid",
            t("Cargo {text}: {un}, {name}, is of class {known}, not {given}; write {un}/{known}, or another number.",
              text=text, un=cargo.un, name=found.derived["name"], known=known, given=cargo.dangerous),
            field="cargo",
        )  # fmt: skip
    return said
