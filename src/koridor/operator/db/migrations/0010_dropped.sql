CREATE TABLE delivery_dropped (
    subscription_id TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq BIGINT NOT NULL,
    queued_ms BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    PRIMARY KEY (subscription_id, stream),
    FOREIGN KEY(subscription_id) REFERENCES subscription (subscription_id)
)

CREATE INDEX delivery_by_done ON delivery (state, done_ms)
