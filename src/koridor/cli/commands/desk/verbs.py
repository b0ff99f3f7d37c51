"""The verbs: what each asks of the API, its arguments, and what of the answer a person is shown.

To add one, add its line here; its arguments stand in `words`, the heads of what it shows in `show`.
"""

from __future__ import annotations

import time

from koridor.cli.commands.desk.request import Verb
from koridor.text import t

LEGS = "mode from_place to_place departure_id railways"
BOOKING = (": booking_id status amendment cancellation held_until_ms shipment_id plans_missing quote.quote_id",)
QUOTE = (
    ": quote_id version valid_to_ms totals facts.p50_h facts.p90_h facts.co2e_kg facts.free_days",
    f"legs: {LEGS}",
    "lines: text leg currency amount_minor cost_minor earner_id payee_id km source",
)
ENQUIRY = (
    ": enquiry_id",
    "ways: way totals facts.p50_h facts.p90_h facts.co2e_kg facts.leaves_ms facts.arrives_ms facts.course",
    f"ways.legs: way {LEGS}",
    "reasons: reasons",
)
SHIPMENT = (": shipment_id phase place_id since_ms held expected_ms",)
UNITS = (": shipment_id containers wagons references matched",)
INCIDENT = (": incident_id title kind source state from_ms to_ms links services slower_ms",)
PROPOSAL = (": proposal_id kind state proposed_by decided_by created_ms",)
ALTERNATIVE = "alternative_id kind delay_h p50_h more_minor cost_more_minor co2e_more_kg free"
AFFECTED = "booking_id status shipment_id place_id riding"
WHY = "booking_id kind leg what from_ms to_ms waits_ms"


def now_ms(key: str) -> int:
    """The moment at which a command is first given."""
    return time.time_ns() // 1_000_000


