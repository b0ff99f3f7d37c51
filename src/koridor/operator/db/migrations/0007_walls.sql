CREATE INDEX member_by_party ON member (party_id, kind)

CREATE INDEX booking_by_quote ON booking (quote_id)
