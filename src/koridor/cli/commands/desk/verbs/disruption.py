"""Incidents, who is affected, other ways, partial loads."""

from __future__ import annotations

from koridor.cli.commands.desk.request import Verb
from koridor.cli.commands.desk.verbs.shared import LEGS
from koridor.text import t

INCIDENT = (": incident_id title kind source state from_ms to_ms links services slower_ms",)
ALTERNATIVE = "alternative_id kind delay_h p50_h more_minor cost_more_minor co2e_more_kg free"
AFFECTED = "booking_id status shipment_id place_id riding"
WHY = "booking_id kind leg what from_ms to_ms waits_ms"


def verbs() -> dict[str, Verb]:
    """Verbs in the order of the day."""
    return {
        "incident": Verb(t("tell of an incident: what is shut or slower, from when to when"), "POST /v1/incidents",
                         "title closures --kind --source --from_ms [--to_ms] [--shared]", INCIDENT),
        "incidents": Verb(t("incidents that hold now or will, or one of them"), "GET /v1/incidents[/{incident_id}]",
                          "[incident_id]", ("incidents: incident_id title kind state from_ms to_ms", *INCIDENT)),
        "amend": Verb(t("say anew what an incident is"), "POST /v1/incidents/{incident_id}/amendments",
                      "incident_id title closures --kind --source --from_ms [--to_ms]", INCIDENT),
        "end": Verb(t("end an incident"), "POST /v1/incidents/{incident_id}/ends", "incident_id note", INCIDENT),
        "affected": Verb(t("bookings that meet something on their way"), "GET /v1[/incidents/{incident_id}]/affected",
                         "[incident_id]", (f"affected: {AFFECTED}", f"affected.why: {WHY}")),
        "alternatives": Verb(t("what an affected booking could do: wait, go later, go by another way"),
                             "GET /v1/bookings/{booking_id}/alternatives", "booking_id [--cargo]",
                             (f": {AFFECTED}", f"why: {WHY}", f"alternatives: {ALTERNATIVE}",
                              f"alternatives.legs: alternative_id {LEGS}", "reasons: reasons")),
        "rebook": Verb(t("rebook a booking by an alternative"), "POST /v1/bookings/{booking_id}/rebookings",
                       "booking_id alternative_id [--cargo] [--bears] [--reason] [--ask_plans]",
                       (": booking_id quote_id totals asked",)),
        "rebook-all": Verb(t("rebook many bookings, each by later departures"), "POST /v1/rebookings",
                           "booking_ids [--bears] [--reason]", ("outcomes: booking_id outcome sentence delay_ms",)),
        "load": Verb(t("say what of a booking was loaded; the rest is given back or rolled to a later departure"),
                     "POST /v1/bookings/{booking_id}/loads", "booking_id quantities [--rolled_to] [--reason]",
                     (": booking_id quote_id totals rolled_booking_id",)),
    }  # fmt: skip
