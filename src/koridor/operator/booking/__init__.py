"""Quotes, bookings and shipments: state machines as tables, over events that are never changed."""
