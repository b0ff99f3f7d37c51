ALTER TABLE consignment ADD COLUMN quote_id TEXT REFERENCES quote (quote_id)
