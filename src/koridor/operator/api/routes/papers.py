"""Papers of shipments: the data that bookings lack, drafts, checklists and instructions."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response
from fastapi.responses import HTMLResponse

from koridor.operator.api.bodies import track as bodies
from koridor.operator.api.call import Id, Reads, Routes, Writes
from koridor.operator.common.refused import Refused
from koridor.operator.documents import has_pdf, html, pdf
from koridor.operator.track import papers
from koridor.text import t

routes = Routes()
PDF_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
PAGE_HEADERS = {
    **PDF_HEADERS,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",  # what people wrote is text, never run
}
Name = Annotated[str, Path(max_length=80)]


class PdfResponse(Response):
    """A paper to be kept or printed."""

    media_type = "application/pdf"


@routes.on("PUT", "/v1/shipments/{shipment_id}/consignment", "consignment.give", answer=bodies.IssueAnswer)
async def give_consignment(call: Writes, shipment_id: Id, body: bodies.ConsignmentBody) -> Response:
    """The data that the booking lacks; a new version where anything is new, with what it changes in each paper."""
    return await call.once(body, lambda tx: papers.issue(tx, shipment_id, body.data))


@routes.on("GET", "/v1/shipments/{shipment_id}/papers", "papers.read", answer=bodies.PapersAnswer)
def read_papers(call: Reads, shipment_id: Id) -> Response:
    """Data, drafts, checklist and customs segments of a shipment."""
    return call.read(lambda tx: papers.view(tx, shipment_id))


@routes.on("GET", "/v1/shipments/{shipment_id}/papers/{paper}", "papers.read", gives=HTMLResponse)
def read_paper(call: Reads, shipment_id: Id, paper: Name) -> Response:
    """A paper as a page of HTML that opens and prints offline."""
    drawn = call.desk.look(call.actor, lambda tx: papers.paper(tx, shipment_id, paper))
    return HTMLResponse(html(drawn), headers=PAGE_HEADERS)


@routes.on("GET", "/v1/shipments/{shipment_id}/papers/{paper}/pdf", "papers.read", gives=PdfResponse)
def print_paper(call: Reads, shipment_id: Id, paper: Name) -> Response:
    """A paper as PDF with its fonts; 409 `not_offered` by a desk without the extra that makes them."""
    drawn = call.desk.look(call.actor, lambda tx: papers.paper(tx, shipment_id, paper))
    if not has_pdf():
        raise Refused("not_offered", t("This desk makes no PDF, as koridor[pdf] is not installed; the page prints."))
    named = f'inline; filename="{shipment_id}-{drawn.name}.pdf"'
    return PdfResponse(pdf(drawn), headers={**PDF_HEADERS, "Content-Disposition": named})


@routes.on("GET", "/v1/shipments/{shipment_id}/messages/iftmin", "papers.read", answer=bodies.InstructionsAnswer)
def read_iftmin(call: Reads, shipment_id: Id) -> Response:
    """The instruction for each leg."""
    return call.read(lambda tx: papers.instructions(tx, shipment_id))
