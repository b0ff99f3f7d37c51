"""Bills, payments, carriers' statements, claims, rates, and the month with the other partner."""

from __future__ import annotations

from koridor.cli.commands.desk.request import Verb
from koridor.cli.commands.desk.verbs.shared import PROPOSAL
from koridor.text import t

SUMS = (": currency amount_minor",)
CARRIER = (
    ": statement_id carrier_id number",
    "lines: ref state currency amount_minor expected_minor",
    "missing: ref currency expected_minor",
)
FACTS = "claim_id booking_id kind state currency amount_minor agreed_minor due_ms overdue"
SPLIT = (
    ": split_id state version in_force_ms reason terms hash party_id proposed_by approved_by decided_by decided_ms",
)
CLAIM = (f": {FACTS} seller_id bearer_id carrier_id customer_id content",)


def verbs() -> dict[str, Verb]:
    """Verbs in the order of the day."""
    return {
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
        "propose-split": Verb(t("propose how sales with another partner are shared; it must agree"),
                              "POST /v1/proposals",
                              "content.other_id content.key.kind [content.key.weights] --content.valid_from_ms",
                              PROPOSAL, fixed={"kind": "split"}),
        "splits": Verb(t("list the splits with other partners, the latest first"), "GET /v1/splits", "[--after]",
                       ("splits: split_id state version terms.kind terms.valid_from_ms in_force_ms party_id",
                        ": next")),
        "split": Verb(t("show a split with another partner"), "GET /v1/splits/{split_id}", "split_id", SPLIT),
        "decide-split": Verb(t("agree to a split of the other partner or refuse it, or withdraw one's own"),
                             "POST /v1/splits/{split_id}/decisions", "split_id action [--reason]", SPLIT),
        "shares": Verb(t("how the price of a booking is shared between the partners, line by line"),
                       "GET /v1/bookings/{booking_id}/split", "booking_id",
                       ("lines.shares: text leg currency partner_id amount_minor split_id",
                        "partners: partner_id currency amount_minor", ": booking_id status booked")),
        "tariffs": Verb(t("list the tariffs of one's own party"), "GET /v1/tariffs", "[--after]",
                        ("tariffs: tariff_id valid_from_ms valid_to_ms ended_ms", ": next")),
        "end-rate": Verb(t("propose to end a tariff, a contract of clocks, a rate or a split before its time"),
                         "POST /v1/proposals", "content.of content.id content.at_ms", PROPOSAL, fixed={"kind": "end"}),
        "proposals": Verb(t("list proposals, or show one"), "GET /v1/proposals[/{proposal_id}]", "[proposal_id]",
                          ("proposals: proposal_id kind state proposed_by created_ms", *PROPOSAL)),
        "grant": Verb(t("do what another person proposed, or refuse it"), "POST /v1/proposals/{proposal_id}/decisions",
                      "proposal_id [--granted]", PROPOSAL, fixed={"granted": True}),
        "statement": Verb(t("the month with the other partner, and its hash"),
                          "GET /v1/statements/{other_id}/{month}", "other_id month",
                          ("lines: at_ms ref kind currency amount_minor split_id",
                           ": first_id second_id month opening closing hash")),
        "sign": Verb(t("sign the month with the other partner, once it is over"),
                     "POST /v1/statements/{other_id}/{month}/signatures", "other_id month",
                     (": hash other_hash agreed",)),
        "carrier-statement": Verb(t("enter what a carrier asks, a line a reference, and match it to what was expected"),
                                  "POST /v1/carrier-statements", "carrier_id number currency csv", CARRIER),
        "carrier-statements": Verb(t("list carriers' statements, or show one with what is missing on it"),
                                   "GET /v1/carrier-statements[/{statement_id}]", "[statement_id]",
                                   ("statements: statement_id carrier_id number currency created_ms open=lines_open",
                                    *CARRIER)),
        "decide-line": Verb(t("accept or dispute a line of a carrier's statement, or let it be withdrawn"),
                            "POST /v1/carrier-statements/{statement_id}/decisions", "statement_id ref action", CARRIER),
        "claim-delay": Verb(t("claim the penalty of SMGS article 45 for a leg that came late"),
                            "POST /v1/bookings/{booking_id}/claims",
                            "booking_id leg currency distance_km accepted arrived [--containers] [--gauge_changes] "
                            "[--ferries]", CLAIM,
                            fixed={"kind": "delay", "containers": False, "gauge_changes": 0, "ferries": 0}),
        "claim-loss": Verb(t("claim the value of goods that were short or damaged on a leg"),
                           "POST /v1/bookings/{booking_id}/claims",
                           "booking_id kind leg currency amount_minor noticed why", CLAIM),
        "claims": Verb(t("list claims by their deadlines, or show one"), "GET /v1/claims[/{claim_id}]", "[claim_id]",
                       (f"claims: {FACTS}", *CLAIM)),
        "claim-step": Verb(t("take a claim one step on"), "POST /v1/claims/{claim_id}/steps",
                           "claim_id action [--currency] [--amount_minor]", CLAIM),
        "rates": Verb(t("list the rates of one's own book"), "GET /v1/rates", "",
                      ("rates: rate_id base quoted numerator denominator valid_from_ms valid_to_ms source "
                       "supersedes",)),
        "rate": Verb(t("enter a rate: one unit of the first currency is so many of the second"), "POST /v1/rates",
                     "base quoted numerator denominator source --valid_from_ms --valid_to_ms [--supersedes]",
                     (": rate_id base quoted",)),
        "exchange": Verb(t("change money of one's own book at the rate of now"), "POST /v1/exchanges",
                         "base quoted amount_minor", SUMS),
        "close-exchange": Verb(t("book what rates have made of changed money"), "POST /v1/exchange-closings", "home",
                               SUMS),
    }  # fmt: skip
