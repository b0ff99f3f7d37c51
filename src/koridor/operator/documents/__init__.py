"""The papers of a consignment, rendered and checked from one data set; all pure, nothing is stored here.

`read` gives a `Consignment`, `draft` its papers with everything that is wrong, `html` and `pdf` what is printed,
`changes` what a new issue changed, `segments` its customs regimes, `period` and `penalty` the delays of SMGS.
"""

from __future__ import annotations

from koridor.operator.documents.consignment import Consignment
from koridor.operator.documents.delivery import penalty, period
from koridor.operator.documents.draft import Defect, Draft, changes
from koridor.operator.documents.kinds import draft, kinds, needed
from koridor.operator.documents.read import parse, read, to_json
from koridor.operator.documents.regimes import segments
from koridor.operator.documents.render import has_pdf, html, pdf

__all__ = [
    "Consignment",
    "Defect",
    "Draft",
    "changes",
    "draft",
    "has_pdf",
    "html",
    "kinds",
    "needed",
    "parse",
    "pdf",
    "penalty",
    "period",
    "read",
    "segments",
    "to_json",
]
