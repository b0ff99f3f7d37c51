CREATE TABLE audit (
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    party_id TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    change TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (seq)
)

CREATE TABLE chain (
    name TEXT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (name)
)

CREATE TABLE event (
    stream TEXT NOT NULL,
    event_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    happened_ms BIGINT NOT NULL,
    recorded_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (stream, event_id),
    CONSTRAINT event_order UNIQUE (stream, seq)
)

CREATE TABLE idempotency (
    party_id TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (party_id, route, key)
)

CREATE INDEX idempotency_by_age ON idempotency (created_ms)

CREATE TABLE network (
    network_id TEXT NOT NULL,
    name TEXT NOT NULL,
    published_ms BIGINT NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (network_id)
)

CREATE TABLE party (
    party_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (party_id),
    CONSTRAINT party_kind CHECK (kind IN ('partner', 'carrier', 'terminal', 'shipper'))
)

CREATE TABLE rate (
    base TEXT NOT NULL,
    quoted TEXT NOT NULL,
    valid_from_ms BIGINT NOT NULL,
    valid_to_ms BIGINT NOT NULL,
    numerator BIGINT NOT NULL,
    denominator BIGINT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (base, quoted, valid_from_ms),
    CONSTRAINT rate_positive CHECK (numerator > 0 AND denominator > 0 AND valid_from_ms < valid_to_ms)
)

CREATE TABLE schema_version (
    version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    applied_ms BIGINT NOT NULL,
    PRIMARY KEY (version)
)

CREATE TABLE account (
    account_id TEXT NOT NULL,
    book TEXT NOT NULL,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    currency TEXT NOT NULL,
    PRIMARY KEY (account_id),
    CONSTRAINT account_once UNIQUE (book, kind, about, currency),
    FOREIGN KEY(book) REFERENCES party (party_id)
)

CREATE TABLE departure (
    departure_id TEXT NOT NULL,
    network_id TEXT NOT NULL,
    service_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    starts_ms BIGINT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (departure_id),
    CONSTRAINT departure_status CHECK (status IN ('open', 'closed', 'cancelled')),
    FOREIGN KEY(network_id) REFERENCES network (network_id)
)

CREATE INDEX departure_by_service ON departure (service_id, starts_ms)

CREATE TABLE hold (
    hold_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (hold_id),
    CONSTRAINT hold_state CHECK (state IN ('pending', 'posted', 'voided', 'expired', 'freed')),
    FOREIGN KEY(party_id) REFERENCES party (party_id)
)

CREATE INDEX hold_by_expiry ON hold (state, expires_ms)

CREATE INDEX hold_by_party ON hold (party_id, state)

CREATE TABLE journal (
    journal_id TEXT NOT NULL,
    book TEXT NOT NULL,
    kind TEXT NOT NULL,
    ref TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    reverses TEXT,
    PRIMARY KEY (journal_id),
    CONSTRAINT journal_reversed_once UNIQUE (reverses),
    FOREIGN KEY(book) REFERENCES party (party_id),
    FOREIGN KEY(reverses) REFERENCES journal (journal_id) DEFERRABLE INITIALLY DEFERRED
)

CREATE INDEX journal_by_ref ON journal (ref)

CREATE TABLE member (
    kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    part TEXT NOT NULL,
    PRIMARY KEY (kind, object_id, party_id),
    FOREIGN KEY(party_id) REFERENCES party (party_id)
)

CREATE TABLE person (
    person_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active BIGINT NOT NULL,
    PRIMARY KEY (person_id),
    CONSTRAINT person_login UNIQUE (login),
    FOREIGN KEY(party_id) REFERENCES party (party_id)
)

CREATE TABLE tariff (
    tariff_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    valid_from_ms BIGINT NOT NULL,
    valid_to_ms BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (tariff_id),
    FOREIGN KEY(party_id) REFERENCES party (party_id)
)

CREATE INDEX tariff_by_party ON tariff (party_id, valid_from_ms)

CREATE TABLE allotment (
    departure_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    party_id TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    release_ms BIGINT NOT NULL,
    released_ms BIGINT,
    PRIMARY KEY (departure_id, resource, party_id),
    CONSTRAINT allotment_positive CHECK (quantity > 0),
    FOREIGN KEY(departure_id) REFERENCES departure (departure_id),
    FOREIGN KEY(party_id) REFERENCES party (party_id)
)

CREATE INDEX allotment_by_release ON allotment (released_ms, release_ms)

CREATE TABLE capacity (
    departure_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    resource TEXT NOT NULL,
    pool TEXT NOT NULL,
    cap BIGINT NOT NULL,
    overbook BIGINT NOT NULL,
    sold BIGINT NOT NULL,
    held BIGINT NOT NULL,
    PRIMARY KEY (departure_id, seq, resource, pool),
    CONSTRAINT capacity_not_negative CHECK (cap >= 0 AND overbook >= 0 AND sold >= 0 AND held >= 0),
    CONSTRAINT capacity_not_oversold CHECK (sold + held <= cap + overbook),
    FOREIGN KEY(departure_id) REFERENCES departure (departure_id)
)

