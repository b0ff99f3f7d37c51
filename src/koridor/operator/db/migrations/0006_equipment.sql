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
    FOREIGN KEY(party_id) REFERENCES party (party_id),
    FOREIGN KEY(supersedes) REFERENCES clock_contract (contract_id)
)

CREATE INDEX clock_contract_by_pool ON clock_contract (pool_id, kind, valid_from_ms)
