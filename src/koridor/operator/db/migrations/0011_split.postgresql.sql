CALL koridor_wall('split', 'koridor_party() IN (first_id, second_id)')

CALL koridor_wall('sold', koridor_parent('sold', 'journal', 'journal_id'))

CREATE TRIGGER split_kept BEFORE UPDATE ON split FOR EACH ROW
WHEN (OLD.state <> 'offered' OR NEW.content <> OLD.content) EXECUTE FUNCTION koridor_kept()

CREATE TRIGGER split_stays BEFORE DELETE ON split FOR EACH ROW EXECUTE FUNCTION koridor_kept()

CREATE TRIGGER sold_kept BEFORE UPDATE OR DELETE ON sold FOR EACH ROW EXECUTE FUNCTION koridor_kept()
