UPDATE consignment SET quote_id = (
    SELECT event.body::json ->> 'quote_id' FROM event
    JOIN shipment ON event.stream = 'booking/' || shipment.booking_id
    WHERE shipment.shipment_id = consignment.shipment_id AND event.recorded_ms <= consignment.created_ms
        AND event.body::json ->> 'quote_id' IS NOT NULL
    ORDER BY event.seq DESC LIMIT 1
) WHERE quote_id IS NULL
