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

CREATE FUNCTION koridor_sees_quote(quote TEXT) RETURNS BOOLEAN LANGUAGE plpgsql STABLE
AS $$ BEGIN RETURN EXISTS (SELECT FROM booking WHERE booking.quote_id = quote); END $$

CREATE FUNCTION koridor_sees_hold(hold TEXT) RETURNS BOOLEAN LANGUAGE plpgsql STABLE
AS $$ BEGIN RETURN EXISTS (SELECT FROM booking WHERE booking.hold_id = hold); END $$

CREATE FUNCTION koridor_sees_unit(unit TEXT) RETURNS BOOLEAN LANGUAGE plpgsql STABLE
AS $$ BEGIN RETURN EXISTS (SELECT FROM unit AS one WHERE one.unit_id = koridor_sees_unit.unit); END $$

CREATE FUNCTION koridor_gates_unit(unit TEXT) RETURNS BOOLEAN LANGUAGE plpgsql STABLE
AS $$ BEGIN
    RETURN EXISTS (SELECT FROM equipment_order_unit AS taken WHERE taken.unit_id = koridor_gates_unit.unit);
END $$

CREATE PROCEDURE koridor_wall(behind TEXT, own TEXT) LANGUAGE plpgsql
AS $$ BEGIN
    EXECUTE 'ALTER TABLE ' || quote_ident(behind) || ' ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY';
    EXECUTE 'CREATE POLICY own ON ' || quote_ident(behind) || ' USING (koridor_party() IS NULL OR ' || own || ')';
END $$

CREATE FUNCTION koridor_part(object_kind TEXT, object TEXT) RETURNS TEXT LANGUAGE sql
AS $$ SELECT 'EXISTS (SELECT FROM member AS part WHERE part.kind = ' || object_kind
    || ' AND part.object_id = ' || object || ' AND part.party_id = koridor_party())' $$

CREATE FUNCTION koridor_parent(behind TEXT, parent TEXT, key TEXT) RETURNS TEXT LANGUAGE sql
AS $$ SELECT 'EXISTS (SELECT FROM ' || quote_ident(parent) || ' AS parent WHERE parent.'
    || quote_ident(key) || ' = ' || quote_ident(behind) || '.' || quote_ident(key) || ')' $$

CALL koridor_wall('member', 'party_id = koridor_party() OR koridor_shares(koridor_party(), kind, object_id)')

CALL koridor_wall('party', $$party_id = koridor_party() OR kind = 'partner'
    OR (SELECT koridor_kind(koridor_party())) = 'partner'$$)

CALL koridor_wall('person', 'party_id = koridor_party()')

CALL koridor_wall('person_role', koridor_parent('person_role', 'person', 'person_id'))

CALL koridor_wall('token', koridor_parent('token', 'person', 'person_id'))

CALL koridor_wall('capacity', $$pool = '' OR pool = koridor_party()$$)

CALL koridor_wall('allotment', 'party_id = koridor_party()')

CALL koridor_wall('hold', 'party_id = koridor_party() OR koridor_sees_hold(hold_id)')

CALL koridor_wall('hold_line', koridor_parent('hold_line', 'hold', 'hold_id'))

CALL koridor_wall('incident', koridor_part($$'incident'$$, 'incident.incident_id'))

CALL koridor_wall('tariff', 'party_id = koridor_party()')

CALL koridor_wall('quote', koridor_part($$'quote'$$, 'quote.quote_id') || ' OR koridor_sees_quote(quote_id)')

CALL koridor_wall('enquiry', koridor_part($$'enquiry'$$, 'enquiry.enquiry_id'))

CALL koridor_wall('booking', koridor_part($$'booking'$$, 'booking.booking_id'))

CALL koridor_wall('plan_approval', koridor_part($$'booking'$$, 'plan_approval.booking_id'))

CALL koridor_wall('proposal', 'party_id = koridor_party()')

CALL koridor_wall('shipment', koridor_part($$'shipment'$$, 'shipment.shipment_id'))

CALL koridor_wall('shipment_unit', koridor_part($$'shipment'$$, 'shipment_unit.shipment_id'))

CALL koridor_wall('consignment', koridor_part($$'shipment'$$, 'consignment.shipment_id'))

CALL koridor_wall('message', 'koridor_party() IN (party_id, to_id)')

CALL koridor_wall('told', 'koridor_party() IN (party_id, to_id)')

CALL koridor_wall('told_stream', koridor_parent('told_stream', 'told', 'event_id'))

CALL koridor_wall('alert', koridor_part('alert.object_kind', 'alert.object_id'))

CALL koridor_wall('alert_seen', 'party_id = koridor_party()')

CALL koridor_wall('audit', 'party_id = koridor_party()')

CALL koridor_wall('idempotency', 'party_id = koridor_party()')

CALL koridor_wall('account', 'book = koridor_party()')

CALL koridor_wall('journal', 'book = koridor_party()')

CALL koridor_wall('entry', koridor_parent('entry', 'account', 'account_id'))

CALL koridor_wall('book_rate', 'book = koridor_party()')

CALL koridor_wall('signature', 'koridor_party() IN (first_id, second_id)')

CALL koridor_wall('subscription', 'party_id = koridor_party()')

CALL koridor_wall('delivery', koridor_parent('delivery', 'subscription', 'subscription_id'))

CALL koridor_wall('pool', koridor_part($$'pool'$$, 'pool.pool_id'))

CALL koridor_wall('equipment_order', koridor_part($$'pool'$$, 'equipment_order.pool_id')
    || ' OR ' || koridor_part($$'equipment_order'$$, 'equipment_order.order_id'))

CALL koridor_wall('equipment_order_line', koridor_parent('equipment_order_line', 'equipment_order', 'order_id'))

CALL koridor_wall('equipment_order_unit', koridor_parent('equipment_order_unit', 'equipment_order', 'order_id'))

CALL koridor_wall('unit', koridor_part($$'pool'$$, 'unit.pool_id') || ' OR koridor_gates_unit(unit_id)')

CALL koridor_wall('clock_contract', $$EXISTS (SELECT FROM pool
    WHERE pool.pool_id = clock_contract.pool_id AND pool.keeper_id = koridor_party())$$)

CALL koridor_wall('carrier_statement', 'book = koridor_party()')

CALL koridor_wall('carrier_line', koridor_parent('carrier_line', 'carrier_statement', 'statement_id'))

CALL koridor_wall('claim', koridor_part($$'claim'$$, 'claim.claim_id'))

CALL koridor_wall('event', koridor_part($$split_part(event.stream, '/', 1)$$,
    $$substr(event.stream, strpos(event.stream, '/') + 1)$$)
    || $$ OR starts_with(event.stream, 'unit/') AND koridor_sees_unit(substr(event.stream, length('unit/') + 1))
    OR starts_with(event.stream, 'vehicle/' || koridor_party() || '/')$$)
