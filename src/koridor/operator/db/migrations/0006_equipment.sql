CREATE TABLE pool (
    pool_id TEXT NOT NULL,
    keeper_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (pool_id),
    FOREIGN KEY(keeper_id) REFERENCES party (party_id)
)

CREATE TABLE equipment_order (
    order_id TEXT NOT NULL,
    pool_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    place_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    valid_to_ms BIGINT NOT NULL,
    booking_id TEXT,
    status TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (order_id),
    CONSTRAINT equipment_order_once UNIQUE (pool_id, kind, reference),
    CONSTRAINT equipment_order_kind CHECK (kind IN ('release', 'return')),
    CONSTRAINT equipment_order_status CHECK (status IN ('open', 'closed')),
    FOREIGN KEY(pool_id) REFERENCES pool (pool_id),
    FOREIGN KEY(booking_id) REFERENCES booking (booking_id)
)

CREATE INDEX equipment_order_by_validity ON equipment_order (status, valid_to_ms)

CREATE TABLE equipment_order_line (
    order_id TEXT NOT NULL,
    type_code TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    PRIMARY KEY (order_id, type_code),
    CONSTRAINT equipment_order_line_within CHECK (quantity > 0 AND taken >= 0 AND taken <= quantity),
    FOREIGN KEY(order_id) REFERENCES equipment_order (order_id)
)

CREATE TABLE unit (
    unit_id TEXT NOT NULL,
    keeper_id TEXT NOT NULL,
    pool_id TEXT NOT NULL,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    type_code TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    shipper_owned BIGINT NOT NULL,
    state TEXT NOT NULL,
    place_id TEXT NOT NULL,
    since_ms BIGINT,
    order_id TEXT,
    inspect_ms BIGINT,
    updates BIGINT NOT NULL,
    PRIMARY KEY (unit_id),
    CONSTRAINT unit_once UNIQUE (keeper_id, number),
    CONSTRAINT unit_kind CHECK (kind IN ('container', 'wagon')),
    CONSTRAINT unit_state CHECK (state IN ('expected', 'available', 'released', 'on_hire', 'damaged', 'in_repair', 'off_hire')),
    FOREIGN KEY(keeper_id) REFERENCES party (party_id),
    FOREIGN KEY(pool_id) REFERENCES pool (pool_id),
    FOREIGN KEY(owner_id) REFERENCES party (party_id),
    FOREIGN KEY(order_id) REFERENCES equipment_order (order_id)
)

CREATE INDEX unit_by_place ON unit (pool_id, place_id, state)

CREATE TABLE equipment_order_unit (
    order_id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    gated_ms BIGINT,
    PRIMARY KEY (order_id, unit_id),
    FOREIGN KEY(order_id) REFERENCES equipment_order (order_id),
    FOREIGN KEY(unit_id) REFERENCES unit (unit_id)
)

CREATE INDEX equipment_order_unit_by_unit ON equipment_order_unit (unit_id)

CREATE TABLE clock_contract (
    contract_id TEXT NOT NULL,
    pool_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    side TEXT NOT NULL,
    valid_from_ms BIGINT NOT NULL,
    valid_to_ms BIGINT NOT NULL,
    recorded_ms BIGINT NOT NULL,
    supersedes TEXT,
    content TEXT NOT NULL,
    PRIMARY KEY (contract_id),
    CONSTRAINT clock_contract_kind CHECK (kind IN ('demurrage', 'detention', 'storage', 'standing')),
    CONSTRAINT clock_contract_side CHECK (side IN ('owed', 'asked')),
    CONSTRAINT clock_contract_span CHECK (valid_from_ms < valid_to_ms),
    CONSTRAINT clock_contract_superseded_once UNIQUE (supersedes),
    FOREIGN KEY(pool_id) REFERENCES pool (pool_id),
    FOREIGN KEY(party_id) REFERENCES party (party_id)
)

CREATE INDEX clock_contract_by_pool ON clock_contract (pool_id, kind, valid_from_ms)

CREATE TABLE book_rate (
    rate_id TEXT NOT NULL,
    book TEXT NOT NULL,
    base TEXT NOT NULL,
    quoted TEXT NOT NULL,
    valid_from_ms BIGINT NOT NULL,
    valid_to_ms BIGINT NOT NULL,
    numerator BIGINT NOT NULL,
    denominator BIGINT NOT NULL,
    source TEXT NOT NULL,
    recorded_ms BIGINT NOT NULL,
    supersedes TEXT,
    PRIMARY KEY (rate_id),
    CONSTRAINT book_rate_positive CHECK (numerator > 0 AND denominator > 0 AND valid_from_ms < valid_to_ms),
    CONSTRAINT book_rate_superseded_once UNIQUE (supersedes),
    FOREIGN KEY(book) REFERENCES party (party_id)
)

CREATE INDEX book_rate_by_pair ON book_rate (book, base, quoted, valid_from_ms)

INSERT INTO book_rate
SELECT party.party_id || '.' || base || '.' || quoted || '.' || valid_from_ms, party.party_id, base, quoted,
    valid_from_ms, valid_to_ms, numerator, denominator, source, valid_from_ms, NULL
FROM rate CROSS JOIN party WHERE party.kind = 'partner'

DROP TABLE rate

CREATE TABLE carrier_statement (
    statement_id TEXT NOT NULL,
    book TEXT NOT NULL,
    carrier_id TEXT NOT NULL,
    number TEXT NOT NULL,
    currency TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (statement_id),
    CONSTRAINT carrier_statement_once UNIQUE (book, carrier_id, number),
    FOREIGN KEY(book) REFERENCES party (party_id),
    FOREIGN KEY(carrier_id) REFERENCES party (party_id)
)

CREATE TABLE carrier_line (
    statement_id TEXT NOT NULL,
    ref TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    expected_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (statement_id, ref),
    CONSTRAINT carrier_line_state CHECK (state IN ('matched', 'difference', 'unknown', 'accepted', 'disputed', 'withdrawn')),
    FOREIGN KEY(statement_id) REFERENCES carrier_statement (statement_id)
)

CREATE TABLE claim (
    claim_id TEXT NOT NULL,
    booking_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    bearer_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    carrier_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    agreed_minor BIGINT,
    due_ms BIGINT,
    content TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (claim_id),
    CONSTRAINT claim_kind CHECK (kind IN ('delay', 'shortage', 'damage')),
    CONSTRAINT claim_state CHECK (state IN ('noted', 'filed', 'agreed', 'refused', 'recovered', 'dropped')),
    CONSTRAINT claim_positive CHECK (amount_minor > 0 AND (agreed_minor IS NULL OR agreed_minor BETWEEN 0 AND amount_minor)),
    FOREIGN KEY(booking_id) REFERENCES booking (booking_id),
    FOREIGN KEY(seller_id) REFERENCES party (party_id),
    FOREIGN KEY(bearer_id) REFERENCES party (party_id),
    FOREIGN KEY(customer_id) REFERENCES party (party_id),
    FOREIGN KEY(carrier_id) REFERENCES party (party_id)
)

CREATE INDEX claim_by_booking ON claim (booking_id)

CREATE INDEX claim_by_deadline ON claim (state, due_ms)
