CREATE TABLE subscription (
    subscription_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    url TEXT NOT NULL,
    kinds TEXT NOT NULL,
    secret TEXT NOT NULL,
    secret_before TEXT,
    before_until_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    failures BIGINT NOT NULL,
    failing_since_ms BIGINT,
    next_ms BIGINT NOT NULL,
    lease_ms BIGINT NOT NULL,
    PRIMARY KEY (subscription_id),
    FOREIGN KEY(party_id) REFERENCES party (party_id)
)

CREATE INDEX subscription_by_end ON subscription (ended_ms)

CREATE TABLE delivery (
    delivery_id TEXT NOT NULL,
    subscription_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    queued_ms BIGINT NOT NULL,
    next_ms BIGINT NOT NULL,
    done_ms BIGINT,
    last_error TEXT NOT NULL,
    PRIMARY KEY (delivery_id),
    CONSTRAINT delivery_state CHECK (state IN ('waiting', 'delivered', 'dead')),
    CONSTRAINT delivery_order UNIQUE (subscription_id, stream, seq),
    FOREIGN KEY(subscription_id) REFERENCES subscription (subscription_id)
)

CREATE INDEX delivery_by_state ON delivery (state, subscription_id, queued_ms)
