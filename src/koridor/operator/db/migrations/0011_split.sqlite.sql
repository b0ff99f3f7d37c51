CREATE TRIGGER split_kept BEFORE UPDATE ON split WHEN OLD.state <> 'offered' OR NEW.content <> OLD.content
BEGIN SELECT RAISE(ABORT, 'splits are kept'); END

CREATE TRIGGER split_stays BEFORE DELETE ON split BEGIN SELECT RAISE(ABORT, 'splits are kept'); END

CREATE TRIGGER sold_kept BEFORE UPDATE ON sold BEGIN SELECT RAISE(ABORT, 'sales are kept'); END

CREATE TRIGGER sold_stays BEFORE DELETE ON sold BEGIN SELECT RAISE(ABORT, 'sales are kept'); END
