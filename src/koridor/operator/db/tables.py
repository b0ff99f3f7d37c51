"""Every table of the operator. A change here needs a script in `migrations`; a test holds the two to each other."""

from __future__ import annotations

import sqlalchemy as sa

from koridor.operator.db.books import account, book_rate, entry, journal, signature, sold, split
from koridor.operator.db.columns import METADATA, check, content, key, number, number_key, once_where, one_of, text
from koridor.operator.db.columns import table as _table

__all__ = ["METADATA", "account", "book_rate", "entry", "journal", "signature", "sold", "split"]  # with those below

PARTY_KINDS = ("partner", "carrier", "terminal", "shipper")
HOLD_STATES = ("pending", "posted", "voided", "expired", "freed")
NAMED_KINDS = ("container", "wagon", "reference")
TOLD_STATES = ("matched", "vehicle", "unmatched", "dismissed")
DELIVERY_STATES = ("waiting", "delivered", "dead")
CARRIER_LINE_STATES = ("matched", "difference", "unknown", "accepted", "disputed", "withdrawn")
CLAIM_KINDS = ("delay", "shortage", "damage")
CLAIM_STATES = ("noted", "filed", "agreed", "refused", "recovered", "dropped")
CLOCK_KINDS = ("demurrage", "detention", "storage", "standing")
UNIT_STATES = ("expected", "available", "released", "on_hire", "damaged", "in_repair", "off_hire")


schema_version = _table(
    "schema_version",
    number_key("version"),
    text("digest"),
    number("applied_ms"),
)

# ---- people

party = _table("party", key("party_id"), text("kind"), text("name"), one_of("party_kind", "kind", PARTY_KINDS))
person = _table(
    "person",
    key("person_id"),
    text("party_id", "party.party_id"),
    text("login"),
    text("name"),
    text("password_hash"),
    number("active"),
    sa.UniqueConstraint("login", name="person_login"),
)
person_role = _table("person_role", key("person_id", "person.person_id"), key("role"))
token = _table(
    "token",
    key("token_id"),
    text("person_id", "person.person_id"),
    text("secret_hash"),
    text("kind"),
    text("scopes"),
    text("label"),
    number("created_ms"),
    number("expires_ms"),
    number("revoked_ms", empty=True),
    one_of("token_kind", "kind", ("session", "key")),
)
member = _table(
    "member",
    key("kind"),
    key("object_id"),
    key("party_id", "party.party_id"),
    text("part"),
    sa.Index("member_by_party", "party_id", "kind"),
)

# ---- network and capacity

network = _table(
    "network", key("network_id"), text("name"), number("published_ms"), content("content"), text("plan", default="[]")
)
departure = _table(
    "departure",
    key("departure_id"),
    text("network_id", "network.network_id"),
    text("service_id"),
    text("direction"),
    number("starts_ms"),
    text("status"),
    text("mode", default=""),  # "": not known, of departures made before it was kept
    one_of("departure_status", "status", ("open", "closed", "cancelled")),
    sa.Index("departure_by_service", "service_id", "starts_ms"),
    sa.Index("departure_by_start", "starts_ms", "departure_id"),
)
stop = _table(
    "stop",
    key("departure_id", "departure.departure_id"),
    number_key("seq"),
    text("place_id"),
    number("at_ms"),
    sa.Index("stop_by_place", "place_id", "at_ms"),
)
capacity = _table(
    "capacity",
    key("departure_id", "departure.departure_id"),
    number_key("seq"),
    key("resource"),
    key("pool"),
    number("cap"),
    number("overbook"),
    number("sold"),
    number("held"),
    check("capacity_not_negative", "cap >= 0 AND overbook >= 0 AND sold >= 0 AND held >= 0"),
    check("capacity_not_oversold", "sold + held <= cap + overbook"),
)
allotment = _table(
    "allotment",
    key("departure_id", "departure.departure_id"),
    key("resource"),
    key("party_id", "party.party_id"),
    number("quantity"),
    number("release_ms"),
    number("released_ms", empty=True),
    check("allotment_positive", "quantity > 0"),
    sa.Index("allotment_by_release", "released_ms", "release_ms"),
)
hold = _table(
    "hold",
    key("hold_id"),
    text("party_id", "party.party_id"),
    text("state"),
    number("created_ms"),
    number("expires_ms"),
    one_of("hold_state", "state", HOLD_STATES),
    sa.Index("hold_by_expiry", "state", "expires_ms"),
    sa.Index("hold_by_party", "party_id", "state"),
)
hold_line = _table(
    "hold_line",
    key("hold_id", "hold.hold_id"),
    key("departure_id"),
    number_key("seq"),
    key("resource"),
    text("pool"),
    number("quantity"),
    check("hold_line_positive", "quantity > 0"),
    sa.Index("hold_line_by_departure", "departure_id"),
    sa.ForeignKeyConstraint(
        ["departure_id", "seq", "resource", "pool"],
        ["capacity.departure_id", "capacity.seq", "capacity.resource", "capacity.pool"],
    ),
)

