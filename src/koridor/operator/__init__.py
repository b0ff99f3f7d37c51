"""The joint operator: what the daily desk of two partners needs to quote, book, carry and settle.

::

    db        tables, migrations, one writer, backup: the only folder that knows which database it is
    common    time, ids, refusals, who acts, the audit chain: what every desk needs
    network   a dataset version in force, its departures, and the capacity that is sold
    people    parties, persons, roles, tokens, what a role may do
    booking   quotes, bookings and shipments: state machines as tables, events, plan approvals
    outbox    what is told to others: queued with the work, signed, sent until it has arrived
    client    one request to a desk, for the command line and the other side
    partner   the other side: scenarios of conformance, robots that play those who are not there
    money     double-entry ledger, splits, rates, netting
    identifiers, documents, messages   numbers checked offline, papers drafted, what partners report
    api       the HTTP face; `demo` fills a month

Truth is in append-only events and journal entries; what else stands in a row can be folded from them again, and
`koridor operator check` does it.
"""
