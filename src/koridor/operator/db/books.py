"""Tables of the partners' books: accounts, journals and entries, rates, signatures, and how what is sold is shared."""

from __future__ import annotations

import sqlalchemy as sa

from koridor.operator.db.columns import check, key, number, number_key, one_of, table, text

SPLIT_STATES = ("offered", "agreed", "refused", "withdrawn")
SPLIT_KINDS = ("leg", "km", "contribution", "fixed", "none")

split = table(
    "split",
    key("split_id"),
    text("first_id", "party.party_id"),
    text("second_id", "party.party_id"),
    text("party_id", "party.party_id"),
    text("state"),
    text("kind"),
    number("valid_from_ms"),
    text("content"),
    text("hash"),
    text("proposed_by", "person.person_id"),
    text("approved_by", "person.person_id"),
    number("created_ms"),
    text("decided_by", "person.person_id", empty=True),
    number("decided_ms", empty=True),
    text("reason"),
    number("version", empty=True),
    number("in_force_ms", empty=True),
    one_of("split_state", "state", SPLIT_STATES),
    one_of("split_kind", "kind", SPLIT_KINDS),
    check("split_pair", "first_id <= second_id AND party_id IN (first_id, second_id)"),
    check("split_decided", "(state = 'offered') = (decided_by IS NULL)"),
    check("split_agreed", "(state = 'agreed') = (version IS NOT NULL AND in_force_ms IS NOT NULL)"),
    sa.UniqueConstraint("first_id", "second_id", "version", name="split_version"),
    sa.Index("split_by_pair", "first_id", "second_id", "state", "in_force_ms"),
)
account = table(
    "account",
    key("account_id"),
    text("book", "party.party_id"),
    text("kind"),
    text("about"),
    text("currency"),
    sa.UniqueConstraint("book", "kind", "about", "currency", name="account_once"),
)
journal = table(
    "journal",
    key("journal_id"),
    text("book", "party.party_id"),
    text("kind"),
    text("ref"),
    number("at_ms"),
    sa.Column("reverses", sa.Text, sa.ForeignKey("journal.journal_id", deferrable=True, initially="DEFERRED")),
    text("split_id", "split.split_id", empty=True),  # by which it was shared; none of what is not
    sa.UniqueConstraint("reverses", name="journal_reversed_once"),
    sa.Index("journal_by_ref", "ref"),
)
sold = table(
    "sold",
    key("journal_id", "journal.journal_id"),
    text("content"),
)
entry = table(
    "entry",
    sa.Column(
        "journal_id",
        sa.Text,
        sa.ForeignKey("journal.journal_id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    ),
    number_key("line"),
    text("account_id", "account.account_id"),
    number("amount_minor"),
    sa.Index("entry_by_account", "account_id"),
)
book_rate = table(
    "book_rate",
    key("rate_id"),
    text("book", "party.party_id"),
    text("base"),
    text("quoted"),
    number("valid_from_ms"),
    number("valid_to_ms"),
    number("numerator"),
    number("denominator"),
    text("source"),
    number("recorded_ms"),
    text("supersedes", empty=True),
    check("book_rate_positive", "numerator > 0 AND denominator > 0 AND valid_from_ms < valid_to_ms"),
    sa.UniqueConstraint("supersedes", name="book_rate_superseded_once"),
    sa.Index("book_rate_by_pair", "book", "base", "quoted", "valid_from_ms"),
)
signature = table(
    "signature",
    key("first_id", "party.party_id"),
    key("second_id", "party.party_id"),
    key("month"),
    key("party_id", "party.party_id"),
    text("hash"),
    text("person_id", "person.person_id"),
    number("signed_ms"),
)