# ---- disruption

incident = _table(
    "incident",
    key("incident_id"),
    text("party_id", "party.party_id"),
    text("state"),
    text("title"),
    text("kind"),
    text("source"),
    number("from_ms"),
    number("to_ms", empty=True),
    text("content"),
    number("created_ms"),
    one_of("incident_state", "state", ("in_force", "ended")),
    check("incident_lasts", "to_ms IS NULL OR from_ms < to_ms"),
    sa.Index("incident_by_time", "from_ms", "to_ms"),
)

# ---- selling

tariff = _table(
    "tariff",
    key("tariff_id"),
    text("party_id", "party.party_id"),
    number("valid_from_ms"),
    number("valid_to_ms"),
    text("content"),
    number("ended_ms", empty=True),
    sa.Index("tariff_by_party", "party_id", "valid_from_ms"),
)
quote = _table(
    "quote",
    key("quote_id"),
    text("seller_id", "party.party_id"),
    text("customer_id", "party.party_id"),
    text("network_id", "network.network_id"),
    text("tariff_id", "tariff.tariff_id"),
    number("created_ms"),
    number("valid_to_ms"),
    text("content"),
    text("replaces", "quote.quote_id", empty=True),
    text("split_id", "split.split_id", empty=True),  # by which what is booked of it is shared; none of one partner's
    sa.Index("quote_replaced_once", "replaces", unique=True),
)
enquiry = _table(
    "enquiry",
    key("enquiry_id"),
    text("seller_id", "party.party_id"),
    text("customer_id", "party.party_id"),
    text("network_id", "network.network_id"),
    number("created_ms"),
    text("content"),
)
booking = _table(
    "booking",
    key("booking_id"),
    text("quote_id", "quote.quote_id"),
    text("seller_id", "party.party_id"),
    text("customer_id", "party.party_id"),
    text("status"),
    text("hold_id", "hold.hold_id", empty=True),
    number("updates"),
    number("created_ms"),
    sa.Index("booking_by_status", "status", "created_ms"),
    sa.Index("booking_by_hold", "hold_id"),
    sa.Index("booking_by_quote", "quote_id"),
)
plan_approval = _table(
    "plan_approval",
    key("booking_id", "booking.booking_id"),
    number_key("seq"),
    text("railway"),
    text("status"),
    text("content"),
    number("recorded_ms"),
    one_of("plan_status", "status", ("requested", "agreed", "refused", "banned")),
)
shipment = _table(
    "shipment",
    key("shipment_id"),
    text("booking_id", "booking.booking_id"),
    number("created_ms"),
    sa.UniqueConstraint("booking_id", name="shipment_booking"),
)
proposal = _table(
    "proposal",
    key("proposal_id"),
    text("party_id", "party.party_id"),
    text("kind"),
    text("state"),
    text("content"),
    text("proposed_by", "person.person_id"),
    text("decided_by", "person.person_id", empty=True),
    number("created_ms"),
    number("decided_ms", empty=True),
    one_of("proposal_state", "state", ("open", "approved", "rejected")),
    check("proposal_four_eyes", "decided_by IS NULL OR decided_by <> proposed_by"),
    check("proposal_decided", "(state = 'open') = (decided_by IS NULL)"),
)

# ---- what is told on the way

