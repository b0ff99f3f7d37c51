"""Who is here; enquiries, quotes, bookings and the plans of railways."""

from __future__ import annotations

from koridor.cli.commands.desk.request import Verb
from koridor.cli.commands.desk.verbs.shared import LEGS
from koridor.text import t

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


def verbs() -> dict[str, Verb]:
    """Verbs in the order of the day."""
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
    }  # fmt: skip
