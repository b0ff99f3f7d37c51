CREATE TABLE split (
    split_id TEXT NOT NULL,
    first_id TEXT NOT NULL,
    second_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    valid_from_ms BIGINT NOT NULL,
    content TEXT NOT NULL,
    hash TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    decided_by TEXT,
    decided_ms BIGINT,
    reason TEXT NOT NULL,
    version BIGINT,
    in_force_ms BIGINT,
    PRIMARY KEY (split_id),
    CONSTRAINT split_state CHECK (state IN ('offered', 'agreed', 'refused', 'withdrawn')),
    CONSTRAINT split_kind CHECK (kind IN ('leg', 'km', 'contribution', 'fixed', 'none')),
    CONSTRAINT split_pair CHECK (first_id <= second_id AND party_id IN (first_id, second_id)),
    CONSTRAINT split_decided CHECK ((state = 'offered') = (decided_by IS NULL)),
    CONSTRAINT split_agreed CHECK ((state = 'agreed') = (version IS NOT NULL AND in_force_ms IS NOT NULL)),
    CONSTRAINT split_version UNIQUE (first_id, second_id, version),
    FOREIGN KEY(first_id) REFERENCES party (party_id),
    FOREIGN KEY(second_id) REFERENCES party (party_id),
    FOREIGN KEY(party_id) REFERENCES party (party_id),
    FOREIGN KEY(proposed_by) REFERENCES person (person_id),
    FOREIGN KEY(approved_by) REFERENCES person (person_id),
    FOREIGN KEY(decided_by) REFERENCES person (person_id)
)

CREATE INDEX split_by_pair ON split (first_id, second_id, state, in_force_ms)

ALTER TABLE quote ADD COLUMN split_id TEXT REFERENCES split (split_id)

ALTER TABLE journal ADD COLUMN split_id TEXT REFERENCES split (split_id)

CREATE TABLE sold (
    journal_id TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (journal_id),
    FOREIGN KEY(journal_id) REFERENCES journal (journal_id)
)

ALTER TABLE tariff ADD COLUMN ended_ms BIGINT