shipment_unit = _table(
    "shipment_unit",
    key("shipment_id", "shipment.shipment_id"),
    key("kind"),
    key("number"),
    number("added_ms"),
    one_of("unit_kind", "kind", NAMED_KINDS),
    sa.Index("unit_by_number", "number"),
)
message = _table(
    "message",
    key("message_id"),
    text("party_id", "party.party_id"),
    text("to_id", "party.party_id"),
    text("format"),
    text("digest"),
    text("raw"),
    number("received_ms"),
    sa.UniqueConstraint("party_id", "digest", name="message_once"),
)
told = _table(
    "told",
    key("event_id"),
    text("party_id", "party.party_id"),
    text("told_id"),
    text("message_id", "message.message_id"),
    text("to_id", "party.party_id"),
    text("kind"),
    number("happened_ms"),
    text("unit"),
    text("retracts"),
    text("body"),
    text("state"),
    number("recorded_ms"),
    one_of("told_state", "state", TOLD_STATES),
    sa.Index("told_by_state", "to_id", "state", "recorded_ms"),
    sa.Index("told_by_retracted", "party_id", "retracts"),
)
consignment = _table(
    "consignment",
    key("shipment_id", "shipment.shipment_id"),
    number_key("version"),
    text("person_id", "person.person_id"),
    text("given"),
    text("content"),
    number("created_ms"),
    text("quote_id", "quote.quote_id", empty=True),  # whose legs it was given for
)
alert = _table(
    "alert",
    key("alert_id"),
    text("kind"),
    text("object_kind"),
    text("object_id"),
    text("what"),
    number("due_ms"),
    number("raised_ms"),
    number("resolved_ms", empty=True),
    sa.UniqueConstraint("kind", "object_id", "what", "due_ms", name="alert_once"),
    sa.Index("alert_by_state", "resolved_ms", "raised_ms"),
)
alert_seen = _table(
    "alert_seen",
    key("alert_id", "alert.alert_id"),
    key("party_id", "party.party_id"),
    text("person_id", "person.person_id"),
    number("seen_ms"),
)
told_stream = _table("told_stream", key("event_id", "told.event_id"), key("stream"))

# ---- logs

event = _table(
    "event",
    key("stream"),
    key("event_id"),
    number("seq"),
    text("kind"),
    text("actor"),
    number("happened_ms"),
    number("recorded_ms"),
    text("body"),
    sa.UniqueConstraint("stream", "seq", name="event_order"),
)
audit = _table(
    "audit",
    number_key("seq"),
    number("at_ms"),
    text("actor"),
    text("party_id"),
    text("action"),
    text("object"),
    text("change"),
    text("previous"),
    text("hash"),
)
chain = _table("chain", key("name"), number("seq"), text("hash"))
idempotency = _table(
    "idempotency",
    key("party_id"),
    key("route"),
    key("key"),
    text("body_hash"),
    number("status"),
    text("body"),
    number("created_ms"),
    sa.Index("idempotency_by_age", "created_ms"),
)

# ---- what leaves the desk

subscription = _table(
    "subscription",
    key("subscription_id"),
    text("party_id", "party.party_id"),
    text("url"),
    text("kinds"),
    text("secret"),
    text("secret_before", empty=True),
    number("before_until_ms"),
    number("created_ms"),
    number("ended_ms", empty=True),
    number("failures"),
    number("failing_since_ms", empty=True),
    number("next_ms"),
    number("lease_ms"),
    sa.Index("subscription_by_end", "ended_ms"),
)
delivery = _table(
    "delivery",
    key("delivery_id"),
    text("subscription_id", "subscription.subscription_id"),
    text("stream"),
    number("seq"),
    text("kind"),
    text("body"),
    text("state"),
    number("tries"),
    number("queued_ms"),
    number("next_ms"),
    number("done_ms", empty=True),
    text("last_error"),
    one_of("delivery_state", "state", DELIVERY_STATES),
    sa.UniqueConstraint("subscription_id", "stream", "seq", name="delivery_order"),
    sa.Index("delivery_by_state", "state", "subscription_id", "queued_ms"),
    sa.Index("delivery_by_done", "state", "done_ms"),
)
delivery_dropped = _table(
    "delivery_dropped",
    key("subscription_id", "subscription.subscription_id"),
    key("stream"),
    number("seq"),
    number("queued_ms"),
    number("messages"),
)

# ---- equipment