CREATE TABLE entry (
    journal_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (journal_id, line),
    FOREIGN KEY(journal_id) REFERENCES journal (journal_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY(account_id) REFERENCES account (account_id)
)

CREATE INDEX entry_by_account ON entry (account_id)

CREATE TABLE person_role (
    person_id TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (person_id, role),
    FOREIGN KEY(person_id) REFERENCES person (person_id)
)

CREATE TABLE proposal (
    proposal_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    decided_by TEXT,
    created_ms BIGINT NOT NULL,
    decided_ms BIGINT,
    PRIMARY KEY (proposal_id),
    CONSTRAINT proposal_state CHECK (state IN ('open', 'approved', 'rejected')),
    CONSTRAINT proposal_four_eyes CHECK (decided_by IS NULL OR decided_by <> proposed_by),
    CONSTRAINT proposal_decided CHECK ((state = 'open') = (decided_by IS NULL)),
    FOREIGN KEY(party_id) REFERENCES party (party_id),
    FOREIGN KEY(proposed_by) REFERENCES person (person_id),
    FOREIGN KEY(decided_by) REFERENCES person (person_id)
)

CREATE TABLE quote (
    quote_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    network_id TEXT NOT NULL,
    tariff_id TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    valid_to_ms BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (quote_id),
    FOREIGN KEY(seller_id) REFERENCES party (party_id),
    FOREIGN KEY(customer_id) REFERENCES party (party_id),
    FOREIGN KEY(network_id) REFERENCES network (network_id),
    FOREIGN KEY(tariff_id) REFERENCES tariff (tariff_id)
)

CREATE TABLE signature (
    first_id TEXT NOT NULL,
    second_id TEXT NOT NULL,
    month TEXT NOT NULL,
    party_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    person_id TEXT NOT NULL,
    signed_ms BIGINT NOT NULL,
    PRIMARY KEY (first_id, second_id, month, party_id),
    FOREIGN KEY(first_id) REFERENCES party (party_id),
    FOREIGN KEY(second_id) REFERENCES party (party_id),
    FOREIGN KEY(party_id) REFERENCES party (party_id),
    FOREIGN KEY(person_id) REFERENCES person (person_id)
)

CREATE TABLE stop (
    departure_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    place_id TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (departure_id, seq),
    FOREIGN KEY(departure_id) REFERENCES departure (departure_id)
)

CREATE INDEX stop_by_place ON stop (place_id, at_ms)

CREATE TABLE token (
    token_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    scopes TEXT NOT NULL,
    label TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    revoked_ms BIGINT,
    PRIMARY KEY (token_id),
    CONSTRAINT token_kind CHECK (kind IN ('session', 'key')),
    FOREIGN KEY(person_id) REFERENCES person (person_id)
)

CREATE TABLE booking (
    booking_id TEXT NOT NULL,
    quote_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    status TEXT NOT NULL,
    hold_id TEXT,
    updates BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (booking_id),
    FOREIGN KEY(quote_id) REFERENCES quote (quote_id),
    FOREIGN KEY(seller_id) REFERENCES party (party_id),
    FOREIGN KEY(customer_id) REFERENCES party (party_id),
    FOREIGN KEY(hold_id) REFERENCES hold (hold_id)
)

CREATE INDEX booking_by_hold ON booking (hold_id)

CREATE INDEX booking_by_status ON booking (status, created_ms)

CREATE TABLE hold_line (
    hold_id TEXT NOT NULL,
    departure_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    resource TEXT NOT NULL,
    pool TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    PRIMARY KEY (hold_id, departure_id, seq, resource),
    CONSTRAINT hold_line_positive CHECK (quantity > 0),
    FOREIGN KEY(departure_id, seq, resource, pool) REFERENCES capacity (departure_id, seq, resource, pool),
    FOREIGN KEY(hold_id) REFERENCES hold (hold_id)
)

CREATE INDEX hold_line_by_departure ON hold_line (departure_id)

CREATE TABLE plan_approval (
    booking_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    railway TEXT NOT NULL,
    status TEXT NOT NULL,
    content TEXT NOT NULL,
    recorded_ms BIGINT NOT NULL,
    PRIMARY KEY (booking_id, seq),
    CONSTRAINT plan_status CHECK (status IN ('requested', 'agreed', 'refused', 'banned')),
    FOREIGN KEY(booking_id) REFERENCES booking (booking_id)
)

CREATE TABLE shipment (
    shipment_id TEXT NOT NULL,
    booking_id TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (shipment_id),
    CONSTRAINT shipment_booking UNIQUE (booking_id),
    FOREIGN KEY(booking_id) REFERENCES booking (booking_id)
)
