CREATE FUNCTION koridor_party() RETURNS TEXT LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('koridor.party', true), '') $$

CREATE FUNCTION koridor_shares(party TEXT, object_kind TEXT, object TEXT) RETURNS BOOLEAN LANGUAGE plpgsql STABLE
AS $$ DECLARE shares BOOLEAN; BEGIN
    PERFORM set_config('koridor.party', '', true);
    shares := EXISTS (SELECT FROM member WHERE kind = object_kind AND object_id = object AND party_id = party);
    PERFORM set_config('koridor.party', party, true);
    RETURN shares;
END $$

CREATE FUNCTION koridor_kind(party TEXT) RETURNS TEXT LANGUAGE plpgsql STABLE
AS $$ DECLARE found_kind TEXT; BEGIN
    PERFORM set_config('koridor.party', '', true);
    found_kind := (SELECT one.kind FROM party AS one WHERE one.party_id = koridor_kind.party);
    PERFORM set_config('koridor.party', party, true);
    RETURN found_kind;
END $$

CREATE PROCEDURE koridor_wall(behind TEXT, own TEXT) LANGUAGE plpgsql
AS $$ BEGIN
    EXECUTE 'ALTER TABLE ' || quote_ident(behind) || ' ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY';
    EXECUTE 'CREATE POLICY own ON ' || quote_ident(behind) || ' USING (koridor_party() IS NULL OR ' || own || ')';
END $$

CREATE PROCEDURE koridor_wall_by_part(behind TEXT, object_kind TEXT, object TEXT) LANGUAGE plpgsql
AS $$ BEGIN
    CALL koridor_wall(behind, 'EXISTS (SELECT FROM member AS part WHERE part.kind = ' || object_kind
        || ' AND part.object_id = ' || object || ' AND part.party_id = koridor_party())');
END $$

CREATE PROCEDURE koridor_wall_by_parent(behind TEXT, parent TEXT, key TEXT) LANGUAGE plpgsql
AS $$ BEGIN
    CALL koridor_wall(behind, 'EXISTS (SELECT FROM ' || quote_ident(parent) || ' AS parent WHERE parent.'
        || quote_ident(key) || ' = ' || quote_ident(behind) || '.' || quote_ident(key) || ')');
END $$

CALL koridor_wall('member', 'party_id = koridor_party() OR koridor_shares(koridor_party(), kind, object_id)')

CALL koridor_wall('party', $$party_id = koridor_party() OR kind = 'partner'
    OR (SELECT koridor_kind(koridor_party())) = 'partner'$$)

CALL koridor_wall('person', 'party_id = koridor_party()')

CALL koridor_wall_by_parent('person_role', 'person', 'person_id')

CALL koridor_wall_by_parent('token', 'person', 'person_id')

CALL koridor_wall('capacity', $$pool = '' OR pool = koridor_party()$$)

CALL koridor_wall('allotment', 'party_id = koridor_party()')

CALL koridor_wall_by_part('booking', $$'booking'$$, 'booking.booking_id')

CALL koridor_wall('hold', $$party_id = koridor_party()
    OR EXISTS (SELECT FROM booking WHERE booking.hold_id = hold.hold_id)$$)

CALL koridor_wall_by_parent('hold_line', 'hold', 'hold_id')

CALL koridor_wall_by_part('incident', $$'incident'$$, 'incident.incident_id')

CALL koridor_wall('tariff', 'party_id = koridor_party()')

CALL koridor_wall('quote', $$EXISTS (SELECT FROM member AS part WHERE part.kind = 'quote'
        AND part.object_id = quote.quote_id AND part.party_id = koridor_party())
    OR EXISTS (SELECT FROM booking WHERE booking.quote_id = quote.quote_id)$$)

CALL koridor_wall_by_part('enquiry', $$'enquiry'$$, 'enquiry.enquiry_id')

CALL koridor_wall_by_parent('plan_approval', 'booking', 'booking_id')

CALL koridor_wall('proposal', 'party_id = koridor_party()')

CALL koridor_wall_by_part('shipment', $$'shipment'$$, 'shipment.shipment_id')

CALL koridor_wall_by_parent('shipment_unit', 'shipment', 'shipment_id')

CALL koridor_wall_by_parent('consignment', 'shipment', 'shipment_id')

CALL koridor_wall('message', 'koridor_party() IN (party_id, to_id)')

CALL koridor_wall('told', 'koridor_party() IN (party_id, to_id)')

CALL koridor_wall_by_parent('told_stream', 'told', 'event_id')

CALL koridor_wall_by_part('alert', 'alert.object_kind', 'alert.object_id')

CALL koridor_wall('alert_seen', 'party_id = koridor_party()')

CALL koridor_wall('audit', 'party_id = koridor_party()')

CALL koridor_wall('idempotency', 'party_id = koridor_party()')

CALL koridor_wall('account', 'book = koridor_party()')

CALL koridor_wall('journal', 'book = koridor_party()')

CALL koridor_wall_by_parent('entry', 'account', 'account_id')

CALL koridor_wall('book_rate', 'book = koridor_party()')

CALL koridor_wall('signature', 'koridor_party() IN (first_id, second_id)')

CALL koridor_wall('subscription', 'party_id = koridor_party()')

CALL koridor_wall_by_parent('delivery', 'subscription', 'subscription_id')

CALL koridor_wall_by_part('pool', $$'pool'$$, 'pool.pool_id')

CALL koridor_wall('equipment_order', $$EXISTS (SELECT FROM pool WHERE pool.pool_id = equipment_order.pool_id)
    OR EXISTS (SELECT FROM member AS part WHERE part.kind = 'equipment_order'
        AND part.object_id = equipment_order.order_id AND part.party_id = koridor_party())$$)

CALL koridor_wall_by_parent('equipment_order_line', 'equipment_order', 'order_id')

CALL koridor_wall_by_parent('equipment_order_unit', 'equipment_order', 'order_id')

CALL koridor_wall('unit', $$EXISTS (SELECT FROM pool WHERE pool.pool_id = unit.pool_id)
    OR EXISTS (SELECT FROM equipment_order_unit AS taken WHERE taken.unit_id = unit.unit_id)$$)

CALL koridor_wall('clock_contract', $$EXISTS (SELECT FROM pool
    WHERE pool.pool_id = clock_contract.pool_id AND pool.keeper_id = koridor_party())$$)

CALL koridor_wall('carrier_statement', 'book = koridor_party()')

CALL koridor_wall_by_parent('carrier_line', 'carrier_statement', 'statement_id')

CALL koridor_wall_by_part('claim', $$'claim'$$, 'claim.claim_id')

CALL koridor_wall('event', $$EXISTS (SELECT FROM member AS part WHERE part.kind = split_part(event.stream, '/', 1)
        AND part.object_id = substr(event.stream, strpos(event.stream, '/') + 1) AND part.party_id = koridor_party())
    OR starts_with(event.stream, 'unit/')
        AND EXISTS (SELECT FROM unit WHERE unit.unit_id = substr(event.stream, length('unit/') + 1))
    OR starts_with(event.stream, 'vehicle/' || koridor_party() || '/')$$)
