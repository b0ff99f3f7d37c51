CREATE TRIGGER message_kept BEFORE UPDATE ON message BEGIN SELECT RAISE(ABORT, 'messages are kept'); END

CREATE TRIGGER message_stays BEFORE DELETE ON message BEGIN SELECT RAISE(ABORT, 'messages are kept'); END
