"""What every desk needs: time and ids from outside, refusals, who acts, transactions, the audit chain, idempotency."""