def verbs() -> dict[str, Verb]:
    """All verbs, in the order of the day."""
    how = "[--valid_h] [--margin_per_mille]"
    return {
        "who": Verb(t("say who is logged in, and what they may do"), "GET /v1/me", "",
                    (": person_id party_id roles actions",)),
        "offers": Verb(t("departures between two places, and what is free on them"), "GET /v1/offers",
                       "from_place to_place --from_ms --to_ms", ("offers: departure_id leaves_ms arrives_ms free",)),
        "enquire": Verb(t("ask for ways with prices, hours and emissions"), "POST /v1/enquiries",
                        "from_place to_place cargo [--customer_id] [--seller_id] [--ready_ms] [--arrive_ms] [--kind] "
                        "[--commodity] [--via] [--forbid]", ENQUIRY),
        "enquiry": Verb(t("show an enquiry"), "GET /v1/enquiries/{enquiry_id}", "enquiry_id", ENQUIRY),
        "quote": Verb(t("make a quote of a way of an enquiry; its customer sees it at once"),
                      "POST /v1/enquiries/{enquiry_id}/quotes", f"enquiry_id way {how}", QUOTE),
        "requote": Verb(t("replace a quote by a way of an enquiry"), "POST /v1/quotes/{quote_id}/versions",
                        f"quote_id enquiry_id way {how}", QUOTE),
        "quoted": Verb(t("show a quote"), "GET /v1/quotes/{quote_id}", "quote_id", QUOTE),
        "book": Verb(t("accept a quote: capacity is held until a moment"), "POST /v1/bookings", "quote_id [--wait]",
                     BOOKING),
        "bookings": Verb(t("list bookings, the latest first"), "GET /v1/bookings", "[--status] [--after]",
                         ("bookings: booking_id status seller_id customer_id created_ms quote_id", ": next")),
        "booking": Verb(t("show a booking"), "GET /v1/bookings/{booking_id}", "booking_id",
                        (*BOOKING, f"quote.legs: {LEGS}")),
        "decide": Verb(t("decide on a booking, as its seller: ask the railways, confirm, reject ..."),
                       "POST /v1/bookings/{booking_id}/decisions", "booking_id action [--granted] [--reason]",
                       BOOKING),
        "change": Verb(t("cancel, update or amend a booking"), "POST /v1/bookings/{booking_id}/changes",
                       "booking_id action [--quote_id] [--reason]", BOOKING),
        "plans": Verb(t("what each railway has said to the transport plan"), "GET /v1/bookings/{booking_id}/plans",
                      "booking_id", ("plans: railway status deadline_ms ref payer_code valid_from_ms valid_to_ms",)),
        "plan": Verb(t("note a railway's answer to the transport plan"), "POST /v1/bookings/{booking_id}/plans",
                     "booking_id railway status [--ref] [--payer_code] [--valid_from_ms] [--valid_to_ms] [--document]",
                     (": railway status",)),
        "shipment": Verb(t("show where a shipment is"), "GET /v1/shipments/{shipment_id}", "shipment_id", SHIPMENT),
        "units": Verb(t("show the containers, wagons and references of a shipment"),
                      "GET /v1/shipments/{shipment_id}/equipment", "shipment_id", UNITS),
        "equip": Verb(t("name the containers, wagons and references of a shipment"),
                      "POST /v1/shipments/{shipment_id}/equipment",
                      "shipment_id [--containers] [--wagons] [--references] [--remove] [--tellers]", UNITS),
        "consign": Verb(t("give the data that papers need and the booking lacks"),
                        "PUT /v1/shipments/{shipment_id}/consignment", "shipment_id data",
                        (": shipment_id version", "changes.value: name title before after")),
        "papers": Verb(t("show the papers of a shipment and what they lack; --out writes them"),
                       "GET /v1/shipments/{shipment_id}/papers", "shipment_id",
                       (": shipment_id version", "missing: missing", "papers: name title problems warnings",
                        "papers.problems: name box field limit hint",
                        "checklist: paper title due by number")),
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
        "incident": Verb(t("tell of an incident: what is shut or slower, from when to when"), "POST /v1/incidents",
                         "title closures --kind --source --from_ms [--to_ms] [--shared]", INCIDENT),
        "incidents": Verb(t("incidents that hold now or will"), "GET /v1/incidents", "",
                          ("incidents: incident_id title kind state from_ms to_ms",)),
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
        "bill": Verb(t("bill what is unbilled of a booking"), "POST /v1/bookings/{booking_id}/bills", "booking_id",
                     (": number billed",)),
        "bills": Verb(t("list the bills of a year"), "GET /v1/bills", "year [--after]",
                      ("bills: number at_ms customer_id ref amounts", ": next")),
        "pay": Verb(t("note what a customer paid for a booking"), "POST /v1/bookings/{booking_id}/payments",
                    "booking_id currency amount_minor", (": open",)),
        "receivables": Verb(t("what customers owe"), "GET /v1/receivables", "",
                            ("receivables: customer_id ref currency open_minor since_ms days",)),
        "balances": Verb(t("what stands on the accounts of one's own book"), "GET /v1/balances", "",
                         ("balances: name value=balance",)),
        "propose": Verb(t("propose what another person must decide, such as terms"), "POST /v1/proposals",
                        "kind content", PROPOSAL),
        "payout": Verb(t("propose to pay a carrier or the other partner"), "POST /v1/proposals",
                       "content.to content.party_id content.currency content.amount_minor", PROPOSAL,
                       fixed={"kind": "payout"}),
        "proposals": Verb(t("list proposals"), "GET /v1/proposals", "",
                          ("proposals: proposal_id kind state proposed_by created_ms",)),
        "grant": Verb(t("do what another person proposed, or refuse it"), "POST /v1/proposals/{proposal_id}/decisions",
                      "proposal_id [--granted]", PROPOSAL, fixed={"granted": True}),
        "statement": Verb(t("the month with the other partner, and its hash"),
                          "GET /v1/statements/{other_id}/{month}", "other_id month",
                          ("lines: at_ms ref kind currency amount_minor",
                           ": first_id second_id month opening closing hash")),
        "sign": Verb(t("sign the month with the other partner, once it is over"),
                     "POST /v1/statements/{other_id}/{month}/signatures", "other_id month",
                     (": hash other_hash agreed",)),
        "get": Verb(t("ask anything else of the API"), "GET {path}", "path"),
        "post": Verb(t("change anything else by the API"), "POST {path}", "path [body]"),
    }  # fmt: skip
