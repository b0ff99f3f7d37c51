CALL koridor_wall('repositioning', 'party_id = koridor_party()')
