CREATE FUNCTION koridor_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of this table are kept' USING ERRCODE = 'check_violation'; END $$

CREATE FUNCTION koridor_sealed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF EXISTS (SELECT 1 FROM journal WHERE journal_id = NEW.journal_id) THEN
    RAISE EXCEPTION 'journal is sealed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$

CREATE FUNCTION koridor_balanced() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM entry WHERE journal_id = NEW.journal_id)
    OR EXISTS (SELECT 1 FROM entry JOIN account ON account.account_id = entry.account_id
               WHERE journal_id = NEW.journal_id AND account.book <> NEW.book)
    OR EXISTS (SELECT 1 FROM entry JOIN account ON account.account_id = entry.account_id
               WHERE journal_id = NEW.journal_id GROUP BY account.currency HAVING sum(amount_minor) <> 0) THEN
    RAISE EXCEPTION 'journal does not balance' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$

CREATE TRIGGER entry_sealed BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION koridor_sealed()

CREATE TRIGGER journal_balanced BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION koridor_balanced()

CREATE TRIGGER entry_kept BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION koridor_kept()

CREATE TRIGGER journal_kept BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION koridor_kept()

CREATE TRIGGER event_kept BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION koridor_kept()

CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION koridor_kept()
