CREATE TRIGGER entry_sealed BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM journal WHERE journal_id = NEW.journal_id)
BEGIN SELECT RAISE(ABORT, 'journal is sealed'); END

CREATE TRIGGER journal_balanced BEFORE INSERT ON journal
WHEN NOT EXISTS (SELECT 1 FROM entry WHERE journal_id = NEW.journal_id)
  OR EXISTS (SELECT 1 FROM entry JOIN account ON account.account_id = entry.account_id
             WHERE journal_id = NEW.journal_id AND account.book <> NEW.book)
  OR EXISTS (SELECT 1 FROM entry JOIN account ON account.account_id = entry.account_id
             WHERE journal_id = NEW.journal_id GROUP BY account.currency HAVING sum(amount_minor) <> 0)
BEGIN SELECT RAISE(ABORT, 'journal does not balance'); END

CREATE TRIGGER entry_kept BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are kept'); END

CREATE TRIGGER entry_stays BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are kept'); END

CREATE TRIGGER journal_kept BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'journals are kept'); END

CREATE TRIGGER journal_stays BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'journals are kept'); END

CREATE TRIGGER event_kept BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are kept'); END

CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are kept'); END

CREATE TRIGGER audit_kept BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is kept'); END

CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is kept'); END