pool = _table("pool", key("pool_id"), text("keeper_id", "party.party_id"), text("name"), number("created_ms"))
unit = _table(
    "unit",
    key("unit_id"),
    text("keeper_id", "party.party_id"),
    text("pool_id", "pool.pool_id"),
    text("number"),
    text("kind"),
    text("type_code"),
    text("owner_id", "party.party_id"),
    number("shipper_owned"),
    text("state"),
    text("place_id"),
    number("since_ms", empty=True),
    text("order_id", "equipment_order.order_id", empty=True),
    number("inspect_ms", empty=True),
    number("updates"),
    sa.UniqueConstraint("keeper_id", "number", name="unit_once"),
    one_of("unit_kind", "kind", ("container", "wagon")),
    one_of("unit_state", "state", UNIT_STATES),
    sa.Index("unit_by_place", "pool_id", "place_id", "state"),
)
equipment_order = _table(
    "equipment_order",
    key("order_id"),
    text("pool_id", "pool.pool_id"),
    text("kind"),
    text("place_id"),
    text("reference"),
    number("valid_to_ms"),
    text("booking_id", "booking.booking_id", empty=True),
    text("status"),
    number("created_ms"),
    text("repositioning_id", "repositioning.repositioning_id", empty=True),
    sa.UniqueConstraint("pool_id", "kind", "reference", name="equipment_order_once"),
    one_of("equipment_order_kind", "kind", ("release", "return")),
    one_of("equipment_order_status", "status", ("open", "closed")),
    sa.Index("equipment_order_by_validity", "status", "valid_to_ms"),
)
equipment_order_line = _table(
    "equipment_order_line",
    key("order_id", "equipment_order.order_id"),
    key("type_code"),
    number("quantity"),
    number("taken"),
    check("equipment_order_line_within", "quantity > 0 AND taken >= 0 AND taken <= quantity"),
)
equipment_order_unit = _table(
    "equipment_order_unit",
    key("order_id", "equipment_order.order_id"),
    key("unit_id", "unit.unit_id"),
    number("gated_ms", empty=True),
    sa.Index("equipment_order_unit_by_unit", "unit_id"),
)
repositioning = _table(
    "repositioning",
    key("repositioning_id"),
    text("party_id", "party.party_id"),
    text("state"),
    number("weeks"),
    text("content"),
    text("orders"),
    number("created_ms"),
    number("decided_ms", empty=True),
    text("outcome", default="{}"),
    one_of("repositioning_state", "state", ("proposed", "accepted", "superseded")),
    sa.Index("repositioning_by_party", "party_id", "created_ms"),
    once_where("repositioning_in_force", "party_id", "state = 'proposed'"),
)
clock_contract = _table(
    "clock_contract",
    key("contract_id"),
    text("pool_id", "pool.pool_id"),
    text("party_id", "party.party_id"),
    text("kind"),
    text("side"),
    number("valid_from_ms"),
    number("valid_to_ms"),
    number("recorded_ms"),
    text("supersedes", empty=True),
    text("content"),
    one_of("clock_contract_kind", "kind", CLOCK_KINDS),
    one_of("clock_contract_side", "side", ("owed", "asked")),
    check("clock_contract_span", "valid_from_ms < valid_to_ms"),
    sa.UniqueConstraint("supersedes", name="clock_contract_superseded_once"),
    sa.Index("clock_contract_by_pool", "pool_id", "kind", "valid_from_ms"),
)

# ---- carriers' statements and claims

carrier_statement = _table(
    "carrier_statement",
    key("statement_id"),
    text("book", "party.party_id"),
    text("carrier_id", "party.party_id"),
    text("number"),
    text("currency"),
    number("created_ms"),
    sa.UniqueConstraint("book", "carrier_id", "number", name="carrier_statement_once"),
)
carrier_line = _table(
    "carrier_line",
    key("statement_id", "carrier_statement.statement_id"),
    key("ref"),
    number("amount_minor"),
    number("expected_minor"),
    text("state"),
    text("content"),
    one_of("carrier_line_state", "state", CARRIER_LINE_STATES),
)
claim = _table(
    "claim",
    key("claim_id"),
    text("booking_id", "booking.booking_id"),
    text("seller_id", "party.party_id"),
    text("bearer_id", "party.party_id"),
    text("customer_id", "party.party_id"),
    text("carrier_id", "party.party_id"),
    text("kind"),
    text("state"),
    text("currency"),
    number("amount_minor"),
    number("agreed_minor", empty=True),
    number("due_ms", empty=True),
    text("content"),
    number("created_ms"),
    one_of("claim_kind", "kind", CLAIM_KINDS),
    one_of("claim_state", "state", CLAIM_STATES),
    check("claim_positive", "amount_minor > 0 AND (agreed_minor IS NULL OR agreed_minor BETWEEN 0 AND amount_minor)"),
    sa.Index("claim_by_deadline", "state", "due_ms"),
    sa.Index("claim_by_booking", "booking_id"),
)
