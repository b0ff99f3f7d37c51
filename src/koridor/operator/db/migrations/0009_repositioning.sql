CREATE TABLE repositioning (
    repositioning_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    state TEXT NOT NULL,
    weeks BIGINT NOT NULL,
    content TEXT NOT NULL,
    orders TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    decided_ms BIGINT,
    PRIMARY KEY (repositioning_id),
    CONSTRAINT repositioning_state CHECK (state IN ('proposed', 'accepted', 'superseded')),
    FOREIGN KEY(party_id) REFERENCES party (party_id)
)

CREATE INDEX repositioning_by_party ON repositioning (party_id, created_ms)
