"""Alerts, as they concern the caller's party."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from koridor.operator.api.bodies import track as bodies
from koridor.operator.api.bodies.words import Text
from koridor.operator.api.call import Id, Reads, Routes, Writes
from koridor.operator.common.pages import FIRST_PAGE
from koridor.operator.track import alerts

routes = Routes()


@routes.on("GET", "/v1/alerts", "alert.read", answer=bodies.AlertsAnswer)
def read_alerts(call: Reads, after: Annotated[Text, Query()] = FIRST_PAGE) -> Response:
    """Alerts whose cause holds, the oldest first."""
    return call.read(lambda tx: alerts.listed(tx, after))


@routes.on("POST", "/v1/alerts/{alert_id}/acknowledgements", "alert.acknowledge", answer=bodies.AlertAnswer)
async def acknowledge_alert(call: Writes, alert_id: Id) -> Response:
    """Notes that the caller's party has seen an alert; it holds until its cause is gone."""
    return await call.once(None, lambda tx: alerts.acknowledge(tx, alert_id))
