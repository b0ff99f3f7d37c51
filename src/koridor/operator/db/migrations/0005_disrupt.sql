ALTER TABLE departure ADD COLUMN mode TEXT NOT NULL DEFAULT ''

CREATE TABLE incident (
    incident_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT,
    content TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (incident_id),
    CONSTRAINT incident_state CHECK (state IN ('in_force', 'ended')),
    CONSTRAINT incident_lasts CHECK (to_ms IS NULL OR from_ms < to_ms),
    FOREIGN KEY(party_id) REFERENCES party (party_id)
)

CREATE INDEX incident_by_time ON incident (from_ms, to_ms)
