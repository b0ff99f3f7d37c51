ALTER TABLE quote ADD COLUMN replaces TEXT REFERENCES quote (quote_id)

CREATE UNIQUE INDEX quote_replaced_once ON quote (replaces)

CREATE TABLE enquiry (
    enquiry_id TEXT NOT NULL,
    seller_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    network_id TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (enquiry_id),
    FOREIGN KEY (seller_id) REFERENCES party (party_id),
    FOREIGN KEY (customer_id) REFERENCES party (party_id),
    FOREIGN KEY (network_id) REFERENCES network (network_id)
)
