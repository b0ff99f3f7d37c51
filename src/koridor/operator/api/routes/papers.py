"""Papers of shipments: the data that bookings lack, drafts, checklists and instructions."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response
from fastapi.responses import HTMLResponse

from koridor.operator.api.bodies import track as bodies
from koridor.operator.api.call import Id, Reads, Routes, Writes
from koridor.operator.track import papers

routes = Routes()
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",  # what people wrote is text, never run
    "X-Content-Type-Options": "nosniff",
}
Name = Annotated[str, Path(max_length=80)]


@routes.on("PUT", "/v1/shipments/{shipment_id}/consignment", "consignment.give", answer=bodies.IssueAnswer)
def give_consignment(call: Writes, shipment_id: Id, body: bodies.ConsignmentBody) -> Response:
    """The data that the booking lacks; a new version where anything is new, with what it changes in each paper."""
    return call.once(body, lambda tx: papers.issue(tx, shipment_id, body.data))


@routes.on("GET", "/v1/shipments/{shipment_id}/papers", "papers.read", answer=bodies.PapersAnswer)
def read_papers(call: Reads, shipment_id: Id) -> Response:
    """Data, drafts, checklist and customs segments of a shipment."""
    return call.read(lambda tx: papers.view(tx, shipment_id))


@routes.on("GET", "/v1/shipments/{shipment_id}/papers/{paper}", "papers.read", page=True)
def read_paper(call: Reads, shipment_id: Id, paper: Name) -> Response:
    """A paper as a page of HTML that opens and prints offline."""
    page = call.desk.look(call.actor, lambda tx: papers.page(tx, shipment_id, paper))
    return HTMLResponse(page, headers=PAGE_HEADERS)


@routes.on("GET", "/v1/shipments/{shipment_id}/messages/iftmin", "papers.read", answer=bodies.InstructionsAnswer)
def read_iftmin(call: Reads, shipment_id: Id) -> Response:
    """The instruction for each leg."""
    return call.read(lambda tx: papers.instructions(tx, shipment_id))
