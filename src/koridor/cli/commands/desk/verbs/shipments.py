"""Shipments: their units, papers, events, arrival and alerts; messages of partners."""

from __future__ import annotations

from koridor.cli.commands.desk.request import Verb
from koridor.cli.commands.desk.verbs.shared import now_ms
from koridor.text import t

SHIPMENT = (": shipment_id phase place_id since_ms held expected_ms",)
UNITS = (": shipment_id containers wagons references matched",)
DECIDED = (": event_id shipment_id",)


def verbs() -> dict[str, Verb]:
    """Verbs in the order of the day."""
    return {
        "shipment": Verb(t("show where a shipment is"), "GET /v1/shipments/{shipment_id}", "shipment_id", SHIPMENT),
        "units": Verb(t("show the containers, wagons and references of a shipment"),
                      "GET /v1/shipments/{shipment_id}/equipment", "shipment_id", UNITS),
        "equip": Verb(t("name the containers, wagons and references of a shipment"),
                      "POST /v1/shipments/{shipment_id}/equipment",
                      "shipment_id [--containers] [--wagons] [--references] [--remove] [--tellers]", UNITS),
        "consign": Verb(t("give the data that papers need and the booking lacks; says what the legs contradict"),
                        "PUT /v1/shipments/{shipment_id}/consignment", "shipment_id data",
                        (": shipment_id version", "contradictions: contradictions",
                         "changes.value: name title before after")),
        "papers": Verb(t("show the papers of a shipment by its legs in force, and what they lack; --out writes them"),
                       "GET /v1/shipments/{shipment_id}/papers", "shipment_id",
                       (": shipment_id version", "missing: missing", "contradictions: contradictions",
                        "papers: name title problems warnings",
                        "papers.problems: name box field limit hint",
                        "checklist: name concerns who event due number",
                        "segments: regime countries legs=on_legs limit=until")),
        "tell": Verb(t("tell of a shipment: loaded, departed, arrived, delivered, held by customs ..."),
                     "POST /v1/shipments/{shipment_id}/events",
                     "shipment_id kind [--place_id] [--happened_ms] [--classifier] [--retracts] [--event_id]",
                     (*SHIPMENT, ": new"), fill={"event_id": str, "happened_ms": now_ms}),
        "events": Verb(t("all that was told of a shipment"), "GET /v1/shipments/{shipment_id}/events", "shipment_id",
                       ("events: happened_ms kind body.classifier body.place_id event_id",)),
        "eta": Verb(t("when a shipment arrives"), "GET /v1/shipments/{shipment_id}/eta", "shipment_id",
                    (": shipment_id p50_ms p90_ms arrived_ms promised_ms told_ms journeys place_id under_way",)),
        "alerts": Verb(t("what needs somebody now"), "GET /v1/alerts", "[--after]",
                       ("alerts: alert_id kind object_id due_ms acknowledged_ms text", ": next")),
        "acknowledge": Verb(t("note that an alert was seen"), "POST /v1/alerts/{alert_id}/acknowledgements",
                            "alert_id", (": alert_id acknowledged_ms text",)),
        "message": Verb(t("hand in a partner's message: DCSA, EPCIS, IFTSTA, CODECO or COARRI"), "POST /v1/messages",
                        "to_id text [--format] [--offset_min]", (": message_id format events=read new matched",)),
        "inbox": Verb(t("events of messages that reached no shipment"), "GET /v1/inbox", "[--after]",
                      ("events: event_id sender_id kind happened_ms body candidates", ": next")),
        "match": Verb(t("say which shipment an event of the inbox is about"), "POST /v1/inbox/{event_id}/decisions",
                      "event_id shipment_id", DECIDED),
        "dismiss": Verb(t("put an event of the inbox aside"), "POST /v1/inbox/{event_id}/decisions", "event_id",
                        DECIDED, fixed={"shipment_id": None}),
        "iftmin": Verb(t("the instruction for each leg by the data given last, as IFTMIN; --out writes them"),
                       "GET /v1/shipments/{shipment_id}/messages/iftmin", "shipment_id",
                       (": shipment_id version", "messages: leg_id recipient")),
        "dcsa": Verb(t("the events of a shipment as DCSA Track & Trace writes them"),
                     "GET /v1/shipments/{shipment_id}/messages/dcsa", "shipment_id"),
        "epcis": Verb(t("the events of a shipment as EPCIS writes them"),
                      "GET /v1/shipments/{shipment_id}/messages/epcis", "shipment_id"),
        "observed": Verb(t("hours and flows that one's own shipments have shown"), "GET /v1/observations", "",
                         ("times: kind from_place to_place mode service_id n p5_h p50_h p95_h",
                          "flows: month service_id from_place to_place mode shipments teu t")),
    }  # fmt: skip
