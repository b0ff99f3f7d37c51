CREATE TABLE shipment_unit (
    shipment_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    added_ms BIGINT NOT NULL,
    PRIMARY KEY (shipment_id, kind, number),
    CONSTRAINT unit_kind CHECK (kind IN ('container', 'wagon', 'reference')),
    FOREIGN KEY(shipment_id) REFERENCES shipment (shipment_id)
)

CREATE INDEX unit_by_number ON shipment_unit (number)

CREATE TABLE message (
    message_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    to_id TEXT NOT NULL,
    format TEXT NOT NULL,
    digest TEXT NOT NULL,
    raw TEXT NOT NULL,
    received_ms BIGINT NOT NULL,
    PRIMARY KEY (message_id),
    CONSTRAINT message_once UNIQUE (party_id, digest),
    FOREIGN KEY(party_id) REFERENCES party (party_id),
    FOREIGN KEY(to_id) REFERENCES party (party_id)
)

CREATE TABLE told (
    event_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    told_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    to_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    happened_ms BIGINT NOT NULL,
    unit TEXT NOT NULL,
    retracts TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    recorded_ms BIGINT NOT NULL,
    PRIMARY KEY (event_id),
    CONSTRAINT told_state CHECK (state IN ('matched', 'vehicle', 'unmatched', 'dismissed')),
    FOREIGN KEY(party_id) REFERENCES party (party_id),
    FOREIGN KEY(message_id) REFERENCES message (message_id),
    FOREIGN KEY(to_id) REFERENCES party (party_id)
)

CREATE INDEX told_by_state ON told (to_id, state, recorded_ms)

CREATE INDEX told_by_retracted ON told (party_id, retracts)

CREATE TABLE told_stream (
    event_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    PRIMARY KEY (event_id, stream),
    FOREIGN KEY(event_id) REFERENCES told (event_id)
)

CREATE TABLE consignment (
    shipment_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    person_id TEXT NOT NULL,
    given TEXT NOT NULL,
    content TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (shipment_id, version),
    FOREIGN KEY(shipment_id) REFERENCES shipment (shipment_id),
    FOREIGN KEY(person_id) REFERENCES person (person_id)
)

CREATE TABLE alert (
    alert_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    what TEXT NOT NULL,
    due_ms BIGINT NOT NULL,
    raised_ms BIGINT NOT NULL,
    resolved_ms BIGINT,
    PRIMARY KEY (alert_id),
    CONSTRAINT alert_once UNIQUE (kind, object_id, what, due_ms)
)

CREATE INDEX alert_by_state ON alert (resolved_ms, raised_ms)

CREATE TABLE alert_seen (
    alert_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    seen_ms BIGINT NOT NULL,
    PRIMARY KEY (alert_id, party_id),
    FOREIGN KEY(alert_id) REFERENCES alert (alert_id),
    FOREIGN KEY(party_id) REFERENCES party (party_id),
    FOREIGN KEY(person_id) REFERENCES person (person_id)
)
