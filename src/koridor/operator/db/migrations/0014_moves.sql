ALTER TABLE network ADD COLUMN plan TEXT NOT NULL DEFAULT '[]'

CREATE INDEX departure_by_start ON departure (starts_ms, departure_id)

ALTER TABLE equipment_order ADD COLUMN repositioning_id TEXT REFERENCES repositioning (repositioning_id)

UPDATE equipment_order SET repositioning_id = (
    SELECT made.repositioning_id FROM repositioning AS made
    WHERE substr(equipment_order.reference, 1, length(made.repositioning_id) + 1) = made.repositioning_id || '/'
    AND replace(made.orders, '"' || equipment_order.order_id || '"', '') <> made.orders)

ALTER TABLE repositioning ADD COLUMN outcome TEXT NOT NULL DEFAULT '{}'

UPDATE repositioning SET state = 'superseded', decided_ms = created_ms WHERE state = 'proposed' AND EXISTS (
    SELECT 1 FROM repositioning AS later
    WHERE later.party_id = repositioning.party_id AND later.state = 'proposed'
    AND (later.created_ms > repositioning.created_ms
        OR (later.created_ms = repositioning.created_ms AND later.repositioning_id > repositioning.repositioning_id)))

CREATE UNIQUE INDEX repositioning_in_force ON repositioning (party_id) WHERE state = 'proposed'
