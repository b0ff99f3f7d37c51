"""A consignment on one leg under one form: what the rules of its contents look at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from koridor.operator.documents.consignment import Consignment, Leg
from koridor.operator.documents.defects import At
from koridor.operator.documents.form import Form


@dataclass(frozen=True, slots=True)
class Sheet:
    """A consignment on one leg under one form."""

    consignment: Consignment
    leg: Leg
    form: Form
    leg_at: int

    def at(self, content: str, field: str) -> At:
        """Where a content stands, with a field of the consignment."""
        return At(self.form.name, self.form.box_of(content), field)

    def of_leg(self, content: str, field: str) -> At:
        """Where a content stands, with a field of the leg."""
        return self.at(content, f"legs[{self.leg_at}].{field}")


def cyrillic(text: str) -> bool:
    """Whether a text has Cyrillic letters, or is empty."""
    return bool(re.search("[А-яЁё]", text)) or not text
